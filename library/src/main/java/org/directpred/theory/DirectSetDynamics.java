package org.directpred.theory;

import java.util.Arrays;

/**
 * DirectSetDynamics(&alpha;) (Wang, Chen, Du and Tian, arXiv 2110.04947): the predictor is set to
 * W<sub>p</sub> = F<sup>&alpha;</sup> with F = W W<sup>T</sup>; &alpha; = 1/2 is DirectPred in the
 * linear theory, &alpha; = 1 DirectCopy. With X = I and X' = &sigma;<sup>2</sup> on a mode, F's
 * eigenvalue l there follows
 *
 * <pre>  dl/dt = 2 l [tau l^alpha - (1 + sigma^2) l^{2 alpha} - eta], </pre>
 *
 * <p>so weight decay is a threshold: the mode survives if eta is below tau<sup>2</sup>/(4 (1 +
 * sigma<sup>2</sup>)) and it starts above the unstable value, and then l tends to
 * (p*<sub>+</sub>)<sup>1/&alpha;</sup>. A weight decay between 1/(4 (1 + sigma<sup>2</sup>)) and
 * 1/4 keeps what the augmentation leaves alone and discards the rest.
 *
 * @param exponent &alpha; &gt; 0 of the rule, not the learning rate
 * @param eta &eta; &ge; 0, the weight decay
 * @param tau &tau; in (0, 1], 1 without a moving average
 */
public record DirectSetDynamics(double exponent, double eta, double tau) {

    /** Checks the parameters. */
    public DirectSetDynamics {
        Checks.positive("exponent", exponent);
        Checks.nonNegative("eta", eta);
        Checks.unitInterval("tau", tau);
        Checks.positive("tau", tau);
    }

    private PhasePlane roots(double sigmaSquared) {
        return PhasePlane.of(1, eta, sigmaSquared, tau);
    }

    /** dl/dt of a mode with eigenvalue l &ge; 0 of F and variance &sigma;<sup>2</sup>. */
    public double rate(double l, double sigmaSquared) {
        Checks.nonNegative("l", l);
        Checks.nonNegative("sigmaSquared", sigmaSquared);
        double p = Math.pow(l, exponent);
        return 2 * l * (tau * p - (1 + sigmaSquared) * p * p - eta);
    }

    /** The weight decay above which a mode of this variance is discarded from every start. */
    public double criticalWeightDecay(double sigmaSquared) {
        return roots(sigmaSquared).criticalWeightDecay();
    }

    /**
     * (p*<sub>-</sub>)<sup>1/&alpha;</sup>, the eigenvalue of F from which a mode survives.
     *
     * @throws IllegalArgumentException if no mode of this variance does
     */
    public double threshold(double sigmaSquared) {
        return Math.pow(roots(sigmaSquared).lower(), 1 / exponent);
    }

    /**
     * The eigenvalue of F that a mode ends with: (p*<sub>+</sub>)<sup>1/&alpha;</sup> or 0.
     *
     * @param start its first value, &ge; 0
     * @param sigmaSquared the augmentation's variance on it
     */
    public double limit(double start, double sigmaSquared) {
        Checks.nonNegative("start", start);
        PhasePlane plane = roots(sigmaSquared);
        if (start == 0 || plane.discriminant() < 0) {
            return 0;
        }
        double threshold = threshold(sigmaSquared);
        if (start < threshold) {
            return 0;
        }
        // Equal to the threshold: that fixed point itself, to the last bit only.
        return start == threshold ? start : Math.pow(plane.upper(), 1 / exponent);
    }

    /** The singular value of W that a mode ends with, the root of {@link #limit}. */
    public double singularValueLimit(double start, double sigmaSquared) {
        return Math.sqrt(limit(start, sigmaSquared));
    }

    /**
     * The online net after time t under W<sub>p</sub> = (W W<sup>T</sup>)<sup>&alpha;</sup>, dW/dt
     * = W_p^T (-W_p W (X + X') + tau W X) - eta W, for any moments.
     *
     * @param moments of the views, with input size n<sub>1</sub>
     * @param start W(0), n<sub>2</sub> x n<sub>1</sub>
     * @param t &ge; 0
     * @throws IntegrationException if the flow diverges
     */
    public double[][] flow(ViewMoments moments, double[][] start, double t) {
        Checks.matrix("start", start);
        Checks.shape("start", start, start.length, moments.size());
        double norm = Matrices.norm(start);
        if (norm == 0) {
            Checks.nonNegative("t", t);
            return Matrices.copy(start);
        }
        // Direction and logarithm of the length: a net near 0 may grow, or end far below it.
        int rows = start.length;
        int columns = moments.size();
        double[] first =
                Arrays.copyOf(flatten(Matrices.scale(1 / norm, start)), rows * columns + 1);
        first[rows * columns] = Math.log(norm);
        double[] end =
                Integrator.trajectory(
                        y -> scaled(moments, y, rows, columns),
                        first,
                        new double[] {t},
                        tolerance(first.length),
                        null)[0];
        return Matrices.scale(Math.exp(end[rows * columns]), unflatten(end, rows, columns));
    }

    private static Integrator.Tolerance tolerance(int variables) {
        Integrator.Tolerance tolerance = Integrator.Tolerance.uniform(variables);
        tolerance.absolute()[variables - 1] = 1e-12;
        return tolerance;
    }

    private double[] scaled(ViewMoments moments, double[] y, int rows, int columns) {
        double[][] unit = unflatten(y, rows, columns);
        double length = Math.exp(2 * exponent * y[rows * columns]);
        double[][] rate = velocity(moments, unit, length);
        double growth = Matrices.inner(unit, rate) / Matrices.inner(unit, unit);
        double[] velocity = Arrays.copyOf(flatten(Matrices.combine(rate, -growth, unit)), y.length);
        velocity[rows * columns] = growth;
        return velocity;
    }

    /** dW/dt at W, n<sub>2</sub> x n<sub>1</sub>. */
    public double[][] velocity(ViewMoments moments, double[][] w) {
        return velocity(moments, w, 1);
    }

    /** The same with a predictor that many times as large. */
    private double[][] velocity(ViewMoments moments, double[][] w, double larger) {
        double[][] wp = Matrices.scale(larger, predictor(w));
        double[][] error =
                Matrices.minus(
                        Matrices.scale(
                                tau, Matrices.multiply(w, Matrices.transpose(moments.cross()))),
                        Matrices.multiply(wp, w, moments.first()));
        return Matrices.combine(Matrices.multiply(wp, error), -eta, w);
    }

    /** W<sub>p</sub> = (W W<sup>T</sup>)<sup>&alpha;</sup>, n<sub>2</sub> x n<sub>2</sub>. */
    public double[][] predictor(double[][] w) {
        return Matrices.function(
                Matrices.multiply(w, Matrices.transpose(w)),
                s -> Math.pow(Math.max(s, 0), exponent));
    }

    private static double[][] unflatten(double[] flat, int rows, int columns) {
        double[][] a = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(flat, i * columns, a[i], 0, columns);
        }
        return a;
    }

    private static double[] flatten(double[][] a) {
        double[] flat = new double[a.length * a[0].length];
        for (int i = 0; i < a.length; i++) {
            System.arraycopy(a[i], 0, flat, i * a[0].length, a[0].length);
        }
        return flat;
    }
}
