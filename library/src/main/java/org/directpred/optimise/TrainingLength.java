package org.directpred.optimise;

import org.directpred.require.Require;

/**
 * How long a training is.
 *
 * @param steps K, steps of the optimiser in all, at least 1
 * @param stepsPerEpoch steps in a pass over the images, at least 1
 */
public record TrainingLength(long steps, long stepsPerEpoch) {

    public TrainingLength {
        Require.atLeast("steps, the training's length,", steps, 1);
        Require.atLeast("stepsPerEpoch", stepsPerEpoch, 1);
    }
}
