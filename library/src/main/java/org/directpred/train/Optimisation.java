package org.directpred.train;

import java.util.Objects;
import java.util.OptionalDouble;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.require.Require;

/**
 * The optimisation of a recipe.
 *
 * @param optimiser the algorithm of the network's steps, and of the predictor's
 * @param learningRate alpha, above 0
 * @param learningRateSchedule how the learning rates go over the training, a factor of them
 * @param weightDecay eta, at least 0: of the network, and of the predictor unless that has its own
 * @param weightDecaySchedule how the weight decays go over the training, a factor of them
 * @param excludeBiasAndNorm whether biases and BatchNorm's scales and shifts are left out of weight
 *     decay and, by LARS, of adaptation
 * @param gradientAccumulation in how many passes the gradients of a batch are computed, at least 1
 * @param gradientClipping the bound on the Euclidean norm of all gradients of a step together,
 *     above 0; empty for none
 * @param predictor what is the predictor's own
 */
public record Optimisation(
        OptimiserChoice optimiser,
        double learningRate,
        Schedule learningRateSchedule,
        double weightDecay,
        Schedule weightDecaySchedule,
        boolean excludeBiasAndNorm,
        int gradientAccumulation,
        OptionalDouble gradientClipping,
        PredictorRates predictor) {

    public Optimisation {
        Objects.requireNonNull(optimiser, "optimiser");
        Require.positive("learningRate", learningRate);
        Objects.requireNonNull(learningRateSchedule, "learningRateSchedule");
        Require.nonNegative("weightDecay", weightDecay);
        Objects.requireNonNull(weightDecaySchedule, "weightDecaySchedule");
        Require.atLeast("gradientAccumulation", gradientAccumulation, 1);
        gradientClipping.ifPresent(norm -> Require.positive("gradientClipping", norm));
        Objects.requireNonNull(predictor, "predictor");
    }

    /** How the predictor's learning rate goes over the training. */
    public Schedule predictorLearningRateSchedule() {
        return predictor.learningRateSchedule().orElse(learningRateSchedule);
    }

    /** The weight decay that the predictor's optimiser gets, after the convention. */
    public double predictorGroupWeightDecay() {
        double eta = predictor.weightDecay().orElse(weightDecay);
        return predictor.decay() == Recipe.PredictorDecay.TORCH
                ? eta
                : eta / predictor.learningRateFactor();
    }
}
