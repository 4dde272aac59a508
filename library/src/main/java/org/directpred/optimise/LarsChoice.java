package org.directpred.optimise;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Map;
import java.util.TreeMap;
import org.directpred.require.Require;
import org.directpred.tensor.ParameterGroups;

/**
 * {@link Lars} with its settings.
 *
 * @param momentum 0 or more, below 1
 * @param trustCoefficient what LARS's article calls eta, above 0
 */
public record LarsChoice(double momentum, double trustCoefficient) implements OptimiserChoice {

    public LarsChoice {
        Require.momentum("momentum", momentum);
        Require.positive("trustCoefficient", trustCoefficient);
    }

    @Override
    public LarsChoice withMomentum(double value) {
        return new LarsChoice(value, trustCoefficient);
    }

    @Override
    public LarsChoice withTrustCoefficient(double coefficient) {
        return new LarsChoice(momentum, coefficient);
    }

    @Override
    public Optimiser create(NDArray parameters, ParameterGroups groups, NDManager manager) {
        return new Lars(parameters, groups.matrices(), momentum, trustCoefficient, manager);
    }

    @Override
    public String name() {
        return "LARS";
    }

    @Override
    public Map<String, String> settings() {
        return new TreeMap<>(
                Map.of(
                        "momentum",
                        Double.toString(momentum),
                        "trustCoefficient",
                        Double.toString(trustCoefficient)));
    }
}
