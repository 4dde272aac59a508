package org.directpred.image;

import org.directpred.require.Require;

/**
 * Inverts bright values: those of at least the threshold become 255 minus themselves.
 *
 * @param threshold 0 to 255
 * @param probability how often, 0 to 1
 */
public record Solarise(double threshold, double probability) implements Operation {
    /** Checks the parameters. */
    public Solarise {
        Require.between("threshold", threshold, 0, 255);
        Require.probability("probability", probability);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        if (random.chance(probability)) {
            canvas.solarise(threshold);
        }
    }
}
