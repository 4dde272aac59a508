/**
 * Optimisers and schedules with PyTorch's semantics, on flat arrays. DJL's own keep the learning
 * rate inside the momentum buffer, which is another algorithm as soon as the rate changes.
 *
 * <p>What steps an array is an {@link org.directpred.optimise.Optimiser}; what changes a number
 * over the training ({@link org.directpred.optimise.Schedule}, {@link
 * org.directpred.optimise.EmaSchedule}) is a pure function of the step. Nothing here knows a
 * network or a predictor.
 */
package org.directpred.optimise;
