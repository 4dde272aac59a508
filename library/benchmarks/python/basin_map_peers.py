"""The basin map in SciPy, driven by BasinMapBenchmark through standard input and output.

The first line read is JSON: the plane, the grid, the time, the tolerances and a folder. Each later
line is a job, `points COUNT`, `rk45`, `dop853` or `reference`; the answer is the elapsed and the
processor time in milliseconds. The end points of the job lie in FOLDER/JOB.f64: all p, then all s, row by row.
"""

import json
import os
import sys
import time

import numpy as np
from scipy.integrate import solve_ivp


def main():
    setting = json.loads(sys.stdin.readline())
    alpha, eta_p, eta_s = setting["alphaP"], setting["etaPredictor"], setting["etaOnline"]
    spread, tau, end = 1 + setting["sigmaSquared"], setting["tau"], setting["time"]
    tolerance = dict(rtol=setting["relative"], atol=setting["absolute"])
    p0, s0 = np.meshgrid(
        np.linspace(setting["pFrom"], setting["pTo"], setting["columns"]),
        np.linspace(setting["sFrom"], setting["sTo"], setting["rows"]),
    )
    start = np.concatenate([p0.ravel(), s0.ravel()])
    half = len(start) // 2

    def one(_, y):
        p, s = y
        pull = tau - spread * p
        return alpha * s * pull - eta_p * p, 2 * s * (p * pull - eta_s)

    def all_at_once(_, y):
        p, s = y[:half], y[half:]
        pull = tau - spread * p
        velocity = np.empty_like(y)
        velocity[:half] = alpha * s * pull - eta_p * p
        velocity[half:] = 2 * s * (p * pull - eta_s)
        return velocity

    def vectorised(method, **how):
        return solve_ivp(all_at_once, (0, end), start, method=method, t_eval=[end], **how).y[:, -1]

    def points(count):
        # The same points for everyone: evenly through the grid, row by row.
        chosen = np.linspace(0, half - 1, count).round().astype(int)
        ends = [
            solve_ivp(one, (0, end), (start[i], start[half + i]), method="RK45", **tolerance).y[:, -1]
            for i in chosen
        ]
        return np.array(ends).T.ravel()

    for line in sys.stdin:
        job, *arguments = line.split()
        began, worked = time.perf_counter(), time.process_time()
        if job == "points":
            result = points(int(arguments[0]))
        elif job == "reference":
            result = vectorised("DOP853", rtol=1e-13, atol=1e-15)
        else:
            result = vectorised(job.upper(), **tolerance)
        elapsed = 1e3 * (time.perf_counter() - began)
        processor = 1e3 * (time.process_time() - worked)
        result.astype("<f8").tofile(os.path.join(setting["folder"], job + ".f64"))
        print(elapsed, processor, flush=True)


main()
