/**
 * Pretraining: the recipe, the loop, its log and its diagnostics.
 *
 * <p>One step goes one way: batch of views, online and target network, predictor, loss, backward,
 * optimiser, predictor's rule, target's moving average, log row, diagnostics.
 *
 * <p>{@link org.directpred.train.Pretraining} keeps the loop, {@link org.directpred.train.Learner}
 * the step, {@link org.directpred.train.RunOptions} says how a run is started, and a {@link
 * org.directpred.train.RunListener} follows it. What a run leaves behind (log, folder, checkpoints)
 * lies in files of its own.
 */
package org.directpred.train;
