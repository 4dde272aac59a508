package org.directpred.evaluate;

import java.util.Arrays;

/**
 * The shift and scale that give features mean 0 and variance 1 in each coordinate, as
 * scikit-learn's {@code StandardScaler} does: variance over n, and a scale of 1 for a coordinate
 * that is constant up to rounding. Immutable.
 */
public final class Standardisation {
    private static final double EPSILON = Math.ulp(1.0);

    private final float[] mean;
    private final float[] inverse;

    private Standardisation(float[] mean, float[] inverse) {
        this.mean = mean;
        this.inverse = inverse;
    }

    /**
     * The standardisation of these features, in one pass and float64.
     *
     * @param training the features whose mean and variance count; never the test features
     * @throws IllegalArgumentException if a feature is NaN or infinite
     */
    public static Standardisation of(Features training) {
        training.requireFinite();
        int d = training.dimension();
        double[] shift = new double[d];
        double[] sum = new double[d];
        double[] squares = new double[d];
        float[] row = training.row(0);
        for (int j = 0; j < d; j++) {
            // Shifted by the first row, the sum of squares keeps its digits.
            shift[j] = row[j];
        }
        for (int i = 0; i < training.size(); i++) {
            row = training.row(i);
            for (int j = 0; j < d; j++) {
                double value = row[j] - shift[j];
                sum[j] += value;
                squares[j] += value * value;
            }
        }
        int n = training.size();
        float[] mean = new float[d];
        float[] inverse = new float[d];
        for (int j = 0; j < d; j++) {
            double shiftedMean = sum[j] / n;
            double centre = shift[j] + shiftedMean;
            double variance = Math.max(0, squares[j] / n - shiftedMean * shiftedMean);
            if (!Double.isFinite(variance)) {
                throw new IllegalArgumentException(
                        "feature %d of %s overflows".formatted(j, training.provenance()));
            }
            double rounding = n * EPSILON * variance + Math.pow(n * centre * EPSILON, 2);
            mean[j] = (float) centre;
            inverse[j] = variance <= rounding ? 1 : (float) (1 / Math.sqrt(variance));
        }
        return new Standardisation(mean, inverse);
    }

    /** The mean of each coordinate; a copy. */
    public float[] mean() {
        return mean.clone();
    }

    /** What each coordinate is multiplied by after the shift; a copy. */
    public float[] inverse() {
        return inverse.clone();
    }

    /** Standardises a row, in place. */
    void apply(float[] row) {
        for (int j = 0; j < row.length; j++) {
            row[j] = (row[j] - mean[j]) * inverse[j];
        }
    }

    void requireDimension(Features features) {
        if (features.dimension() != mean.length) {
            throw new IllegalArgumentException(
                    "standardisation of %d features does not fit %s of %d"
                            .formatted(mean.length, features.provenance(), features.dimension()));
        }
    }

    @Override
    public String toString() {
        return "Standardisation[mean=" + Arrays.toString(mean) + "]";
    }
}
