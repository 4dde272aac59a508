"""Writes what PyTorch and scikit-learn find on the features that the probes are tested on.

    pip install torch==2.7.1 scikit-learn==1.9.1 safetensors==0.8.0 numpy
    python library/src/test/python/evaluate/probe_fixture.py

Writes into library/src/test/resources/org/directpred/evaluate:
  probe-train.safetensors, probe-test.safetensors   features and labels
  probe.json                                        accuracies and predictions of the references
The initial weights and the orders of the examples are drawn from SplitMix64 as the Java code draws
them, so that both take the same steps.
"""

import json
import pathlib

import numpy as np
import sklearn
import torch
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "resources/org/directpred/evaluate"
TRAIN, TEST, DIMENSION, CLASSES = 1500, 1000, 24, 10
MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15


def mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


class SplitMix64:
    def __init__(self, *key):
        self.state = 0
        for part in key:
            self.state = mix((self.state + GAMMA + mix((part + GAMMA) & MASK)) & MASK)

    def next(self):
        self.state = (self.state + GAMMA) & MASK
        return mix(self.state)

    def uniform(self, low, high):
        return low + (high - low) * ((self.next() >> 11) * 2.0**-53)

    def permutation(self, size):
        order = list(range(size))
        for i in range(size - 1, 0, -1):
            j = (self.next() >> 1) * (2 * (i + 1)) >> 64
            order[i], order[j] = order[j], order[i]
        return order


def data():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(CLASSES, DIMENSION))
    scale = np.exp(rng.normal(size=DIMENSION))
    shift = 3 * rng.normal(size=DIMENSION)
    mixing = rng.normal(size=(DIMENSION, DIMENSION)) / DIMENSION**0.5

    def draw(n):
        y = rng.integers(0, CLASSES, n)
        x = centres[y] + 1.5 * rng.normal(size=(n, DIMENSION)) @ (np.eye(DIMENSION) + mixing)
        return (x * scale + shift).astype(np.float32), y.astype(np.int32)

    return draw(TRAIN), draw(TEST)


def save(name, x, y):
    save_file(
        {"features": x, "labels": y},
        FOLDER / name,
        metadata={
            "provenance": "ten Gaussian clouds",
            "classes": json.dumps(["cloud %d" % c for c in range(CLASSES)]),
        },
    )


def official(x, y, xt, yt, seed=0, epochs=50):
    """The official code's linear evaluation: best and last test accuracy come from its epochs."""
    torch.manual_seed(0)
    layer = torch.nn.Linear(DIMENSION, CLASSES)
    random = SplitMix64(seed)
    bound = 1 / DIMENSION**0.5
    start = [random.uniform(-bound, bound) for _ in range(CLASSES * (DIMENSION + 1))]
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(start[: CLASSES * DIMENSION]).view(CLASSES, DIMENSION))
        layer.bias.copy_(torch.tensor(start[CLASSES * DIMENSION :]))
    optimiser = torch.optim.Adam(layer.parameters(), lr=3e-4, weight_decay=1e-3)
    loss = torch.nn.CrossEntropyLoss()
    x, y, xt, yt = (torch.from_numpy(a) for a in (x, y.astype(np.int64), xt, yt))
    accuracies = []
    for epoch in range(epochs):
        order = torch.tensor(SplitMix64(seed, epoch).permutation(len(x)))
        for at in order.split(128):
            optimiser.zero_grad()
            loss(layer(x[at]), y[at]).backward()
            optimiser.step()
        with torch.no_grad():
            predicted = layer(xt).argmax(1)
        accuracies.append((predicted == yt).double().mean().item())
    return accuracies, predicted.tolist()


def neighbours(x, y, xt, k=200, temperature=0.07):
    x, xt = (torch.nn.functional.normalize(torch.from_numpy(a)) for a in (x, xt))
    similarity, index = (xt @ x.T).topk(k)
    hot = torch.nn.functional.one_hot(torch.from_numpy(y).long(), CLASSES).double()
    weights = (similarity.double() / temperature).exp()
    return (weights.unsqueeze(2) * hot[index]).sum(1).argmax(1).tolist()


def main():
    torch.set_num_threads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (x, y), (xt, yt) = data()
    save("probe-train.safetensors", x, y)
    save("probe-test.safetensors", xt, yt)
    scaler = StandardScaler().fit(x)
    sx, st = scaler.transform(x), scaler.transform(xt)
    accuracies, predicted = official(sx, y, st, yt)
    logistic = LogisticRegression(C=0.01, max_iter=1000, tol=1e-6).fit(sx.astype(np.float64), y)
    result = {
        "torch": torch.__version__,
        "scikit-learn": sklearn.__version__,
        "official accuracies": accuracies,
        "official predictions": predicted,
        "logistic predictions": logistic.predict(st.astype(np.float64)).tolist(),
        "neighbour predictions": neighbours(x, y, xt),
    }
    (FOLDER / "probe.json").write_text(json.dumps(result) + "\n")
    print("official: last %.3f best %.3f" % (accuracies[-1], max(accuracies)))
    for name in ("logistic", "neighbour"):
        print(name, np.mean(np.array(result[name + " predictions"]) == yt))


if __name__ == "__main__":
    main()
