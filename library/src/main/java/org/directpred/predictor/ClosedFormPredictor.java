package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Map;
import java.util.Optional;

/** {@link ClosedForm} at work. */
final class ClosedFormPredictor implements Predictor {
    private static final String BATCHES = "F.batches";

    private final ClosedForm choice;
    private final LinearWeights weights;
    private final FeatureCorrelation correlation;

    ClosedFormPredictor(
            ClosedForm choice, int dimension, DataType type, long seed, NDManager manager) {
        this.choice = choice;
        // Set after every step, W_p needs no gradient: its step would be overwritten.
        this.weights = new LinearWeights(dimension, false, choice.every() > 1, type, seed, manager);
        this.correlation =
                choice.rho().isPresent()
                        ? FeatureCorrelation.movingAverage(
                                weights.manager(), dimension, type, choice.rho().getAsDouble())
                        : FeatureCorrelation.runningMean(weights.manager(), dimension, type);
    }

    @Override
    public NDArray predict(NDArray z) {
        return weights.predict(z);
    }

    @Override
    public void observe(NDArray z1, NDArray z2, NDArray t1, NDArray t2) {
        correlation.update(z1, z2);
    }

    @Override
    public void afterStep(long step) {
        if (step % choice.every() == 0) {
            if (correlation.batches() == 0) {
                throw new IllegalStateException(
                        "afterStep("
                                + step
                                + ") before the first observe: there is no F to set W_p from");
            }
            try (NDManager scope = weights.manager().newSubManager()) {
                NDArray f =
                        choice.centred()
                                ? correlation.covariance(scope)
                                : correlation.correlation();
                weights.set(choice.rule().apply(f, scope));
            }
        }
    }

    @Override
    public Optional<NDArray> parameters() {
        return choice.every() > 1 ? Optional.of(weights.flat()) : Optional.empty();
    }

    @Override
    public Optional<NDArray> matrix() {
        return Optional.of(weights.matrix());
    }

    @Override
    public Map<String, NDArray> state() {
        return Map.of(
                "W_p", weights.flat(), "F", correlation.correlation(), "mean", correlation.mean());
    }

    @Override
    public Map<String, Long> counters() {
        return Map.of(BATCHES, correlation.batches());
    }

    @Override
    public void restoreCounters(Map<String, Long> counters) {
        correlation.restoreBatches(counters.get(BATCHES));
    }

    @Override
    public void close() {
        correlation.close();
        weights.close();
    }
}
