package org.directpred.image;

import java.util.Collections;
import java.util.List;
import org.directpred.require.Require;

/**
 * The normalisation of a view's values from 0 to 255, its last operation: {@code (value / 255 -
 * mean) / deviation}, a channel at a time.
 *
 * @param mean one for each channel, or one for all
 * @param deviation standard deviations, positive, as many
 */
public record Normalisation(List<Double> mean, List<Double> deviation) {
    /** To [0, 1] and no further, which is the paper's choice for STL-10. */
    public static final Normalisation NONE = new Normalisation(List.of(0.0), List.of(1.0));

    /** CIFAR-10's mean and deviation as the paper's code has them. */
    public static final Normalisation CIFAR =
            new Normalisation(List.of(0.4914, 0.4822, 0.4465), List.of(0.2023, 0.1994, 0.2010));

    /** ImageNet's mean and deviation. */
    public static final Normalisation IMAGENET =
            new Normalisation(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));

    /** Fashion-MNIST's mean and deviation. */
    public static final Normalisation FASHION_MNIST =
            new Normalisation(List.of(0.286), List.of(0.353));

    /** Copies and checks. */
    public Normalisation {
        mean = List.copyOf(mean);
        deviation = List.copyOf(deviation);
        if (mean.isEmpty() || mean.size() != deviation.size()) {
            throw new IllegalArgumentException(
                    "as many means as deviations are needed, not "
                            + mean.size()
                            + " and "
                            + deviation.size());
        }
        for (double value : deviation) {
            Require.between("a deviation", value, Double.MIN_NORMAL, Double.MAX_VALUE);
        }
        for (double value : mean) {
            Require.between("a mean", value, -Double.MAX_VALUE, Double.MAX_VALUE);
        }
    }

    /**
     * A copy with the same mean and deviation for {@code channels} channels, for printing or for an
     * engine.
     */
    public Normalisation withChannels(int channels) {
        if (mean.size() == channels) {
            return this;
        }
        if (mean.size() != 1) {
            throw new IllegalArgumentException(
                    "a normalisation of "
                            + mean.size()
                            + " channels does not fit images of "
                            + channels);
        }
        return new Normalisation(
                Collections.nCopies(channels, mean.get(0)),
                Collections.nCopies(channels, deviation.get(0)));
    }

    float scale(int channel) {
        return (float) (1 / (255 * deviation.get(mean.size() == 1 ? 0 : channel)));
    }

    float shift(int channel) {
        int at = mean.size() == 1 ? 0 : channel;
        return (float) (-mean.get(at) / deviation.get(at));
    }
}
