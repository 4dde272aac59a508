package org.directpred.require;

/**
 * Checks of the numbers that a method or a record is given. Each returns the number, so that it can
 * be checked where it is kept, and refuses NaN and, where nothing else is said, infinities.
 */
public final class Require {
    private Require() {}

    /**
     * A whole number of at least {@code least}.
     *
     * @param name the argument, as the message is to call it
     * @throws IllegalArgumentException if it is smaller
     */
    public static int atLeast(String name, int value, int least) {
        return (int) atLeast(name, (long) value, least);
    }

    /**
     * A whole number of at least {@code least}.
     *
     * @param name the argument, as the message is to call it
     * @throws IllegalArgumentException if it is smaller
     */
    public static long atLeast(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(
                    name + " must be at least " + least + ", not " + value);
        }
        return value;
    }

    /**
     * A number of at least 0.
     *
     * @param name the argument, as the message is to call it
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public static double nonNegative(String name, double value) {
        if (!(value >= 0 && Double.isFinite(value))) {
            throw new IllegalArgumentException(
                    name + " must be at least 0 and finite, not " + value);
        }
        return value;
    }

    /**
     * A number above 0.
     *
     * @param name the argument, as the message is to call it
     * @throws IllegalArgumentException if it is 0, negative or not finite
     */
    public static double positive(String name, double value) {
        if (!(value > 0 && Double.isFinite(value))) {
            throw new IllegalArgumentException(name + " must be above 0 and finite, not " + value);
        }
        return value;
    }

    /**
     * A number above a bound; infinity is one.
     *
     * @param name the argument, as the message is to call it
     * @throws IllegalArgumentException if it is {@code low}, less or NaN
     */
    public static double above(String name, double value, double low) {
        if (!(value > low)) {
            throw new IllegalArgumentException(name + " must be above " + low + ", not " + value);
        }
        return value;
    }

    /**
     * The memory or momentum of a moving average: at least 0 and below 1.
     *
     * @param name the argument, as the message is to call it
     * @throws IllegalArgumentException if it lies outside
     */
    public static double momentum(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(
                    name + " must be at least 0 and below 1, not " + value);
        }
        return value;
    }

    /**
     * A number from {@code low} to {@code high}, both included.
     *
     * @param name the argument, as the message is to call it
     * @throws IllegalArgumentException if it lies outside
     */
    public static double between(String name, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw new IllegalArgumentException(
                    name + " must lie between " + low + " and " + high + ", not " + value);
        }
        return value;
    }

    /**
     * A probability, 0 to 1.
     *
     * @param name the argument, as the message is to call it
     * @throws IllegalArgumentException if it lies outside
     */
    public static double probability(String name, double value) {
        return between(name, value, 0, 1);
    }
}
