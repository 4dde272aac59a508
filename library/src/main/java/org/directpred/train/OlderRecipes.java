package org.directpred.train;

import java.util.Map;
import java.util.TreeMap;

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
                    Recipe.THE_NETWORKS);

    private OlderRecipes() {}

    /** The stored fields with those that came later. */
    static Map<String, String> complete(Map<String, String> stored) {
        Map<String, String> all = new TreeMap<>(BEFORE);
        all.putAll(stored);
        return all;
    }
}
