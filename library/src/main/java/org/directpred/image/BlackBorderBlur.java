package org.directpred.image;

/**
 * Blurs by a Gaussian whose standard deviation is uniform on a range, as if all beyond the border
 * were black: the border grows dark. BYOL's program (DeepMind) does so; {@link GaussianBlur}
 * reflects the border.
 *
 * @param taps weights in either direction, odd
 * @param smallest least standard deviation in pixels, positive
 * @param largest largest standard deviation in pixels
 */
public record BlackBorderBlur(int taps, double smallest, double largest) implements Operation {
    /** Checks the parameters. */
    public BlackBorderBlur {
        GaussianBlur.check(taps, smallest, largest);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        canvas.blurOnBlack(taps, random.uniform(smallest, largest));
    }
}
