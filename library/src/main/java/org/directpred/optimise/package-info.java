/**
 * Optimisers and schedules with PyTorch's semantics, on flat arrays. DJL's own keep the learning
 * rate inside the momentum buffer, which is another algorithm as soon as the rate changes.
 *
 * <p>What steps an array is an {@link org.directpred.optimise.Optimiser}, which an {@link
 * org.directpred.optimise.OptimiserChoice} makes; what changes a number over the training (a
 * learning rate, a weight decay, a moving average's momentum, epsilon, rho) is a {@link
 * org.directpred.optimise.Schedule}, a pure function of the step. Nothing here knows a network or a
 * predictor.
 */
package org.directpred.optimise;
