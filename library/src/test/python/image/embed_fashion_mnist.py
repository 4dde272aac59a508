"""Cut the class-balanced slice of Fashion-MNIST that the library carries.

    python embed_fashion_mnist.py /usr/share/datasets/fashion-mnist OUTPUT_FOLDER

Takes the first images of each class and keeps their order; standard library only.
"""
import gzip
import struct
import sys
from pathlib import Path

SIDE = 28
PARTS = {"train": ("train", 1000), "test": ("t10k", 200)}


def write(path, content):
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:
        out.write(content)


def main(source, target):
    for name, (part, per_class) in PARTS.items():
        images = gzip.decompress((source / f"{part}-images-idx3-ubyte.gz").read_bytes())[16:]
        labels = gzip.decompress((source / f"{part}-labels-idx1-ubyte.gz").read_bytes())[8:]
        taken = [0] * 10
        chosen = []
        for index, label in enumerate(labels):
            if taken[label] < per_class:
                taken[label] += 1
                chosen.append(index)
        assert taken == [per_class] * 10
        size = SIDE * SIDE
        write(
            target / f"{name}-images-idx3-ubyte.gz",
            struct.pack(">4i", 0x803, len(chosen), SIDE, SIDE)
            + b"".join(images[i * size:(i + 1) * size] for i in chosen),
        )
        write(
            target / f"{name}-labels-idx1-ubyte.gz",
            struct.pack(">2i", 0x801, len(chosen)) + bytes(labels[i] for i in chosen),
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
