/**
 * Pretraining: the recipe, the loop, its log and its diagnostics.
 *
 * <p>One step goes one way: batch of views, online and target network, predictor, loss, backward,
 * optimiser, predictor's rule, target's moving average, log row, diagnostics.
 */
package org.directpred.train;
