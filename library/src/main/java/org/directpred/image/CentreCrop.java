package org.directpred.image;

import org.directpred.require.Require;

/**
 * Keeps the middle.
 *
 * @param height rows of the result
 * @param width columns of the result
 */
public record CentreCrop(int height, int width) implements Operation {
    /** Checks the size. */
    public CentreCrop {
        Require.atLeast("height", height, 1);
        Require.atLeast("width", width, 1);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        // Half to even, as Python's round.
        int top = (int) Math.rint((canvas.height() - height) / 2.0);
        int left = (int) Math.rint((canvas.width() - width) / 2.0);
        canvas.crop(top, left, height, width);
    }

    @Override
    public Size size(Size input) {
        return new Size(height, width);
    }
}
