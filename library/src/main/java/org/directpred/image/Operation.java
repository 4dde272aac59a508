package org.directpred.image;

/**
 * One step of a view: draws its parameters and changes the canvas. Those of this package are
 * records that print their parameters, by which a run's folder and other processes know them again.
 * A lambda is one too; where it is to be known again, it needs a {@linkplain #named name}:
 *
 * <pre>Operation.named("invert", (canvas, random) -&gt; canvas.solarise(0))</pre>
 */
@FunctionalInterface
public interface Operation {
    /**
     * Changes the canvas.
     *
     * @param canvas modified
     * @param random the view's own generator; an operation may draw as many numbers as it likes
     */
    void apply(Canvas canvas, SplitMix64 random);

    /**
     * An operation of your own with a name.
     *
     * @param name by which tables and checkpoints know it; a changed operation needs another
     * @param operation what it does; it must not remember anything
     */
    static Operation named(String name, Operation operation) {
        return new NamedOperation(name, operation);
    }

    /**
     * The size of the result.
     *
     * @param input the size of what comes in; either side may be {@link ImageSource#VARIABLE}
     */
    default Size size(Size input) {
        return input;
    }

    /**
     * Rows and columns; either may be {@link ImageSource#VARIABLE}.
     *
     * @param height rows
     * @param width columns
     */
    record Size(int height, int width) {}

    /**
     * This operation with a probability, else nothing; one number is drawn for the decision.
     *
     * @param probability 0 to 1
     */
    default Operation withProbability(double probability) {
        return new RandomApply(this, probability);
    }
}
