package org.directpred.theory;

/** What every class of this package demands of its numbers, in one wording. */
final class Checks {
    /** Asymmetry beyond rounding, relative to the largest entry. */
    private static final double SYMMETRY = 1e-10;

    private Checks() {}

    static double nonNegative(String name, double value) {
        if (!(value >= 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(name + " must be finite and >= 0, not " + value);
        }
        return value;
    }

    static double positive(String name, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(name + " must be finite and > 0, not " + value);
        }
        return value;
    }

    static double finite(String name, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(name + " must be finite, not " + value);
        }
        return value;
    }

    static double unitInterval(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " must lie in [0, 1], not " + value);
        }
        return value;
    }

    static double[][] matrix(String name, double[][] a) {
        rectangular(name, a);
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[i].length; j++) {
                if (!Double.isFinite(a[i][j])) {
                    throw new IllegalArgumentException(
                            name + "[" + i + "][" + j + "] must be finite, not " + a[i][j]);
                }
            }
        }
        return a;
    }

    static double[][] rectangular(String name, double[][] a) {
        if (a == null || a.length == 0 || a[0] == null || a[0].length == 0) {
            throw new IllegalArgumentException(name + " must have at least one row and column");
        }
        for (int i = 0; i < a.length; i++) {
            if (a[i] == null || a[i].length != a[0].length) {
                throw new IllegalArgumentException(
                        name
                                + " must be rectangular, but row 0 has "
                                + a[0].length
                                + " columns and row "
                                + i
                                + " has "
                                + (a[i] == null ? "none" : String.valueOf(a[i].length)));
            }
        }
        return a;
    }

    static double[][] shape(String name, double[][] a, int rows, int columns) {
        return matrix(name, hasShape(name, a, rows, columns));
    }

    static double[][] hasShape(String name, double[][] a, int rows, int columns) {
        rectangular(name, a);
        if (a.length != rows || a[0].length != columns) {
            throw new IllegalArgumentException(
                    name + " must be " + rows + "x" + columns + ", not " + Matrices.shape(a));
        }
        return a;
    }

    static double[][] square(String name, double[][] a) {
        matrix(name, a);
        if (a.length != a[0].length) {
            throw new IllegalArgumentException(name + " must be square, not " + Matrices.shape(a));
        }
        return a;
    }

    static double[][] symmetric(String name, double[][] a) {
        square(name, a);
        double largest = Matrices.maxAbs(a);
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < i; j++) {
                if (Math.abs(a[i][j] - a[j][i]) > SYMMETRY * largest) {
                    throw new IllegalArgumentException(
                            name
                                    + " must be symmetric, but ["
                                    + i
                                    + "]["
                                    + j
                                    + "] is "
                                    + a[i][j]
                                    + " and ["
                                    + j
                                    + "]["
                                    + i
                                    + "] is "
                                    + a[j][i]);
                }
            }
        }
        return a;
    }

    static double[] times(double[] times) {
        if (times == null || times.length == 0) {
            throw new IllegalArgumentException("times must hold at least one time");
        }
        double before = 0;
        for (int i = 0; i < times.length; i++) {
            if (!(times[i] >= before) || Double.isInfinite(times[i])) {
                throw new IllegalArgumentException(
                        "times must be finite, >= 0 and not decrease, but times["
                                + i
                                + "] is "
                                + times[i]
                                + " after "
                                + before);
            }
            before = times[i];
        }
        return times;
    }
}
