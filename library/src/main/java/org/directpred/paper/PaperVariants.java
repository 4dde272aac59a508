package org.directpred.paper;

import org.directpred.experiment.Variant;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.predictor.LinearPredictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.train.Recipe;

/** The variants that several tables of the paper share, by one name each. */
final class PaperVariants {
    static final String REGULAR_EMA = "regular, EMA";
    static final String REGULAR = "regular, no EMA";
    static final String SYMMETRIC_EMA = "symmetric, EMA";
    static final String SYMMETRIC = "symmetric, no EMA";

    private PaperVariants() {}

    /** The name of a trained predictor in Tables 3 and 5. */
    static String kind(boolean kept, boolean bias, boolean ema) {
        return (kept ? "symmetric" : "regular")
                + (bias ? ", bias" : "")
                + (ema ? ", EMA" : ", no EMA");
    }

    /** A linear predictor by gradient, symmetric or not. */
    static Variant oneLayer(Setting setting, boolean kept, boolean bias, boolean ema) {
        return setting.variant(
                kind(kept, bias, ema),
                r -> average(r, ema).withPredictor(new LinearPredictor(bias, kept)));
    }

    /** A predictor of two layers, symmetric or not. */
    static Variant twoLayers(Setting setting, boolean kept, boolean bias, boolean ema) {
        return setting.variant(
                "two layers, " + kind(kept, bias, ema),
                r -> average(r, ema).withPredictor(twoLayers(r, bias, kept)));
    }

    /**
     * A linear predictor with weight decay of its own and none of the network's (Table 5).
     *
     * @param suffix of the variant's name
     * @param decay the predictor's, eta_p
     */
    static Variant decayed(
            Setting setting, boolean kept, boolean bias, boolean ema, String suffix, double decay) {
        return setting.variant(
                kind(kept, bias, ema) + suffix,
                r ->
                        average(r, ema)
                                .withPredictor(new LinearPredictor(bias, kept))
                                .withWeightDecay(0)
                                .withPredictorWeightDecay(decay));
    }

    /** The recipe with its moving average or without. */
    static Recipe average(Recipe recipe, boolean ema) {
        return ema ? recipe : recipe.withoutEma();
    }

    /** The width between the two layers: the paper's 512 between outputs of 128. */
    static int hidden(Recipe recipe) {
        return 4 * recipe.projector().outputs();
    }

    private static PredictorChoice twoLayers(Recipe recipe, boolean bias, boolean kept) {
        TwoLayerPredictor layers = TwoLayerPredictor.of(hidden(recipe));
        TwoLayerPredictor biased = bias ? layers : layers.withoutBias();
        return kept ? biased.withSymmetry() : biased;
    }
}
