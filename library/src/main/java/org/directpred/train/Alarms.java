package org.directpred.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.directpred.evaluate.Diagnostics;
import org.directpred.evaluate.Measure;
import org.directpred.evaluate.Snapshot;
import org.directpred.predictor.NoPredictor;

/**
 * When a log raises which alarm: on two snapshots one after the other, for a training may pass
 * through a bad moment and recover.
 *
 * <p>The bounds are from runs of 300 steps on Fashion-MNIST, a snapshot every 25 steps. Healthy
 * runs (linear, DirectPred, two layers, without EMA) passed through a near-collapse of rank 1.32,
 * standard deviation 0.23 and share 0.94, and recovered; collapsed ones went below 1.1 and 0.15 and
 * above 0.98 within 125 steps. The spread alone deceives: along a single line it looks healthy. So
 * the spectrum accuses too, whatever the spread is. Of the 127 runs of {@code Findings} (800 and
 * 2,000 steps) 14 had a rank below 1.6 in their second half and were no collapse, with spreads up
 * to 0.9. They ended at 25 to 72 %, where the untrained network has 68, but for two: one at 74 %,
 * one that recovered at step 1,300 and reached 77. Of the others none was below 1.8 half way. So
 * "dimensional collapse" asks the second half of a run for an effective rank of 1.6; where that
 * half begins before step 300, for 1.2 up to step 100 and for what lies between after it: in 24
 * healthy runs of the narrower network (six kinds, four seeds) the rank was never below 1.26 (at
 * steps 20 to 60), at step 100 at least 1.38 and at 200 at least 1.88, while in 12 runs without
 * stop-gradient, without a predictor or with one that learns a hundredth as fast it was at most
 * 1.28 at step 36, 1.14 at 60 and 1.08 at 100. After a run's last step one snapshot is enough, for
 * none comes after it. A step moved the network by 0.2 to 0.5 % of its weights' norm, at 30 times
 * the learning rate by 1 to 36 %. The predictor moved by 0.8 to 7 times as much as the network;
 * with alpha_p = 10 and 100, by up to 80 times, which did no harm; with alpha_p = 0.01, by 0.02 to
 * 0.2 times, and the run collapsed: a predictor that lags behind widens the basin of collapse (the
 * paper's observation 1). The largest eigenvalue of F grew up to 90 times and came back.
 */
final class Alarms {
    static final String COLLAPSE = "collapse";
    static final String DIMENSIONAL_COLLAPSE = "dimensional collapse";
    static final double COLLAPSED_STD = 0.15;
    static final double COLLAPSED_RANK = 1.1;
    static final double COLLAPSED_SHARE = 0.98;
    static final double LEAST_RANK = 1.6;
    static final double LEAST_RANK_EARLY = 1.2;

    /** Until when healthy runs may be as near to a collapse as they ever come. */
    static final long VALLEY = 100;

    /** Steps that healthy runs may take to leave the near-collapse that they start with. */
    static final long EARLY = 300;

    static final double LARGEST_UPDATE = 0.05;
    static final double LEAST_PREDICTOR = 0.2;
    static final double LARGEST_GROWTH = 1000;

    private Alarms() {}

    /** The alarms that the last snapshot raises and that have not been raised before. */
    static List<Alarm> of(TrainingLog log, Recipe recipe, long totalSteps) {
        return of(log, recipe, totalSteps, Optional::empty);
    }

    /**
     * The same.
     *
     * @param images what is wrong with the images, if anything is; asked only where a collapse is
     *     to be explained
     */
    static List<Alarm> of(
            TrainingLog log, Recipe recipe, long totalSteps, Supplier<Optional<String>> images) {
        List<Snapshot> snapshots = log.snapshots();
        if (snapshots.size() < 2) {
            return List.of();
        }
        Snapshot first = snapshots.get(0);
        Snapshot before = snapshots.get(snapshots.size() - 2);
        Snapshot now = snapshots.get(snapshots.size() - 1);
        List<Alarm> raised = new ArrayList<>();
        // No snapshot comes after the last one to show that it recovers.
        boolean last = now.step() == totalSteps - 1;
        if (collapsed(now) && (last || collapsed(before))) {
            String what =
                    now.diagnostics().standardDeviation() < COLLAPSED_STD
                            ? "all images have nearly one output"
                            : "all outputs lie on nearly one line, however healthy their spread looks";
            raised.add(
                    new Alarm(
                            COLLAPSE,
                            now.step(),
                            spread(now),
                            what
                                    + ", whatever the loss says (it is best then); "
                                    + images.get().orElseGet(() -> againstCollapse(recipe))));
        } else if (now.step() >= totalSteps / 2
                && (last ? rank(now) : Math.max(rank(before), rank(now))) < leastRank(now.step())
                && log.alarms().stream().noneMatch(alarm -> alarm.name().equals(COLLAPSE))) {
            raised.add(
                    new Alarm(
                            DIMENSIONAL_COLLAPSE,
                            now.step(),
                            spread(now),
                            String.format(
                                    Locale.ROOT,
                                    "the outputs use hardly more than one direction in the second half of the run (%d steps), however healthy their spread looks: the effective rank should be above %s here; %s",
                                    totalSteps,
                                    Math.round(100 * leastRank(now.step())) / 100.0,
                                    images.get()
                                            .orElseGet(
                                                    () ->
                                                            againstCollapse(recipe)
                                                                    + (now.step() < EARLY
                                                                            ? "; or train longer, healthy runs too need their first 100 to 300 steps to spread"
                                                                            : "")))));
        }
        if (Math.min(before.networkUpdate(), now.networkUpdate()) > LARGEST_UPDATE) {
            raised.add(
                    new Alarm(
                            "steps too large",
                            now.step(),
                            updates(now),
                            "a step that moves the weights by more than 5 % of their norm unlearns what the last ones learned; lower learningRate, now "
                                    + recipe.learningRate()));
        }
        if (Math.max(proportion(before), proportion(now)) < LEAST_PREDICTOR) {
            raised.add(
                    new Alarm(
                            "predictor too slow",
                            now.step(),
                            updates(now),
                            "a predictor that moves less than a fifth as much as the network lets it collapse; raise predictorLearningRateFactor, now "
                                    + recipe.optimisation().predictor().learningRateFactor()));
        }
        if (Math.min(largest(before), largest(now)) / largest(first) > LARGEST_GROWTH) {
            raised.add(
                    new Alarm(
                            "outputs explode",
                            now.step(),
                            growth(first, now),
                            "lower learningRate, now %s, or raise weightDecay, now %s; with OptimalPredictor, raise its ridge"
                                    .formatted(recipe.learningRate(), recipe.weightDecay())));
        }
        Set<String> known = log.alarms().stream().map(Alarm::name).collect(Collectors.toSet());
        raised.removeIf(alarm -> known.contains(alarm.name()));
        return raised;
    }

    private static boolean collapsed(Snapshot snapshot) {
        Diagnostics d = snapshot.diagnostics();
        return d.standardDeviation() < COLLAPSED_STD
                || (d.effectiveRank() < COLLAPSED_RANK && d.largestShare() > COLLAPSED_SHARE);
    }

    /**
     * The least rank that the second half of a run should have: 1.2, from step 100 on up to 1.6.
     */
    static double leastRank(long step) {
        double grown = (double) (step - VALLEY) / (EARLY - VALLEY);
        return LEAST_RANK_EARLY + (LEAST_RANK - LEAST_RANK_EARLY) * Math.min(Math.max(grown, 0), 1);
    }

    private static double rank(Snapshot snapshot) {
        return snapshot.diagnostics().effectiveRank();
    }

    private static Map<String, Double> spread(Snapshot snapshot) {
        return numbers(
                snapshot,
                Measure.STANDARD_DEVIATION,
                Measure.EFFECTIVE_RANK,
                Measure.LARGEST_SHARE);
    }

    /** NaN where no predictor is trained. */
    private static double proportion(Snapshot snapshot) {
        return snapshot.predictorUpdate() / snapshot.networkUpdate();
    }

    private static Map<String, Double> updates(Snapshot snapshot) {
        return numbers(snapshot, Measure.NETWORK_UPDATE, Measure.PREDICTOR_UPDATE);
    }

    private static Map<String, Double> growth(Snapshot first, Snapshot now) {
        Map<String, Double> numbers = numbers(now, Measure.LARGEST_EIGENVALUE);
        numbers.put(Measure.LARGEST_EIGENVALUE.atStart().name(), largest(first));
        return numbers;
    }

    private static double largest(Snapshot snapshot) {
        return snapshot.diagnostics().largestEigenvalue();
    }

    private static String againstCollapse(Recipe recipe) {
        if (!recipe.stopGradient()) {
            return "stop the gradient: withStopGradient(true) (Theorem 2)";
        }
        if (recipe.predictor() instanceof NoPredictor) {
            return "give it a predictor: withDirectPred()";
        }
        return "lower learningRate, now %s; with DirectPred lower its epsilon; with a predictor by SGD raise predictorLearningRateFactor, now %s"
                .formatted(
                        recipe.learningRate(),
                        recipe.optimisation().predictor().learningRateFactor());
    }

    @SafeVarargs
    private static Map<String, Double> numbers(Snapshot snapshot, Measure<Snapshot>... measures) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        for (Measure<Snapshot> measure : measures) {
            numbers.put(measure.name(), measure.of(snapshot));
        }
        return numbers;
    }
}
