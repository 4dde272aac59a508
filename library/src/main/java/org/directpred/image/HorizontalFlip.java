package org.directpred.image;

import org.directpred.require.Require;

/**
 * Mirrors left and right.
 *
 * @param probability how often, 0 to 1
 */
public record HorizontalFlip(double probability) implements Operation {
    /** Checks the probability. */
    public HorizontalFlip {
        Require.probability("probability", probability);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        if (random.chance(probability)) {
            canvas.flip();
        }
    }
}
