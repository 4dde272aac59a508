package org.directpred.optimise;

/** Checks of settings; each message names the setting and the number. */
final class Checks {
    private Checks() {}

    static void momentum(double momentum) {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException(
                    "momentum must be at least 0 and below 1, not " + momentum);
        }
    }

    static void nonNegative(String field, double value) {
        if (!(value >= 0 && Double.isFinite(value))) {
            throw new IllegalArgumentException(
                    field + " must be at least 0 and finite, not " + value);
        }
    }

    static void positive(String field, double value) {
        if (!(value > 0 && Double.isFinite(value))) {
            throw new IllegalArgumentException(field + " must be above 0 and finite, not " + value);
        }
    }
}
