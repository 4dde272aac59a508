package org.directpred.train;

/**
 * One step of training.
 *
 * @param number from 0
 * @param epoch from 0
 * @param loss of this step's batch, before the step
 * @param learningRate the network's
 */
public record Step(long number, int epoch, double loss, double learningRate) {}
