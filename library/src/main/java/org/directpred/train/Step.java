package org.directpred.train;

/**
 * One step of training.
 *
 * @param number from 0
 * @param epoch from 0
 * @param loss of this step's batch, before the step
 * @param learningRate the network's
 * @param onlineAccuracy the fraction of this step's labelled views that the online probe classified
 *     rightly before it learnt from them, 0 to 1; NaN without a probe or a label
 */
public record Step(
        long number, int epoch, double loss, double learningRate, double onlineAccuracy) {}
