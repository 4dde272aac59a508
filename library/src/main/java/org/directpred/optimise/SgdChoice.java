package org.directpred.optimise;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Map;
import java.util.TreeMap;
import org.directpred.require.Require;
import org.directpred.tensor.ParameterGroups;

/**
 * {@link Sgd} with its settings.
 *
 * @param momentum 0 or more, below 1
 * @param nesterov whether the gradient is taken where the momentum leads (Nesterov 1983); needs a
 *     momentum above 0
 */
public record SgdChoice(double momentum, boolean nesterov) implements OptimiserChoice {

    public SgdChoice {
        Require.momentum("momentum", momentum);
        if (nesterov && momentum == 0) {
            throw new IllegalArgumentException(
                    "nesterov needs SGD with a momentum above 0, not with momentum " + momentum);
        }
    }

    @Override
    public SgdChoice withMomentum(double value) {
        return new SgdChoice(value, nesterov);
    }

    @Override
    public SgdChoice withNesterov(boolean value) {
        return new SgdChoice(momentum, value);
    }

    @Override
    public Optimiser create(NDArray parameters, ParameterGroups groups, NDManager manager) {
        return new Sgd(parameters, groups.matrixElements(), momentum, nesterov, manager);
    }

    @Override
    public String name() {
        return "SGD";
    }

    @Override
    public Map<String, String> settings() {
        return new TreeMap<>(
                Map.of(
                        "momentum",
                        Double.toString(momentum),
                        "nesterov",
                        Boolean.toString(nesterov)));
    }
}
