package org.directpred.train;

import java.util.Map;
import java.util.TreeMap;
import org.directpred.loss.Loss;

/**
 * The fields of a recipe that nothing looks at, since another of its fields leaves them no part: a
 * table that shows them as if they counted would mislead.
 */
final class UnusedFields {
    private UnusedFields() {}

    /** The unused fields by name, each with the reason. */
    static Map<String, String> of(Recipe recipe) {
        Map<String, String> unused = new TreeMap<>();
        if (recipe.loss() instanceof Loss.Joint) {
            unused.put("symmetricLoss", "the loss sees all views");
        }
        if (!recipe.predictor().isTrained()) {
            String why = "no gradient trains the predictor";
            unused.put("predictorLearningRateSchedule", why);
            unused.put("predictorLearningRateFactor", why);
            unused.put("predictorWeightDecay", why);
        }
        return unused;
    }
}
