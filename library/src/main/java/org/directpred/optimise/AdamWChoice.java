package org.directpred.optimise;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Map;
import java.util.TreeMap;
import org.directpred.require.Require;
import org.directpred.tensor.ParameterGroups;

/**
 * {@link AdamW} with its settings.
 *
 * @param beta1 memory of the gradient's average, 0 or more, below 1
 * @param beta2 memory of its square's average, 0 or more, below 1
 * @param epsilon what is added to the denominator, 0 or more
 */
public record AdamWChoice(double beta1, double beta2, double epsilon) implements OptimiserChoice {

    public AdamWChoice {
        Require.momentum("beta1", beta1);
        Require.momentum("beta2", beta2);
        Require.nonNegative("epsilon, AdamW's,", epsilon);
    }

    @Override
    public AdamWChoice withBetas(double first, double second) {
        return new AdamWChoice(first, second, epsilon);
    }

    /** The same with another number in the denominator, 0 or more. */
    public AdamWChoice withEpsilon(double value) {
        return new AdamWChoice(beta1, beta2, value);
    }

    @Override
    public Optimiser create(NDArray parameters, ParameterGroups groups, NDManager manager) {
        return new AdamW(parameters, groups.matrixElements(), beta1, beta2, epsilon, manager);
    }

    @Override
    public String name() {
        return "AdamW";
    }

    @Override
    public Map<String, String> settings() {
        return new TreeMap<>(
                Map.of(
                        "beta1",
                        Double.toString(beta1),
                        "beta2",
                        Double.toString(beta2),
                        "epsilon",
                        Double.toString(epsilon)));
    }
}
