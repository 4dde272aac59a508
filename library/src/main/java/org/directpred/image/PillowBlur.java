package org.directpred.image;

import org.directpred.require.Require;

/**
 * Pillow's Gaussian blur ({@code ImageFilter.GaussianBlur}), which SimSiam's program uses: three
 * box blurs along rows and three along columns whose variances add up to the Gaussian's, in 8 bits,
 * the border repeated (Gwosdek, Grewenig, Bruhn and Weickert 2011). Equal to Pillow to the bit on
 * whole values. {@link GaussianBlur} is the Gaussian itself.
 *
 * @param smallest least standard deviation in pixels, positive
 * @param largest largest standard deviation in pixels
 */
public record PillowBlur(double smallest, double largest) implements Operation {
    /** Checks the parameters. */
    public PillowBlur {
        Require.between("the smallest sigma", smallest, Double.MIN_NORMAL, largest);
        Require.between("the largest sigma", largest, smallest, LARGEST);
    }

    /** The largest standard deviation. */
    public static final double LARGEST = 100;

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        canvas.boxBlur(random.uniform(smallest, largest));
    }
}
