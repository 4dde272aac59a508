package org.directpred.optimise;

/**
 * How long a training is.
 *
 * @param steps K, steps of the optimiser in all, at least 1
 * @param stepsPerEpoch steps in a pass over the images, at least 1
 */
public record TrainingLength(long steps, long stepsPerEpoch) {

    public TrainingLength {
        if (steps < 1 || stepsPerEpoch < 1) {
            throw new IllegalArgumentException(
                    "a training needs at least 1 step and 1 step in an epoch, not %d and %d"
                            .formatted(steps, stepsPerEpoch));
        }
    }
}
