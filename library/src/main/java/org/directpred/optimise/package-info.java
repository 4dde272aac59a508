/**
 * Optimisers and schedules with PyTorch's semantics, on flat arrays. DJL's own keep the learning
 * rate inside the momentum buffer, which is another algorithm as soon as the rate changes.
 */
package org.directpred.optimise;
