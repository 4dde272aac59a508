package org.directpred.theory;

/** Matrices without a random generator, the same in every language. */
final class Sines {
    private Sines() {}

    /** Entries sin(1.3 i + 0.7 j^2 + 0.37 i j + k), i and j from 1. */
    static double[][] matrix(int rows, int columns, double k) {
        double[][] a = new double[rows][columns];
        for (int i = 1; i <= rows; i++) {
            for (int j = 1; j <= columns; j++) {
                a[i - 1][j - 1] = Math.sin(1.3 * i + 0.7 * j * j + 0.37 * i * j + k);
            }
        }
        return a;
    }

    static double[][] gram(double[][] a, double divisor) {
        return Matrices.scale(1 / divisor, Matrices.multiply(a, Matrices.transpose(a)));
    }
}
