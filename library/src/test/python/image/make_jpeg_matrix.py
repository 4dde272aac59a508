"""Write jpeg-matrix.gz: tiny JPEG files of every kind and what Pillow reads from them, for JpegMatrixTest.

    python make_jpeg_matrix.py OUTPUT_FOLDER          (with requirements.txt beside this script)

A record for each file, big-endian: length and UTF-8 of its name, height and width after EXIF's orientation (0 x 0
where Pillow refuses the file), length and content of the file, pixels [height, width, 3].
"""
import gzip
import io
import itertools
import struct
import sys
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

from jpeg_writer import JFIF, adobe, segment, write

warnings.simplefilter("ignore")
random = np.random.default_rng(20261125)
SAMPLINGS = {
    "444": [(1, 1)] * 3, "422": [(2, 1), (1, 1), (1, 1)], "420": [(2, 2), (1, 1), (1, 1)],
    "440": [(1, 2), (1, 1), (1, 1)], "411": [(4, 1), (1, 1), (1, 1)], "410": [(4, 2), (1, 1), (1, 1)],
    "441": [(1, 4), (1, 1), (1, 1)], "311": [(3, 1), (1, 1), (1, 1)], "131": [(1, 3), (1, 1), (1, 1)],
    "mixed": [(2, 2), (2, 1), (1, 2)], "mixed2": [(2, 2), (1, 2), (1, 1)], "mixed3": [(2, 1), (1, 1), (2, 1)],
    "reversed": [(1, 1), (2, 2), (1, 1)], "doubled": [(2, 1), (2, 1), (2, 1)],
    "whole": [(2, 2), (2, 1), (2, 1)],
}
REFUSED_SAMPLINGS = {"fraction": [(3, 1), (2, 1), (1, 1)], "fraction2": [(2, 3), (1, 2), (1, 1)],
                     "MCU": [(2, 2), (2, 2), (2, 2)]}
BLACK = {"444": [(1, 1)], "422": [(2, 1)], "420": [(2, 2)], "440": [(1, 2)]}


def planes(count, height, width):
    y, x = np.mgrid[0:height, 0:width]
    a, b, c = random.uniform(5, 25, 3)
    waves = []
    for i in range(count):
        wave = 128 + 100 * np.sin(x * a / 60 + y * b / 60 + i * c) + random.normal(0, 4, (height, width))
        waves.append(np.clip(wave, 0, 255).astype(np.uint8))
    return waves


def size():
    return int(random.integers(1, 23)), int(random.integers(1, 23))


def exif(value, kind=3, order="<", count=1, prefix=b"Exif\0\0"):
    codes = {1: "B", 3: "H", 4: "I", 5: "II", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d"}
    numbers = [value, 1] if kind == 5 else [value]
    data = struct.pack(order + codes[kind] * count, *(numbers * count))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    where = struct.pack(order + "I", 26) if len(data) > 4 else data.ljust(4, b"\0")
    return prefix + head + struct.pack(order + "HHHI", 1, 0x112, kind, count) + where + bytes(4) + (
        data if len(data) > 4 else b"")


def xmp(value, form):
    text = (f'<rdf:Description tiff:Orientation="{value}"/>' if form == "attribute"
            else f"<tiff:Orientation>{value}</tiff:Orientation>")
    return b"http://ns.adobe.com/xap/1.0/\0" + text.encode()


def profile(space):
    if space == "RGB":
        # Far from sRGB, so that whoever applies it is seen: red and blue exchanged by its colorants.
        data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
        red, blue = data.index(b"rXYZ"), data.index(b"bXYZ")
        data[red + 4:red + 12], data[blue + 4:blue + 12] = data[blue + 4:blue + 12], data[red + 4:red + 12]
        return bytes(data)
    grey = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()[:128])
    grey[16:20] = space.ljust(4).encode()
    grey[0:4] = struct.pack(">I", 132)
    return bytes(grey) + struct.pack(">I", 0)


def icc(space):
    return segment(0xe2, b"ICC_PROFILE\0\1\1" + profile(space))


def main(folder):
    records, names = [], set()

    def put(name, data):
        assert name not in names, name
        names.add(name)
        try:
            opened = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
            pixels = np.asarray(opened.convert("RGB"))
        except (OSError, SyntaxError):
            pixels = np.zeros((0, 0, 3), np.uint8)
        encoded = name.encode()
        records.append(struct.pack(">H", len(encoded)) + encoded + struct.pack(">iii", *pixels.shape[:2], len(data))
                       + data + pixels.tobytes())

    # Three components: sampling x colour space as it is told x kind of scans.
    told = {"jfif": (JFIF, None), "none": (b"", None), "ids012": (b"", (0, 1, 2)), "idsRGB": (b"", (82, 71, 66)),
            "idsYCC": (b"", (1, 34, 35)), "adobe0": (adobe(0), None), "adobe1": (adobe(1), None),
            "adobe2": (adobe(2), None), "jfif adobe0": (JFIF + adobe(0), None), "ids2": (JFIF, (82, 71, 66))}
    kinds = {"baseline": {}, "progressive": {"progressive": True}}
    for (s, sampling), (t, (before, ids)), (k, options) in itertools.product(
            SAMPLINGS.items(), told.items(), kinds.items()):
        put(f"{s} {t} {k}", write(planes(3, *size()), sampling, ids, before, **options))
    for s, sampling in SAMPLINGS.items():
        put(f"{s} scans", write(planes(3, *size()), sampling, before=JFIF, interleaved=False))
        put(f"{s} restarts", write(planes(3, *size()), sampling, before=JFIF, restart=2))
    for s, sampling in REFUSED_SAMPLINGS.items():
        put(f"refused {s}", write(planes(3, *size()), sampling, before=JFIF))
    # Every small size, for the borders of the smooth upsampling.
    for n in range(1, 18):
        for s in ("420", "422", "440"):
            put(f"{s} of {n} x {18 - n}", write(planes(3, n, 18 - n), SAMPLINGS[s], before=JFIF))
    # Four components.
    fours = {"none": b"", "adobe0": adobe(0), "adobe1": adobe(1), "adobe2": adobe(2), "jfif": JFIF,
             "jfif adobe2": JFIF + adobe(2)}
    for (t, before), (s, black), (k, options) in itertools.product(fours.items(), BLACK.items(), kinds.items()):
        put(f"ink {s} {t} {k}", write(planes(4, *size()), SAMPLINGS[s] + black, None, before, **options))
    # Grey, also with sampling factors that mean nothing.
    for sampling, (k, options) in itertools.product([(1, 1), (2, 1), (2, 2), (1, 4)], kinds.items()):
        put(f"grey {sampling} {k}", write(planes(1, *size()), [sampling], before=JFIF, **options))
    # Profiles.
    for t, before in {"RGB": icc("RGB"), "GRAY": icc("GRAY"), "CMYK": icc("CMYK"), "broken": segment(
            0xe2, b"ICC_PROFILE\0\1\2" + bytes(40))}.items():
        for count, s in ((1, [(1, 1)]), (3, SAMPLINGS["420"]), (4, SAMPLINGS["444"] + [(1, 1)])):
            for jfif in (JFIF, b"", adobe(2) if count == 4 else adobe(1)):
                name = {JFIF: "jfif", b"": "none"}.get(jfif, "adobe")
                put(f"profile {t} {count} {name}", write(planes(count, *size()), s, before=jfif + before))
    # Orientation: numbers of every type, in either order of bytes, two blocks, XMP.
    for value, order in itertools.product(range(1, 9), "<>"):
        put(f"turned {value} {order}", write(planes(3, 6, 9), SAMPLINGS["444"], before=segment(
            0xe1, exif(value, order=order))))
    for kind, value, order in itertools.product((1, 3, 4, 5, 6, 8, 9, 11, 12), (3, 6), "<>"):
        put(f"turned {value} {order} type {kind}", write(planes(3, 6, 9), SAMPLINGS["420"], before=JFIF + segment(
            0xe1, exif(value, kind, order))))
    for value in (0, 9):
        put(f"turned {value}", write(planes(3, 6, 9), SAMPLINGS["444"], before=segment(0xe1, exif(value))))
    put("turned, three values", write(planes(3, 6, 9), SAMPLINGS["444"], before=segment(0xe1, exif(6, count=3))))
    for first, second in ((6, 3), (3, 6), (1, 6), (8, 1)):
        put(f"turned {first}, then {second}", write(planes(3, 6, 9), SAMPLINGS["444"], before=segment(
            0xe1, exif(first)) + segment(0xe1, exif(second))))
    for value, form in itertools.product((1, 3, 6, 8, 9), ("attribute", "element")):
        put(f"XMP {value} {form}", write(planes(3, 6, 9), SAMPLINGS["444"], before=segment(0xe1, xmp(value, form))))
    put("EXIF 6, XMP 3", write(planes(3, 6, 9), SAMPLINGS["444"], before=segment(0xe1, xmp(3, "element")) + segment(
        0xe1, exif(6))))
    # What libjpeg itself writes: successive approximation, optimised tables, other qualities.
    for s, k, quality, mode in itertools.product((0, 1, 2), (False, True), (30, 75, 95), ("RGB", "L", "CMYK")):
        if mode == "L" and s:
            continue
        count = {"RGB": 3, "L": 1, "CMYK": 4}[mode]
        pixels = np.stack(planes(count, *size()), 2)
        data = io.BytesIO()
        Image.fromarray(pixels[:, :, 0] if count == 1 else pixels, mode).save(
            data, "JPEG", quality=quality, subsampling=s, progressive=k, optimize=True)
        put(f"Pillow {mode} {s} {k} {quality}", data.getvalue())
    # What is refused by every decoder alike, whatever Pillow makes of it.
    one = planes(3, 8, 8)
    for name, frame in (("arithmetic", 0xc9), ("arithmetic progressive", 0xca), ("lossless", 0xc3),
                        ("hierarchical", 0xc5)):
        put(f"refused {name}", write(one, SAMPLINGS["444"], before=JFIF, frame=frame))
    put("refused 12 bits", write(one, SAMPLINGS["444"], before=JFIF, frame=0xc1, precision=12))
    put("refused 2 components", write(planes(2, 8, 8), [(1, 1)] * 2, before=JFIF))
    put("refused scans", write(one, SAMPLINGS["444"], before=JFIF, progressive=True, repeat=80))
    put("refused later scans missing", write(one, SAMPLINGS["444"], before=JFIF, progressive=True,
                                             scans=[([0, 1, 2], 0, 0), ([0], 1, 5)]))
    put("extended", write(one, SAMPLINGS["444"], before=JFIF, frame=0xc1))
    put("fifty scans", write(one, SAMPLINGS["444"], before=JFIF, interleaved=False, repeat=16))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jpeg-matrix.gz").write_bytes(gzip.compress(b"".join(records), 9, mtime=0))
    refused = sum(r[2 + struct.unpack(">H", r[:2])[0]:][:4] == bytes(4) for r in records)
    print(len(records), "files,", refused, "refused by Pillow", Image.__version__)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
