"""Write what Pillow and torchvision make of a few images, for ViewsReferenceTest.

    python make_view_fixtures.py OUTPUT_FOLDER        (with requirements.txt beside this script)

Crop, resize and flip by Pillow on 8 bits; colour and blur by torchvision's functional operations on
float32 tensors from 0 to 1. Each fixture is one line of cases.txt and one binary file: the source
image (uint8, CHW) is an arithmetic pattern that the test makes again, the result float32 times 255.
"""
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision.transforms.functional as F
from PIL import Image
from torchvision.transforms import InterpolationMode

torch.set_num_threads(1)
GENERATOR = np.random.default_rng(20261122)


def pattern(channels, height, width, seed):
    """Smooth waves with noise on top; Fixtures.pattern in Java is the same."""
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    planes = []
    for c in range(channels):
        wave = (x * (3 + c + seed % 5) + y * (5 - c + seed % 7)) % 512
        wave = np.where(wave > 255, 511 - wave, wave)
        noise = (((x + 37 * y + 1009 * c + 7919 * seed) * 2654435761) % (1 << 32)) >> 26
        planes.append(np.clip(wave + noise - 32, 0, 255))
    return np.stack(planes).astype(np.uint8)


def pil(array):
    return Image.fromarray(array[0]) if len(array) == 1 else Image.fromarray(np.moveaxis(array, 0, 2))


def tensor(picture):
    return F.to_tensor(picture)


def operation(t, name, *p):
    if name == "brightness":
        return F.adjust_brightness(t, p[0])
    if name == "contrast":
        return F.adjust_contrast(t, p[0])
    if name == "saturation":
        return F.adjust_saturation(t, p[0])
    if name == "hue":
        return F.adjust_hue(t, p[0])
    if name == "grey":
        return F.rgb_to_grayscale(t, num_output_channels=3)
    if name == "blur":
        return F.gaussian_blur(t, [int(p[0])] * 2, [p[1]] * 2)
    if name == "solarise":
        return F.solarize(t, p[0] / 255)
    raise ValueError(name)


class Writer:
    def __init__(self, folder):
        self.folder = folder
        self.lines = []

    def add(self, kind, source, steps, result):
        name = f"{len(self.lines):03d}.bin"
        values = (result.numpy() * 255).astype("<f4") if kind == "float" else result
        (self.folder / name).write_bytes(np.ascontiguousarray(values).tobytes())
        c, h, w = result.shape
        text = "; ".join(" ".join([s[0], *(repr(v) for v in s[1:])]) for s in steps)
        self.lines.append(f"{name} | {kind} {c} {h} {w} | {' '.join(map(str, source))} | {text}")


def resized(array, top, left, height, width, side, filter, flip):
    picture = pil(array).crop((left, top, left + width, top + height))
    picture = picture.resize((side, side), Image.BILINEAR if filter == "bilinear" else Image.BICUBIC)
    return picture.transpose(Image.FLIP_LEFT_RIGHT) if flip else picture


def chw(picture):
    array = np.asarray(picture)
    return array[None] if array.ndim == 2 else np.moveaxis(array, 2, 0)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.bin"):
        old.unlink()
    writer = Writer(folder)

    # Crop, resize and flip, bit by bit: enlarging, shrinking, odd sizes, no change, grey, bicubic.
    geometry = [
        (3, 96, 96, 0, 0, 96, 96, 96, "bilinear", False),
        (3, 96, 96, 10, 20, 31, 27, 96, "bilinear", True),
        (3, 96, 96, 0, 0, 96, 95, 96, "bilinear", False),
        (3, 96, 96, 3, 5, 89, 91, 32, "bilinear", True),
        (3, 61, 83, 7, 1, 53, 80, 17, "bilinear", False),
        (3, 96, 96, 40, 40, 1, 1, 5, "bilinear", False),
        (3, 96, 96, 40, 40, 2, 3, 19, "bicubic", True),
        (1, 28, 28, 2, 3, 20, 17, 28, "bilinear", True),
        (1, 28, 28, 0, 5, 28, 15, 28, "bilinear", False),
        (3, 75, 100, 5, 9, 60, 70, 56, "bicubic", True),
        (3, 75, 100, 5, 9, 21, 30, 56, "bicubic", False),
        (3, 300, 420, 5, 9, 290, 401, 24, "bicubic", False),
        (3, 32, 32, 4, 4, 20, 28, 32, "bilinear", True),
    ]
    for seed, (c, h, w, top, left, bh, bw, side, filter, flip) in enumerate(geometry):
        array = pattern(c, h, w, seed)
        steps = [("crop", top, left, bh, bw), ("resize", side, side, filter)]
        steps += [("flip",)] if flip else []
        result = chw(resized(array, top, left, bh, bw, side, filter, flip))
        writer.add("bytes", (c, h, w, seed), steps, result)

    # Evaluation: the shorter side to a length, the middle.
    for seed, (h, w) in enumerate([(75, 100), (100, 75), (60, 61)]):
        array = pattern(3, h, w, seed)
        for filter, mode in [("bilinear", InterpolationMode.BILINEAR),
                             ("bicubic", InterpolationMode.BICUBIC)]:
            picture = F.center_crop(F.resize(pil(array), 32, mode), [28, 28])
            writer.add("bytes", (3, h, w, seed), [("shorter", 32, filter), ("centre", 28, 28)],
                       chw(picture))

    # One colour operation at a time, on floats.
    single = [
        ("brightness", 0.2), ("brightness", 1.8), ("contrast", 0.2), ("contrast", 1.8),
        ("saturation", 0.2), ("saturation", 1.8), ("hue", -0.2), ("hue", 0.2), ("hue", 0.5),
        ("hue", -0.5), ("hue", 0.013), ("grey",), ("solarise", 128.0), ("blur", 9, 0.1),
        ("blur", 9, 0.4), ("blur", 9, 1.1), ("blur", 9, 2.0), ("blur", 23, 2.0), ("blur", 23, 1.3),
        ("blur", 3, 0.8),
    ]
    for seed, step in enumerate(single):
        array = pattern(3, 29, 37, seed)
        result = operation(tensor(pil(array)), *step)
        writer.add("float", (3, 29, 37, seed), [step], result)
    for seed, step in enumerate([("brightness", 1.3), ("contrast", 0.6)]):
        array = pattern(1, 28, 28, seed)
        writer.add("float", (1, 28, 28, seed), [step], operation(tensor(pil(array)), *step))

    # Whole chains: crop, resize and flip on 8 bits, then the rest on floats, in random orders.
    for seed in range(24):
        array = pattern(3, 96, 96, 100 + seed)
        bh, bw = (int(v) for v in GENERATOR.integers(28, 97, 2))
        top, left = int(GENERATOR.integers(0, 97 - bh)), int(GENERATOR.integers(0, 97 - bw))
        flip = bool(GENERATOR.integers(2))
        byol = seed % 3 == 2
        filter, side = ("bicubic", 40) if byol else ("bilinear", 48)
        t = tensor(resized(array, top, left, bh, bw, side, filter, flip))
        steps = [("crop", top, left, bh, bw), ("resize", side, side, filter)]
        steps += [("flip",)] if flip else []
        chain = []
        for index in GENERATOR.permutation(4):
            name = ("brightness", "contrast", "saturation", "hue")[index]
            strength = float(np.float32(GENERATOR.uniform(-0.2, 0.2) if name == "hue"
                                        else GENERATOR.uniform(0.2, 1.8)))
            chain.append((name, strength))
        if GENERATOR.uniform() < 0.2:
            chain.append(("grey",))
        taps = 23 if byol else 9
        chain.append(("blur", taps, float(np.float32(GENERATOR.uniform(0.1, 2)))))
        if byol and GENERATOR.uniform() < 0.5:
            chain.append(("solarise", 128.0))
        for step in chain:
            t = operation(t, *step)
        writer.add("float", (3, 96, 96, 100 + seed), steps + chain, t)

    (folder / "cases.txt").write_text("\n".join(writer.lines) + "\n")
    versions = f"pillow {Image.__version__}, torch {torch.__version__}, numpy {np.__version__}"
    print(len(writer.lines), "cases,", versions)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
