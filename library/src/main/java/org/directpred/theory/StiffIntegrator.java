package org.directpred.theory;

import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.hipparchus.exception.MathIllegalArgumentException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.DecompositionSolver;
import org.hipparchus.linear.LUDecomposition;
import org.jspecify.annotations.Nullable;

/**
 * Goes on by an implicit method where stability binds the step of an explicit one, because one rate
 * is far faster than what still happens.
 *
 * <p>Extrapolated linearly implicit Euler steps (Deuflhard; Hairer and Wanner, Solving Ordinary
 * Differential Equations II, section IV.9): a step of length H is taken in 1, 2, ... {@value
 * #COLUMNS} pieces of length h, each by
 *
 * <pre>  (1 - h J) dy = h f(y), </pre>
 *
 * <p>J being the Jacobian at the step's beginning, and the ends are extrapolated to h = 0. J need
 * not be exact for that, so differences of f are good enough.
 */
final class StiffIntegrator {
    private static final int COLUMNS = 8;
    private static final int MOST_STEPS = 100_000;

    /** The explicit method's tolerance times this: extrapolation enlarges rounding. */
    private static final double LOOSER = 100;

    /** About the cube root of rounding, for central differences. */
    private static final double DIFFERENCE = 6e-6;

    /**
     * The least unit of a variable: as small as the ratio to another one's unit allows. Were two
     * variables in one unit, the smaller one would be rounded by the larger.
     */
    private static final double SMALLEST = 1e-300;

    /** The first step in ulps of the time, at least. */
    private static final double SHORTEST = 16;

    /**
     * How much faster than before, and than a step, a rate may be at the step's end. No piece of
     * the step begins there, so a logarithm that grows evenly could pass unseen the place where its
     * exponential begins to count.
     */
    private static final double UNSEEN = 100;

    private final Integrator.Field field;
    private final Integrator.Tolerance tolerance;
    private final int size;
    private double[] y;
    private double now;
    private double[][] j;
    private double h;

    /** From this state on. */
    StiffIntegrator(
            Integrator.Field field, double[] start, double from, Integrator.Tolerance tolerance) {
        this.field = field;
        this.tolerance = tolerance;
        size = start.length;
        y = start.clone();
        now = from;
        j = jacobian(y);
        double steepest =
                Arrays.stream(j)
                        .mapToDouble(row -> Arrays.stream(row).map(Math::abs).sum())
                        .max()
                        .orElse(0);
        // A late beginning can be so stiff that a step of that length does not move the time.
        double shortest = SHORTEST * Math.ulp(from);
        h = steepest > 0 ? Math.max(0.01 / steepest, shortest) : Double.POSITIVE_INFINITY;
    }

    /**
     * The state at this time.
     *
     * @param observer sees the steps' ends and points between them, or null
     * @throws IntegrationException if the solution diverges
     */
    double[] flow(double to, Integrator.@Nullable Observer observer) {
        for (int steps = 0; now < to; steps++) {
            if (Thread.interrupted()) {
                throw new CancellationException("integration stopped at t = " + now);
            }
            if (steps == MOST_STEPS) {
                throw new IntegrationException(
                        "the solution oscillates for too long; take a shorter time", now, y);
            }
            boolean last = now + h >= to;
            double length = last ? to - now : h;
            if (now + length == now) {
                throw new IntegrationException(Integrator.DIVERGES, now, y);
            }
            double[][] ends = step(length);
            double error = error(ends);
            // A step that leaves the range of numbers has no error to go by.
            double factor = error < Double.POSITIVE_INFINITY ? Math.pow(error, -1.0 / COLUMNS) : 0;
            double next = length * Math.max(0.1, Math.min(error <= 1 ? 5 : 0.9, 0.8 * factor));
            h = last && error <= 1 ? Math.max(h, next) : next;
            if (error <= 1) {
                double[] end = plus(ends[0]);
                double[][] rates = jacobian(end);
                if (fastest(rates) > UNSEEN * Math.max(fastest(j), 1 / length)) {
                    h = length / 2;
                    continue;
                }
                see(length, observer);
                now = last ? to : now + length;
                y = end;
                j = rates;
                if (observer != null) {
                    observer.see(now, y.clone());
                }
            }
        }
        return y.clone();
    }

    /** Points within the step, each by a step of its own. */
    private void see(double length, Integrator.@Nullable Observer observer) {
        for (int i = 1; observer != null && i < Integrator.OBSERVED; i++) {
            double part = length * i / Integrator.OBSERVED;
            observer.see(now + part, plus(step(part)[0]));
        }
    }

    private double[] plus(double[] moved) {
        double[] sum = new double[size];
        Arrays.setAll(sum, v -> y[v] + moved[v]);
        return sum;
    }

    /** The largest rate by which a variable moves itself. */
    private static double fastest(double[][] jacobian) {
        double fastest = 0;
        for (int v = 0; v < jacobian.length; v++) {
            fastest = Math.max(fastest, Math.abs(jacobian[v][v]));
        }
        return fastest;
    }

    private double[][] jacobian(double[] y) {
        double[][] columns = new double[size][];
        for (int v = 0; v < size; v++) {
            double difference = DIFFERENCE * Math.max(1, Math.abs(y[v]));
            double[] above = y.clone();
            double[] below = y.clone();
            above[v] += difference;
            below[v] -= difference;
            double width = above[v] - below[v];
            double[] high = field.velocity(above);
            double[] low = field.velocity(below);
            double[] column = new double[size];
            Arrays.setAll(column, i -> (high[i] - low[i]) / width);
            columns[v] = column;
        }
        return Matrices.transpose(columns);
    }

    /** What a step changes: by all columns, and without the last one. */
    private double[][] step(double length) {
        double[][] row = new double[COLUMNS][];
        double[] before = null;
        for (int pieces = 1; pieces <= COLUMNS; pieces++) {
            double[] next = euler(length / pieces, pieces);
            for (int k = 1; k < pieces; k++) {
                double[] finer = new double[size];
                double ratio = (double) pieces / (pieces - k);
                for (int v = 0; v < size; v++) {
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

    private double[] euler(double length, int pieces) {
        double[] unit = units(length);
        double[][] matrix = new double[size][size];
        for (int i = 0; i < size; i++) {
            for (int k = 0; k < size; k++) {
                matrix[i][k] = (i == k ? 1 : 0) - length * j[i][k] * (unit[k] / unit[i]);
            }
        }
        double[] moved = new double[size];
        try {
            DecompositionSolver solver =
                    new LUDecomposition(new Array2DRowRealMatrix(matrix, false), 0).getSolver();
            for (int i = 0; i < pieces; i++) {
                double[] velocity = field.velocity(plus(moved));
                Arrays.setAll(velocity, v -> length * velocity[v] / unit[v]);
                double[] change = solver.solve(new ArrayRealVector(velocity, false)).toArray();
                for (int v = 0; v < size; v++) {
                    moved[v] += unit[v] * change[v];
                }
            }
        } catch (MathIllegalArgumentException e) {
            Arrays.fill(moved, Double.NaN); // a singular matrix: the step is refused
        }
        return moved;
    }

    /**
     * The size of every variable within a step: in units of these the solution of the linear system
     * rounds a variable relative to itself, be it ever so small beside the others.
     */
    private double[] units(double length) {
        double[] velocity = field.velocity(y);
        double[] unit = new double[size];
        Arrays.setAll(
                unit, v -> Math.max(SMALLEST, Math.abs(y[v]) + length * Math.abs(velocity[v])));
        return unit;
    }

    /** The largest error against the tolerance; infinite for what is no number. */
    private double error(double[][] ends) {
        double worst = 0;
        for (int v = 0; v < size; v++) {
            double magnitude = Math.max(Math.abs(y[v]), Math.abs(y[v] + ends[0][v]));
            double allowed =
                    LOOSER * (tolerance.absolute()[v] + tolerance.relative()[v] * magnitude);
            double error = Math.abs(ends[0][v] - ends[1][v]) / allowed;
            worst = Math.max(worst, magnitude < Integrator.DIVERGED ? error : Double.NaN);
        }
        return worst < Double.POSITIVE_INFINITY ? worst : Double.POSITIVE_INFINITY;
    }
}
