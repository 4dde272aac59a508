"""The evaluation's jobs in the peers, on the features that EvaluationBenchmark made.

    python evaluation_peers.py FOLDER ROUNDS [official|fused|quick|neighbours|faiss]...
"""

import resource
import sys
import time

import numpy as np
import torch
from safetensors.numpy import load_file


def official(x, y, xt, yt, fused=False):
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(x)
    x, xt = (torch.from_numpy(scaler.transform(a).astype(np.float32)) for a in (x, xt))
    y, yt = (torch.from_numpy(a.astype(np.int64)) for a in (y, yt))
    torch.manual_seed(0)
    layer = torch.nn.Linear(x.shape[1], 10)
    optimiser = torch.optim.Adam(layer.parameters(), lr=3e-4, weight_decay=1e-3, fused=fused)
    loss = torch.nn.CrossEntropyLoss()
    accuracies = []
    for _ in range(50):
        for at in torch.randperm(len(x)).split(128):
            optimiser.zero_grad()
            loss(layer(x[at]), y[at]).backward()
            optimiser.step()
        with torch.no_grad():
            accuracies.append((layer(xt).argmax(1) == yt).double().mean().item())
    return accuracies


def fused(x, y, xt, yt):
    return official(x, y, xt, yt, fused=True)


def quick(x, y, xt, yt):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=0.01, max_iter=200).fit(scaler.transform(x), y)
    return [model.score(scaler.transform(xt), yt)]


def vote(similarity, labels):
    votes = torch.zeros(len(similarity), 10)
    votes.scatter_add_(1, labels, (similarity / 0.07).exp())
    return votes.argmax(1)


def neighbours(x, y, xt, yt, chunk=512):
    x, xt = (torch.nn.functional.normalize(torch.from_numpy(a)) for a in (x, xt))
    y = torch.from_numpy(y.astype(np.int64))
    predicted = []
    for q in xt.split(chunk):
        similarity, index = (q @ x.T).topk(200)
        predicted.append(vote(similarity, y[index]))
    return [(torch.cat(predicted).numpy() == yt).mean()]


def faiss(x, y, xt, yt):
    import faiss as library

    library.omp_set_num_threads(torch.get_num_threads())
    x, xt = (torch.nn.functional.normalize(torch.from_numpy(a)).numpy() for a in (x, xt))
    index = library.IndexFlatIP(x.shape[1])
    index.add(x)
    similarity, found = index.search(xt, 200)
    labels = torch.from_numpy(y.astype(np.int64))[torch.from_numpy(found)]
    return [(vote(torch.from_numpy(similarity), labels).numpy() == yt).mean()]


def main():
    folder, rounds = sys.argv[1], int(sys.argv[2])
    jobs = sys.argv[3:] or ["official", "fused", "quick", "neighbours", "faiss"]
    train, test = (load_file(folder + "/" + name + ".safetensors") for name in ("train", "test"))
    data = train["features"], train["labels"], test["features"], test["labels"]
    print("torch", torch.__version__, torch.get_num_threads(), "threads")
    for _ in range(rounds):
        for job in jobs:
            start, processor = time.perf_counter(), time.process_time()
            accuracies = globals()[job](*data)
            seconds = time.perf_counter() - start
            processor = time.process_time() - processor
            print(
                "python %-10s %7.3f s  processor %7.3f s  accuracy %.4f  best %.4f"
                % (job, seconds, processor, accuracies[-1], max(accuracies)),
                flush=True,
            )
    print("peak memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "kB")


main()
