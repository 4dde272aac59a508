package org.directpred.theory;

import java.util.Arrays;
import org.directpred.theory.CoupledDynamics.Pair;

/**
 * The coupled dynamics with F through a factor, F = W W<sup>T</sup>. Every column of W obeys
 *
 * <pre>  dw/dt = W_p^T [tau I - (1 + sigma^2) W_p] w - eta_s w, </pre>
 *
 * <p>and is kept as its direction and the logarithm of its length, beginning at the eigenvectors of
 * F: so F stays positive semi-definite, and an eigenvalue may fall and come back. F itself,
 * integrated, ends as noise of either sign there.
 */
final class CoupledFlow {
    private static final double RELATIVE = 1e-12;

    /** A negative eigenvalue that rounding explains, per row and relative to the largest. */
    private static final double ROUNDING = 1e-14;

    private final CoupledDynamics dynamics;
    private final int size;
    private final boolean[] vanished;
    private final double[] start;

    /**
     * The flow from a start.
     *
     * @param first admitted by the dynamics
     * @throws IllegalArgumentException if F has a negative eigenvalue
     */
    CoupledFlow(CoupledDynamics dynamics, Pair first) {
        this.dynamics = dynamics;
        this.size = first.predictor().length;
        this.vanished = new boolean[size];
        this.start = new double[size * (2 * size + 1)];
        Matrices.Spectrum f = Matrices.spectrum(first.correlation());
        double largest = Math.max(Math.abs(f.values()[0]), Math.abs(f.values()[size - 1]));
        if (f.values()[0] < -ROUNDING * size * largest) {
            throw new IllegalArgumentException(
                    "correlation must be positive semi-definite, as every W W^T is, but its"
                            + " smallest eigenvalue is "
                            + f.values()[0]);
        }
        for (int i = 0; i < size; i++) {
            System.arraycopy(first.predictor()[i], 0, start, i * size, size);
            vanished[i] = !(f.values()[i] > 0);
            start[lengthOf(i)] = vanished[i] ? 0 : Math.log(f.values()[i]) / 2;
            for (int k = 0; k < size; k++) {
                start[columnOf(i) + k] = f.vectors()[k][i];
            }
        }
    }

    private int columnOf(int i) {
        return size * (size + i);
    }

    private int lengthOf(int i) {
        return 2 * size * size + i;
    }

    double[] start() {
        return start.clone();
    }

    double[][] predictor(double[] y) {
        double[][] wp = new double[size][];
        for (int i = 0; i < size; i++) {
            wp[i] = Arrays.copyOfRange(y, i * size, (i + 1) * size);
        }
        return dynamics.symmetric() ? Matrices.symmetricPart(wp) : wp;
    }

    double[][] correlation(double[] y) {
        double[][] f = Matrices.zeros(size, size);
        for (int i = 0; i < size; i++) {
            if (vanished[i]) {
                continue;
            }
            double square = Math.exp(2 * y[lengthOf(i)]);
            for (int j = 0; j < size; j++) {
                for (int k = 0; k <= j; k++) {
                    f[j][k] += square * y[columnOf(i) + j] * y[columnOf(i) + k];
                    f[k][j] = f[j][k];
                }
            }
        }
        return f;
    }

    Pair pair(double[] y) {
        return new Pair(predictor(y), correlation(y));
    }

    double[] velocity(double[] y) {
        Pair pair = pair(y);
        double[] velocity = new double[y.length];
        double[][] predictor = dynamics.predictorRate(pair);
        double[][] online = dynamics.onlineRate(pair.predictor());
        for (int i = 0; i < size; i++) {
            System.arraycopy(predictor[i], 0, velocity, i * size, size);
            if (!vanished[i]) {
                grow(y, velocity, columnOf(i), lengthOf(i), online);
            }
        }
        return velocity;
    }

    private void grow(double[] y, double[] velocity, int at, int length, double[][] online) {
        double along = 0;
        double square = 0;
        for (int j = 0; j < size; j++) {
            double rate = 0;
            for (int k = 0; k < size; k++) {
                rate += online[j][k] * y[at + k];
            }
            velocity[at + j] = rate;
            along += rate * y[at + j];
            square += y[at + j] * y[at + j];
        }
        for (int j = 0; j < size; j++) {
            velocity[at + j] -= along / square * y[at + j];
        }
        velocity[length] = along / square;
    }

    /** Logarithms absolute, all else relative to numbers of the order of 1. */
    Integrator.Tolerance tolerance() {
        return tolerance(start.length);
    }

    /** The same with further variables, which are of the order of 1. */
    Integrator.Tolerance tolerance(int variables) {
        double[] absolute = new double[variables];
        double[] relative = new double[variables];
        Arrays.fill(absolute, 1e-15);
        if (size == 1) {
            // A single mode's p has no larger number beside it whose rounding it would follow.
            absolute[0] = Integrator.NONE;
        }
        Arrays.fill(relative, RELATIVE);
        for (int i = 0; i < size; i++) {
            absolute[lengthOf(i)] = RELATIVE;
            relative[lengthOf(i)] = 1e-15;
        }
        return new Integrator.Tolerance(absolute, relative);
    }
}
