"""The training engine beside PyTorch: the whole BYOL step, its memory, the update and W_p.

    python engine_peers.py ROUNDS [--cores 0,1] [--only step|update|predictor|memory] -- \
        java -cp ... org.directpred.benchmarks.EngineBenchmark

Every side is a process of its own that waits on its standard input, all on the same cores with as
many threads as cores; one works at a time, and each does one round after the other, ROUNDS times.
Prints the median milliseconds of every side, the ratios round by round, and the peak resident set
of each process. `engine_peers.py worker ...` is PyTorch's side.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

STEPS = [("32 x 32, batch 32", 18, 32, 32), ("96 x 96, batch 32", 18, 96, 32),
         ("32 x 32, batch 128", 18, 32, 128)]


# PyTorch's side -----------------------------------------------------------------------------------


def byol(depth, side, batch, precision):
    import torch
    import torchvision

    channels_last = precision != "eager"

    def network():
        encoder = getattr(torchvision.models, f"resnet{depth}")()
        features = encoder.fc.in_features
        if side < 64:
            encoder.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)
            encoder.maxpool = torch.nn.Identity()
        encoder.fc = torch.nn.Identity()
        hidden, outputs = (4096, 256) if depth == 50 else (512, 128)
        whole = torch.nn.Sequential(
            encoder, torch.nn.Linear(features, hidden), torch.nn.BatchNorm1d(hidden),
            torch.nn.ReLU(inplace=True), torch.nn.Linear(hidden, outputs))
        return whole.to(memory_format=torch.channels_last) if channels_last else whole

    online, target = network(), network()
    target.requires_grad_(False)
    d = online[-1].out_features
    predictor = torch.nn.Linear(d, d, bias=False)
    parameters = list(online.parameters())
    optimiser = torch.optim.SGD(
        parameters + list(predictor.parameters()), lr=0.03, momentum=0.9, weight_decay=4e-4)
    views = [torch.randn(batch, 3, side, side) for _ in range(2)]
    if channels_last:
        views = [v.contiguous(memory_format=torch.channels_last) for v in views]
    cosine = torch.nn.functional.cosine_similarity

    def once():
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            z = [online(v) for v in views]
            with torch.no_grad():
                t = [target(v) for v in views]
            q = [predictor(v) for v in z]
        loss = -2 * (cosine(q[0].float(), t[1].float()).mean()
                     + cosine(q[1].float(), t[0].float()).mean())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(list(target.parameters()), parameters, 0.004)
        if not torch.isfinite(loss):
            raise SystemExit("the loss is not finite")

    return once, 1


def update(kind):
    import torch
    import torchvision

    def weights():
        encoder = torchvision.models.resnet18()
        encoder.fc = torch.nn.Identity()
        return torch.nn.Sequential(
            encoder, torch.nn.Linear(512, 512), torch.nn.BatchNorm1d(512),
            torch.nn.Linear(512, 128))

    online, target = list(weights().parameters()), list(weights().parameters())
    for p in online:
        p.grad = torch.randn_like(p)
    flags = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}[kind]
    optimiser = torch.optim.SGD(online, lr=0.03, momentum=0.9, weight_decay=4e-4, **flags)

    def once():
        optimiser.step()
        with torch.no_grad():
            torch._foreach_lerp_(target, online, 0.004)

    return once, 30


def eigh(dimension):
    import torch

    z = torch.randn(2 * dimension, dimension, dtype=torch.float64)
    f = z.T @ z / len(z)
    return lambda: torch.linalg.eigh(f), 1000 * 128 // dimension


def worker(arguments):
    import torch

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    kind, rest = arguments[0], arguments[1:]
    if kind == "step":
        once, repetitions = byol(*map(int, rest[:3]), rest[3])
    else:
        once, repetitions = update(rest[0]) if kind == "update" else eigh(int(rest[0]))
    for _ in range(2 if repetitions == 1 else 4 * repetitions):
        once()
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        for _ in range(repetitions):
            once()
        print((time.perf_counter() - start) * 1e3 / repetitions, flush=True)


# The comparison -----------------------------------------------------------------------------------


class Side:
    def __init__(self, command, cores):
        environment = dict(os.environ, OMP_NUM_THREADS=str(len(cores)))
        self.process = subprocess.Popen(
            ["taskset", "-c", ",".join(map(str, cores)), *command], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env=environment)
        self.answer("ready")

    def answer(self, expected=None):
        while line := self.process.stdout.readline():
            if expected is not None and line.strip() == expected:
                return None
            if expected is None:
                try:
                    return float(line)
                except ValueError:
                    pass
            print(line, end="", flush=True)
        raise SystemExit(f"{self.process.args} ended with status {self.process.wait()}")

    def round(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        """The peak resident set in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        self.process.stdin.close()
        self.process.wait(60)
        return int(peak.split()[1]) / 1024


def compare(title, sides, pairs, rounds, cores):
    running = {name: Side(command, cores) for name, command in sides.items()}
    times = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in running.items():
            times[name].append(side.round())
    peaks = {name: side.close() for name, side in running.items()}
    print(f"\n## {title}", flush=True)
    for name, found in times.items():
        print(f"{name}: median {statistics.median(found):.2f} ms, "
              f"{min(found):.2f} to {max(found):.2f}; peak {peaks[name]:.0f} MB")
    for ours, peer in pairs:
        ratios = sorted(a / b for a, b in zip(times[ours], times[peer]))
        print(f"{ours} / {peer}: median {statistics.median(ratios):.3f}, "
              f"{ratios[0]:.3f} to {ratios[-1]:.3f}; of the medians "
              f"{statistics.median(times[ours]) / statistics.median(times[peer]):.3f}; memory "
              f"{peaks[ours] / peaks[peer]:.2f}", flush=True)
    return times


def main():
    split = sys.argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", type=int)
    parser.add_argument("--cores", default="0,1")
    parser.add_argument("--only", default="step,update,predictor,memory")
    options = parser.parse_args(sys.argv[1:split])
    java = sys.argv[split + 1:]
    python = [sys.executable, __file__, "worker"]
    cores = [int(core) for core in options.cores.split(",")]
    bf16 = "avx512_bf16" in Path("/proc/cpuinfo").read_text()

    if "step" in options.only:
        for title, *shape in STEPS:
            words = ["step", *map(str, shape)]
            sides = {
                "ours, float32": [*java, *words, "FLOAT32"],
                "PyTorch, float32 eager": [*python, *words, "eager"],
                "PyTorch, float32 channels-last": [*python, *words, "channels_last"],
            }
            pairs = [("ours, float32", "PyTorch, float32 eager"),
                     ("ours, float32", "PyTorch, float32 channels-last")]
            if bf16:
                sides["ours, bf16"] = [*java, *words, "BFLOAT16"]
                sides["PyTorch, bf16 channels-last"] = [*python, *words, "bf16"]
                pairs += [("ours, bf16", "PyTorch, bf16 channels-last"),
                          ("ours, bf16", "PyTorch, float32 eager")]
            compare(f"Step of ResNet-{shape[0]}, {title}", sides, pairs, options.rounds, cores)
    if "update" in options.only:
        sides = {"ours": [*java, "update"]}
        sides |= {f"PyTorch, {kind} SGD and foreach EMA": [*python, "update", kind]
                  for kind in ("default", "foreach", "fused")}
        compare("SGD and moving average, ResNet-18 with projector", sides,
                [("ours", name) for name in sides if name != "ours"], options.rounds, cores)
    if "predictor" in options.only:
        for d in (128, 256, 512):
            sides = {"ours": [*java, "predictor", str(d)],
                     "torch.linalg.eigh": [*python, "predictor", str(d)]}
            compare(f"Setting W_p, d = {d}, float64", sides, [("ours", "torch.linalg.eigh")],
                    options.rounds, cores)
        large = {"ours, ResNet-50 at 224, batch 8": [*java, "step", "50", "224", "8", "FLOAT32"]}
        compare("The step that d = 256 belongs to", large, [], 1, cores)
    if "memory" in options.only:
        print("\n## Memory over 2,000 steps", flush=True)
        subprocess.run(["taskset", "-c", options.cores, *java, "memory", "2000"], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        worker(sys.argv[2:])
    else:
        main()
