package org.directpred.theory;

/**
 * One row of the paper's Table 4, computed: a quantity before and after one change.
 *
 * @param number 1 to 10, the paper's number
 * @param factor what is changed
 * @param effect whether the paper counts the effect as good or bad for learning
 * @param claim what the paper observes
 * @param quantity what is computed
 * @param change the change, for instance {@code alphaP 1 -> 4}
 * @param before the quantity before the change
 * @param after the quantity after it
 * @param holds whether the quantity moved the way the claim says
 */
public record Observation(
        int number,
        Factor factor,
        Effect effect,
        String claim,
        String quantity,
        String change,
        double before,
        double after,
        boolean holds) {

    /** What the paper's table varies. */
    public enum Factor {
        /** &alpha;<sub>p</sub>. */
        PREDICTOR_LEARNING_RATE,
        /** &eta;. */
        WEIGHT_DECAY,
        /** &beta;, &tau;. */
        MOVING_AVERAGE
    }

    /** How the paper judges the effect. */
    public enum Effect {
        /** Good for learning. */
        POSITIVE,
        /** Bad for learning. */
        NEGATIVE
    }
}
