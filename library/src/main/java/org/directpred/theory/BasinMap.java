package org.directpred.theory;

import java.util.concurrent.CancellationException;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;

/**
 * Where the flow in the plane (p, s) has come at time t from every point of a grid of starts.
 *
 * <p>A start counts as useful if its p at time t lies above p*<sub>-</sub>, the boundary on the
 * invariant parabola to which every trajectory is drawn; without weight decay, if s has not fallen
 * below {@value #VANISHED}; above the critical weight decay no start does.
 *
 * @param plane the parameters
 * @param grid the starts
 * @param time t
 * @param p p at time t, by row (s) and column (p) of the grid
 * @param s s at time t, likewise
 */
@SuppressWarnings("ArrayRecordComponent") // a result to be read, never compared
public record BasinMap(PhasePlane plane, Grid grid, double time, double[][] p, double[][] s) {
    /** Below this s a mode has vanished. */
    public static final double VANISHED = 1e-6;

    /** Points that share a step: enough for vector code, few enough to be alike. */
    private static final int BLOCK = 100;

    private static final double ABSOLUTE_PER_RELATIVE = 1e-3;

    /**
     * A grid of starts, both ends included.
     *
     * @param pFrom the first p
     * @param pTo the last p
     * @param columns the number of values of p, at least 2
     * @param sFrom the first s, &ge; 0
     * @param sTo the last s
     * @param rows the number of values of s, at least 2
     */
    public record Grid(double pFrom, double pTo, int columns, double sFrom, double sTo, int rows) {
        /** Checks the ranges. */
        public Grid {
            Checks.finite("pFrom", pFrom);
            Checks.finite("pTo", pTo);
            Checks.nonNegative("sFrom", sFrom);
            Checks.finite("sTo", sTo);
            if (pTo <= pFrom || sTo <= sFrom) {
                throw new IllegalArgumentException(
                        "a grid must run upwards, not p from "
                                + pFrom
                                + " to "
                                + pTo
                                + " and s from "
                                + sFrom
                                + " to "
                                + sTo);
            }
            if (columns < 2 || rows < 2) {
                throw new IllegalArgumentException(
                        "a grid needs at least 2 columns and rows, not " + columns + "x" + rows);
            }
        }

        /** The p of a column. */
        public double p(int column) {
            return pFrom + (pTo - pFrom) * column / (columns - 1);
        }

        /** The s of a row. */
        public double s(int row) {
            return sFrom + (sTo - sFrom) * row / (rows - 1);
        }
    }

    /** The map at a relative tolerance of 1e-6. */
    public static BasinMap compute(PhasePlane plane, Grid grid, double time) {
        return compute(plane, grid, time, 1e-6);
    }

    /**
     * The map. It shows a progress bar, and an interrupt of the thread stops it.
     *
     * @param plane the parameters
     * @param grid the starts
     * @param time t &ge; 0
     * @param tolerance the relative tolerance of a step; the absolute one is a thousandth of it
     * @throws IntegrationException if a trajectory diverges or is stiff
     * @throws CancellationException if the thread is interrupted; the interrupt is then cleared
     */
    public static BasinMap compute(PhasePlane plane, Grid grid, double time, double tolerance) {
        Checks.nonNegative("time", time);
        Checks.positive("tolerance", tolerance);
        int points = Math.multiplyExact(grid.rows(), grid.columns());
        double[][] values = new double[2][points];
        for (int row = 0; row < grid.rows(); row++) {
            for (int column = 0; column < grid.columns(); column++) {
                values[0][row * grid.columns() + column] = grid.p(column);
                values[1][row * grid.columns() + column] = grid.s(row);
            }
        }
        BlockIntegrator integrator =
                new BlockIntegrator(
                        new Field(plane), BLOCK, tolerance, ABSOLUTE_PER_RELATIVE * tolerance);
        try (Bar bar = Progress.bar("basin map", points)) {
            for (int from = 0; from < points; from += BLOCK) {
                if (Thread.interrupted()) {
                    throw new CancellationException(
                            "basin map stopped after " + from + " of " + points + " points");
                }
                int count = Math.min(BLOCK, points - from);
                integrator.flow(values, from, count, time);
                bar.update(from + count, "");
            }
        }
        return new BasinMap(plane, grid, time, rows(values[0], grid), rows(values[1], grid));
    }

    private static double[][] rows(double[] flat, Grid grid) {
        double[][] rows = new double[grid.rows()][grid.columns()];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(flat, i * grid.columns(), rows[i], 0, grid.columns());
        }
        return rows;
    }

    /** Whether the start in this row and column has come to use at time t. */
    public boolean useful(int row, int column) {
        if (plane.etaOnline() == 0 || plane.etaPredictor() == 0) {
            return s[row][column] > VANISHED;
        }
        return plane.discriminant() > 0 && p[row][column] > plane.lower();
    }

    /** The share of starts that collapse, 0 to 1. */
    public double collapsedShare() {
        int collapsed = 0;
        for (int row = 0; row < grid.rows(); row++) {
            for (int column = 0; column < grid.columns(); column++) {
                collapsed += useful(row, column) ? 0 : 1;
            }
        }
        return (double) collapsed / (grid.rows() * grid.columns());
    }

    /** Eqns 11 and 12 on a block. */
    private static final class Field implements BlockIntegrator.BlockField {
        private final double alphaP;
        private final double etaPredictor;
        private final double etaOnline;
        private final double spread;
        private final double tau;

        Field(PhasePlane plane) {
            alphaP = plane.alphaP();
            etaPredictor = plane.etaPredictor();
            etaOnline = plane.etaOnline();
            spread = 1 + plane.sigmaSquared();
            tau = plane.tau();
        }

        @Override
        public int dimension() {
            return 2;
        }

        @Override
        public void velocity(double[][] y, double[][] velocity, int count) {
            double[] p = y[0];
            double[] s = y[1];
            double[] dp = velocity[0];
            double[] ds = velocity[1];
            double a = alphaP;
            double c = spread;
            double goal = tau;
            double decayP = etaPredictor;
            double decayS = etaOnline;
            for (int i = 0; i < count; i++) {
                double pull = goal - c * p[i];
                dp[i] = a * s[i] * pull - decayP * p[i];
                ds[i] = 2 * s[i] * (p[i] * pull - decayS);
            }
        }
    }
}
