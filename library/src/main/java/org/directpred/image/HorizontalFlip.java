package org.directpred.image;

/**
 * Mirrors left and right.
 *
 * @param probability how often, 0 to 1
 */
public record HorizontalFlip(double probability) implements Operation {
    /** Checks the probability. */
    public HorizontalFlip {
        Checks.probability("probability", probability);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        if (random.chance(probability)) {
            canvas.flip();
        }
    }
}
