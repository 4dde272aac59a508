package org.directpred.image;

import java.util.Objects;
import org.directpred.require.Require;

/**
 * Another operation applied with a probability, as torchvision's {@code RandomApply}; one number is
 * drawn for the decision. The operation must keep the image's size.
 *
 * @param operation the operation
 * @param probability how often it is applied, 0 to 1
 */
public record RandomApply(Operation operation, double probability) implements Operation {
    /** Checks the probability. */
    public RandomApply {
        Objects.requireNonNull(operation, "operation");
        Require.probability("probability", probability);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        if (random.chance(probability)) {
            operation.apply(canvas, random);
        }
    }

    /** The text by which checkpoints, caches and results have always known it. */
    @Override
    public String toString() {
        return "Sometimes[operation=" + operation + ", probability=" + probability + "]";
    }
}
