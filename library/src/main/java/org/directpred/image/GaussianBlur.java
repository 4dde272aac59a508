package org.directpred.image;

import org.directpred.require.Require;

/**
 * Blurs by a Gaussian whose standard deviation is uniform on a range; the border is reflected
 * without repeating the edge, as in torchvision.
 *
 * @param taps weights in either direction, odd
 * @param smallest least standard deviation in pixels, positive
 * @param largest largest standard deviation in pixels
 */
public record GaussianBlur(int taps, double smallest, double largest) implements Operation {
    /** The largest number of taps. */
    public static final int LARGEST_TAPS = 63;

    /** Checks the parameters. */
    public GaussianBlur {
        check(taps, smallest, largest);
    }

    static void check(int taps, double smallest, double largest) {
        Require.between("taps", taps, 1, LARGEST_TAPS);
        if (taps % 2 == 0) {
            throw new IllegalArgumentException("taps must be odd, not " + taps);
        }
        Require.between("the smallest sigma", smallest, Double.MIN_NORMAL, largest);
        Require.between("the largest sigma", largest, smallest, Double.MAX_VALUE);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        canvas.blur(taps, random.uniform(smallest, largest));
    }
}
