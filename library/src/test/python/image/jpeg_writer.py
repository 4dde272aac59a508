"""A small JPEG writer for what Pillow's own does not write: any sampling factors, component numbers,
markers, quarters of scans. Baseline or progressive by spectral selection, the standard's Huffman tables."""
import struct

import numpy as np

BASIS = np.array([[np.sqrt((1 if u == 0 else 2) / 8) * np.cos((2 * x + 1) * u * np.pi / 16)
                   for x in range(8)] for u in range(8)])
ZIGZAG = sorted(range(64), key=lambda k: (k // 8 + k % 8, (k // 8 if (k // 8 + k % 8) % 2 else k % 8)))
DC_BITS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
DC_VALUES = list(range(12))
# Every run and size of the AC codes has one length: simple, and lawful.
AC_VALUES = [run << 4 | size for size in range(1, 11) for run in range(16)] + [0x00, 0xf0]
AC_BITS = [0, 0, 0, 0, 0, 0, 0, len(AC_VALUES)] + [0] * 8


def codes(bits, values):
    table, code, at = {}, 0, 0
    for length, count in enumerate(bits, 1):
        for _ in range(count):
            table[values[at]] = (code, length)
            code, at = code + 1, at + 1
        code <<= 1
    return table


DC, AC = codes(DC_BITS, DC_VALUES), codes(AC_BITS, AC_VALUES)


class Bits:
    def __init__(self):
        self.text = []

    def put(self, value, length):
        if length:
            self.text.append(format(value, f"0{length}b"))

    def number(self, value, size):
        self.put(value if value > 0 else value + (1 << size) - 1, size)

    def bytes(self):
        text = "".join(self.text)
        text += "1" * (-len(text) % 8)
        return bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8)).replace(b"\xff", b"\xff\0")


def segment(marker, content):
    return bytes([0xff, marker]) + struct.pack(">H", len(content) + 2) + content


def adobe(transform):
    return segment(0xee, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


JFIF = segment(0xe0, b"JFIF\0" + bytes([1, 1, 0, 0, 1, 0, 1, 0, 0]))


def blocks_of(plane, rows, columns):
    """Quantised coefficients, in zigzag order, of a plane padded to rows x columns blocks."""
    padded = np.pad(plane.astype(float), ((0, rows * 8 - plane.shape[0]), (0, columns * 8 - plane.shape[1])), "edge")
    tiles = padded.reshape(rows, 8, columns, 8).transpose(0, 2, 1, 3) - 128
    # Step 8 throughout: no coefficient needs more than 10 bits.
    values = np.rint(BASIS @ tiles @ BASIS.T / 8).astype(int)
    return values.reshape(rows, columns, 64)[:, :, ZIGZAG]


def block(out, values, before, first, last):
    if first == 0:
        difference = values[0] - before
        size = int(abs(difference)).bit_length()
        out.put(*DC[size])
        out.number(int(difference), size)
        first = 1
    if last == 0:
        return
    run = 0
    for value in values[first:last + 1]:
        if value == 0:
            run += 1
            continue
        while run > 15:
            out.put(*AC[0xf0])
            run -= 16
        size = int(abs(value)).bit_length()
        out.put(*AC[run << 4 | size])
        out.number(int(value), size)
        run = 0
    if run:
        out.put(*AC[0])


def write(planes, sampling, ids=None, before=b"", progressive=False, interleaved=True, restart=0, frame=None,
          precision=8, repeat=1, scans=None):
    """planes: arrays [h, w] of the full size, taken apart by sampling [(across, down), ...]."""
    height, width = planes[0].shape
    ids = ids or range(1, len(planes) + 1)
    across, down = max(s[0] for s in sampling), max(s[1] for s in sampling)
    mcus = -(-height // (8 * down)), -(-width // (8 * across))
    coefficients, sizes = [], []
    for plane, (h, v) in zip(planes, sampling):
        ys = np.minimum(np.arange(-(-height * v // down)) * down // v, height - 1)
        xs = np.minimum(np.arange(-(-width * h // across)) * across // h, width - 1)
        coefficients.append(blocks_of(plane[np.ix_(ys, xs)], mcus[0] * v, mcus[1] * h))
        sizes.append((-(-len(ys) // 8), -(-len(xs) // 8)))
    out = b"\xff\xd8" + before
    out += segment(0xdb, b"\0" + bytes([8] * 64))
    kind = frame if frame is not None else 0xc2 if progressive else 0xc0
    out += segment(kind, struct.pack(">BHHB", precision, height, width, len(planes)) + b"".join(
        bytes([i, h << 4 | v, 0]) for i, (h, v) in zip(ids, sampling)))
    out += segment(0xc4, b"\0" + bytes(DC_BITS) + bytes(DC_VALUES) + b"\x10" + bytes(AC_BITS) + bytes(AC_VALUES))
    if restart:
        out += segment(0xdd, struct.pack(">H", restart))
    every = list(range(len(planes)))
    if scans is None:
        if progressive:
            scans = [(every, 0, 0)] + [([c], a, b) for c in every for a, b in ((1, 5), (6, 63))]
        else:
            scans = [(every, 0, 63)] if interleaved else [([c], 0, 63) for c in every]
    for part, first, last in scans * repeat:
        out += segment(0xda, bytes([len(part)]) + b"".join(bytes([list(ids)[c], 0]) for c in part)
                       + bytes([first, last, 0]))
        units = []
        if len(part) == 1:
            c = part[0]
            units = [[(c, y, x)] for y in range(sizes[c][0]) for x in range(sizes[c][1])]
        else:
            for my in range(mcus[0]):
                for mx in range(mcus[1]):
                    units.append([(c, my * sampling[c][1] + y, mx * sampling[c][0] + x) for c in part
                                  for y in range(sampling[c][1]) for x in range(sampling[c][0])])
        data, bits, dc = b"", Bits(), [0] * len(planes)
        for number, unit in enumerate(units):
            if restart and number and number % restart == 0:
                data += bits.bytes() + bytes([0xff, 0xd0 + (number // restart - 1) % 8])
                bits, dc = Bits(), [0] * len(planes)
            for c, y, x in unit:
                block(bits, coefficients[c][y, x], dc[c], first, last)
                dc[c] = coefficients[c][y, x][0]
        out += data + bits.bytes()
    return out + b"\xff\xd9"
