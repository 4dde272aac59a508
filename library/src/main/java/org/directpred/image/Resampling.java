package org.directpred.image;

/**
 * The weights of one pass of a resize, equal to Pillow's to the last bit: for each output position
 * the first input position, and weights in units of 2^-22.
 *
 * <p>Working memory of one thread; {@link #prepare} overwrites what was there.
 */
final class Resampling {
    /** Pillow keeps 8 bits for the result and 2 for overshoot of the 32. */
    static final int PRECISION = 32 - 8 - 2;

    int taps;
    int count;
    int[] starts = new int[0];
    int[] lengths = new int[0];
    int[] weights = new int[0];
    private double[] exact = new double[0];

    /**
     * Computes the weights for part of a resize.
     *
     * @param in input length
     * @param out output length of the whole resize
     * @param from first output position wanted
     * @param count how many output positions are wanted
     * @param filter the filter
     */
    void prepare(int in, int out, int from, int count, Filter filter) {
        double scale = (double) in / out;
        double widened = Math.max(scale, 1);
        double support = filter.support() * widened;
        this.taps = (int) Math.ceil(support) * 2 + 1;
        this.count = count;
        if (starts.length < count) {
            starts = new int[count];
            lengths = new int[count];
        }
        if (weights.length < Math.multiplyExact(count, taps)) {
            weights = new int[count * taps];
        }
        if (exact.length < taps) {
            exact = new double[taps];
        }
        double inverse = 1 / widened;
        for (int i = 0; i < count; i++) {
            double centre = (from + i + 0.5) * scale;
            int first = Math.max(0, (int) (centre - support + 0.5));
            int length = Math.min(in, (int) (centre + support + 0.5)) - first;
            double sum = 0;
            for (int k = 0; k < length; k++) {
                exact[k] = filter.weight((k + first - centre + 0.5) * inverse);
                sum += exact[k];
            }
            starts[i] = first;
            int at = i * taps;
            int last = 0;
            for (int k = 0; k < length; k++) {
                double weight = sum == 0 ? exact[k] : exact[k] / sum;
                weights[at + k] = (int) (weight * (1 << PRECISION) + (weight < 0 ? -0.5 : 0.5));
                last = weights[at + k] == 0 ? last : k + 1;
            }
            // Trailing zeros change nothing and cost a pass each.
            lengths[i] = last;
        }
    }
}
