package org.directpred.image;

import org.directpred.require.Require;

/**
 * The SplitMix64 generator (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014), started from a key of several numbers.
 *
 * <p>Each (seed, epoch, image, view) has a generator of its own, so what a view looks like depends
 * neither on the thread that makes it, nor on the batch it is in, nor on where a run was resumed,
 * and it does not matter how many numbers an operation draws.
 */
public final class SplitMix64 {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    private SplitMix64(long state) {
        this.state = state;
    }

    /**
     * A generator for a key; equal keys give equal sequences.
     *
     * @param key any numbers; their order matters
     */
    public static SplitMix64 of(long... key) {
        long state = 0;
        for (long part : key) {
            state = mix(state + GOLDEN_GAMMA + mix(part + GOLDEN_GAMMA));
        }
        return new SplitMix64(state);
    }

    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** The next 64 random bits. */
    public long nextLong() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /** Uniform on [0, 1), in steps of 2^-53. */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    /** Uniform on {@code [low, high)}. */
    public double uniform(double low, double high) {
        return low + (high - low) * nextDouble();
    }

    /** {@code true} with the given probability. */
    public boolean chance(double probability) {
        return nextDouble() < probability;
    }

    /**
     * Uniform on 0 to {@code bound - 1}.
     *
     * @param bound at least 1
     */
    public int nextInt(int bound) {
        Require.atLeast("the bound", bound, 1);
        // The high half of a 64x64-bit product: the bias is below bound / 2^64.
        return (int) Math.multiplyHigh(nextLong() >>> 1, 2L * bound);
    }

    /**
     * A random order of 0 to {@code size - 1} (Fisher and Yates).
     *
     * @param size at least 0
     */
    public int[] permutation(int size) {
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            order[i] = i;
        }
        for (int i = size - 1; i > 0; i--) {
            int j = nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }
}
