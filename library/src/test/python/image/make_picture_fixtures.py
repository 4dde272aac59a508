"""Write pictures.gz: tiny PNG, GIF, BMP, TIFF and WebP files of every kind and what Pillow reads from them, for
PictureFormatsTest.

    python make_picture_fixtures.py OUTPUT_FOLDER     (with requirements.txt beside this script)

The records are those of make_jpeg_matrix.py.
"""
import gzip
import io
import struct
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

from make_jpeg_matrix import exif, planes, profile, xmp

warnings.simplefilter("ignore")
HEIGHT, WIDTH = 11, 14


def picture(mode="RGB", height=HEIGHT, width=WIDTH):
    rgb = Image.fromarray(np.stack(planes(3, height, width), 2))
    if mode in ("RGBA", "LA"):
        # Wholly transparent, wholly opaque, and between.
        alpha = np.tile(np.array([0, 0, 255, 1, 128, 254, 77], np.uint8), (height, width // 7 + 1))[:, :width]
        rgb.putalpha(Image.fromarray(alpha))
    if mode == "CMYK":
        return Image.fromarray(np.stack(planes(4, height, width), 2), "CMYK")
    return rgb.convert(mode) if mode != "P" else rgb.quantize(13)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(bits, colours, samples, before=b"", interlaced=False, after=b"", rows=None):
    """samples: [height, width, channels], of which every pixel's are packed as PNG packs them."""
    height, width = samples.shape[:2]

    def packed(part):
        data = b""
        for row in part:
            if bits == 16:
                data += b"\0" + row.astype(">u2").tobytes()
            else:
                values = row.reshape(-1)
                text = "".join(format(int(v), f"0{bits}b") for v in values)
                text += "0" * (-len(text) % 8)
                data += b"\0" + bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))
        return data if part.size else b""

    if interlaced:
        passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
        data = b"".join(packed(samples[y::dy, x::dx]) for y, x, dy, dx in passes)
    else:
        data = packed(samples)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, interlaced))
            + before + chunk(b"IDAT", zlib.compress(data, 9)) + after + chunk(b"IEND", b""))


def cmyk_of_16_bits(order, inverted):
    """A TIFF file of one strip, of inks from none to all; or of what they leave of the paper."""
    ink = np.random.default_rng(5).integers(0, 65536, (HEIGHT, WIDTH, 4))
    if inverted:
        ink = 65535 - ink
    data = ink.astype(order + "u2").tobytes()
    bits = 8 + len(data)
    tags = ((256, WIDTH), (257, HEIGHT), (258, None), (259, 1), (262, 5), (273, 8), (277, 4), (278, HEIGHT),
            (279, len(data)))
    directory = struct.pack(order + "H", len(tags))
    for tag, value in tags:
        directory += struct.pack(order + "HHII", tag, 3, 4, bits) if value is None else struct.pack(
            order + "HHIHH", tag, 3, 1, value, 0)
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, bits + 8)
    return head + data + struct.pack(order + "4H", 16, 16, 16, 16) + directory + bytes(4)


def raw_profile(kind, data):
    text = data.hex()
    lines = "\n".join(text[i:i + 72] for i in range(0, len(text), 72))
    return f"\n{kind}\n{len(data):8d}\n{lines}\n".encode()


def main(folder):
    records = []

    def put(name, data, expected=None):
        opened = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
        pixels = np.asarray(opened.convert("RGB")) if expected is None else expected
        encoded = name.encode()
        records.append(struct.pack(">H", len(encoded)) + encoded + struct.pack(">iii", *pixels.shape[:2], len(data))
                       + data + pixels.tobytes())

    random = np.random.default_rng(1)
    # PNG: every depth and kind of colour, interlaced and not.
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
    palette = chunk(b"PLTE", bytes(random.integers(0, 256, 3 * 256, np.uint8)))
    for colours, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items():
        for bits in depths:
            samples = random.integers(0, 1 << bits, (HEIGHT, WIDTH, channels[colours]))
            entries = chunk(b"PLTE", bytes(random.integers(0, 256, 3 << bits, np.uint8))) if colours == 3 else b""
            # Of 16 bits of grey the upper 8: Pillow makes all above 255 white.
            grey = np.repeat((samples[:, :, :1] >> 8).astype(np.uint8), 3, 2) if bits == 16 and channels[
                colours] == 1 else None
            for interlaced in (False, True):
                put(f"PNG {colours} {bits} {interlaced}", png(bits, colours, samples, entries, interlaced), grey)
            first = [int(value) for value in samples[0, 0]]
            key = {0: lambda: struct.pack(">H", first[0]), 2: lambda: struct.pack(">3H", *first),
                   3: lambda: bytes([0, 128, 0][:1 << bits])}.get(colours, bytes)()
            if key:
                put(f"PNG {colours} {bits} transparent", png(bits, colours, samples, entries + chunk(b"tRNS", key)),
                    grey)
    pixels = random.integers(0, 256, (4, 6, 3))
    put("PNG gamma", png(8, 2, pixels, chunk(b"gAMA", struct.pack(">I", 100000))))
    put("PNG profile", png(8, 2, pixels, chunk(b"iCCP", b"icc\0\0" + zlib.compress(profile("RGB")))))
    put("PNG grey profile", png(8, 0, pixels[:, :, :1], chunk(b"iCCP", b"icc\0\0" + zlib.compress(profile("RGB")))))
    put("PNG palette alpha", png(8, 3, random.integers(0, 4, (4, 6, 1)), chunk(b"PLTE", bytes(range(100, 112))) + chunk(
        b"tRNS", bytes([0, 10, 255]))))
    for value in range(1, 9):
        block = exif(value, prefix=b"", order=">" if value % 2 else "<")
        put(f"PNG eXIf {value}", png(8, 2, pixels, chunk(b"eXIf", block)))
        put(f"PNG eXIf after {value}", png(8, 2, pixels, after=chunk(b"eXIf", block)))
        text = b"Raw profile type exif\0" + raw_profile("exif", b"Exif\0\0" + block)
        put(f"PNG tEXt {value}", png(8, 2, pixels, chunk(b"tEXt", text)))
        put(f"PNG zTXt {value}", png(8, 2, pixels, chunk(b"zTXt", text[:22] + b"\0" + zlib.compress(text[22:]))))
        # Pillow does not know ImageMagick's other name of the same profile.
        app1 = b"Raw profile type APP1\0\0" + zlib.compress(raw_profile("APP1", b"Exif\0\0" + block))
        turned = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(png(8, 2, pixels, chunk(b"eXIf", block))))))
        put(f"PNG APP1 {value}", png(8, 2, pixels, chunk(b"zTXt", app1)), turned)
        text = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(value, "attribute")[29:]
        put(f"PNG XMP {value}", png(8, 2, pixels, chunk(b"iTXt", text)))
        packed = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp(value, "element")[29:])
        put(f"PNG XMP deflated {value}", png(8, 2, pixels, chunk(b"iTXt", packed)))
    put("PNG eXIf 6, raw 3", png(8, 2, pixels, chunk(b"eXIf", exif(6, prefix=b"")) + chunk(
        b"tEXt", b"Raw profile type exif\0" + raw_profile("exif", exif(3)))))
    put("PNG comment bomb", png(8, 2, pixels, chunk(b"tEXt", b"Comment\0" + bytes(65 for _ in range(1000)))))
    put("PNG animated", saved(picture(), "PNG", save_all=True, append_images=[picture()]))
    # GIF.
    for mode in ("P", "L", "1", "RGB"):
        put(f"GIF {mode}", saved(picture(mode), "GIF"))
        put(f"GIF {mode} interlaced", saved(picture(mode), "GIF", interlace=1))
    put("GIF transparent", saved(picture("P"), "GIF", transparency=3))
    put("GIF animated", saved(picture("P"), "GIF", save_all=True, append_images=[picture("P"), picture("P")]))
    frame = bytearray(saved(picture("P"), "GIF", interlace=0))
    frame[6:10] = struct.pack("<HH", WIDTH + 5, HEIGHT + 3)
    put("GIF smaller than its screen", bytes(frame))
    at = frame.index(b"\x2c" + struct.pack("<HHHH", 0, 0, WIDTH, HEIGHT))
    frame[at + 1:at + 5] = struct.pack("<HH", 2, 3)
    put("GIF in the middle", bytes(frame))
    frame[6:10] = struct.pack("<HH", 4, 4)
    put("GIF beyond its screen", bytes(frame))
    # BMP.
    for mode in ("RGB", "RGBA", "L", "P", "1"):
        put(f"BMP {mode}", saved(picture(mode), "BMP"))
    data = random.integers(0, 256, 2 * 8 * 6, np.uint8).tobytes()
    for name, compression, masks in (("555", 0, b""), ("565", 3, struct.pack("<III", 0xf800, 0x7e0, 0x1f)),
                                     ("555 masks", 3, struct.pack("<III", 0x7c00, 0x3e0, 0x1f))):
        for height in (6, -6):
            head = struct.pack("<IiiHHIIiiII", 40, 8, height, 1, 16, compression, len(data), 0, 0, 0, 0) + masks
            put(f"BMP {name} {height}", b"BM" + struct.pack("<IHHI", 14 + len(head) + len(data), 0, 0, 14 + len(
                head)) + head + data)
    old = struct.pack("<IHHHH", 12, 8, 4, 1, 24) + data[:96]
    put("BMP old", b"BM" + struct.pack("<IHHI", 14 + len(old), 0, 0, 26) + old)
    # TIFF.
    for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "CMYK"):
        for compression in ("raw", "tiff_lzw", "tiff_deflate", "packbits"):
            put(f"TIFF {mode} {compression}", saved(picture(mode), "TIFF", compression=compression))
    for compression in ("group3", "group4"):
        put(f"TIFF 1 {compression}", saved(picture("1"), "TIFF", compression=compression))
    for value in range(1, 9):
        put(f"TIFF turned {value}", saved(picture(), "TIFF", tiffinfo={274: value}))
    put("TIFF pages", saved(picture(), "TIFF", save_all=True, append_images=[picture("L")]))
    put("TIFF profile", saved(picture(), "TIFF", icc_profile=profile("RGB")))
    sixteen = random.integers(0, 65536, (5, 7)).astype(np.uint16)
    put("TIFF 16 bits", saved(Image.fromarray(sixteen), "TIFF"), np.repeat((sixteen >> 8).astype(np.uint8)[
        :, :, None], 3, 2))
    put("TIFF white is zero", saved(picture("L"), "TIFF", tiffinfo={262: 0}))
    put("TIFF white is zero, 1 bit", saved(picture("1"), "TIFF", tiffinfo={262: 0}))
    # WebP without loss is exact; with loss the decoders may differ.
    for mode in ("RGB", "RGBA", "L", "P"):
        put(f"WebP {mode}", saved(picture(mode), "WEBP", lossless=True, exact=True))
    large = picture("RGB", 40, 56)
    put("WebP larger", saved(large, "WEBP", lossless=True))
    for value in range(1, 9):
        put(f"WebP EXIF {value}", saved(picture(), "WEBP", lossless=True, exif=exif(value)))
        put(f"WebP XMP {value}", saved(picture(), "WEBP", lossless=True, xmp=xmp(value, "element")[29:]))
    put("WebP profile", saved(picture(), "WEBP", lossless=True, icc_profile=profile("RGB")))
    put("WebP animated", saved(picture(), "WEBP", lossless=True, save_all=True, append_images=[picture(), picture()]))
    smooth = np.mgrid[0:48, 0:64]
    smooth = np.stack([128 + 100 * np.sin(smooth[0] / 9), 128 + 100 * np.cos(smooth[1] / 11), smooth[1] * 3], 2)
    smooth = Image.fromarray(smooth.astype(np.uint8))
    for quality in (40, 80, 95):
        put(f"lossy WebP {quality}", saved(smooth, "WEBP", quality=quality))
        put(f"lossy WebP noise {quality}", saved(large, "WEBP", quality=quality))
        put(f"lossy WebP odd {quality}", saved(picture(), "WEBP", quality=quality))
    alpha = smooth.copy()
    alpha.putalpha(Image.fromarray(np.full((48, 64), 200, np.uint8)))
    put("lossy WebP alpha", saved(alpha, "WEBP", quality=80))
    # Inks as they are, by JPEG and of 16 bits; Pillow writes none of 16 bits.
    put("TIFF CMYK jpeg", saved(picture("CMYK"), "TIFF", compression="jpeg"))
    for order in "<>":
        for inverted in (False, True):
            put(f"TIFF CMYK 16 bits {order}{inverted}", cmyk_of_16_bits(order, inverted))
    for value in range(1, 9):
        put(f"TIFF XMP {value}", saved(picture(), "TIFF", tiffinfo={700: xmp(value, "element")[29:]}))
    put("TIFF XMP and EXIF", saved(picture(), "TIFF", tiffinfo={274: 3, 700: xmp(6, "attribute")[29:]}))
    (folder / "pictures.gz").write_bytes(gzip.compress(b"".join(records), 9, mtime=0))
    print(len(records), "files, Pillow", Image.__version__)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
