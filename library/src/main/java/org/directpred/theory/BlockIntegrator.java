package org.directpred.theory;

import java.util.Arrays;

/**
 * Integrates many starts of one small autonomous system at once, by Dormand and Prince's method of
 * order 5(4). Neighbouring starts form a block that shares its step, which the worst of its points
 * chooses, so that every stage is one short loop over the block that the compiler turns into vector
 * code.
 */
final class BlockIntegrator {
    private static final double[][] A = {
        {},
        {1.0 / 5},
        {3.0 / 40, 9.0 / 40},
        {44.0 / 45, -56.0 / 15, 32.0 / 9},
        {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
        {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
        {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}
    };

    /** The fifth order's weights less the fourth's. */
    private static final double[] E = {
        71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40
    };

    private static final int STAGES = 7;
    private static final double SAFETY = 0.9;

    /** Steps after which the points are asked whether they leave. */
    private static final int ASKED = 4;

    /** More than this many steps within one call mean that the block is stiff. */
    private static final int MOST_STEPS = 20_000;

    private final BlockField field;
    private final int size;
    private final double relative;
    private final double[] absolute;
    private final double[][] y;
    private final double[][] next;
    private final double[][] stage;
    private final double[][][] k;
    private final double[] error;
    private final int[] place;

    /** The right-hand side at every point of a block. */
    interface BlockField {
        /** The number of variables. */
        int dimension();

        /**
         * Writes the velocity.
         *
         * @param y by variable, then by point; not modified
         * @param velocity by variable, then by point; written
         * @param count the number of points
         */
        void velocity(double[][] y, double[][] velocity, int count);

        /**
         * Whether a point can leave its block, because the rest of its way is known without it.
         *
         * @param y by variable, then by point; not modified
         * @param point which
         * @param left the time that is left
         */
        boolean leaves(double[][] y, int point, double left);
    }

    /** Receives the points that have left their blocks. */
    @FunctionalInterface
    interface Leaver {
        /**
         * A point that has left.
         *
         * @param point its place among the values
         * @param state where
         * @param left the time that is left
         */
        void leave(int point, double[] state, double left);
    }

    /**
     * An integrator for blocks of up to {@code size} points.
     *
     * @param relative error of one step relative to the value, per variable and point
     * @param absolute error of one step where the value is small, by variable, &gt; 0
     */
    BlockIntegrator(BlockField field, int size, double relative, double... absolute) {
        this.field = field;
        this.size = size;
        this.relative = relative;
        this.absolute = absolute.clone();
        int d = field.dimension();
        this.y = new double[d][size];
        this.next = new double[d][size];
        this.stage = new double[d][size];
        this.k = new double[STAGES][d][size];
        this.error = new double[size];
        this.place = new int[size];
    }

    /**
     * Moves points {@code from} to {@code from + points} (at most the size) by the time t, in
     * place.
     *
     * @param values by variable, then by point; modified
     * @param leaver receives the points that leave before; their values are not written
     * @param stiff receives the points that are left where stability binds the step; likewise
     * @return the number of steps taken, the refused among them
     * @throws IntegrationException if a point diverges
     */
    int flow(double[][] values, int from, int points, double t, Leaver leaver, Leaver stiff) {
        if (points > size) {
            throw new IllegalArgumentException(points + " points in a block of " + size);
        }
        int count = points;
        for (int i = 0; i < count; i++) {
            place[i] = from + i;
        }
        for (int v = 0; v < y.length; v++) {
            System.arraycopy(values[v], from, y[v], 0, count);
        }
        field.velocity(y, k[0], count);
        count = leave(count, t, leaver);
        double now = 0;
        double h = Math.min(t, firstStep(count));
        int steps = 0;
        int accepted = 0;
        while (now < t && count > 0) {
            if (++steps > MOST_STEPS) {
                handOver(count, t - now, stiff);
                return steps;
            }
            boolean last = now + h >= t;
            if (last) {
                h = t - now;
            }
            double worst = attempt(h, count);
            if (!(worst < Double.POSITIVE_INFINITY)) {
                h *= 0.1;
                if (now + h == now) {
                    throw failed("the solution diverges", now);
                }
                continue;
            }
            if (worst <= 1) {
                now = last ? t : now + h;
                for (int v = 0; v < y.length; v++) {
                    System.arraycopy(next[v], 0, y[v], 0, count);
                    System.arraycopy(k[STAGES - 1][v], 0, k[0][v], 0, count);
                }
                if (++accepted % ASKED == 0) {
                    count = leave(count, t - now, leaver);
                }
            }
            double factor = worst == 0 ? 10 : SAFETY * Math.pow(worst, -0.2);
            h *= Math.min(worst <= 1 ? 10 : 1, Math.max(0.2, factor));
        }
        for (int v = 0; v < y.length; v++) {
            for (int i = 0; i < count; i++) {
                values[v][place[i]] = y[v][i];
            }
        }
        return steps;
    }

    private void handOver(int count, double left, Leaver stiff) {
        for (int i = 0; i < count; i++) {
            double[] state = new double[y.length];
            for (int v = 0; v < y.length; v++) {
                state[v] = y[v][i];
            }
            stiff.leave(place[i], state, left);
        }
    }

    /** Takes out the points that can leave, and puts the block's last ones into their places. */
    private int leave(int count, double left, Leaver leaver) {
        int kept = count;
        for (int i = kept - 1; i >= 0; i--) {
            if (field.leaves(y, i, left)) {
                double[] state = new double[y.length];
                kept--;
                for (int v = 0; v < y.length; v++) {
                    state[v] = y[v][i];
                    y[v][i] = y[v][kept];
                    k[0][v][i] = k[0][v][kept];
                }
                int leaving = place[i];
                place[i] = place[kept];
                leaver.leave(leaving, state, left);
            }
        }
        return kept;
    }

    /** One step's stages; the largest scaled error of the block, 1 being the tolerance. */
    private double attempt(double h, int count) {
        for (int s = 1; s < STAGES; s++) {
            double[][] into = s == STAGES - 1 ? next : stage;
            for (int v = 0; v < y.length; v++) {
                combine(s, h, v, into[v], count);
            }
            field.velocity(into, k[s], count);
        }
        double worst = 0;
        for (int v = 0; v < y.length; v++) {
            double largest = errors(v, h, count);
            if (!(largest <= worst)) {
                worst = largest;
            }
        }
        return worst;
    }

    /** One short loop for each stage: a single loop over all stages runs out of registers. */
    private void combine(int s, double h, int v, double[] into, int count) {
        double[] at = y[v];
        double[] k0 = k[0][v];
        double[] k1 = k[1][v];
        double[] k2 = k[2][v];
        double[] k3 = k[3][v];
        double[] k4 = k[4][v];
        double[] k5 = k[5][v];
        double a0 = h * A[s][0];
        switch (s) {
            case 1 -> {
                for (int i = 0; i < count; i++) {
                    into[i] = at[i] + a0 * k0[i];
                }
            }
            case 2 -> {
                double a1 = h * A[2][1];
                for (int i = 0; i < count; i++) {
                    into[i] = at[i] + a0 * k0[i] + a1 * k1[i];
                }
            }
            case 3 -> {
                double a1 = h * A[3][1];
                double a2 = h * A[3][2];
                for (int i = 0; i < count; i++) {
                    into[i] = at[i] + a0 * k0[i] + a1 * k1[i] + a2 * k2[i];
                }
            }
            case 4 -> {
                double a1 = h * A[4][1];
                double a2 = h * A[4][2];
                double a3 = h * A[4][3];
                for (int i = 0; i < count; i++) {
                    into[i] = at[i] + a0 * k0[i] + a1 * k1[i] + a2 * k2[i] + a3 * k3[i];
                }
            }
            case 5 -> {
                double a1 = h * A[5][1];
                double a2 = h * A[5][2];
                double a3 = h * A[5][3];
                double a4 = h * A[5][4];
                for (int i = 0; i < count; i++) {
                    into[i] =
                            at[i] + a0 * k0[i] + a1 * k1[i] + a2 * k2[i] + a3 * k3[i] + a4 * k4[i];
                }
            }
            default -> {
                double a2 = h * A[6][2];
                double a3 = h * A[6][3];
                double a4 = h * A[6][4];
                double a5 = h * A[6][5];
                for (int i = 0; i < count; i++) {
                    into[i] =
                            at[i] + a0 * k0[i] + a2 * k2[i] + a3 * k3[i] + a4 * k4[i] + a5 * k5[i];
                }
            }
        }
    }

    private double errors(int v, double h, int count) {
        double[] k0 = k[0][v];
        double[] k2 = k[2][v];
        double[] k3 = k[3][v];
        double[] k4 = k[4][v];
        double[] k5 = k[5][v];
        double[] k6 = k[6][v];
        double[] before = y[v];
        double[] after = next[v];
        double least = absolute[v];
        double e0 = h * E[0];
        double e2 = h * E[2];
        double e3 = h * E[3];
        double e4 = h * E[4];
        double e5 = h * E[5];
        double e6 = h * E[6];
        for (int i = 0; i < count; i++) {
            double difference =
                    e0 * k0[i] + e2 * k2[i] + e3 * k3[i] + e4 * k4[i] + e5 * k5[i] + e6 * k6[i];
            double magnitude = Math.max(Math.abs(before[i]), Math.abs(after[i]));
            error[i] = Math.abs(difference) / (least + relative * magnitude);
        }
        double worst = 0;
        for (int i = 0; i < count; i++) {
            worst = Math.max(worst, error[i]); // NaN stays NaN
        }
        return worst;
    }

    /** A step that changes no value by more than a hundredth, after Hairer's starting rule. */
    private double firstStep(int count) {
        double fastest = 0;
        for (int v = 0; v < y.length; v++) {
            for (int i = 0; i < count; i++) {
                double scale = absolute[v] + relative * Math.abs(y[v][i]);
                double size = Math.max(Math.abs(y[v][i]), scale);
                fastest = Math.max(fastest, Math.abs(k[0][v][i]) / size);
            }
        }
        return fastest > 0 ? 0.01 / fastest : 0.01;
    }

    private IntegrationException failed(String reason, double now) {
        double[] state = Arrays.stream(y).mapToDouble(values -> values[0]).toArray();
        return new IntegrationException(
                reason + "; the state is that of the block's first point", now, state);
    }
}
