package org.directpred.train;

import java.util.Map;
import java.util.TreeMap;
import org.directpred.loss.Loss;
import org.directpred.optimise.LarsChoice;
import org.directpred.optimise.SgdChoice;

/**
 * The fields of a recipe that nothing looks at, since another of its fields leaves them no part: a
 * table that shows them as if they counted would mislead.
 */
final class UnusedFields {
    private UnusedFields() {}

    /** The unused fields by name, each with the reason. */
    static Map<String, String> of(Recipe recipe) {
        Map<String, String> unused = new TreeMap<>();
        if (recipe.optimiser() instanceof SgdChoice) {
            unused.put("trustCoefficient", "LARS's");
        }
        if (recipe.optimiser() instanceof LarsChoice) {
            unused.put("nesterov", "SGD's");
        }
        if (recipe.loss() instanceof Loss.Joint) {
            unused.put("symmetricLoss", "the loss sees all views");
        }
        if (!recipe.stopGradient()) {
            String why = "without stop-gradient the target is the online network";
            unused.put("ema", why);
            unused.put("emaSchedule", why);
            unused.put("firstTarget", why);
        } else if (recipe.hasTarget()) {
            unused.put("firstTarget", "with a moving average the target network is there");
        } else {
            unused.put("emaSchedule", "there is no moving average");
        }
        boolean random = recipe.stopGradient() && recipe.firstTarget() == FirstTarget.CODE;
        if (!recipe.hasTarget() && !random) {
            unused.put("targetCopied", "there is no target network");
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
