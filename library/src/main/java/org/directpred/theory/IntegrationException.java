package org.directpred.theory;

import java.util.Arrays;

/**
 * An integration that cannot go on: the solution diverges, or oscillates for too long. It says
 * where.
 */
public final class IntegrationException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 12;

    private final double time;
    private final double[] state;

    /**
     * An integration that stopped.
     *
     * @param reason what happened and what to do
     * @param time the last time that was reached
     * @param state the state at that time, flattened row by row
     */
    public IntegrationException(String reason, double time, double[] state) {
        super(reason + " (t = " + time + ", state = " + text(state) + ")");
        this.time = time;
        this.state = state.clone();
    }

    private static String text(double[] state) {
        return state.length <= SHOWN
                ? Arrays.toString(state)
                : Arrays.toString(Arrays.copyOf(state, SHOWN)) + "... of " + state.length;
    }

    /** The last time that was reached. */
    public double time() {
        return time;
    }

    /** The state at {@link #time()}, flattened row by row. */
    public double[] state() {
        return state.clone();
    }
}
