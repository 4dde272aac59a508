package org.directpred.optimise;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/** Trains one flat array of parameters from the gradients that {@code backward} leaves on it. */
public interface Optimiser extends AutoCloseable {

    /**
     * One step along the gradient that one or more backward passes left, which is then dropped.
     * Called outside every gradient collector.
     *
     * @param learningRate of this step, 0 or more
     * @param weightDecay of this step, 0 or more, on what decays
     */
    void step(double learningRate, double weightDecay);

    /** Drops the gradient without a step ({@code zero_grad}). */
    void dropGradient();

    /** Every array that the optimiser's future depends on, by name, for checkpoints. Not copies. */
    Map<String, NDArray> state();

    @Override
    void close();
}
