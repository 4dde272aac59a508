package org.directpred.theory;

import java.util.concurrent.CancellationException;
import java.util.function.Predicate;

/**
 * Eqns 11 and 12 in (p, log w), s = w<sup>2</sup>, by an implicit method, for the long ways on
 * which one of the two rates is far faster than what still happens.
 *
 * <p>Extrapolated linearly implicit Euler steps (Deuflhard; Hairer and Wanner, Solving Ordinary
 * Differential Equations II, section IV.9): a step of length H is taken in 1, 2, ... {@value
 * #COLUMNS} pieces of length h, each by
 *
 * <pre>  (1 - h J) dy = h f(y), </pre>
 *
 * <p>J being the Jacobian at the step's beginning, and the ends are extrapolated to h = 0.
 */
final class StiffPlane {
    private static final int COLUMNS = 6;
    private static final int MOST_STEPS = 1_000_000;

    /** Of p, relative to itself. */
    private static final double RELATIVE = 1e-10;

    /** Of log w, absolute and against rounding where it is large. */
    private static final double ABSOLUTE = 1e-10;

    private static final double ROUNDING = 1e-13;

    private final PhasePlane plane;

    StiffPlane(PhasePlane plane) {
        this.plane = plane;
    }

    private double[][] jacobian(double[] y) {
        double s = plane.alphaP() * Math.exp(2 * y[1]);
        double spread = 1 + plane.sigmaSquared();
        double pull = plane.tau() - spread * y[0];
        return new double[][] {
            {-s * spread - plane.etaPredictor(), 2 * s * pull}, {pull - spread * y[0], 0}
        };
    }

    /**
     * The state after the time t, or at the end of the first step at which the condition is met.
     *
     * @throws IntegrationException if the solution diverges
     */
    double[] flow(double[] start, double t, Predicate<double[]> met) {
        double[] y = start.clone();
        double[][] j = jacobian(y);
        double now = 0;
        double fastest = Math.abs(j[0][0]) + Math.abs(j[0][1]) + Math.abs(j[1][0]) + 1 / t;
        double h = Math.min(t, 0.01 / fastest);
        for (int steps = 0; now < t && !met.test(y); steps++) {
            if (Thread.interrupted()) {
                throw new CancellationException("integration stopped at t = " + now);
            }
            if (steps == MOST_STEPS || now + h == now) {
                throw new IntegrationException(
                        "the solution jumps or oscillates for too long; take a shorter time",
                        now,
                        y);
            }
            boolean last = now + h >= t;
            double length = last ? t - now : h;
            double[][] ends = step(y, j, length);
            double error = error(y, ends);
            if (error <= 1) {
                now = last ? t : now + length;
                for (int v = 0; v < 2; v++) {
                    y[v] += ends[0][v];
                }
                j = jacobian(y);
            }
            // A step that leaves the range of numbers has no error to go by.
            double factor = error < Double.POSITIVE_INFINITY ? Math.pow(error, -1.0 / COLUMNS) : 0;
            h = length * Math.max(0.1, Math.min(error <= 1 ? 5 : 0.9, 0.8 * factor));
        }
        return y;
    }

    /** What a step changes: by all columns, and without the last one. */
    private double[][] step(double[] y, double[][] j, double length) {
        double[][] row = new double[COLUMNS][];
        double[] before = null;
        for (int pieces = 1; pieces <= COLUMNS; pieces++) {
            double[] next = euler(y, j, length / pieces, pieces);
            for (int k = 1; k < pieces; k++) {
                double[] finer = new double[2];
                double ratio = (double) pieces / (pieces - k);
                for (int v = 0; v < 2; v++) {
                    finer[v] = next[v] + (next[v] - row[k - 1][v]) / (ratio - 1);
                }
                row[k - 1] = next;
                before = next;
                next = finer;
            }
            row[pieces - 1] = next;
        }
        return new double[][] {row[COLUMNS - 1], before};
    }

    private double[] euler(double[] y, double[][] j, double h, int pieces) {
        double a = 1 - h * j[0][0];
        double b = -h * j[0][1];
        double c = -h * j[1][0];
        double d = 1 - h * j[1][1];
        double determinant = a * d - b * c;
        double[] moved = new double[2];
        for (int i = 0; i < pieces; i++) {
            double[] v = plane.logarithmic(new double[] {y[0] + moved[0], y[1] + moved[1]});
            moved[0] += h * (d * v[0] - b * v[1]) / determinant;
            moved[1] += h * (a * v[1] - c * v[0]) / determinant;
        }
        return moved;
    }

    /** The largest error against the tolerance; infinite for what is no number. */
    private static double error(double[] y, double[][] ends) {
        double p = Math.max(Math.abs(y[0]), Math.abs(y[0] + ends[0][0]));
        double[] allowed = {Integrator.NONE + RELATIVE * p, ABSOLUTE + ROUNDING * Math.abs(y[1])};
        double worst = 0;
        for (int v = 0; v < 2; v++) {
            double error = Math.abs(ends[0][v] - ends[1][v]) / allowed[v];
            worst = Math.max(worst, error); // NaN stays NaN
        }
        return worst < Double.POSITIVE_INFINITY ? worst : Double.POSITIVE_INFINITY;
    }
}
