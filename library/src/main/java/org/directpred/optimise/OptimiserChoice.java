package org.directpred.optimise;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Map;
import java.util.stream.Collectors;
import org.directpred.tensor.ParameterGroups;

/**
 * The algorithm that makes steps of gradients, with all its settings, as a value with a name.
 *
 * <pre>
 * OptimiserChoice.sgd().withMomentum(.9).withNesterov(true)
 * OptimiserChoice.lars().withTrustCoefficient(1e-3)
 * OptimiserChoice.by("mine", (parameters, groups, manager) -&gt; ...)
 * </pre>
 *
 * <p>Learning rate and weight decay come with each step: the recipe has them, and their schedules,
 * for the network and for the predictor.
 */
public interface OptimiserChoice {

    /** Makes the optimiser of a flat array. */
    @FunctionalInterface
    interface Factory {
        /**
         * Makes the optimiser; see {@link OptimiserChoice#create}.
         *
         * @param parameters a leaf with a gradient. Not owned.
         * @param groups what decays and is adapted (its matrices) and what does not (its vectors)
         * @param manager the parent of what the optimiser owns
         */
        Optimiser create(NDArray parameters, ParameterGroups groups, NDManager manager);
    }

    /**
     * Makes the optimiser of a flat array.
     *
     * @param parameters a leaf with a gradient. Not owned.
     * @param groups what decays and is adapted (its matrices) and what does not (its vectors)
     * @param manager the parent of what the optimiser owns
     */
    Optimiser create(NDArray parameters, ParameterGroups groups, NDManager manager);

    /** The algorithm's name, by which tables and checkpoints know it. */
    String name();

    /** The algorithm's settings by name, as tables and checkpoints show them. */
    default Map<String, String> settings() {
        return Map.of();
    }

    /** The name and the settings in a line. */
    default String describe() {
        return settings().entrySet().stream()
                .map(setting -> ", " + setting.getKey() + " " + setting.getValue())
                .collect(Collectors.joining("", name(), ""));
    }

    /**
     * A copy with another momentum.
     *
     * @param momentum 0 or more, below 1
     * @throws IllegalArgumentException if the algorithm has none
     */
    default OptimiserChoice withMomentum(double momentum) {
        throw lacks("momentum", "SGD and LARS");
    }

    /**
     * A copy with Nesterov's momentum or without it.
     *
     * @throws IllegalArgumentException if the algorithm has none
     */
    default OptimiserChoice withNesterov(boolean nesterov) {
        if (!nesterov) {
            return this;
        }
        throw lacks("Nesterov's momentum", "SGD");
    }

    /**
     * A copy with another trust coefficient.
     *
     * @param coefficient above 0
     * @throws IllegalArgumentException if the algorithm has none
     */
    default OptimiserChoice withTrustCoefficient(double coefficient) {
        throw lacks("trust coefficient", "LARS");
    }

    /**
     * The same with other averages of the gradient and of its square.
     *
     * @param beta1 memory of the gradient's average, 0 or more, below 1
     * @param beta2 memory of its square's average, 0 or more, below 1
     * @throws IllegalArgumentException if the algorithm has none
     */
    default OptimiserChoice withBetas(double beta1, double beta2) {
        throw lacks("betas", "AdamW");
    }

    private IllegalArgumentException lacks(String setting, String who) {
        return new IllegalArgumentException(
                "the optimiser %s has no %s, which is a setting of %s: choose the optimiser first, recipe.withOptimiser(...)"
                        .formatted(name(), setting, who));
    }

    /** Stochastic gradient descent with momentum 0.9: the paper's. */
    static SgdChoice sgd() {
        return new SgdChoice(.9, false);
    }

    /**
     * Adam with decoupled weight decay, with PyTorch's betas of 0.9 and 0.999 and epsilon of 1e-8.
     */
    static AdamWChoice adamW() {
        return new AdamWChoice(.9, .999, 1e-8);
    }

    /**
     * Layer-wise adaptive rates for large batches, with BYOL's momentum of 0.9 and trust
     * coefficient of 1e-3; BYOL leaves biases and BatchNorm out.
     */
    static LarsChoice lars() {
        return new LarsChoice(.9, 1e-3);
    }

    /**
     * An algorithm of your own.
     *
     * @param name by which tables and checkpoints know it; a changed algorithm needs another
     * @param factory makes the optimiser of a flat array
     */
    static OptimiserChoice by(String name, Factory factory) {
        return new NamedOptimiser(name, factory);
    }
}
