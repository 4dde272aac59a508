package org.directpred.image;

import org.directpred.require.Require;

/**
 * Changes brightness, contrast, saturation and hue in a random order, as torchvision's operation of
 * that name on float tensors: each factor is uniform on {@code [max(0, 1 - strength), 1 +
 * strength]}, the hue turns by a part of the circle uniform on {@code [-hue, hue]}. A strength of 0
 * leaves that one out.
 *
 * @param brightness strength, at least 0
 * @param contrast strength, at least 0
 * @param saturation strength, at least 0; without effect on a grey image
 * @param hue largest part of the circle, 0 to 1/2; without effect on a grey image
 */
public record ColourJitter(double brightness, double contrast, double saturation, double hue)
        implements Operation {
    /** Checks the strengths. */
    public ColourJitter {
        Require.between("brightness", brightness, 0, Double.MAX_VALUE);
        Require.between("contrast", contrast, 0, Double.MAX_VALUE);
        Require.between("saturation", saturation, 0, Double.MAX_VALUE);
        Require.between("hue", hue, 0, 0.5);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        for (int step : random.permutation(4)) {
            switch (step) {
                case 0 -> {
                    if (brightness > 0) {
                        canvas.brightness(factor(brightness, random));
                    }
                }
                case 1 -> {
                    if (contrast > 0) {
                        canvas.contrast(factor(contrast, random));
                    }
                }
                case 2 -> {
                    if (saturation > 0) {
                        canvas.saturation(factor(saturation, random));
                    }
                }
                default -> {
                    if (hue > 0) {
                        canvas.hue(random.uniform(-hue, hue));
                    }
                }
            }
        }
    }

    private static double factor(double strength, SplitMix64 random) {
        return random.uniform(Math.max(0, 1 - strength), 1 + strength);
    }
}
