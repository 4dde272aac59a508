package org.directpred.evaluate;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Limited-memory BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.5) for smooth convex
 * functions, with a line search that brackets a point of the weak Wolfe conditions by bisection
 * (Lewis and Overton 2013).
 */
final class Lbfgs {
    private static final int MEMORY = 10;
    private static final double DECREASE = 1e-4;
    private static final double CURVATURE = 0.9;
    private static final int LINE_SEARCH_STEPS = 40;

    private Lbfgs() {}

    /** A function with its gradient. */
    interface Objective {
        /**
         * The value at a point.
         *
         * @param point not modified
         * @param gradient overwritten with the gradient there
         */
        double at(double[] point, double[] gradient);
    }

    /**
     * Where the search ended.
     *
     * @param point the best point found
     * @param value there
     * @param largestGradient max |g_i| there
     * @param iterations taken
     * @param converged whether {@code largestGradient} is within the tolerance
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Result(
            double[] point,
            double value,
            double largestGradient,
            int iterations,
            boolean converged) {}

    @SuppressWarnings("ArrayRecordComponent") // never leaves this class
    private record Pair(double[] step, double[] change, double inverseCurvature) {}

    /**
     * Minimises.
     *
     * @param start not modified
     * @param tolerance the largest |g_i| at which the search ends
     * @param iterations at most
     */
    static Result minimise(Objective objective, double[] start, double tolerance, int iterations) {
        double[] x = start.clone();
        double[] g = new double[x.length];
        double value = objective.at(x, g);
        Deque<Pair> pairs = new ArrayDeque<>();
        int done = 0;
        while (largest(g) > tolerance && done < iterations) {
            double[] direction = direction(g, pairs);
            double slope = dot(direction, g);
            double step = pairs.isEmpty() ? Math.min(1, 1 / Math.sqrt(dot(g, g))) : 1;
            double low = 0;
            double high = Double.POSITIVE_INFINITY;
            double[] next = new double[x.length];
            double[] nextGradient = new double[x.length];
            double nextValue = Double.NaN;
            boolean found = false;
            for (int i = 0; i < LINE_SEARCH_STEPS; i++) {
                for (int j = 0; j < x.length; j++) {
                    next[j] = x[j] + step * direction[j];
                }
                nextValue = objective.at(next, nextGradient);
                if (!(nextValue <= value + DECREASE * step * slope)) {
                    high = step;
                } else if (dot(nextGradient, direction) < CURVATURE * slope) {
                    low = step;
                } else {
                    found = true;
                    break;
                }
                step = Double.isInfinite(high) ? 2 * step : (low + high) / 2;
            }
            if (!found && !(nextValue < value)) {
                // The function's own rounding is reached.
                break;
            }
            done++;
            double[] moved = difference(next, x);
            double[] change = difference(nextGradient, g);
            double curvature = dot(moved, change);
            if (curvature > 0) {
                if (pairs.size() == MEMORY) {
                    pairs.removeFirst();
                }
                pairs.addLast(new Pair(moved, change, 1 / curvature));
            }
            x = next;
            g = nextGradient;
            value = nextValue;
        }
        return new Result(x, value, largest(g), done, largest(g) <= tolerance);
    }

    /** The two-loop recursion: minus the inverse Hessian's estimate times the gradient. */
    private static double[] direction(double[] gradient, Deque<Pair> pairs) {
        double[] q = gradient.clone();
        double[] factors = new double[pairs.size()];
        int i = 0;
        for (Iterator<Pair> newest = pairs.descendingIterator(); newest.hasNext(); i++) {
            Pair pair = newest.next();
            factors[i] = pair.inverseCurvature() * dot(pair.step(), q);
            add(q, -factors[i], pair.change());
        }
        if (!pairs.isEmpty()) {
            Pair last = pairs.getLast();
            double scale = 1 / (last.inverseCurvature() * dot(last.change(), last.change()));
            for (int j = 0; j < q.length; j++) {
                q[j] *= scale;
            }
        }
        for (Pair pair : pairs) {
            i--;
            add(q, factors[i] - pair.inverseCurvature() * dot(pair.change(), q), pair.step());
        }
        for (int j = 0; j < q.length; j++) {
            q[j] = -q[j];
        }
        return q;
    }

    private static double largest(double[] values) {
        double largest = 0;
        for (double value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void add(double[] to, double factor, double[] values) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * values[i];
        }
    }

    private static double[] difference(double[] a, double[] b) {
        double[] c = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            c[i] = a[i] - b[i];
        }
        return c;
    }
}
