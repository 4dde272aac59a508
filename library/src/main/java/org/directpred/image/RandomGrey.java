package org.directpred.image;

/**
 * Makes the image grey, with three equal planes.
 *
 * @param probability how often, 0 to 1
 */
public record RandomGrey(double probability) implements Operation {
    /** Checks the probability. */
    public RandomGrey {
        Checks.probability("probability", probability);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        if (random.chance(probability)) {
            canvas.grey();
        }
    }
}
