package org.directpred.image;

/**
 * Three box blurs in either direction in place of a Gaussian, in Pillow's 8-bit arithmetic: weights
 * in 24-bit integers, rounded to a whole value after each pass (Gwosdek et al. 2011, "Theoretical
 * foundations of Gaussian convolution by extended box filtering").
 */
final class BoxBlur {
    private static final int PASSES = 3;
    private static final int PRECISION = 24;

    private final int radius;
    private final long inside;
    private final long edge;

    /**
     * The box of a Gaussian.
     *
     * @param sigma the Gaussian's standard deviation, above 0
     */
    BoxBlur(double sigma) {
        float box = radius((float) sigma);
        this.radius = (int) box;
        // Of the 2 radius + 1 whole pixels, and of the parts of two on either side.
        this.inside = (long) ((1 << PRECISION) / (box * 2 + 1));
        this.edge = ((1 << PRECISION) - (radius * 2 + 1) * inside) / 2;
    }

    /** Half the width of a box, with its fraction: the n-th part of the Gaussian's variance. */
    private static float radius(float sigma) {
        float variance = sigma * sigma / PASSES;
        float length = (float) Math.sqrt(12.0 * variance + 1);
        float whole = (float) Math.floor((length - 1.0) / 2);
        float part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);
        part /= 6 * (variance - (whole + 1) * (whole + 1));
        return whole + part;
    }

    /** Blurs planes of whole values one after the other, in place. */
    void apply(float[] values, int planes, int height, int width) {
        int[] line = new int[Math.max(height, width)];
        int[] blurred = new int[line.length];
        for (int plane = 0; plane < planes; plane++) {
            int at = plane * height * width;
            for (int y = 0; y < height; y++) {
                along(values, at + y * width, 1, width, line, blurred);
            }
            for (int x = 0; x < width; x++) {
                along(values, at + x, width, height, line, blurred);
            }
        }
    }

    private void along(float[] values, int at, int step, int count, int[] line, int[] blurred) {
        int[] from = line;
        int[] to = blurred;
        for (int i = 0; i < count; i++) {
            from[i] = (int) values[at + i * step];
        }
        for (int pass = 0; pass < PASSES; pass++) {
            blur(from, to, count);
            int[] swapped = from;
            from = to;
            to = swapped;
        }
        for (int i = 0; i < count; i++) {
            values[at + i * step] = from[i];
        }
    }

    private void blur(int[] from, int[] to, int count) {
        int last = count - 1;
        long sum = 0;
        for (int k = -radius - 1; k < radius; k++) {
            sum += from[Math.max(0, Math.min(last, k))];
        }
        for (int i = 0; i < count; i++) {
            int left = from[Math.max(0, i - radius - 1)];
            sum += from[Math.min(last, i + radius)] - left;
            int right = from[Math.min(last, i + radius + 1)];
            long weighted = sum * inside + (left + right) * edge;
            to[i] = (int) ((weighted + (1L << (PRECISION - 1))) >> PRECISION);
        }
    }
}
