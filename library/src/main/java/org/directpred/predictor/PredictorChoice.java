package org.directpred.predictor;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import org.directpred.optimise.TrainingLength;

/** The predictor that a recipe asks for: a value that names all its settings. */
public interface PredictorChoice {

    /**
     * Makes the predictor.
     *
     * @param dimension d, the number of features of its input and output
     * @param type float32, or float64 for checks: the type of z
     * @param seed where its random start comes from
     * @param manager on whose device it lives; the predictor owns a sub-manager and is closed by
     *     the caller
     */
    Predictor create(int dimension, DataType type, long seed, NDManager manager);

    /**
     * Makes the predictor of a training whose length is known, which schedules may look at.
     *
     * @param length how long the training is
     */
    default Predictor create(
            int dimension, DataType type, long seed, TrainingLength length, NDManager manager) {
        return create(dimension, type, seed, manager);
    }

    /** Whether a schedule of it looks at how long the training is. */
    default boolean needsLength() {
        return false;
    }

    /**
     * Whether its predictor has parameters that a gradient trains ({@link Predictor#parameters}):
     * where not, a recipe's table says that learning rate and weight decay of the predictor are not
     * used.
     */
    default boolean isTrained() {
        return true;
    }

    /**
     * The choice and its settings in a line, as tables and checkpoints show it; equal choices have
     * equal lines.
     */
    String describe();

    /**
     * Refuses a choice that {@link #describe} cannot tell from another: a user's rule without a
     * name. What is kept on disk would be taken for the work of another rule.
     *
     * @param keeper what keeps it, the beginning of the message
     * @throws IllegalArgumentException if it is such a rule
     */
    default void requireName(String keeper) {}
}
