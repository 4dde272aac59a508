package org.directpred.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.optimise.Schedule;

/**
 * A recipe as flat fields, by which checkpoints know it again. Their names and texts are those of
 * all earlier checkpoints and never change, whatever the recipe's own words are.
 */
final class RecipeFields {
    /** The predictor's schedule where it has none of its own. */
    static final String THE_NETWORKS = "the network's";

    private RecipeFields() {}

    static Map<String, String> of(Recipe recipe) {
        Optimisation o = recipe.optimisation();
        PredictorRates p = o.predictor();
        Map<String, String> f = new LinkedHashMap<>();
        f.put("name", recipe.name());
        f.put("encoder", recipe.encoder().name());
        f.put("projector", recipe.projector().on(recipe.encoder().outputs()).name());
        f.put("predictor", recipe.predictor().describe());
        f.put("stopGradient", Boolean.toString(recipe.stopGradient()));
        f.put("ema", Double.toString(recipe.ema()));
        f.put("emaSchedule", OlderRecipes.emaSchedule(recipe.emaSchedule()));
        f.put("targetCopied", Boolean.toString(recipe.targetCopied()));
        f.put("firstTarget", recipe.firstTarget().name());
        f.put("loss", recipe.loss().describe());
        f.put("symmetricLoss", Boolean.toString(recipe.method().symmetric()));
        f.put("learningRate", Double.toString(o.learningRate()));
        f.put("learningRateSchedule", o.learningRateSchedule().describe());
        f.put(
                "predictorLearningRateSchedule",
                p.learningRateSchedule().map(Schedule::describe).orElse(THE_NETWORKS));
        f.put("algorithm", o.optimiser().name());
        f.putAll(OlderRecipes.settings(o.optimiser()));
        f.put("excludeVectors", Boolean.toString(o.excludeBiasAndNorm()));
        f.put("accumulation", Integer.toString(o.gradientAccumulation()));
        f.put(
                "gradientClipping",
                o.gradientClipping().isPresent()
                        ? Double.toString(o.gradientClipping().getAsDouble())
                        : "none");
        f.put("weightDecay", Double.toString(o.weightDecay()));
        OlderRecipes.putWeightDecaySchedule(f, o.weightDecaySchedule());
        f.put("predictorLearningRateFactor", Double.toString(p.learningRateFactor()));
        f.put("predictorWeightDecay", Double.toString(o.predictorGroupWeightDecay()));
        f.put("decoupledPredictorDecay", Double.toString(p.decoupledDecay()));
        f.put("batchSize", Integer.toString(recipe.batchSize()));
        f.put("lastBatch", recipe.data().lastBatch().name());
        f.put("length", recipe.length().toString());
        f.put("views", recipe.views().toString());
        f.put("precision", recipe.run().precision().map(Precision::name).orElse("the fastest"));
        f.put("seed", Long.toString(recipe.seed()));
        return f;
    }
}
