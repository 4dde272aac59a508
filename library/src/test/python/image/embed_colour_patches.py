"""Shrink the photographs of the colour patches to what the library carries.

    python embed_colour_patches.py OUTPUT_FOLDER        (with requirements.txt beside this script)

Long side at most 640 pixels, JPEG of quality 88 without chroma subsampling, no metadata.
"""
import sys
from pathlib import Path

import skimage.data
import sklearn.datasets
from PIL import Image

SKIMAGE = ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg", "retina.jpg",
           "hubble_deep_field.jpg", "brick.png", "grass.png", "gravel.png", "camera.png"]
SKLEARN = ["china.jpg", "flower.jpg"]


def main(target):
    sources = [Path(skimage.data.__file__).parent / name for name in SKIMAGE]
    sources += [Path(sklearn.datasets.__file__).parent / "images" / name for name in SKLEARN]
    for source in sources:
        picture = Image.open(source).convert("RGB")
        picture.thumbnail((640, 640), Image.LANCZOS)
        # The retina fills a disc: keep the square inside it.
        if source.stem == "retina":
            side = picture.width
            margin = int(side * 0.16)
            picture = picture.crop((margin, margin, side - margin, side - margin))
        picture.save(target / f"{source.stem}.jpg", quality=88, subsampling=0, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
