package org.directpred.experiment;

import java.util.Objects;

/** A variant that failed in itself: it diverged, its network died. */
public final class PointFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Measurements soFar;

    /**
     * A failure of the variant itself.
     *
     * @param message what went wrong
     * @param soFar what was measured before
     * @param cause the exception that ended the variant, or null
     */
    public PointFailed(String message, Measurements soFar, Throwable cause) {
        super(message, cause);
        this.soFar = Objects.requireNonNull(soFar, "soFar");
    }

    /** The measurements before the failure. */
    public Measurements soFar() {
        return soFar;
    }
}
