package org.directpred.theory;

/**
 * Eqns 11 and 12 on a block of points, in p and w = sqrt(s), which the tolerance bounds relative to
 * itself.
 *
 * <p>Where w is so small that p does not feel it and falls, the way is known: p decays as
 * e<sup>-&eta;<sub>p</sub> t</sup> and log w is an integral of that. Such a point leaves its block
 * and joins the flow again, if it does, where w has come back.
 */
final class PlaneBlock implements BlockIntegrator.BlockField {
    /** Points that share a step: enough for vector code, few enough to be alike. */
    static final int SIZE = 100;

    private static final double ABSOLUTE_PER_RELATIVE = 1e-3;

    /** What w may add to p while it is left out, against the tolerance. */
    private static final double FELT = 1e-4;

    private final PhasePlane plane;
    private final double alphaP;
    private final double etaPredictor;
    private final double etaOnline;
    private final double spread;
    private final double tau;
    private final double tolerance;
    private final double small;
    private final double gate;
    private final BlockIntegrator many;
    private final BlockIntegrator one;

    PlaneBlock(PhasePlane plane, double tolerance) {
        this.plane = plane;
        this.tolerance = tolerance;
        alphaP = plane.alphaP();
        etaPredictor = plane.etaPredictor();
        etaOnline = plane.etaOnline();
        spread = 1 + plane.sigmaSquared();
        tau = plane.tau();
        small = Math.sqrt(tolerance / alphaP);
        gate = plane.discriminant() < 0 ? Double.POSITIVE_INFINITY : plane.lower();
        double[] absolute = {ABSOLUTE_PER_RELATIVE * tolerance, Double.MIN_NORMAL};
        many = new BlockIntegrator(this, SIZE, tolerance, absolute);
        one = new BlockIntegrator(this, 1, tolerance, absolute);
    }

    /** Moves points by the time t, in place; w stays positive. */
    void flow(double[][] values, int from, int count, double t) {
        many.flow(
                values,
                from,
                count,
                t,
                (point, y, left) -> goOn(values, point, y, left),
                (point, y, left) -> {
                    double[] end = stiff(y, left);
                    values[0][point] = end[0];
                    values[1][point] = end[1];
                });
    }

    /** A point's way by an implicit method. */
    private double[] stiff(double[] y, double left) {
        if (y[1] == 0) {
            return new double[] {y[0] * Math.exp(-etaPredictor * left), 0};
        }
        double[] start = {y[0], Math.log(y[1])};
        double[] end =
                new StiffIntegrator(plane::logarithmic, start, 0, PhasePlane.TOLERANCE)
                        .flow(left, null);
        return new double[] {end[0], Math.exp(end[1])};
    }

    /** The rest of one point's way. */
    private void goOn(double[][] values, int point, double[] y, double left) {
        double[] at = y;
        double remaining = left;
        while (remaining > 0) {
            double back = comesBack(at, remaining);
            double[] then = decoupled(at, back);
            remaining = back < remaining ? remaining - back : 0;
            at = then;
            if (remaining > 0) {
                double[][] single = {{at[0]}, {at[1]}};
                double[] rest = {0};
                one.flow(
                        single,
                        0,
                        1,
                        remaining,
                        (p, state, open) -> {
                            single[0][0] = state[0];
                            single[1][0] = state[1];
                            rest[0] = open;
                        },
                        (p, state, open) -> {
                            double[] end = stiff(state, open);
                            single[0][0] = end[0];
                            single[1][0] = end[1];
                        });
                at = new double[] {single[0][0], single[1][0]};
                remaining = rest[0];
            }
        }
        values[0][point] = at[0];
        values[1][point] = at[1];
    }

    /** log w(t) - log w(0) while p decays alone. */
    private double growth(double p, double t) {
        double first = etaPredictor == 0 ? t : -Math.expm1(-etaPredictor * t) / etaPredictor;
        double second =
                etaPredictor == 0 ? t : -Math.expm1(-2 * etaPredictor * t) / (2 * etaPredictor);
        return p * (tau * first - spread * p * second) - etaOnline * t;
    }

    private double[] decoupled(double[] y, double t) {
        return new double[] {y[0] * Math.exp(-etaPredictor * t), y[1] * Math.exp(growth(y[0], t))};
    }

    /** When w has come back to what it was, or the last time: only from a p above both roots. */
    private double comesBack(double[] y, double last) {
        double p = y[0];
        if (y[1] == 0 || etaPredictor == 0 || p <= gate) {
            return last;
        }
        // w is largest, after it has fallen, where p passes the gate.
        double high = gate == 0 ? last : Math.min(last, Math.log(p / gate) / etaPredictor);
        if (growth(p, high) < 0) {
            return last;
        }
        double low = Math.max(0, Math.min(high, Math.log(p / plane.upper()) / etaPredictor));
        for (int i = 0; i < 100 && low < high; i++) {
            double middle = (low + high) / 2;
            if (middle == low || middle == high) {
                break;
            }
            if (growth(p, middle) < 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    @Override
    public boolean leaves(double[][] y, int point, double left) {
        double w = y[1][point];
        if (w > small) {
            return false;
        }
        double p = y[0][point];
        double growth = p * (tau - spread * p) - etaOnline;
        if (growth >= 0) {
            return false;
        }
        double pull = tau + spread * Math.abs(p);
        double moved = alphaP * w * w * pull * left;
        if (p > gate) {
            // It may come back, and when depends on p.
            moved *= 1 + (pull + spread * p) * left;
        } else if (p <= 0) {
            // For good, and for a while at least at a third of this rate.
            moved = Math.min(moved, -2 * alphaP * w * w * pull / growth);
        }
        return moved < FELT * tolerance;
    }

    @Override
    public int dimension() {
        return 2;
    }

    @Override
    public void velocity(double[][] y, double[][] velocity, int count) {
        double[] p = y[0];
        double[] w = y[1];
        double[] dp = velocity[0];
        double[] dw = velocity[1];
        double a = alphaP;
        double c = spread;
        double goal = tau;
        double decayP = etaPredictor;
        double decayS = etaOnline;
        for (int i = 0; i < count; i++) {
            double pull = goal - c * p[i];
            dp[i] = a * w[i] * w[i] * pull - decayP * p[i];
            dw[i] = w[i] * (p[i] * pull - decayS);
        }
    }
}
