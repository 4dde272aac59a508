package org.directpred.evaluate;

import java.util.Arrays;

/**
 * Numbers that tell a collapsed representation from a healthy one. All are pure functions of a
 * spectrum or of a batch of representations; NaN or an infinity in gives NaN out, so that a run
 * that diverges still has its log.
 *
 * <p>None of them depends on the scale of the representation. The loss is no such number: a
 * collapsed network has the best loss of all.
 */
public final class Collapse {
    /** The constant of RankMe (Garrido et al. 2023), for float32 features. */
    private static final double RANK_ME_EPSILON = 1e-7;

    private Collapse() {}

    /**
     * The effective rank of a positive semi-definite matrix: {@code exp(H(q))}, the exponential of
     * the entropy of {@code q_j = s_j / sum s} (Roy and Vetterli 2007). 1 for one mode alone, d for
     * d equal ones.
     *
     * @param eigenvalues s_j in any order; negative ones, which are rounding errors, count as 0
     * @return 1 to {@code eigenvalues.length}, or 0 if all eigenvalues are 0: a dead representation
     */
    public static double effectiveRank(double[] eigenvalues) {
        double sum = sum(eigenvalues);
        if (sum == 0) {
            return 0;
        }
        double entropy = 0;
        for (double s : eigenvalues) {
            double q = Math.max(s, 0) / sum;
            if (q != 0) {
                entropy -= q * Math.log(q);
            }
        }
        return Math.exp(entropy);
    }

    /**
     * RankMe (Garrido, Balestriero, Najman and LeCun 2023): {@code exp(-sum q_k log q_k)} with
     * {@code q_k = sigma_k / ||sigma||_1 + 1e-7}.
     *
     * @param singularValues sigma_k of the matrix of representations {@code [samples, d]}, not its
     *     eigenvalues, in any order; of a correlation matrix they are the eigenvalues' square roots
     *     ({@link #singularValues})
     * @return about 1 to {@code singularValues.length}, or 0 if all singular values are 0
     */
    public static double rankMe(double[] singularValues) {
        double sum = sum(singularValues);
        if (sum == 0) {
            return 0;
        }
        double entropy = 0;
        for (double sigma : singularValues) {
            double q = Math.max(sigma, 0) / sum + RANK_ME_EPSILON;
            entropy -= q * Math.log(q);
        }
        return Math.exp(entropy);
    }

    /**
     * Singular values of the representations from the eigenvalues of their correlation matrix, up
     * to a common factor: the square roots.
     *
     * @param eigenvalues in any order; negative ones count as 0. Not modified.
     * @return a new array in the same order
     */
    public static double[] singularValues(double[] eigenvalues) {
        return Arrays.stream(eigenvalues).map(s -> Math.sqrt(Math.max(s, 0)) + 0 * s).toArray();
    }

    /**
     * The participation ratio {@code (sum s)^2 / sum s^2}: an effective number of modes that weighs
     * large ones more than {@link #effectiveRank} does.
     *
     * @param eigenvalues in any order; negative ones count as 0
     * @return 1 to {@code eigenvalues.length}, or 0 if all eigenvalues are 0
     */
    public static double participationRatio(double[] eigenvalues) {
        double sum = sum(eigenvalues);
        if (sum == 0) {
            return 0;
        }
        double squares = 0;
        for (double s : eigenvalues) {
            double q = Math.max(s, 0) / sum;
            squares += q * q;
        }
        return 1 / squares;
    }

    /**
     * The area under the curve of cumulative explained variance (Li, Efros and Pathak 2022): the
     * mean of {@code (sigma_1 + ... + sigma_k) / (sigma_1 + ... + sigma_d)} over k = 1 to d,
     * largest first. 1 for one mode alone, (d + 1) / 2d for d equal ones: <em>small</em> is
     * healthy.
     *
     * @param singularValues sigma_k of the centred representations, in any order. Not modified.
     * @return above 0.5 up to 1, or 1 if all singular values are 0
     */
    public static double explainedVarianceArea(double[] singularValues) {
        double sum = sum(singularValues);
        if (sum == 0) {
            return 1;
        }
        double[] ascending = singularValues.clone();
        Arrays.sort(ascending);
        double cumulative = 0;
        double area = 0;
        for (int k = ascending.length - 1; k >= 0; k--) {
            cumulative += Math.max(ascending[k], 0);
            area += cumulative / sum;
        }
        return area / ascending.length;
    }

    /**
     * The spread of normalised representations (Chen and He 2021): the standard deviation of each
     * coordinate of {@code z / ||z||} over the batch (with {@code samples - 1}), averaged over the
     * coordinates and multiplied by sqrt(d). About 1 for directions spread evenly, 0 for one
     * direction.
     *
     * @param z representations, {@code [samples, d]}, row-major. Not modified.
     * @param d the number of coordinates
     * @return 0 to about 1
     * @throws IllegalArgumentException if there are fewer than 2 samples or the array is no whole
     *     number of rows
     */
    public static double normalisedStandardDeviation(float[] z, int d) {
        if (d < 1 || z.length % d != 0 || z.length / d < 2) {
            throw new IllegalArgumentException(
                    "expected [samples, "
                            + d
                            + "] with at least 2 samples, not an array of "
                            + z.length
                            + " numbers");
        }
        int samples = z.length / d;
        double[] mean = new double[d];
        double[] squares = new double[d];
        // Welford's recurrence: a collapsed batch has a standard deviation far below its mean.
        double[] row = new double[d];
        for (int i = 0; i < samples; i++) {
            double norm = 0;
            for (int j = 0; j < d; j++) {
                row[j] = z[i * d + j];
                norm += row[j] * row[j];
            }
            double scale = 1 / Math.max(Math.sqrt(norm), 1e-12);
            for (int j = 0; j < d; j++) {
                double value = row[j] * scale;
                double before = value - mean[j];
                mean[j] += before / (i + 1);
                squares[j] += before * (value - mean[j]);
            }
        }
        double sum = 0;
        for (double s : squares) {
            sum += Math.sqrt(s / (samples - 1));
        }
        return sum / d * Math.sqrt(d);
    }

    /**
     * The sum of the positive values; NaN if a value is, or is minus infinity: that is no rounding.
     */
    private static double sum(double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("a spectrum must have at least one value");
        }
        double sum = 0;
        for (double value : values) {
            sum += value == Double.NEGATIVE_INFINITY ? Double.NaN : Math.max(value, 0);
        }
        return sum;
    }
}
