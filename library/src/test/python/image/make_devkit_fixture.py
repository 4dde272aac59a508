"""Write a small devkit in the format of ILSVRC2012_devkit_t12.tar.gz, for SourcesTest.

    python make_devkit_fixture.py OUTPUT_FILE         (with requirements.txt beside this script)

meta.mat has the fields of the published one: four classes, numbered in another order than that of their
WordNet names, and two synsets above them; the ground truth has six images.
"""
import gzip
import io
import sys
import tarfile

import numpy as np
import scipy.io

ROOT = "ILSVRC2012_devkit_t12"
# Number, WordNet name, words, numbers of the children.
SYNSETS = [
    (1, "n02119789", "kit fox, Vulpes macrotis", []),
    (2, "n02100735", "English setter", []),
    (3, "n01440764", "tench, Tinca tinca", []),
    (4, "n03796401", "moving van", []),
    (5, "n02083346", "canine, canid", [1, 2]),
    (6, "n00001740", "entity", [3, 4, 5]),
]
TRUTH = [3, 1, 4, 1, 2, 3]


def meta():
    table = np.zeros((len(SYNSETS), 1), dtype=[(name, object) for name in (
        "ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children", "wordnet_height",
        "num_train_images")])
    for row, (number, name, words, children) in zip(table[:, 0], SYNSETS):
        row["ILSVRC2012_ID"], row["WNID"], row["words"] = float(number), name, words
        row["gloss"] = "a " + words
        row["num_children"], row["children"] = float(len(children)), np.array([children], float)
        row["wordnet_height"] = float(bool(children))
        row["num_train_images"] = 0.0 if children else 1300.0
    data = io.BytesIO()
    scipy.io.savemat(data, {"synsets": table}, do_compression=True)
    # The first 116 bytes are a text with the date.
    text = b"MATLAB 5.0 MAT-file, written by make_devkit_fixture.py".ljust(116)
    return text + data.getvalue()[116:]


def main(path):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in [
                ("readme.txt", b"A devkit in the published one's format.\n"),
                ("data/meta.mat", meta()),
                ("data/ILSVRC2012_validation_ground_truth.txt",
                 "".join(f"{number}\n" for number in TRUTH).encode())]:
            member = tarfile.TarInfo(f"{ROOT}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    with open(path, "wb") as out:
        out.write(gzip.compress(data.getvalue(), mtime=0))
    print("scipy", scipy.__version__)


if __name__ == "__main__":
    main(sys.argv[1])
