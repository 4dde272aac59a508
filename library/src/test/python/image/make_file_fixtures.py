"""Write small JPEG and PNG files of every kind and what Pillow reads from them, for ImageDecoderTest.

    python make_file_fixtures.py OUTPUT_FOLDER        (with requirements.txt beside this script)

NAME.jpg or NAME.png is the file; NAME.rgb is its pixels, uint8 [height, width, 3], after EXIF's
orientation and the conversion to RGB; sizes.txt has a line "FILE HEIGHT WIDTH" for each.
"""
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

HEIGHT, WIDTH = 30, 44


def picture(mode="RGB"):
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [(x * 5 + y) % 256, (y * 8 + x * 2) % 256, (255 - x * 4 + y * 3) % 256]
    rgb = Image.fromarray(np.stack(planes, 2).astype(np.uint8))
    return rgb.convert(mode)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    sizes = []

    def add(name, extension, image, **options):
        data = io.BytesIO()
        image.save(data, {"jpg": "JPEG", "png": "PNG"}[extension], **options)
        put(f"{name}.{extension}", data.getvalue())

    def put(name, data):
        (folder / name).write_bytes(data)
        opened = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        pixels = np.asarray(opened.convert("RGB"))
        (folder / (Path(name).stem + ".rgb")).write_bytes(pixels.tobytes())
        sizes.append(f"{name} {pixels.shape[0]} {pixels.shape[1]}")

    add("baseline420", "jpg", picture(), quality=90, subsampling="4:2:0")
    add("baseline422", "jpg", picture(), quality=90, subsampling="4:2:2")
    add("baseline444", "jpg", picture(), quality=90, subsampling="4:4:4")
    add("progressive", "jpg", picture(), quality=85, progressive=True)
    add("grey", "jpg", picture("L"), quality=90)
    add("cmyk", "jpg", picture("CMYK"), quality=95)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        add(f"exif{orientation}", "jpg", picture(), quality=95, subsampling=0, exif=exif)
    add("colour", "png", picture())
    add("greyscale", "png", picture("L"))
    add("palette", "png", picture().quantize(16))
    add("bilevel", "png", picture("1"))
    with_alpha = picture()
    with_alpha.putalpha(Image.fromarray(np.tile(np.arange(WIDTH, dtype=np.uint8) * 5, (HEIGHT, 1))))
    # No pixel is wholly transparent: Java's toolkit does not tell what colour such a one has.
    add("alpha", "png", Image.merge("RGBA", with_alpha.split()[:3] + (
        with_alpha.split()[3].point(lambda v: max(1, v)),)))
    png = (folder / "colour.png").read_bytes()
    put("misnamed.jpg", png)
    (folder / "sizes.txt").write_text("\n".join(sizes) + "\n")
    print(len(sizes), "files, pillow", Image.__version__)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
