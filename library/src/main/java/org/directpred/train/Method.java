package org.directpred.train;

import java.util.Objects;
import org.directpred.loss.Loss;
import org.directpred.predictor.NoPredictor;
import org.directpred.predictor.PredictorChoice;

/**
 * The method of self-supervised learning in a recipe: what predicts what, and how the prediction is
 * judged.
 *
 * @param predictor how W<sub>p</sub> is made
 * @param target what the predictor predicts
 * @param loss between a prediction and its target
 * @param symmetric whether each view predicts the other (true) or only the first the second
 */
public record Method(PredictorChoice predictor, Target target, Loss loss, boolean symmetric) {

    public Method {
        Objects.requireNonNull(predictor, "predictor");
        Objects.requireNonNull(target, "target");
        Objects.requireNonNull(loss, "loss");
    }

    /** The predictor and the parts that are left out, in a few words. */
    public String describe() {
        return (predictor instanceof NoPredictor ? "no predictor" : predictor.describe())
                + (target instanceof Target.None ? ", no stop-gradient" : "")
                + (target instanceof Target.Shared ? ", no EMA" : "");
    }
}
