package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.directpred.optimise.TrainingLength;
import org.directpred.tensor.Sketch;
import org.jspecify.annotations.Nullable;

/** A linear predictor that is set from moving averages: {@link ClosedForm}'s and its kin's. */
final class ClosedFormPredictor implements Predictor {
    private static final String BATCHES = "F.batches";
    private static final String CROSS_BATCHES = "cross.batches";
    private static final String STEP = "rho.step";

    private final ClosedForm choice;
    private final AppliedRule rule;
    private final Optional<TrainingLength> length;
    private final boolean restarting;
    private final boolean keptSymmetric;
    private final LinearWeights weights;
    private final FeatureCorrelation correlation;
    private final Optional<CrossCorrelation> cross;
    // The step under way, which rho's schedule looks at.
    private long step;

    /**
     * Without a batch yet.
     *
     * @param length what schedules look at, if it is known
     * @param restarting whether the averages start anew after each setting
     * @param keptSymmetric whether W_p is made symmetric after the steps in between
     */
    ClosedFormPredictor(
            ClosedForm choice,
            Optional<TrainingLength> length,
            boolean restarting,
            boolean keptSymmetric,
            int dimension,
            DataType type,
            long seed,
            NDManager manager) {
        Clock.requireLength(choice, length);
        this.choice = choice;
        this.rule = new AppliedRule(choice);
        this.length = length;
        this.restarting = restarting;
        this.keptSymmetric = keptSymmetric;
        // Set after every step, W_p needs no gradient: its step would be overwritten.
        this.weights = new LinearWeights(dimension, false, choice.every() > 1, type, seed, manager);
        this.correlation =
                choice.rho().isPresent()
                        ? FeatureCorrelation.movingAverage(
                                weights.manager(), dimension, type, choice.rho().getAsDouble())
                        : FeatureCorrelation.runningMean(weights.manager(), dimension, type);
        this.cross =
                choice.needsCross()
                        ? Optional.of(
                                new CrossCorrelation(
                                        weights.manager(), dimension, type, choice.rho()))
                        : Optional.empty();
    }

    @Override
    public NDArray predict(NDArray z) {
        return weights.predict(z);
    }

    @Override
    public void observe(NDArray z1, NDArray z2, NDArray t1, NDArray t2) {
        if (Clock.isConstant(choice.rhoSchedule())) {
            correlation.update(z1, z2);
            cross.ifPresent(c -> c.update(z1, z2, t1, t2));
            return;
        }
        double memory =
                new Clock(step, length).of(choice.rho().orElseThrow(), choice.rhoSchedule());
        correlation.update(z1, z2, memory);
        cross.ifPresent(c -> c.update(z1, z2, t1, t2, memory));
    }

    @Override
    public void afterStep(long ended) {
        step = ended + 1;
        if (ended % choice.every() != 0) {
            if (keptSymmetric) {
                weights.symmetrise();
            }
            return;
        }
        if (correlation.batches() == 0) {
            throw new IllegalStateException(
                    "afterStep("
                            + ended
                            + ") before the first observe: there is no F to set W_p from");
        }
        Clock at = new Clock(ended, length);
        try (NDManager scope = weights.manager().newSubManager()) {
            if (choice.rule() instanceof ClosedForm.SpectralRule) {
                weights.set(rule.spectrum(f(scope), at, scope));
            } else {
                weights.set(rule.matrix(f(scope), c(), at, scope));
            }
        }
        if (restarting) {
            correlation.restoreBatches(0);
            cross.ifPresent(c -> c.restoreBatches(0));
        }
    }

    private NDArray f(NDManager scope) {
        return choice.centred() ? correlation.covariance(scope) : correlation.correlation();
    }

    private @Nullable NDArray c() {
        return cross.map(CrossCorrelation::correlation).orElse(null);
    }

    @Override
    public void checkRestored(long steps) {
        // Later than in the step that set it, W_p has moved by gradient and F by batches.
        if (steps > 0 && (steps - 1) % choice.every() == 0) {
            try (NDManager scope = weights.manager().newSubManager();
                    NDArray held = weights.matrix()) {
                rule.requireSame(held, f(scope), c(), new Clock(steps - 1, length), scope);
            }
        }
    }

    @Override
    public Map<String, Sketch> answers(long steps) {
        try (NDManager scope = weights.manager().newSubManager()) {
            return rule.answers(List.of(f(scope)), c(), new Clock(steps - 1, length), scope);
        }
    }

    @Override
    public Optional<NDArray> parameters() {
        return choice.every() > 1 ? Optional.of(weights.flat()) : Optional.empty();
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
    public Optional<FeatureCorrelation> correlation() {
        return Optional.of(correlation);
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
        Map<String, Long> all = new HashMap<>();
        all.put(BATCHES, correlation.batches());
        cross.ifPresent(c -> all.put(CROSS_BATCHES, c.batches()));
        if (!Clock.isConstant(choice.rhoSchedule())) {
            all.put(STEP, step);
        }
        return Map.copyOf(all);
    }

    @Override
    public void restoreCounters(Map<String, Long> counters) {
        correlation.restoreBatches(Objects.requireNonNull(counters.get(BATCHES), BATCHES));
        cross.ifPresent(
                c ->
                        c.restoreBatches(
                                Objects.requireNonNull(
                                        counters.get(CROSS_BATCHES), CROSS_BATCHES)));
        step = counters.getOrDefault(STEP, 0L);
    }

    @Override
    public void close() {
        cross.ifPresent(CrossCorrelation::close);
        correlation.close();
        weights.close();
    }
}
