"""Writes what PyTorch finds by ImageNet's linear protocol on pixels, for SgdProbeTest.

    pip install torch==2.7.1 scikit-learn==1.9.1 safetensors==0.8.0 numpy
    python library/src/test/python/evaluate/sgd_probe_fixture.py

The features are the pixels of the embedded slice of Fashion-MNIST, so that both read the same file;
the order of the examples is drawn as ViewLoader draws it. Writes sgd-probe.json into
library/src/test/resources/org/directpred/evaluate.
"""

import gzip
import json
import math
import pathlib

import numpy as np
import torch
from probe_fixture import FOLDER, SplitMix64

IMAGES = (
    pathlib.Path(__file__).resolve().parents[3]
    / "main/resources/org/directpred/image/fashion-mnist"
)
SHUFFLE = 0x53687566666C6521
TRAIN, TEST, BATCH, EPOCHS, SEED = 2000, 1000, 100, 6, 1
RATE, MOMENTUM, DECAY = 0.02, 0.9, 1e-4


def images(part, count):
    pixels = gzip.decompress((IMAGES / f"{part}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((IMAGES / f"{part}-labels-idx1-ubyte.gz").read_bytes())
    x = np.frombuffer(pixels, np.uint8, count * 784, 16).reshape(count, 784)
    x = (x.astype(np.float32) / 255 - 0.286) / 0.353
    y = np.frombuffer(labels, np.uint8, count, 8).astype(np.int64)
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y)


def main():
    torch.set_num_threads(1)
    x, y = images("train", TRAIN)
    test_x, test_y = images("test", TEST)
    layer = torch.nn.Linear(784, 10)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimiser = torch.optim.SGD(
        layer.parameters(), lr=RATE, momentum=MOMENTUM, nesterov=True, weight_decay=DECAY
    )
    steps = EPOCHS * (TRAIN // BATCH)
    step = 0
    accuracies = []
    for epoch in range(EPOCHS):
        order = SplitMix64(SHUFFLE, SEED, epoch).permutation(TRAIN)
        for start in range(0, TRAIN, BATCH):
            rows = order[start : start + BATCH]
            for group in optimiser.param_groups:
                group["lr"] = RATE * (1 + math.cos(math.pi * step / steps)) / 2
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(layer(x[rows]), y[rows]).backward()
            optimiser.step()
            step += 1
        predicted = layer(test_x).argmax(1)
        accuracies.append((predicted == test_y).float().mean().item())
    result = {
        "torch": torch.__version__,
        "accuracies": accuracies,
        "predictions": predicted.tolist(),
    }
    (FOLDER / "sgd-probe.json").write_text(json.dumps(result) + "\n")
    print(accuracies)


if __name__ == "__main__":
    main()
