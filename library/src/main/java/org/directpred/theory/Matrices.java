package org.directpred.theory;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.EigenDecompositionSymmetric;
import org.hipparchus.linear.LUDecomposition;
import org.hipparchus.linear.RealMatrix;

/**
 * Small dense matrices as {@code double[rows][columns]}. Pure functions: no argument is modified,
 * every result is new.
 */
public final class Matrices {
    private Matrices() {}

    /**
     * Eigenvalues and eigenvectors of a symmetric matrix, A = U diag(s) U<sup>T</sup>.
     *
     * @param values s, ascending
     * @param vectors U, one eigenvector per column, orthonormal; signs are free, and within equal
     *     eigenvalues rotations are
     */
    @SuppressWarnings("ArrayRecordComponent") // a result to be read, never compared
    public record Spectrum(double[] values, double[][] vectors) {}

    /** The shape as text, for instance {@code 2x3}. */
    public static String shape(double[][] a) {
        return a.length + "x" + a[0].length;
    }

    /** The zero matrix. */
    public static double[][] zeros(int rows, int columns) {
        return new double[rows][columns];
    }

    /** The identity I<sub>n</sub>. */
    public static double[][] identity(int n) {
        double[] ones = new double[n];
        Arrays.fill(ones, 1);
        return diagonal(ones);
    }

    /** The square matrix with this diagonal. */
    public static double[][] diagonal(double... entries) {
        double[][] a = new double[entries.length][entries.length];
        for (int i = 0; i < entries.length; i++) {
            a[i][i] = entries[i];
        }
        return a;
    }

    /**
     * A matrix of independent normal numbers.
     *
     * @param rows the number of rows
     * @param columns the number of columns
     * @param deviation the standard deviation of each entry
     * @param random where they come from
     */
    public static double[][] gaussian(
            int rows, int columns, double deviation, RandomGenerator random) {
        double[][] a = new double[rows][columns];
        for (double[] row : a) {
            for (int j = 0; j < columns; j++) {
                row[j] = deviation * random.nextGaussian();
            }
        }
        return a;
    }

    /** A copy that shares no row with the original. */
    public static double[][] copy(double[][] a) {
        double[][] b = new double[a.length][];
        for (int i = 0; i < a.length; i++) {
            b[i] = a[i].clone();
        }
        return b;
    }

    /** A<sup>T</sup>. */
    public static double[][] transpose(double[][] a) {
        double[][] b = new double[a[0].length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[0].length; j++) {
                b[j][i] = a[i][j];
            }
        }
        return b;
    }

    /**
     * The product of all factors, from left to right.
     *
     * @throws IllegalArgumentException if two neighbours do not fit
     */
    public static double[][] multiply(double[][] first, double[][]... others) {
        double[][] product = first;
        for (double[][] factor : others) {
            product = product(product, factor);
        }
        return others.length == 0 ? copy(first) : product;
    }

    private static double[][] product(double[][] a, double[][] b) {
        if (a[0].length != b.length) {
            throw new IllegalArgumentException(
                    "cannot multiply " + shape(a) + " by " + shape(b) + ": inner sizes differ");
        }
        int columns = b[0].length;
        double[][] c = new double[a.length][columns];
        for (int i = 0; i < a.length; i++) {
            double[] row = c[i];
            for (int k = 0; k < b.length; k++) {
                double factor = a[i][k];
                double[] other = b[k];
                for (int j = 0; j < columns; j++) {
                    row[j] += factor * other[j];
                }
            }
        }
        return c;
    }

    /**
     * The sum of all terms.
     *
     * @throws IllegalArgumentException if shapes differ
     */
    public static double[][] plus(double[][] first, double[][]... others) {
        double[][] sum = copy(first);
        for (double[][] term : others) {
            addTo(sum, 1, term);
        }
        return sum;
    }

    /** A - B. */
    public static double[][] minus(double[][] a, double[][] b) {
        return combine(a, -1, b);
    }

    /** A + c B. */
    public static double[][] combine(double[][] a, double c, double[][] b) {
        double[][] sum = copy(a);
        addTo(sum, c, b);
        return sum;
    }

    private static void addTo(double[][] sum, double c, double[][] term) {
        if (sum.length != term.length || sum[0].length != term[0].length) {
            throw new IllegalArgumentException(
                    "must be the same shape: " + shape(sum) + " against " + shape(term));
        }
        for (int i = 0; i < sum.length; i++) {
            for (int j = 0; j < sum[i].length; j++) {
                sum[i][j] += c * term[i][j];
            }
        }
    }

    /** c A. */
    public static double[][] scale(double c, double[][] a) {
        double[][] b = copy(a);
        for (double[] row : b) {
            for (int j = 0; j < row.length; j++) {
                row[j] *= c;
            }
        }
        return b;
    }

    /** (A + A<sup>T</sup>)/2. */
    public static double[][] symmetricPart(double[][] a) {
        return scale(0.5, plus(a, transpose(a)));
    }

    /** (A - A<sup>T</sup>)/2. */
    public static double[][] skewPart(double[][] a) {
        return scale(0.5, minus(a, transpose(a)));
    }

    /** [A, B] = AB - BA. */
    public static double[][] commutator(double[][] a, double[][] b) {
        return minus(product(a, b), product(b, a));
    }

    /** {A, B} = AB + BA. */
    public static double[][] anticommutator(double[][] a, double[][] b) {
        return plus(product(a, b), product(b, a));
    }

    /** The Kronecker product A (x) B. */
    public static double[][] kronecker(double[][] a, double[][] b) {
        int rows = b.length;
        int columns = b[0].length;
        double[][] c = new double[a.length * rows][a[0].length * columns];
        for (int i = 0; i < c.length; i++) {
            for (int j = 0; j < c[0].length; j++) {
                c[i][j] = a[i / rows][j / columns] * b[i % rows][j % columns];
            }
        }
        return c;
    }

    /** vec(A): the columns of A, stacked into one column. */
    public static double[][] vec(double[][] a) {
        double[][] column = new double[a.length * a[0].length][1];
        for (int j = 0; j < a[0].length; j++) {
            for (int i = 0; i < a.length; i++) {
                column[j * a.length + i][0] = a[i][j];
            }
        }
        return column;
    }

    /** The sum of the diagonal. */
    public static double trace(double[][] a) {
        double sum = 0;
        for (int i = 0; i < Math.min(a.length, a[0].length); i++) {
            sum += a[i][i];
        }
        return sum;
    }

    /** &lang;A, B&rang; = tr(A<sup>T</sup> B). */
    public static double inner(double[][] a, double[][] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[i].length; j++) {
                sum += a[i][j] * b[i][j];
            }
        }
        return sum;
    }

    /** The Frobenius norm. */
    public static double norm(double[][] a) {
        return Math.sqrt(inner(a, a));
    }

    /** The largest absolute entry. */
    public static double maxAbs(double[][] a) {
        double largest = 0;
        for (double[] row : a) {
            for (double value : row) {
                largest = Math.max(largest, Math.abs(value));
            }
        }
        return largest;
    }

    /**
     * The eigenvalues of a symmetric matrix, ascending.
     *
     * @throws IllegalArgumentException if it is not symmetric or not finite
     */
    public static double[] eigenvalues(double[][] a) {
        return spectrum(a).values();
    }

    /**
     * The eigenvalues and eigenvectors of a symmetric matrix.
     *
     * @throws IllegalArgumentException if it is not symmetric or not finite
     */
    public static Spectrum spectrum(double[][] a) {
        Checks.symmetric("the matrix", a);
        RealMatrix symmetric = new Array2DRowRealMatrix(symmetricPart(a), false);
        // The tolerance only serves to treat eigenvalues below it as zero: no eigenvalue is.
        EigenDecompositionSymmetric e =
                new EigenDecompositionSymmetric(symmetric, Double.MIN_NORMAL, false);
        return new Spectrum(e.getEigenvalues(), e.getV().getData());
    }

    /**
     * f(A) = U diag(f(s)) U<sup>T</sup> for a symmetric A = U diag(s) U<sup>T</sup>; exactly
     * symmetric.
     */
    public static double[][] function(double[][] a, DoubleUnaryOperator f) {
        Spectrum e = spectrum(a);
        double[] values = Arrays.stream(e.values()).map(f).toArray();
        double[][] u = e.vectors();
        return symmetricPart(multiply(u, diagonal(values), transpose(u)));
    }

    /**
     * A<sup>-1</sup>.
     *
     * @throws IllegalArgumentException if A is not square or singular
     */
    public static double[][] inverse(double[][] a) {
        Checks.square("the matrix", a);
        try {
            double vanishing = 1e-15 * maxAbs(a) + Double.MIN_NORMAL;
            LUDecomposition lu = new LUDecomposition(new Array2DRowRealMatrix(a), vanishing);
            return lu.getSolver().getInverse().getData();
        } catch (MathRuntimeException e) {
            throw new IllegalArgumentException(
                    "the matrix (" + shape(a) + ") is singular and has no inverse", e);
        }
    }
}
