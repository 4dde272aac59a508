package org.directpred.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;

/**
 * Recipes of checkpoints that were written before a field existed: what every run did then is what
 * such a checkpoint means, so that a run of the same meaning goes on from it and another is refused
 * by the field's name.
 */
final class OlderRecipes {
    private static final Map<String, String> BEFORE =
            Map.of(
                    "lastBatch",
                    LastBatch.DROPPED.name(),
                    "firstTarget",
                    FirstTarget.PAPER.name(),
                    "decoupledPredictorDecay",
                    "0.0",
                    "predictorLearningRateSchedule",
                    RecipeFields.THE_NETWORKS);

    private static final String MOMENTUM = "momentum";
    private static final String NESTEROV = "nesterov";
    private static final String TRUST_COEFFICIENT = "trustCoefficient";

    // Settings that every recipe showed when the optimiser was not yet a value of its own, also
    // where its algorithm has no such setting.
    private static final Map<String, Map<String, String>> UNUSED =
            Map.of(
                    OptimiserChoice.sgd().name(),
                    Map.of(TRUST_COEFFICIENT, "0.001"),
                    OptimiserChoice.lars().name(),
                    Map.of(NESTEROV, "false"));

    // What an enum was called before it was a schedule like the others.
    private static final Map<Schedule, String> EMA_SCHEDULES =
            Map.of(Schedule.constant(), "CONSTANT", Schedule.cosine(), "COSINE");

    /** The F of the diagnostics in checkpoints; with a rule of its own F only in older ones. */
    static final String F = "F";

    static final String F_MEAN = "F.mean";
    static final String F_BATCHES = "F.batches";

    // A moving average could be given without a stop-gradient, and was not made.
    private static final Map<String, String> NO_TARGET =
            Map.of(
                    "ema", "0.0",
                    "emaSchedule", "CONSTANT",
                    "targetCopied", "false",
                    "firstTarget", FirstTarget.PAPER.name());

    private OlderRecipes() {}

    /**
     * Arrays or numbers of a checkpoint without the second F that older ones hold beside the
     * predictor's own.
     *
     * @param wanted the names that the learner has
     */
    static <T> Map<String, T> withoutSecondF(Map<String, T> stored, Set<String> wanted) {
        Map<String, T> kept = new TreeMap<>(stored);
        for (String name : List.of(F, F_MEAN, F_BATCHES)) {
            if (!wanted.contains(name)) {
                kept.remove(name);
            }
        }
        return kept;
    }

    /** The schedule of the moving average as checkpoints know it. */
    static String emaSchedule(Schedule schedule) {
        return EMA_SCHEDULES.getOrDefault(schedule, schedule.describe());
    }

    /** The schedule of the weight decay, which checkpoints without one do not name. */
    static void putWeightDecaySchedule(Map<String, String> fields, Schedule schedule) {
        if (!schedule.equals(Schedule.constant())) {
            fields.put("weightDecaySchedule", schedule.describe());
        }
    }

    /**
     * The optimiser's settings under the keys, and in the order, in which checkpoints know them.
     */
    static Map<String, String> settings(OptimiserChoice optimiser) {
        Map<String, String> own = new TreeMap<>(optimiser.settings());
        own.putAll(UNUSED.getOrDefault(optimiser.name(), Map.of()));
        Map<String, String> ordered = new LinkedHashMap<>();
        for (String key : List.of(MOMENTUM, NESTEROV, TRUST_COEFFICIENT)) {
            if (own.containsKey(key)) {
                ordered.put(key, own.remove(key));
            }
        }
        own.forEach((key, value) -> ordered.put("optimiser " + key, value));
        return ordered;
    }

    /** The name of an operation whose text has an earlier one, which it keeps for that reason. */
    static String typeName(String text) {
        return switch (text) {
            case "RandomGrey" -> "RandomGreyscale";
            case "Sometimes" -> "RandomApply";
            default -> text;
        };
    }

    /** The stored fields with those that came later. */
    static Map<String, String> complete(Map<String, String> stored) {
        Map<String, String> all = new TreeMap<>(BEFORE);
        all.putAll(stored);
        // What such a setting was did not count.
        all.putAll(UNUSED.getOrDefault(all.get("algorithm"), Map.of()));
        if ("false".equals(all.get("stopGradient"))) {
            all.putAll(NO_TARGET);
        } else if ("0.0".equals(all.get("ema")) && all.get("firstTarget").equals("PAPER")) {
            all.put("targetCopied", "false");
        }
        return all;
    }
}
