package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** A linear predictor that is set from moving averages: {@link ClosedForm}'s and its kin's. */
final class ClosedFormPredictor implements Predictor {
    private static final String BATCHES = "F.batches";
    private static final String CROSS_BATCHES = "cross.batches";

    /** Sets W<sub>p</sub> from the moving averages. */
    private interface Setting {
        void apply(NDManager scope);
    }

    private final int every;
    private final LinearWeights weights;
    private final FeatureCorrelation correlation;
    private Optional<CrossCorrelation> cross = Optional.empty();
    private boolean restarting;
    private boolean keptSymmetric;
    private Setting setting;

    private ClosedFormPredictor(
            OptionalDouble rho,
            int every,
            int dimension,
            DataType type,
            long seed,
            NDManager manager) {
        this.every = every;
        // Set after every step, W_p needs no gradient: its step would be overwritten.
        this.weights = new LinearWeights(dimension, false, every > 1, type, seed, manager);
        this.correlation =
                rho.isPresent()
                        ? FeatureCorrelation.movingAverage(
                                weights.manager(), dimension, type, rho.getAsDouble())
                        : FeatureCorrelation.runningMean(weights.manager(), dimension, type);
    }

    /** Set from F. */
    static Predictor of(
            ClosedForm choice, int dimension, DataType type, long seed, NDManager manager) {
        ClosedFormPredictor p =
                new ClosedFormPredictor(
                        choice.rho(), choice.every(), dimension, type, seed, manager);
        p.setting = scope -> p.setFrom(choice, scope);
        return p;
    }

    private void setFrom(ClosedForm choice, NDManager scope) {
        NDArray f = choice.centred() ? correlation.covariance(scope) : correlation.correlation();
        if (choice.rule() instanceof ClosedForm.SpectralRule rule) {
            SpectralMatrix matrix = rule.spectrum(f, scope);
            requireShape(choice.name(), new Shape(matrix.dimension(), matrix.dimension()));
            matrix.notFinite().ifPresent(p -> refuse(choice.name(), "an eigenvalue of it is " + p));
            weights.set(matrix);
        } else {
            NDArray matrix = choice.rule().apply(f, scope);
            requireShape(choice.name(), matrix.getShape());
            try (NDArray sum = matrix.sum();
                    NDArray wide = sum.toType(DataType.FLOAT64, true)) {
                if (!Double.isFinite(wide.getDouble())) {
                    refuse(choice.name(), "the sum of its elements is " + wide.getDouble());
                }
            }
            weights.set(matrix);
        }
    }

    /** Refuses what a user's rule may give by mistake. */
    private void requireShape(String name, Shape shape) {
        Shape expected = correlation.correlation().getShape();
        if (!shape.equals(expected)) {
            throw new IllegalArgumentException(
                    "the rule \"%s\" gave a W_p of shape %s, but %s was expected"
                            .formatted(name, shape, expected));
        }
    }

    private static void refuse(String name, String why) {
        throw new NotFinite(
                "the rule \"%s\" gave a W_p that is not finite (%s): keep negative eigenvalues from roots and 0 from divisions"
                        .formatted(name, why));
    }

    /** Set from F and the correlation between targets and outputs. */
    static Predictor withCross(
            OptimalPredictor choice, int dimension, DataType type, long seed, NDManager manager) {
        ClosedFormPredictor p =
                new ClosedFormPredictor(
                        choice.rho(), choice.every(), dimension, type, seed, manager);
        CrossCorrelation c =
                new CrossCorrelation(p.weights.manager(), dimension, type, choice.rho());
        p.cross = Optional.of(c);
        p.restarting = choice.restarting();
        p.keptSymmetric = choice.keptSymmetric();
        p.setting =
                scope ->
                        p.weights.set(
                                choice.apply(p.correlation.correlation(), c.correlation(), scope));
        return p;
    }

    @Override
    public NDArray predict(NDArray z) {
        return weights.predict(z);
    }

    @Override
    public void observe(NDArray z1, NDArray z2, NDArray t1, NDArray t2) {
        correlation.update(z1, z2);
        cross.ifPresent(c -> c.update(z1, z2, t1, t2));
    }

    @Override
    public void afterStep(long step) {
        if (step % every == 0) {
            if (correlation.batches() == 0) {
                throw new IllegalStateException(
                        "afterStep("
                                + step
                                + ") before the first observe: there is no F to set W_p from");
            }
            try (NDManager scope = weights.manager().newSubManager()) {
                setting.apply(scope);
            }
            if (restarting) {
                correlation.restoreBatches(0);
                cross.ifPresent(c -> c.restoreBatches(0));
            }
        } else if (keptSymmetric) {
            weights.symmetrise();
        }
    }

    @Override
    public Optional<NDArray> parameters() {
        return every > 1 ? Optional.of(weights.flat()) : Optional.empty();
    }

    @Override
    public Optional<NDArray> weights() {
        return Optional.of(weights.flat());
    }

    @Override
    public Optional<NDArray> matrix() {
        return Optional.of(weights.matrix());
    }

    @Override
    public Map<String, NDArray> state() {
        Map<String, NDArray> all = new HashMap<>();
        all.put("W_p", weights.flat());
        all.put("F", correlation.correlation());
        all.put("mean", correlation.mean());
        cross.ifPresent(c -> all.put("cross", c.correlation()));
        return Map.copyOf(all);
    }

    @Override
    public Map<String, Long> counters() {
        return cross.isPresent()
                ? Map.of(BATCHES, correlation.batches(), CROSS_BATCHES, cross.get().batches())
                : Map.of(BATCHES, correlation.batches());
    }

    @Override
    public void restoreCounters(Map<String, Long> counters) {
        correlation.restoreBatches(counters.get(BATCHES));
        cross.ifPresent(c -> c.restoreBatches(counters.get(CROSS_BATCHES)));
    }

    @Override
    public void close() {
        cross.ifPresent(CrossCorrelation::close);
        correlation.close();
        weights.close();
    }
}
