package org.directpred.evaluate;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Labelled features for tests: one Gaussian cloud per class. */
final class Clouds {
    private Clouds() {}

    static List<String> names(int classes) {
        return IntStream.range(0, classes).mapToObj(c -> "class " + c).toList();
    }

    /**
     * Clouds around centres that depend on the dimension and the number of classes alone.
     *
     * @param spread standard deviation of a cloud; the centres are about sqrt(2 d) apart
     */
    static Features of(int rows, int dimension, int classes, double spread, long seed) {
        Random centre = new Random(7);
        double[] centres =
                IntStream.range(0, classes * dimension)
                        .mapToDouble(i -> centre.nextGaussian())
                        .toArray();
        Random noise = new Random(seed);
        float[] values = new float[rows * dimension];
        int[] labels = new int[rows];
        for (int i = 0; i < rows; i++) {
            labels[i] = i % classes;
            for (int j = 0; j < dimension; j++) {
                values[i * dimension + j] =
                        (float)
                                (centres[labels[i] * dimension + j]
                                        + spread * noise.nextGaussian());
            }
        }
        return Features.of(values, labels, names(classes), rows + " points of clouds");
    }
}
