"""Write the first inputs of ParsersFuzzTest: small whole files of every format.

    python make_fuzz_seeds.py FILES_FOLDER OUTPUT_FOLDER

FILES_FOLDER is what make_file_fixtures.py wrote; standard library only.
"""
import gzip
import io
import struct
import sys
import tarfile
import zlib
from pathlib import Path


def tar(members, kind=tarfile.USTAR_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def records(data):
    """The files in what make_picture_fixtures.py wrote, by name."""
    found, at = {}, 0
    while at < len(data):
        length, = struct.unpack_from(">H", data, at)
        name = data[at + 2:at + 2 + length].decode()
        height, width, size = struct.unpack_from(">iii", data, at + 2 + length)
        at += 14 + length
        found[name] = data[at:at + size]
        at += size + 3 * height * width
    return found


def main(files, target):
    def put(method, name, content):
        folder = target / method
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    for name in ("baseline420", "progressive", "grey", "cmyk", "exif6"):
        put("jpeg", name, (files / f"{name}.jpg").read_bytes())
    for name in ("colour", "greyscale", "palette", "alpha", "bilevel"):
        put("png", name, (files / f"{name}.png").read_bytes())
    pictures = records(gzip.decompress((files / "pictures.gz").read_bytes()))
    for method, names in {
            "png": ("PNG zTXt 6", "PNG XMP deflated 6", "PNG eXIf 6", "PNG 6 16 True", "PNG animated"),
            "gif": ("GIF P", "GIF transparent", "GIF animated", "GIF in the middle"),
            "bmp": ("BMP RGB", "BMP P", "BMP 565 6", "BMP old"),
            "tiff": ("TIFF RGB raw", "TIFF P tiff_lzw", "TIFF CMYK packbits", "TIFF 1 group4", "TIFF pages"),
            "webp": ("WebP RGB", "WebP EXIF 6", "WebP animated", "lossy WebP 40", "lossy WebP alpha")}.items():
        for name in names:
            put(method, name.replace(" ", "-"), pictures[name])
    images = struct.pack(">4i", 0x803, 2, 3, 4) + bytes(range(24))
    labels = struct.pack(">2i", 0x801, 3) + bytes([0, 1, 2])
    put("idx", "images", images)
    put("idx", "labels", labels)
    put("idx", "compressed", gzip.compress(images, mtime=0))
    put("idx", "huge", struct.pack(">4i", 0x803, 2**31 - 1, 2**31 - 1, 2**31 - 1) + b"x")
    jpeg = (files / "grey.jpg").read_bytes()
    shard = tar([("0001.jpg", jpeg), ("0001.cls", b"3\n")])
    long_names = tar([("deep/" * 40 + "1.jpg", jpeg), ("1.cls", b"0")], tarfile.PAX_FORMAT)
    gnu_names = tar([("deep/" * 40 + "1.jpg", jpeg)], tarfile.GNU_FORMAT)
    nested = tar([("n00000001.tar", tar([("n00000001_1.JPEG", jpeg)]))])
    for name, content in (("shard", shard), ("pax", long_names), ("gnu", gnu_names),
                          ("nested", nested), ("cut", shard[:700])):
        put("tarFile", name, content)
        put("tarStream", name, content)
        put("archive", name, gzip.compress(content, mtime=0))
    put("archive", "outside", gzip.compress(tar([("../outside", b"x")]), mtime=0))
    index = (struct.pack(">qii", 0x4450544152494458, 1, 1) + b"\x00\x05s.tar"
             + struct.pack(">qqi", 10240, 1, 1) + b"\x00\x010" + struct.pack(">i", 1)
             + struct.pack(">iqii", 0, 512, 100, 0))
    put("tarIndex", "whole", index + struct.pack(">q", zlib.crc32(index)))
    put("tarIndex", "cut", index)
    put("stl10", "one", bytes(27648))
    put("stl10", "short", bytes(100))
    put("stl10Folds", "ten", b"0 17 4999\n" * 10)
    put("stl10Folds", "negative", b"-1 99999999999999999999\n")
    put("cifar", "two", bytes(2 * 3073))
    put("cifar", "hundred", bytes(3074))
    put("cifar", "label", bytes([200]) + bytes(3072))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
