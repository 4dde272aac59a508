package org.directpred.image;

import java.util.Objects;

/**
 * An operation that happens with a probability. It must keep the image's size.
 *
 * @param operation what happens
 * @param probability how often, 0 to 1
 */
public record Sometimes(Operation operation, double probability) implements Operation {
    /** Checks the probability. */
    public Sometimes {
        Objects.requireNonNull(operation, "operation");
        Checks.probability("probability", probability);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        if (random.chance(probability)) {
            operation.apply(canvas, random);
        }
    }
}
