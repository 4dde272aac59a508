package org.directpred.image;

/** Checks of parameters that several operations share. */
final class Checks {
    private Checks() {}

    static void probability(String name, double value) {
        between(name, value, 0, 1);
    }

    static void between(String name, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw new IllegalArgumentException(
                    name + " must lie between " + low + " and " + high + ", not " + value);
        }
    }

    static void atLeast(String name, long value, long low) {
        if (value < low) {
            throw new IllegalArgumentException(
                    name + " must be at least " + low + ", not " + value);
        }
    }
}
