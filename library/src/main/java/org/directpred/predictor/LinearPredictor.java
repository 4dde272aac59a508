package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Map;
import java.util.Optional;
import org.directpred.tensor.ParameterGroups;

/**
 * A linear predictor trained by gradient, q = W<sub>p</sub> z (+ b).
 *
 * @param bias whether it has a bias; the paper's baseline has none
 * @param symmetric whether W<sub>p</sub> is made symmetric after every step, W<sub>p</sub> &lt;-
 *     (W<sub>p</sub> + W<sub>p</sub><sup>T</sup>)/2 (Table 3)
 */
public record LinearPredictor(boolean bias, boolean symmetric) implements PredictorChoice {

    /** Trained by SGD, without bias, not constrained: the paper's baseline. */
    public static LinearPredictor sgd() {
        return new LinearPredictor(false, false);
    }

    /** A copy whose W<sub>p</sub> is kept symmetric. */
    public LinearPredictor withSymmetry() {
        return new LinearPredictor(bias, true);
    }

    /** A copy with a bias. */
    public LinearPredictor withBias() {
        return new LinearPredictor(true, symmetric);
    }

    @Override
    public Predictor create(int dimension, DataType type, long seed, NDManager manager) {
        LinearWeights weights = new LinearWeights(dimension, bias, true, type, seed, manager);
        boolean symmetrise = symmetric;
        return new Predictor() {
            @Override
            public NDArray predict(NDArray z) {
                return weights.predict(z);
            }

            @Override
            public void observe(NDArray z1, NDArray z2, NDArray t1, NDArray t2) {}

            @Override
            public void afterStep(long step) {
                if (symmetrise) {
                    weights.symmetrise();
                }
            }

            @Override
            public Optional<NDArray> parameters() {
                return Optional.of(weights.flat());
            }

            @Override
            public Optional<ParameterGroups> parameterGroups() {
                return Optional.of(weights.parameterGroups());
            }

            @Override
            public Optional<NDArray> matrix() {
                return Optional.of(weights.matrix());
            }

            @Override
            public Map<String, NDArray> state() {
                return Map.of("W_p", weights.flat());
            }

            @Override
            public void close() {
                weights.close();
            }
        };
    }

    @Override
    public String describe() {
        return "linear by SGD" + (symmetric ? ", symmetric" : "") + (bias ? ", bias" : "");
    }
}
