"""Writes where collapsing modes with a slow moving target are, for CollapsingTargetsTest.

    pip install scipy==1.17.1
    python library/src/test/python/theory/collapsing_targets.py

The target decays more slowly than the online net, so that tau = W_a/W grows without end while p and
s fall by hundreds of orders of magnitude. None of the starts lets W or p pass zero: integrated are
log |p|, log W and log W_a, by DOP853 at a relative tolerance of 1e-13; Radau must agree, or the
script stops. Writes collapsing-targets.json into library/src/test/resources/org/directpred/theory.
"""

import json
import pathlib

import numpy as np
from scipy.integrate import solve_ivp

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "resources/org/directpred/theory"

# alpha_p, eta_p, eta_s, beta, sigma^2, p, s, tau
STARTS = [
    (1, 0.5, 0.5, 0.1, 0.5, 0.5, 0.25, 1),
    (1, 0.5, 0.5, 0.1, 0.5, -0.5, 0.25, 1),
    (1, 0.5, 0.5, 0.02, 0.5, -0.5, 0.25, 1),
    (2, 0.6, 0.6, 0.05, 0, 0.4, 0.08, 0.7),
    (1, 0.5, 0.5, 0.1, 0.5, 0.3, 0.25, 1),
    (1, 0.5, 0.5, 0.1, 0.5, 0.5, 0.01, 1),
    (1, 0.4, 0.7, 0.1, 0.2, 0.2, 0.3, 1),
    (1, 0.7, 0.4, 0.1, 0.2, 0.2, 0.3, 1),
    (1, 0.5, 0.5, 0, 0.5, 0.5, 0.25, 1),
]
TIMES = [50, 100, 180, 200, 250, 300, 500]


def field(alpha, eta_p, eta_s, beta, sigma, sign):
    def velocity(t, y):
        p, w, a = y
        pull = np.exp(a) - sign * (1 + sigma) * np.exp(p + w)
        return [
            sign * alpha * np.exp(w - p) * pull - eta_p,
            sign * np.exp(p - w) * pull - eta_s,
            beta * np.expm1(w - a),
        ]

    return velocity


def main():
    rows, worst = [], 0.0
    for alpha, eta_p, eta_s, beta, sigma, p, s, tau in STARTS:
        sign = 1 if p > 0 else -1
        w = np.log(s) / 2
        if sign < 0 and not (alpha * s == p * p and eta_p == eta_s):
            raise SystemExit("W may pass zero")
        velocity = field(alpha, eta_p, eta_s, beta, sigma, sign)
        if sign < 0:  # on the parabola, where rounding would let W pass zero
            full = velocity
            half = np.log(alpha) / 2
            velocity = lambda t, y, full=full: (lambda v: [v[1], v[1], v[2]])(
                full(t, [y[1] + half, y[1], y[2]])
            )
        ends = []
        for method, tolerance in (("DOP853", 1e-13), ("Radau", 1e-11)):
            run = solve_ivp(velocity, (0, TIMES[-1]), [np.log(abs(p)), w, w + np.log(tau)], method,
                            t_eval=TIMES, rtol=tolerance, atol=tolerance)
            if not run.success:
                raise SystemExit(run.message)
            ends.append(run.y)
        apart = np.abs(ends[0] - ends[1]).max()
        worst = max(worst, apart)
        if not apart < 1e-7:
            raise SystemExit(f"DOP853 and Radau are {apart} apart")
        logs = ends[0]
        rows.append(
            dict(alphaP=alpha, etaPredictor=eta_p, etaOnline=eta_s, beta=beta, sigmaSquared=sigma,
                 p=p, s=s, tau=tau, times=TIMES, logAbsP=list(logs[0]), logW=list(logs[1]),
                 logTau=list(logs[2] - logs[1]))
        )
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"
    (FOLDER / "collapsing-targets.json").write_text(text)
    print("DOP853 and Radau at most", worst, "apart in any logarithm")


main()
