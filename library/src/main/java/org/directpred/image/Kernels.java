package org.directpred.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.directpred.progress.Progress;

/**
 * The inner loops of the views in plain Java. {@code VectorKernels} overrides them with the same
 * arithmetic in the same order on the Vector API and leaves what remains of a row to these, so both
 * give equal results.
 *
 * <p>Pixels are floats from 0 to 255 in planes one after the other; {@code plane} is the length of
 * one. Methods keep no state.
 */
class Kernels {
    /** Weights of red, green and blue in grey, as torchvision has them for tensors. */
    static final float RED = 0.2989f;

    static final float GREEN = 0.587f;
    static final float BLUE = 0.114f;

    /** Rows of bytes that are resampled have a length that this divides, for whole vectors. */
    static final int PADDING = 64;

    /**
     * The mean grey is summed in integers of this unit's inverse, so that order does not matter.
     */
    static final float GREY_UNITS = 128;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** The loops in use: chosen when the first view is made, and said once. */
    static Kernels best() {
        return Best.CHOSEN;
    }

    private static final class Best {
        static final Kernels CHOSEN = choose();

        private static Kernels choose() {
            String reason;
            if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
                reason = "start Java with --add-modules jdk.incubator.vector for the faster ones";
            } else {
                try {
                    Kernels vector =
                            Class.forName(Kernels.class.getPackageName() + ".VectorKernels")
                                    .asSubclass(Kernels.class)
                                    .getDeclaredConstructor()
                                    .newInstance();
                    Progress.message("Image views: " + vector.name() + ".");
                    return vector;
                } catch (ReflectiveOperationException | LinkageError e) {
                    reason = "the ones on the Vector API do not load: " + e;
                }
            }
            Kernels plain = new Kernels();
            Progress.message("Image views: " + plain.name() + "; " + reason + ".");
            return plain;
        }
    }

    /** What these are, for the message that says so. */
    String name() {
        return "plain Java loops";
    }

    /**
     * Weighted sums of rows, rounded to 8 bits: {@code out[i] = sum_k weight[i][k] in[start[i] +
     * k]}.
     *
     * @param width bytes in a row of either array, divisible by {@link #PADDING}
     */
    void resample(byte[] in, int width, Resampling weights, byte[] out) {
        for (int i = 0; i < weights.count; i++) {
            int length = weights.lengths[i];
            int first = weights.starts[i] * width;
            int taps = i * weights.taps;
            for (int x = 0; x < width; x++) {
                int sum = 1 << (Resampling.PRECISION - 1);
                for (int k = 0; k < length; k++) {
                    sum += weights.weights[taps + k] * (in[first + k * width + x] & 0xff);
                }
                out[i * width + x] = (byte) Math.max(0, Math.min(255, sum >> Resampling.PRECISION));
            }
        }
    }

    /**
     * Writes the rows of {@code in} as columns of {@code out}, in blocks of 8 x 8 inside words.
     *
     * @param inAt where the first row begins
     * @param inStride bytes from a row to the next
     * @param rows rows of {@code in}
     * @param columns columns of {@code in}
     * @param outStride bytes from a row of {@code out} to the next, at least {@code rows}
     */
    static void transpose(
            byte[] in,
            int inAt,
            int inStride,
            int rows,
            int columns,
            byte[] out,
            int outAt,
            int outStride) {
        int wholeRows = rows & ~7;
        int wholeColumns = columns & ~7;
        for (int y = 0; y < wholeRows; y += 8) {
            for (int x = 0; x < wholeColumns; x += 8) {
                transposeBlock(
                        in,
                        inAt + y * inStride + x,
                        inStride,
                        out,
                        outAt + x * outStride + y,
                        outStride);
            }
        }
        for (int y = 0; y < rows; y++) {
            for (int x = y < wholeRows ? wholeColumns : 0; x < columns; x++) {
                out[outAt + x * outStride + y] = in[inAt + y * inStride + x];
            }
        }
    }

    private static void transposeBlock(
            byte[] in, int inAt, int inStride, byte[] out, int outAt, int outStride) {
        long a = (long) LONGS.get(in, inAt);
        long b = (long) LONGS.get(in, inAt + inStride);
        long c = (long) LONGS.get(in, inAt + 2 * inStride);
        long d = (long) LONGS.get(in, inAt + 3 * inStride);
        long e = (long) LONGS.get(in, inAt + 4 * inStride);
        long f = (long) LONGS.get(in, inAt + 5 * inStride);
        long g = (long) LONGS.get(in, inAt + 6 * inStride);
        long h = (long) LONGS.get(in, inAt + 7 * inStride);
        long bytes = 0x00FF00FF00FF00FFL;
        long t = ((a >>> 8) ^ b) & bytes;
        b ^= t;
        a ^= t << 8;
        t = ((c >>> 8) ^ d) & bytes;
        d ^= t;
        c ^= t << 8;
        t = ((e >>> 8) ^ f) & bytes;
        f ^= t;
        e ^= t << 8;
        t = ((g >>> 8) ^ h) & bytes;
        h ^= t;
        g ^= t << 8;
        long pairs = 0x0000FFFF0000FFFFL;
        t = ((a >>> 16) ^ c) & pairs;
        c ^= t;
        a ^= t << 16;
        t = ((b >>> 16) ^ d) & pairs;
        d ^= t;
        b ^= t << 16;
        t = ((e >>> 16) ^ g) & pairs;
        g ^= t;
        e ^= t << 16;
        t = ((f >>> 16) ^ h) & pairs;
        h ^= t;
        f ^= t << 16;
        long halves = 0x00000000FFFFFFFFL;
        t = ((a >>> 32) ^ e) & halves;
        e ^= t;
        a ^= t << 32;
        t = ((b >>> 32) ^ f) & halves;
        f ^= t;
        b ^= t << 32;
        t = ((c >>> 32) ^ g) & halves;
        g ^= t;
        c ^= t << 32;
        t = ((d >>> 32) ^ h) & halves;
        h ^= t;
        d ^= t << 32;
        LONGS.set(out, outAt, a);
        LONGS.set(out, outAt + outStride, b);
        LONGS.set(out, outAt + 2 * outStride, c);
        LONGS.set(out, outAt + 3 * outStride, d);
        LONGS.set(out, outAt + 4 * outStride, e);
        LONGS.set(out, outAt + 5 * outStride, f);
        LONGS.set(out, outAt + 6 * outStride, g);
        LONGS.set(out, outAt + 7 * outStride, h);
    }

    /** Unsigned bytes to floats. */
    void widen(byte[] in, int inAt, float[] out, int outAt, int count) {
        for (int i = 0; i < count; i++) {
            out[outAt + i] = in[inAt + i] & 0xff;
        }
    }

    /** Floats to unsigned bytes, rounded half up, limited to 0 to 255. */
    void narrow(float[] in, int inAt, byte[] out, int outAt, int count) {
        for (int i = 0; i < count; i++) {
            out[outAt + i] = (byte) (int) clamp(in[inAt + i] + 0.5f);
        }
    }

    /** {@code v = v * scale + shift}. */
    void affine(float[] v, int from, int to, float scale, float shift) {
        for (int i = from; i < to; i++) {
            v[i] = v[i] * scale + shift;
        }
    }

    /** {@code v = clamp(v * scale + shift)}. */
    void affineClamped(float[] v, int from, int to, float scale, float shift) {
        for (int i = from; i < to; i++) {
            v[i] = clamp(v[i] * scale + shift);
        }
    }

    /** {@code v >= threshold becomes 255 - v}. */
    void solarise(float[] v, int from, int to, float threshold) {
        for (int i = from; i < to; i++) {
            v[i] = v[i] >= threshold ? 255 - v[i] : v[i];
        }
    }

    /** The sum of grey values over a range of pixels, in units of {@link #GREY_UNITS}. */
    long greySum(float[] v, int plane, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            float grey = RED * v[i] + GREEN * v[plane + i] + BLUE * v[2 * plane + i];
            sum += (int) (grey * GREY_UNITS + 0.5f);
        }
        return sum;
    }

    /** The sum of one plane's values over a range, in units of {@link #GREY_UNITS}. */
    long sum(float[] v, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += (int) (v[i] * GREY_UNITS + 0.5f);
        }
        return sum;
    }

    /** Red, green and blue become grey. */
    void grey(float[] v, int plane, int from, int to) {
        for (int i = from; i < to; i++) {
            float grey = RED * v[i] + GREEN * v[plane + i] + BLUE * v[2 * plane + i];
            v[i] = grey;
            v[plane + i] = grey;
            v[2 * plane + i] = grey;
        }
    }

    /** {@code v = clamp(factor * v + (1 - factor) * grey)}. */
    void saturation(float[] v, int plane, int from, int to, float factor) {
        float rest = 1 - factor;
        for (int i = from; i < to; i++) {
            float r = v[i];
            float g = v[plane + i];
            float b = v[2 * plane + i];
            float grey = (RED * r + GREEN * g + BLUE * b) * rest;
            v[i] = clamp(r * factor + grey);
            v[plane + i] = clamp(g * factor + grey);
            v[2 * plane + i] = clamp(b * factor + grey);
        }
    }

    /**
     * Turns the hue by a part of the circle, in HSV, without a division: with mx the largest, d the
     * largest minus the smallest, the hue in units of d/6 of the circle is h; a channel n (5 red, 3
     * green, 1 blue) is {@code mx - max(0, min(d, 2d - distance of h + n d from 2d modulo 6d))}.
     *
     * @param shift part of the circle, -1/2 to 1/2
     */
    void hue(float[] v, int plane, int from, int to, float shift) {
        float turn = 6 * shift;
        for (int i = from; i < to; i++) {
            float r = v[i];
            float g = v[plane + i];
            float b = v[2 * plane + i];
            float mx = Math.max(r, Math.max(g, b));
            float d = mx - Math.min(r, Math.min(g, b));
            float h = mx == r ? g - b : mx == g ? b - r + 2 * d : r - g + 4 * d;
            h += turn * d;
            v[i] = mx - chroma(h + 5 * d, d);
            v[plane + i] = mx - chroma(h + 3 * d, d);
            v[2 * plane + i] = mx - chroma(h + d, d);
        }
    }

    private static float chroma(float x, float d) {
        // x lies between -3 d and 13 d: 2 d, and its neighbours 6 d apart, are what it can be near.
        float near =
                Math.min(
                        Math.min(Math.abs(x - 2 * d), Math.abs(x - 8 * d)),
                        Math.min(Math.abs(x + 4 * d), Math.abs(x - 14 * d)));
        return Math.max(0, Math.min(d, 2 * d - near));
    }

    /**
     * A symmetric filter along a row that has been padded on both sides.
     *
     * @param padded {@code radius + to + radius} values
     * @param taps the weights from the middle outwards, {@code radius + 1} of them
     */
    void blurRow(
            float[] padded, float[] taps, int radius, float[] out, int outAt, int from, int to) {
        for (int x = from; x < to; x++) {
            float sum = taps[0] * padded[x + radius];
            for (int k = 1; k <= radius; k++) {
                sum += taps[k] * (padded[x + radius - k] + padded[x + radius + k]);
            }
            out[outAt + x] = sum;
        }
    }

    /**
     * One row of a symmetric filter across rows.
     *
     * @param rows where the {@code 2 radius + 1} rows begin
     * @param taps the weights from the middle outwards, {@code radius + 1} of them
     */
    void blurColumn(
            float[] in,
            int[] rows,
            float[] taps,
            int radius,
            float[] out,
            int outAt,
            int from,
            int to) {
        for (int x = from; x < to; x++) {
            float sum = taps[0] * in[rows[radius] + x];
            for (int k = 1; k <= radius; k++) {
                sum += taps[k] * (in[rows[radius - k] + x] + in[rows[radius + k] + x]);
            }
            out[outAt + x] = sum;
        }
    }

    static float clamp(float value) {
        return Math.max(0, Math.min(255, value));
    }
}
