/**
 * Predictors: F, the correlation matrix of the predictor's input, and its moving average; its
 * spectrum; rules that set W<sub>p</sub> from F in closed form (DirectPred and its kin); predictors
 * trained by gradient.
 *
 * <p>Everything here also works alone, in anybody's DJL loop: make a {@link
 * org.directpred.predictor.Predictor} from a {@link org.directpred.predictor.PredictorChoice}, call
 * {@code predict} in the forward pass, {@code observe} and {@code afterStep} once a step.
 */
package org.directpred.predictor;
