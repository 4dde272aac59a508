"""Write what torchvision makes of ImageNet-like JPEG files at 224, for ViewsReferenceTest.

    python make_decoded_fixtures.py OUTPUT_FOLDER     (with requirements.txt beside this script)

Photographs that the library ships, which are in the public domain or CC0, become JPEG files of ImageNet's
common kind, 500 pixels wide, 4:2:0, and are decoded by Pillow. A view is torchvision's RandomResizedCrop
to 224, bicubic, in a box that it drew itself, flipped or not; for evaluation the shorter side becomes 256
and the middle 224 x 224 is kept. cases.txt has a line for each: result (PNG), source, operations.
"""
import sys
from pathlib import Path

import torch
import torchvision.transforms as T
import torchvision.transforms.functional as F
from PIL import Image
from torchvision.transforms import InterpolationMode

PHOTOGRAPHS = Path(__file__).parents[3] / "main/resources/org/directpred/image/colour-patches"
MODES = {"bilinear": InterpolationMode.BILINEAR, "bicubic": InterpolationMode.BICUBIC}


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(20261122)
    lines = []

    def photograph(source):
        picture = Image.open(PHOTOGRAPHS / source).convert("RGB")
        picture = picture.resize((500, 500 * picture.height // picture.width), Image.BICUBIC)
        picture.save(folder / source, "JPEG", quality=85, subsampling="4:2:0")
        return Image.open(folder / source).convert("RGB")

    def add(source, steps, picture):
        name = f"{len(lines)}.png"
        picture.save(folder / name, optimize=True)
        lines.append(f"{name} | {source} | " + "; ".join(" ".join(map(str, s)) for s in steps))

    for source, scale, flip in [("rocket.jpg", (0.3, 1), True), ("coffee.jpg", (0.08, 0.2), False)]:
        picture = photograph(source)
        box = T.RandomResizedCrop.get_params(picture, scale, (3 / 4, 4 / 3))
        view = F.resized_crop(picture, *box, [224, 224], MODES["bicubic"])
        steps = [("crop", *box), ("resize", 224, 224, "bicubic")]
        add(source, steps + [("flip",)] * flip, F.hflip(view) if flip else view)
    for source, mode in [("chelsea.jpg", "bicubic"), ("rocket.jpg", "bilinear")]:
        picture = photograph(source)
        plain = F.center_crop(F.resize(picture, 256, MODES[mode]), [224, 224])
        add(source, [("shorter", 256, mode), ("centre", 224, 224)], plain)
    (folder / "cases.txt").write_text("\n".join(lines) + "\n")
    print(len(lines), "cases, pillow", Image.__version__, "torch", torch.__version__)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
