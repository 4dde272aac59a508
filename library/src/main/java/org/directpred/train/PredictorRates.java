package org.directpred.train;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.directpred.optimise.Schedule;
import org.directpred.require.Require;
import org.directpred.train.Recipe.PredictorDecay;

/**
 * The rates of a predictor that gradients train, where they differ from the network's.
 *
 * @param learningRateFactor alpha<sub>p</sub>, its learning rate over the network's, above 0
 * @param learningRateSchedule how its learning rate goes over the training; empty for the network's
 *     way
 * @param weightDecay eta<sub>p</sub>, at least 0; empty for the network's
 * @param decay what eta<sub>p</sub> means when alpha<sub>p</sub> is not 1
 * @param decoupledDecay a decay of W<sub>p</sub> apart from the gradient, 0 (none) to below 1
 */
public record PredictorRates(
        double learningRateFactor,
        Optional<Schedule> learningRateSchedule,
        OptionalDouble weightDecay,
        PredictorDecay decay,
        double decoupledDecay) {

    public PredictorRates {
        Require.positive("predictorLearningRateFactor", learningRateFactor);
        Objects.requireNonNull(learningRateSchedule, "predictorLearningRateSchedule");
        weightDecay.ifPresent(eta -> Require.nonNegative("predictorWeightDecay", eta));
        Objects.requireNonNull(decay, "predictorDecay");
        Require.momentum("decoupledPredictorDecay", decoupledDecay);
    }
}
