package org.directpred.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.directpred.network.FunctionalNetwork.Part;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.predictor.Predictor;
import org.directpred.predictor.PredictorChoice;

/**
 * BYOL's and SimSiam's predictor, trained by gradient: Linear - BatchNorm - ReLU - Linear.
 *
 * @param hidden features between the two linear layers; 512 on STL-10 and CIFAR-10, 4096 on
 *     ImageNet
 * @param affine whether BatchNorm has a scale and a shift; not in the paper's runs
 */
public record TwoLayerPredictor(int hidden, boolean affine) implements PredictorChoice {

    public TwoLayerPredictor {
        if (hidden < 1) {
            throw new IllegalArgumentException("hidden must be at least 1, not " + hidden);
        }
    }

    /** With BatchNorm not affine, as in the paper's runs. */
    public static TwoLayerPredictor hidden(int hidden) {
        return new TwoLayerPredictor(hidden, false);
    }

    @Override
    public Predictor create(int dimension, DataType type, long seed, NDManager manager) {
        FunctionalNetwork network =
                new FunctionalNetwork(
                        List.of(
                                new Part(
                                        "predictor",
                                        Architecture.head(dimension, hidden, dimension, affine))),
                        Precision.FLOAT32,
                        manager.getDevice());
        FlatWeights weights = new FlatWeights(network.layout(), seed, true, type, manager);
        return new Predictor() {
            @Override
            public NDArray predict(NDArray z) {
                return network.train(z, weights.weights(), weights.statistics());
            }

            @Override
            public void observe(NDArray z1, NDArray z2, NDArray t1, NDArray t2) {}

            @Override
            public void afterStep(long step) {}

            @Override
            public Optional<NDArray> parameters() {
                return Optional.of(weights.weights());
            }

            @Override
            public Optional<NDArray> matrix() {
                return Optional.empty();
            }

            @Override
            public Map<String, NDArray> state() {
                return Map.of("weights", weights.weights(), "statistics", weights.statistics());
            }

            @Override
            public void close() {
                weights.close();
                network.close();
            }
        };
    }

    @Override
    public String describe() {
        return "two layers, hidden " + hidden + (affine ? ", affine" : "");
    }
}
