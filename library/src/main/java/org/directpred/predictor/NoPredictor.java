package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Map;
import java.util.Optional;

/**
 * No predictor: W<sub>p</sub> = I, never changed. By Theorem 2's companion the network then
 * collapses.
 */
public record NoPredictor() implements PredictorChoice {

    @Override
    public Predictor create(int dimension, DataType type, long seed, NDManager manager) {
        return new Identity();
    }

    @Override
    public boolean isTrained() {
        return false;
    }

    @Override
    public String describe() {
        return "none";
    }

    private static final class Identity implements Predictor {
        @Override
        public NDArray predict(NDArray z) {
            return z;
        }

        @Override
        public void observe(NDArray z1, NDArray z2, NDArray t1, NDArray t2) {}

        @Override
        public void afterStep(long step) {}

        @Override
        public Optional<NDArray> parameters() {
            return Optional.empty();
        }

        @Override
        public Optional<NDArray> matrix() {
            return Optional.empty();
        }

        @Override
        public Map<String, NDArray> state() {
            return Map.of();
        }

        @Override
        public void close() {}
    }
}
