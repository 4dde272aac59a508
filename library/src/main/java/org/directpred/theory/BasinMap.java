package org.directpred.theory;

import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;

/**
 * Where the flow in the plane (p, s) has come at time t from every point of a grid of starts.
 *
 * <p>A start counts as useful if its p at time t lies above p*<sub>-</sub>, the boundary on the
 * invariant parabola to which every trajectory is drawn; where a weight decay is 0, if the outcome
 * of its point at time t, which is then known in closed form, is useful; above the critical weight
 * decay no start does.
 *
 * @param plane the parameters
 * @param grid the starts
 * @param time t
 * @param p p at time t, by row (s) and column (p) of the grid
 * @param s s at time t, likewise
 */
@SuppressWarnings("ArrayRecordComponent") // a result to be read, never compared
public record BasinMap(PhasePlane plane, Grid grid, double time, double[][] p, double[][] s) {
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
     * @param tolerance the relative tolerance of a step, of p and of sqrt(s); the absolute one of p
     *     is a thousandth of it, and there is none for s, which may fall and come back
     * @throws IntegrationException if a trajectory diverges
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
                values[1][row * grid.columns() + column] = Math.sqrt(grid.s(row));
            }
        }
        PlaneBlock block = new PlaneBlock(plane, tolerance);
        try (Bar bar = Progress.bar("basin map", points)) {
            for (int from = 0; from < points; from += PlaneBlock.SIZE) {
                if (Thread.interrupted()) {
                    throw new CancellationException(
                            "basin map stopped after " + from + " of " + points + " points");
                }
                int count = Math.min(PlaneBlock.SIZE, points - from);
                block.flow(values, from, count, time);
                bar.update(from + count, "");
            }
        }
        double[] s = new double[points];
        Arrays.setAll(s, i -> time == 0 ? grid.s(i / grid.columns()) : values[1][i] * values[1][i]);
        return new BasinMap(plane, grid, time, rows(values[0], grid), rows(s, grid));
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
        if (plane.tau() > 0 && (plane.etaOnline() == 0 || plane.etaPredictor() == 0)) {
            return plane.outcome(p[row][column], s[row][column]) == PhasePlane.Outcome.USEFUL;
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
}
