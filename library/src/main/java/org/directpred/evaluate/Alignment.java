package org.directpred.evaluate;

/**
 * How well the predictor W_p and the correlation matrix F share their eigenvectors (Theorem 3), and
 * how symmetric W_p is (Figure 2). Matrices are square, row-major, {@code [d, d]} as {@code
 * double[d * d]}; eigenvectors lie in columns, as {@code eigh} returns them. Nothing is modified.
 */
public final class Alignment {
    private Alignment() {}

    /**
     * The alignment of each eigenvector u_j of F with W_p: {@code |cos(u_j, W_p u_j)|}, 1 where u_j
     * is an eigenvector of W_p too (Figure 2, third column).
     *
     * @param eigenvectors U of F = U diag(s) U<sup>T</sup>, u_j in column j
     * @param predictor W_p
     * @return one number in 0 to 1 for each column, in the order of the columns; 0 where W_p u_j is
     *     0
     */
    public static double[] cosines(double[] eigenvectors, double[] predictor) {
        int d = order(eigenvectors, predictor);
        double[] image = multiply(predictor, eigenvectors, d);
        double[] cosines = new double[d];
        for (int j = 0; j < d; j++) {
            double inner = 0;
            double norm = 0;
            double imageNorm = 0;
            for (int i = 0; i < d; i++) {
                double u = eigenvectors[i * d + j];
                double w = image[i * d + j];
                inner += u * w;
                norm += u * u;
                imageNorm += w * w;
            }
            double product = Math.sqrt(norm) * Math.sqrt(imageNorm);
            // Rounding may lead a hair above 1.
            cosines[j] = product == 0 ? 0 : Math.min(1, Math.abs(inner) / product);
        }
        return cosines;
    }

    /**
     * The asymmetry {@code ||W - W^T||_F / ||W||_F}: 0 for a symmetric matrix, sqrt 2 for one whose
     * square has no trace, 2 for a skew one.
     *
     * @param w the matrix
     * @return 0 to 2; 0 for the zero matrix
     */
    public static double asymmetry(double[] w) {
        int d = order(w);
        double skew = 0;
        double all = 0;
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                double difference = w[i * d + j] - w[j * d + i];
                skew += difference * difference;
                all += w[i * d + j] * w[i * d + j];
            }
        }
        return all == 0 ? 0 : Math.sqrt(skew / all);
    }

    /**
     * The asymmetry of W_p inside the space of some eigenvectors of F: {@link #asymmetry} of {@code
     * V^T W_p V}. The modes that F uses become symmetric long before the others.
     *
     * @param eigenvectors U of F, u_j in column j
     * @param columns which columns make V
     * @param predictor W_p
     */
    public static double asymmetryWithin(double[] eigenvectors, int[] columns, double[] predictor) {
        int d = order(eigenvectors, predictor);
        int k = columns.length;
        double[] restricted = new double[k * k];
        double[] image = new double[d];
        for (int b = 0; b < k; b++) {
            for (int i = 0; i < d; i++) {
                double sum = 0;
                for (int j = 0; j < d; j++) {
                    sum += predictor[i * d + j] * eigenvectors[j * d + columns[b]];
                }
                image[i] = sum;
            }
            for (int a = 0; a < k; a++) {
                double sum = 0;
                for (int i = 0; i < d; i++) {
                    sum += eigenvectors[i * d + columns[a]] * image[i];
                }
                restricted[a * k + b] = sum;
            }
        }
        return asymmetry(restricted);
    }

    /**
     * The symmetric part {@code (W + W^T) / 2}, whose eigenvalues tell whether W_p is positive
     * definite.
     *
     * @return a new array
     */
    public static double[] symmetricPart(double[] w) {
        int d = order(w);
        double[] symmetric = new double[w.length];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                symmetric[i * d + j] = (w[i * d + j] + w[j * d + i]) / 2;
            }
        }
        return symmetric;
    }

    /**
     * The commutator's relative size, {@code ||F W_p - W_p F||_F / (||F||_F ||W_p||_F)}: 0 where
     * both have the same eigenvectors (L of Theorem 3).
     *
     * @return 0 to 2; 0 if either matrix is 0
     */
    public static double commutator(double[] f, double[] predictor) {
        int d = order(f, predictor);
        double[] left = multiply(f, predictor, d);
        double[] right = multiply(predictor, f, d);
        double difference = 0;
        double normF = 0;
        double normW = 0;
        for (int i = 0; i < left.length; i++) {
            difference += (left[i] - right[i]) * (left[i] - right[i]);
            normF += f[i] * f[i];
            normW += predictor[i] * predictor[i];
        }
        double product = Math.sqrt(normF) * Math.sqrt(normW);
        return product == 0 ? 0 : Math.sqrt(difference) / product;
    }

    private static double[] multiply(double[] a, double[] b, int d) {
        double[] c = new double[d * d];
        for (int i = 0; i < d; i++) {
            for (int k = 0; k < d; k++) {
                double factor = a[i * d + k];
                for (int j = 0; j < d; j++) {
                    c[i * d + j] += factor * b[k * d + j];
                }
            }
        }
        return c;
    }

    private static int order(double[] a, double[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(
                    "must be of the same shape: matrices of " + a.length + " vs " + b.length);
        }
        return order(a);
    }

    /** d of a matrix [d, d]. */
    static int order(double[] matrix) {
        int d = (int) Math.round(Math.sqrt(matrix.length));
        if (d == 0 || d * d != matrix.length) {
            throw new IllegalArgumentException(
                    "a square matrix is needed, not one of " + matrix.length + " numbers");
        }
        return d;
    }
}
