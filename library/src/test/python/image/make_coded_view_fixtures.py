"""Write what the operations of others' programs make of a few images, for CodedViewsTest.

    python make_coded_view_fixtures.py OUTPUT_FILE        (with requirements.txt beside this script)

Each is derived anew here, in another form than the library's: brightness, contrast and saturation by
the standard library's HSV and NumPy, the blur with a black border as a product with a band matrix,
SimSiam's blur by Pillow itself, the truncation by torchvision's way from a tensor to a picture. The
source is the arithmetic pattern of make_view_fixtures.py; values are of 255, to four decimals.
"""
import colorsys
import json
import sys
from pathlib import Path

import numpy as np
import torchvision.transforms.functional as F
from PIL import Image, ImageFilter

from make_view_fixtures import pattern, pil


def brighten(a, amount):
    return np.clip(a + amount, 0, 255)


def contrast(a, factor):
    mean = a.mean(axis=(1, 2), keepdims=True)
    return np.clip(mean + factor * (a - mean), 0, 255)


def saturation(a, factor):
    result = np.empty_like(a)
    for y in range(a.shape[1]):
        for x in range(a.shape[2]):
            h, s, v = colorsys.rgb_to_hsv(*(a[:, y, x] / 255))
            result[:, y, x] = np.array(colorsys.hsv_to_rgb(h, min(max(s * factor, 0), 1), v)) * 255
    return result


def band(size, taps, sigma):
    """Row i holds the weights of what the i-th value becomes; those beyond the border are lost."""
    half = taps // 2
    k = np.arange(-half, half + 1)
    kernel = np.exp(-(k ** 2) / (2 * sigma ** 2))
    kernel /= kernel.sum()
    matrix = np.zeros((size, size))
    for i in range(size):
        for offset, weight in zip(k, kernel):
            if 0 <= i + offset < size:
                matrix[i, i + offset] = weight
    return matrix


def black_border(a, taps, sigma):
    return band(a.shape[1], taps, sigma) @ a @ band(a.shape[2], taps, sigma).T


def pillow(array, sigma):
    blurred = np.asarray(pil(array).filter(ImageFilter.GaussianBlur(radius=sigma)))
    return blurred[None] if blurred.ndim == 2 else np.moveaxis(blurred, 2, 0)


def truncated(array, taps, sigma):
    tensor = F.to_tensor(pil(array))
    picture = F.to_pil_image(F.gaussian_blur(tensor, [taps, taps], [sigma, sigma]))
    return np.moveaxis(np.asarray(picture), 2, 0)


CASES = (
    [("brighten", [amount], size) for amount in (-102.0, -30.5, 20.25, 102.0) for size in ((3, 13, 17),)]
    + [("contrastOfChannels", [factor], size) for factor in (0.6, 0.93, 1.4) for size in ((3, 13, 17), (1, 9, 8))]
    + [("saturationOfHsv", [factor], (3, 13, 17)) for factor in (0.0, 0.8, 1.0, 1.2, 2.0)]
    + [("blurOnBlack", [taps, sigma], size) for taps, sigma in ((23, 2.0), (23, 0.1), (9, 0.7), (5, 1.3))
       for size in ((3, 13, 17), (1, 4, 30))]
    + [("boxBlur", [sigma], size) for sigma in (0.1, 0.33, 0.5, 0.9, 1.0, 1.37, 1.999, 2.0, 6.5)
       for size in ((3, 13, 17), (1, 3, 40), (3, 33, 2))]
    + [("blur and truncate", [9, sigma], (3, 13, 17)) for sigma in (0.1, 0.5, 1.1, 2.0)]
)
OPERATIONS = {
    "brighten": brighten,
    "contrastOfChannels": contrast,
    "saturationOfHsv": saturation,
    "blurOnBlack": black_border,
    "boxBlur": pillow,
    "blur and truncate": truncated,
}
EXACT = ("boxBlur", "blur and truncate")


def main(output):
    records = []
    for seed, (name, parameters, (c, h, w)) in enumerate(CASES):
        array = pattern(c, h, w, seed)
        source = array if name in EXACT else array.astype(np.float64)
        values = OPERATIONS[name](source, *parameters)
        records.append({"operation": name, "parameters": parameters, "image": [c, h, w, seed],
                        "values": [round(float(v), 4) for v in values.ravel()]})
    output.write_text(json.dumps(records, separators=(",", ":")) + "\n")
    print(output, len(records), output.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
