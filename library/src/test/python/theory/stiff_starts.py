"""Writes where one eigenmode ends from 200 stiff starts, for StiffStartsTest.

    pip install scipy==1.17.1
    python library/src/test/python/theory/stiff_starts.py

p starts above the goal and the weight decay goes down to 1e-5, so that s falls, in many by hundreds
of orders of magnitude, and may come back. Radau at a relative tolerance of 1e-12 in p and log s
(with a moving target: in p, log W and log W_a); DOP853 on the same equations must agree, or the
script stops. Writes stiff-starts.json into library/src/test/resources/org/directpred/theory.

Then, into stiff-planes.json, planes whose fast rate is 1e5 to 1e9 times the slow one, by Radau at
two tolerances that must agree, and where each start ends; and into stiff-nets.json such two-layer
nets and modes with a moving target.
"""

import json
import pathlib

import numpy as np
from scipy.integrate import solve_ivp

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "resources/org/directpred/theory"
COUNT = 200


# alpha_p, eta_p, eta_s, sigma^2, p, s, t
PLANES = [
    (1, 1e-6, 0.1, 0, 1.5, 0.5, 6e5),
    (1, 2e-6, 0.2, 0, 2, 0.01, 5e5),
    (1, 0.5, 1e-5, 0, 1, 0.5, 1e6),
    (5, 0.1, 1e-4, 0, 0.5, 0.1, 1e5),
    (1, 0.1, 1e-6, 0, 0.5, 0.1, 1e7),
    (1, 0.1, 1e-6, 0, -0.5, 0.1, 1e6),
    (1, 4e-6, 4e-6, 0.5, 0.95, 0.05, 5e6),
    (1, 1e-5, 1e-5, 0.5, 0.95, 0.05, 2e7),
    (1, 1e-6, 1e-6, 0, 0.3, 2, 3e6),
    (19.26, 2.44e-4, 2.44e-4, 0.8875, -1.89, 47.2, 60 / 2.44e-4),
    (1e4, 1e-3, 1e-3, 0, -0.3, 4, 1e4),
    (1e9, 0, 0, 1, 0.1, 10, 1e4),
]

# alpha_p, eta_p, eta_s, sigma^2, beta, t, X, W_p, W, W_a, the matrices 2 x 2 row by row
NETS = [
    (0.00231, 2.17e-06, 2.17e-06, 0.185, 7.47, 5040000.0, [0.292, 0.32, 0.32, 0.634],
     [-0.183, 0.223, 0.223, 0.242], [0.0184, 0.028, 0.0184, 0.0452], [-0.223, 0.533, 0.493, 1.26]),
    (0.00207, 2.02e-06, 2.02e-06, 0.0, 0.0174, 49400.0, [2.81, -0.894, -0.894, 4.4],
     [0.24, 0.0649, 0.0649, -0.41], [0.0747, 0.0153, -0.0112, -0.00251], [-0.0364, 0.0598, 0.0891, -0.0627]),
    (0.288, 1.02, 0.00675, 0.012, 1.51, 5690.0, [5.39, -1.54, -1.54, 0.943],
     [0.203, 0.0214, 0.0214, -0.168], [0.0335, 0.683, 0.322, -0.0582], [-0.00711, 0.0881, 0.00376, -0.0604]),
]

# alpha_p, eta, sigma^2, beta, p, s, tau, t
MOVING = [
    (0.00741, 0.00202, 0.0, 0.475, -0.0149, 0.012, 0.0, 8.5e5),
    (0.684, 4e-6, 0.5, 3.0, 0.95, 0.05, 0.4, 5e6),
    (0.0398, 0.0784, 0.2365, 3.62, -0.18, 0.0093, 0.2, 4.5e4),
]


def plane(alpha, eta, spread, online=None):
    online = eta if online is None else online

    def field(t, y):
        p, u = y
        pull = 1 - spread * p
        return [alpha * np.exp(u) * pull - eta * p, 2 * (p * pull - online)]

    def jacobian(t, y):
        p, u = y
        s = np.exp(u)
        return [
            [-alpha * s * spread - eta, alpha * s * (1 - spread * p)],
            [2 * (1 - 2 * spread * p), 0],
        ]

    return field, jacobian


def moving(alpha, eta, spread, beta):
    def field(t, y):
        p, w, a = y
        error = np.exp(a - w) - p * spread
        return [
            alpha * np.exp(2 * w) * error - eta * p,
            p * error - eta,
            beta * (np.exp(w - a) - 1),
        ]

    def jacobian(t, y):
        p, w, a = y
        tau = np.exp(a - w)
        square = alpha * np.exp(2 * w)
        back = beta * np.exp(w - a)
        return [
            [-square * spread - eta, square * (tau - 2 * p * spread), square * tau],
            [tau - 2 * p * spread, -p * tau, p * tau],
            [0, back, -back],
        ]

    return field, jacobian


def end(system, start, t, name):
    field, jacobian = system
    radau = solve_ivp(field, (0, t), start, "Radau", jac=jacobian, rtol=1e-12, atol=1e-12)
    other = solve_ivp(field, (0, t), start, "DOP853", rtol=1e-12, atol=1e-12)
    y, z = radau.y[:, -1], other.y[:, -1]
    apart = max(abs(y[0] - z[0]), *np.abs(np.exp(y[1:]) - np.exp(z[1:])))
    if not (radau.success and other.success and apart < 1e-8):
        raise SystemExit(f"{name}: Radau and DOP853 are {apart} apart")
    return y, apart


def stiff_planes():
    rows, worst = [], 0.0
    for alpha, eta_p, eta_s, sigma, p, s, t in PLANES:
        field, jacobian = plane(alpha, eta_p, 1 + sigma, eta_s)
        ends = [
            solve_ivp(field, (0, t), [p, np.log(s)], "Radau", jac=jacobian, rtol=r, atol=r).y[:, -1]
            for r in (1e-11, 1e-9)
        ]
        apart = max(np.abs(ends[0] - ends[1]) / np.maximum(1e-6, np.abs(ends[0])))
        worst = max(worst, apart)
        if not apart < 1e-7:
            raise SystemExit(f"{p}, {s}: Radau at two tolerances is {apart} apart")
        late = 0.0 if eta_p == 0 else 20 / min(eta_p, eta_s)
        logs = solve_ivp(field, (0, late), [p, np.log(s)], "Radau", jac=jacobian, rtol=1e-6,
                         atol=1e-6).y[1, -1]
        rows.append(
            dict(alphaP=alpha, etaPredictor=eta_p, etaOnline=eta_s, sigmaSquared=sigma, p=p, s=s,
                 t=t, endP=ends[0][0], endLogS=ends[0][1], useful=bool(logs > -30))
        )
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"
    (FOLDER / "stiff-planes.json").write_text(text)
    print("stiff planes: Radau at two tolerances at most", worst, "apart")


def network(alpha, eta_p, eta_s, sigma, beta, x):
    def field(t, y):
        wp, w, wa = y.reshape(3, 2, 2)
        error = wa @ x - wp @ w @ (x + sigma * np.eye(2))
        gradient = alpha * error @ w.T
        return np.array(
            [(gradient + gradient.T) / 2 - eta_p * wp, wp.T @ error - eta_s * w, beta * (w - wa)]
        ).ravel()

    return field


def polar(alpha, eta, spread, beta):
    """(p, the angle of (W, W_a), the logarithm of its length)."""

    def field(t, y):
        p, angle, length = y
        c, a = np.cos(angle), np.sin(angle)
        error = a - p * c * spread
        dw, da = p * error - eta * c, beta * (c - a)
        return [alpha * np.exp(2 * length) * c * error - eta * p, c * da - a * dw, c * dw + a * da]

    return field


def two_tolerances(field, start, t, name):
    ends = [
        solve_ivp(field, (0, t), start, "Radau", rtol=r, atol=r).y[:, -1] for r in (1e-10, 1e-8)
    ]
    apart = np.max(np.abs(ends[0] - ends[1]) / np.maximum(1, np.abs(ends[0])))
    if not apart < 1e-6:
        raise SystemExit(f"{name}: Radau at two tolerances is {apart} apart")
    return ends[0]


def stiff_nets():
    nets, moved = [], []
    for alpha, eta_p, eta_s, sigma, beta, t, x, wp, w, wa in NETS:
        field = network(alpha, eta_p, eta_s, sigma, beta, np.reshape(x, (2, 2)))
        end = two_tolerances(field, [*wp, *w, *wa], t, "net")
        nets.append(
            dict(alphaP=alpha, etaPredictor=eta_p, etaOnline=eta_s, sigmaSquared=sigma, beta=beta,
                 t=t, x=x, predictor=wp, online=w, target=wa, end=list(end))
        )
    for alpha, eta, sigma, beta, p, s, tau, t in MOVING:
        w = np.sqrt(s)
        start = [p, np.arctan2(tau * w, w), np.log(np.hypot(w, tau * w))]
        p1, angle, length = two_tolerances(polar(alpha, eta, 1 + sigma, beta), start, t, "moving")
        end = [p1, np.exp(length) * np.cos(angle), np.exp(length) * np.sin(angle)]
        moved.append(
            dict(alphaP=alpha, eta=eta, sigmaSquared=sigma, beta=beta, p=p, s=s, tau=tau, t=t,
                 end=end)
        )
    parts = [
        f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]"
        for name, rows in (("nets", nets), ("moving", moved))
    ]
    (FOLDER / "stiff-nets.json").write_text("{" + ",\n".join(parts) + "}\n")


def main():
    stiff_planes()
    stiff_nets()
    random = np.random.default_rng(12)
    rows, worst = [], 0.0
    while len(rows) < COUNT:
        alpha = float(np.exp(random.uniform(np.log(0.3), np.log(3))))
        eta = float(np.exp(random.uniform(np.log(1e-5), np.log(1e-2))))
        sigma = float(random.uniform(0, 1))
        spread = 1 + sigma
        p = float(random.uniform(1.02, 2.2) / spread)
        s = float(np.exp(random.uniform(np.log(1e-3), 0)) * 0.9 * p * p / alpha)
        beta = float(np.exp(random.uniform(np.log(0.05), np.log(5))))
        tau = float(random.uniform(0, 1.5))
        t = float(random.uniform(0.2, 1.5) / eta)
        name = f"start {len(rows)}"
        one, a = end(plane(alpha, eta, spread), [p, np.log(s)], t, name)
        w = np.log(s) / 2
        two, b = end(
            moving(alpha, eta, spread, beta), [p, w, w + np.log(tau)], min(t, 3000.0), name
        )
        gate = 2 * eta / (1 + np.sqrt(1 - 4 * eta * spread))
        late = solve_ivp(*plane(alpha, eta, spread)[:1], (0, 40 / eta), [p, np.log(s)], "Radau",
                         jac=plane(alpha, eta, spread)[1], rtol=1e-10, atol=1e-10)
        worst = max(worst, a, b)
        rows.append(
            dict(
                alphaP=alpha, eta=eta, sigmaSquared=sigma, p=p, s=s, t=t,
                endP=one[0], endLogS=one[1], useful=bool(late.y[0, -1] > gate),
                beta=beta, tau=tau, movingT=min(t, 3000.0),
                movingP=two[0], movingLogW=two[1], movingLogTarget=two[2],
            )
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"
    (FOLDER / "stiff-starts.json").write_text(text)
    print("Radau and DOP853 at most", worst, "apart; useful", sum(r["useful"] for r in rows))
    print("deepest log s at the end", min(r["endLogS"] for r in rows))


main()
