package org.directpred.predictor;

/** F or W<sub>p</sub> holds a NaN or an infinity. */
public final class NotFinite extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    NotFinite(String message) {
        super(message);
    }
}
