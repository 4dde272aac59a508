"""Two random views of an image: this library beside torchvision on PIL and albumentations.

    python image_peers.py FOLDER ROUNDS [--core N] -- java -cp ... org.directpred.benchmarks.ImageBenchmark

Makes the data in FOLDER (512 patches of 96 x 96 in STL-10's format, 64 JPEG photographs of 500 x 375,
4:2:0), then lets every implementation do one round after the other, ROUNDS times, all pinned to one
core, and prints microseconds an image (median and all rounds). Elapsed time and, because other work
may run beside, processor time of the process. The peers are timed without collation, on images
already in memory (STL-10) or on the file's bytes (JPEG); this library with its whole loader.
"""
import io
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import albumentations as A
import cv2
import numpy as np
import skimage.data
import sklearn.datasets
import torch
from albumentations.pytorch import ToTensorV2
from PIL import Image, ImageFilter, ImageOps
from torchvision import transforms as T

torch.set_num_threads(1)
cv2.setNumThreads(0)
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def make_data(folder):
    names = ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg"]
    paths = [Path(skimage.data.__file__).parent / name for name in names]
    paths += [Path(sklearn.datasets.__file__).parent / "images" / name
              for name in ("china.jpg", "flower.jpg")]
    pictures = [Image.open(path).convert("RGB") for path in paths]
    generator = np.random.default_rng(1)

    def patch(picture, side_w, side_h, width, height):
        x = int(generator.integers(0, picture.width - side_w + 1))
        y = int(generator.integers(0, picture.height - side_h + 1))
        return picture.crop((x, y, x + side_w, y + side_h)).resize((width, height), Image.BICUBIC)

    patches = []
    for i in range(512):
        side = int(generator.integers(96, 297))
        patches.append(np.asarray(patch(pictures[i % len(pictures)], side, side, 96, 96)))
    # STL-10: planes, column by column.
    (folder / "patches_X.bin").write_bytes(np.stack(patches).transpose(0, 3, 2, 1).tobytes())
    target = folder / "jpeg" / "all"
    target.mkdir(parents=True, exist_ok=True)
    total = 0
    for i in range(64):
        picture = patch(pictures[i % len(pictures)], 400, 300, 500, 375)
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=95, subsampling="4:2:0")
        total += len(data.getvalue())
        (target / f"{i:03d}.jpg").write_bytes(data.getvalue())
    print(f"JPEG files of {total // 64} bytes on average", flush=True)
    return patches, [path.read_bytes() for path in sorted(target.iterdir())]


class PilBlur:
    def __init__(self, low, high):
        self.low, self.high = low, high

    def __call__(self, picture):
        sigma = torch.empty(1).uniform_(self.low, self.high).item()
        return picture.filter(ImageFilter.GaussianBlur(radius=sigma))


def torchvision_stl10():
    # As the paper's code has it: torchvision's blur on the PIL image.
    return T.Compose([
        T.RandomResizedCrop(96), T.RandomHorizontalFlip(),
        T.RandomApply([T.ColorJitter(0.8, 0.8, 0.8, 0.2)], p=0.8), T.RandomGrayscale(0.2),
        T.GaussianBlur(9, (0.1, 2.0)), T.ToTensor()])


def torchvision_byol(view):
    return T.Compose([
        T.RandomResizedCrop(224, interpolation=T.InterpolationMode.BICUBIC),
        T.RandomHorizontalFlip(), T.RandomApply([T.ColorJitter(0.4, 0.4, 0.2, 0.1)], p=0.8),
        T.RandomGrayscale(0.2), T.RandomApply([PilBlur(0.1, 2.0)], p=(1.0, 0.1)[view]),
        T.RandomApply([T.Lambda(ImageOps.solarize)], p=(0.0, 0.2)[view]),
        T.ToTensor(), T.Normalize(MEAN, DEVIATION)])


def albumentations_stl10():
    return A.Compose([
        A.RandomResizedCrop((96, 96), interpolation=cv2.INTER_LINEAR), A.HorizontalFlip(p=0.5),
        A.ColorJitter(brightness=(0.2, 1.8), contrast=(0.2, 1.8), saturation=(0.2, 1.8),
                      hue=(-0.2, 0.2), p=0.8),
        A.ToGray(p=0.2), A.GaussianBlur(blur_limit=(9, 9), sigma_limit=(0.1, 2.0), p=1.0),
        A.ToFloat(max_value=255), ToTensorV2()])


def albumentations_byol(view):
    return A.Compose([
        A.RandomResizedCrop((224, 224), interpolation=cv2.INTER_CUBIC), A.HorizontalFlip(p=0.5),
        A.ColorJitter(brightness=(0.6, 1.4), contrast=(0.6, 1.4), saturation=(0.8, 1.2),
                      hue=(-0.1, 0.1), p=0.8),
        A.ToGray(p=0.2),
        A.GaussianBlur(blur_limit=(23, 23), sigma_limit=(0.1, 2.0), p=(1.0, 0.1)[view]),
        A.Solarize(threshold_range=(0.5, 0.5), p=(0.0, 0.2)[view]),
        A.Normalize(MEAN, DEVIATION), ToTensorV2()])


def clocked(work, images):
    work(2)
    start, processor = time.perf_counter(), time.process_time()
    work(images)
    return [(time.perf_counter() - start) * 1e6 / images,
            (time.process_time() - processor) * 1e6 / images]


class Java:
    def __init__(self, command, core):
        self.process = subprocess.Popen(
            ["taskset", "-c", core, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        while self.process.stdout.readline().strip() != "ready":
            pass

    def processor(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, job, threads, images):
        before = self.processor()
        self.process.stdin.write(f"{job} {threads}\n")
        self.process.stdin.flush()
        while True:
            line = self.process.stdout.readline().strip()
            try:
                return [float(line), (self.processor() - before) * 1e6 / images]
            except ValueError:
                print(line, flush=True)


def main():
    split = sys.argv.index("--")
    arguments, command = sys.argv[1:split], sys.argv[split + 1:]
    folder, rounds = Path(arguments[0]), int(arguments[1])
    core = arguments[3] if len(arguments) > 3 else "1"
    command.append(str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    patches, files = make_data(folder)
    os.sched_setaffinity(0, {int(core)})
    torchvision, fast = torchvision_stl10(), albumentations_stl10()
    byol = [torchvision_byol(0), torchvision_byol(1)]
    fast_byol = [albumentations_byol(0), albumentations_byol(1)]

    def pil_stl10(count):
        for i in range(count):
            picture = Image.fromarray(patches[i % 512])
            torchvision(picture), torchvision(picture)

    def fast_stl10(count):
        for i in range(count):
            fast(image=patches[i % 512]), fast(image=patches[i % 512])

    def pil_jpeg(count):
        for i in range(count):
            picture = Image.open(io.BytesIO(files[i % 64])).convert("RGB")
            byol[0](picture), byol[1](picture)

    def fast_jpeg(count):
        for i in range(count):
            picture = cv2.cvtColor(
                cv2.imdecode(np.frombuffer(files[i % 64], np.uint8), cv2.IMREAD_COLOR),
                cv2.COLOR_BGR2RGB)
            fast_byol[0](image=picture), fast_byol[1](image=picture)

    java = Java(command, core)
    jobs = {
        "STL-10, this library": lambda: java.ask("stl10", 1, 13 * 512),
        "STL-10, torchvision on PIL": lambda: clocked(pil_stl10, 200),
        "STL-10, albumentations": lambda: clocked(fast_stl10, 1000),
        "JPEG, this library": lambda: java.ask("jpeg", 1, 6 * 64),
        "JPEG, torchvision on PIL": lambda: clocked(pil_jpeg, 48),
        "JPEG, albumentations": lambda: clocked(fast_jpeg, 128),
    }
    for _ in range(3):
        java.ask("stl10", 1, 1), java.ask("jpeg", 1, 1)
    results = {name: [] for name in jobs}
    for number in range(rounds):
        for name, job in jobs.items():
            results[name].append(job())
        print("round", number + 1, {n: [round(v) for v in r[-1]] for n, r in results.items()},
              flush=True)
    for name, found in results.items():
        for kind, column in (("elapsed", 0), ("processor", 1)):
            values = [row[column] for row in found]
            print(f"{name}, {kind}: median {statistics.median(values):.0f} us of "
                  + " ".join(f"{v:.0f}" for v in values))
    java.process.stdin.close()
    java.process.wait(30)


if __name__ == "__main__":
    main()
