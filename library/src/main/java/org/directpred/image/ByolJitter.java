package org.directpred.image;

import org.directpred.require.Require;

/**
 * The colour jitter of BYOL's program (DeepMind), in a random order. It differs from torchvision's
 * ({@link ColourJitter}) in three of four:
 *
 * <ul>
 *   <li>brightness is added: v + 255 u, u uniform on [-brightness, brightness]; there it
 *       multiplies;
 *   <li>contrast turns each channel about its own mean; there about the mean grey of all three;
 *   <li>saturation multiplies the S of HSV, keeping hue and the largest channel; there it blends
 *       with the pixel's grey;
 *   <li>the hue turns by a part of the circle, uniform on [-hue, hue], as there.
 * </ul>
 *
 * <p>Values are limited to 0 to 255 after each. The factors of contrast and saturation are uniform
 * on {@code [1 - strength, 1 + strength]}. A strength of 0 leaves that one out.
 *
 * @param brightness strength, 0 to 1
 * @param contrast strength, 0 to 1
 * @param saturation strength, 0 to 1; without effect on a grey image
 * @param hue largest part of the circle, 0 to 1/2; without effect on a grey image
 */
public record ByolJitter(double brightness, double contrast, double saturation, double hue)
        implements Operation {
    /** Checks the strengths. */
    public ByolJitter {
        Require.between("brightness", brightness, 0, 1);
        Require.between("contrast", contrast, 0, 1);
        Require.between("saturation", saturation, 0, 1);
        Require.between("hue", hue, 0, 0.5);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        for (int step : random.permutation(4)) {
            switch (step) {
                case 0 -> {
                    if (brightness > 0) {
                        canvas.brighten(255 * random.uniform(-brightness, brightness));
                    }
                }
                case 1 -> {
                    if (contrast > 0) {
                        canvas.contrastOfChannels(random.uniform(1 - contrast, 1 + contrast));
                    }
                }
                case 2 -> {
                    if (saturation > 0) {
                        canvas.saturationOfHsv(random.uniform(1 - saturation, 1 + saturation));
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
}
