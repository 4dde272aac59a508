package org.directpred.theory;

import java.util.Arrays;
import org.directpred.theory.CoupledDynamics.Pair;

/**
 * The coupled dynamics and beside them the commutator L = [F, W<sub>p</sub>] by its own equation
 * dL/dt = -LK - KL, as e<sup>r</sup> times a matrix of norm 1. The difference F W<sub>p</sub> -
 * W<sub>p</sub> F cannot fall below the rounding of its terms; this can.
 */
final class CommutatorFlow {
    private final CoupledDynamics dynamics;
    private final CoupledFlow pair;
    private final int size;
    private final int from;
    private final double[] start;

    CommutatorFlow(CoupledDynamics dynamics, Pair first) {
        this.dynamics = dynamics;
        this.pair = dynamics.flow(first);
        this.size = first.predictor().length;
        double[] both = pair.start();
        this.from = both.length;
        this.start = Arrays.copyOf(both, from + size * size + 1);
        double[][] commutator = dynamics.admitted(first).commutator();
        double norm = Matrices.norm(commutator);
        write(Matrices.scale(norm == 0 ? 1 : 1 / norm, commutator), start);
        start[start.length - 1] = norm == 0 ? 0 : Math.log(norm);
    }

    double[] start() {
        return start.clone();
    }

    double[] velocity(double[] y) {
        double[] velocity = Arrays.copyOf(pair.velocity(Arrays.copyOf(y, from)), y.length);
        double[][] unit = read(y);
        double[][] rate =
                Matrices.scale(-1, Matrices.anticommutator(unit, Theorem3.k(dynamics, pair(y))));
        double square = Matrices.inner(unit, unit);
        double growth = square == 0 ? 0 : Matrices.inner(unit, rate) / square;
        write(Matrices.combine(rate, -growth, unit), velocity);
        velocity[y.length - 1] = growth;
        return velocity;
    }

    Pair pair(double[] y) {
        return pair.pair(y);
    }

    double logarithmOfNorm(double[] y) {
        return Math.log(Matrices.norm(read(y))) + y[y.length - 1];
    }

    Integrator.Tolerance tolerance() {
        Integrator.Tolerance tolerance = pair.tolerance(start.length);
        tolerance.absolute()[start.length - 1] = 1e-12;
        return tolerance;
    }

    private double[][] read(double[] y) {
        double[][] a = new double[size][];
        for (int i = 0; i < size; i++) {
            a[i] = Arrays.copyOfRange(y, from + i * size, from + (i + 1) * size);
        }
        return a;
    }

    private void write(double[][] a, double[] y) {
        for (int i = 0; i < size; i++) {
            System.arraycopy(a[i], 0, y, from + i * size, size);
        }
    }
}
