package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import java.util.Map;
import java.util.Optional;
import org.directpred.tensor.ParameterGroups;
import org.directpred.tensor.Sketch;

/**
 * The predictor at work between the online network's output z and its prediction q of the target
 * network's output.
 *
 * <p>One step of training calls {@link #predict} for each view inside the gradient collector, then
 * {@link #observe} once, then steps the optimiser over {@link #parameters}, then {@link
 * #afterStep}. So a closed-form predictor is set <em>after</em> the optimiser's step from
 * statistics that include the current batch, and first used in the next step.
 */
public interface Predictor extends AutoCloseable {

    /**
     * q, differentiable with respect to z and to {@link #parameters}.
     *
     * @param z {@code [batch, d]}
     * @return {@code [batch, d]}, belonging to the manager of {@code z}
     */
    NDArray predict(NDArray z);

    /**
     * Takes the statistics of a step. Nothing of the graph is kept.
     *
     * @param z1 online output of the first view, {@code [batch, d]}
     * @param z2 online output of the second view
     * @param t1 target output that {@code z1} predicts
     * @param t2 target output that {@code z2} predicts
     */
    void observe(NDArray z1, NDArray z2, NDArray t1, NDArray t2);

    /**
     * Ends a step: applies the rule or the constraint.
     *
     * @param step the step that ends, from 0
     */
    void afterStep(long step);

    /**
     * The parameters that the optimiser trains, one flat leaf array with a gradient; empty if there
     * are none.
     */
    Optional<NDArray> parameters();

    /**
     * How {@link #parameters} are divided: matrices first, then vectors, which an optimiser may
     * leave out of weight decay. One matrix, unless the predictor says otherwise; empty if there
     * are no parameters.
     */
    default Optional<ParameterGroups> parameterGroups() {
        return parameters().map(p -> ParameterGroups.ofMatrix(p.size()));
    }

    /**
     * The weights that {@link #decay} shrinks, trained or set by a rule: one flat array whose front
     * holds the matrices; empty if there are none.
     */
    default Optional<NDArray> weights() {
        return parameters();
    }

    /**
     * Decoupled weight decay: the matrices of {@link #weights}, not the biases, times {@code 1 -
     * amount}. Called after {@link #afterStep}.
     *
     * @param amount 0 to below 1
     * @throws IllegalArgumentException if there are no weights
     */
    default void decay(double amount) {
        NDArray all =
                weights()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "the decoupled decay needs a predictor with weights"));
        long front = parameterGroups().map(ParameterGroups::matrixElements).orElse(all.size());
        try (NDArray plain = all.stopGradient();
                NDArray matrices = plain.get(new NDIndex(":{}", front))) {
            matrices.muli(1 - amount);
        }
    }

    /**
     * W<sub>p</sub>, {@code [d, d]}, if the predictor is linear: q = W<sub>p</sub> z. A copy that
     * belongs to its own manager's parent; the caller closes it.
     */
    Optional<NDArray> matrix();

    /**
     * F, the moving average of the correlation of z, if the predictor keeps one: with the rho, and
     * at the moments, of its rule. What a run reports of F is this one's. Not a copy.
     */
    default Optional<FeatureCorrelation> correlation() {
        return Optional.empty();
    }

    /** BatchNorm's running statistics, which {@link #predict} moves; empty without BatchNorm. */
    default Optional<NDArray> statistics() {
        return Optional.empty();
    }

    /**
     * Every array that the predictor's future depends on, by name, for checkpoints. Not copies.
     * Nothing but this and {@link #counters} survives a stop: a resumed run makes a new predictor
     * and takes both back.
     */
    Map<String, NDArray> state();

    /** Every number that the predictor's future depends on, by name, for checkpoints. */
    default Map<String, Long> counters() {
        return Map.of();
    }

    /** Takes back {@link #counters}. */
    default void restoreCounters(Map<String, Long> counters) {}

    /**
     * Looks at itself after {@link #state} and {@link #counters} have been taken back.
     *
     * @param steps taken so far; the last one was {@code steps - 1}
     * @throws IllegalArgumentException if it would not go on as the one that was written: a rule
     *     that depends on what no checkpoint holds
     */
    default void checkRestored(long steps) {}

    /**
     * The values of a user's functions for the state as it is, by their names in words: a
     * checkpoint keeps it, and a resumed run compares. A function that has changed under its name,
     * or depends on something that {@link #state} does not hold, answers otherwise then.
     *
     * @param steps taken so far, at least 1
     * @return empty, the default, where there is no such function
     */
    default Map<String, Sketch> answers(long steps) {
        return Map.of();
    }

    @Override
    void close();
}
