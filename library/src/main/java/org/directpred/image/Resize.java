package org.directpred.image;

import org.directpred.require.Require;

/**
 * Resizes so that the shorter side has a length, keeping the ratio (the longer side is rounded
 * down, as torchvision does).
 *
 * @param side length of the shorter side
 * @param filter how
 */
public record Resize(int side, Filter filter) implements Operation {
    /** Checks the side. */
    public Resize {
        Require.atLeast("side", side, 1);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        Size size = size(new Size(canvas.height(), canvas.width()));
        if (size.height() != canvas.height() || size.width() != canvas.width()) {
            canvas.resize(size.height(), size.width(), filter);
        }
    }

    @Override
    public Size size(Size input) {
        int height = input.height();
        int width = input.width();
        if (height == ImageSource.VARIABLE || width == ImageSource.VARIABLE) {
            return input;
        }
        return height <= width
                ? new Size(side, (int) ((long) side * width / height))
                : new Size((int) ((long) side * height / width), side);
    }
}
