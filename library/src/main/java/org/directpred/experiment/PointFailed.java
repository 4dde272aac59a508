package org.directpred.experiment;

import java.util.Objects;

/** An arm that failed in itself: it diverged, its network died. */
public final class PointFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Outcome soFar;

    /**
     * Says what went wrong.
     *
     * @param message what went wrong
     * @param soFar what was measured before
     * @param cause the exception that ended the arm, or null
     */
    public PointFailed(String message, Outcome soFar, Throwable cause) {
        super(message, cause);
        this.soFar = Objects.requireNonNull(soFar, "soFar");
    }

    /** What was measured before. */
    public Outcome soFar() {
        return soFar;
    }
}
