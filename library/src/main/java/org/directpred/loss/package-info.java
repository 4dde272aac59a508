/**
 * Losses: what a step of training makes smaller, a differentiable number of predictions q, targets
 * t and outputs z.
 *
 * <p>The paper's two, {@link org.directpred.loss.Loss#COSINE} and {@link
 * org.directpred.loss.Loss#EUCLIDEAN}, and one's own by {@link org.directpred.loss.Loss#by} and
 * {@link org.directpred.loss.Loss#ofViews}. What enters here is a function of arrays alone. Nothing
 * here knows a network, a predictor or a recipe.
 */
package org.directpred.loss;
