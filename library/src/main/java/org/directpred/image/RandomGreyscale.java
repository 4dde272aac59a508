package org.directpred.image;

import org.directpred.require.Require;

/**
 * Greyscale with a probability, as torchvision's {@code RandomGrayscale}: three equal planes.
 *
 * @param probability how often the image becomes grey, 0 to 1
 */
public record RandomGreyscale(double probability) implements Operation {
    /** Checks the probability. */
    public RandomGreyscale {
        Require.probability("probability", probability);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        if (random.chance(probability)) {
            canvas.grey();
        }
    }

    /** The text by which checkpoints, caches and results have always known it. */
    @Override
    public String toString() {
        return "RandomGrey[probability=" + probability + "]";
    }
}
