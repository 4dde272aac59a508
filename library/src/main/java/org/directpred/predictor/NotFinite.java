package org.directpred.predictor;

/**
 * F, C or W<sub>p</sub> holds a NaN or an infinity. A predictor of your own may throw it in {@link
 * Predictor#afterStep}: the training then ends as one that has diverged.
 */
public final class NotFinite extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** With what is not finite, and what to do. */
    public NotFinite(String message) {
        super(message);
    }
}
