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

    /** Added to a float from 0 to 2^22, it leaves the nearest integer in the lower bits. */
    static final float MAGIC = 0x1p23f;

    static final int MAGIC_MASK = (1 << 23) - 1;

    /**
     * The mean grey is summed in integers of this unit's inverse, so that order does not matter.
     */
    static final float GREY_UNITS = 128;

    /** So many values of up to 255 units stay below 2^31 even in one lane. */
    static final int LONGEST_SUM = 1 << 16;

    /** Hue is turned in integers of this unit's inverse. */
    static final float FIXED = 4096;

    static final float FIXED_INVERSE = 1 / FIXED;

    /** Added to a float from -2^22 to 2^22, it leaves the nearest integer, plus its own bits. */
    static final float FIXED_MAGIC = 0x1.8p23f;

    static final int FIXED_MAGIC_BITS = Float.floatToRawIntBits(FIXED_MAGIC);

    /** A blur takes its taps in groups of so many on each side, for loops without inner loops. */
    static final int GROUP = 4;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int WHITE_BITS = Float.floatToRawIntBits(255);

    /** The pixels that {@link #resample} takes at once, two to a long. */
    private static final int WORD = 8;

    /** The lower byte of either half of a long. */
    private static final long HALVES = 0x000000FF000000FFL;

    /** Keeps either half of a sum above 0, whatever the weights' signs, and rounds it. */
    private static final int OFFSET = 1 << 30;

    private static final long BEGIN =
            (OFFSET + (1L << (Resampling.PRECISION - 1))) * 0x0000000100000001L;

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

    /** The name of these loops, for a message. */
    String name() {
        return "plain Java loops";
    }

    /** The length of a row of bytes that is to be resampled: up to a whole number of steps. */
    int padded(int length) {
        return (length + WORD - 1) / WORD * WORD;
    }

    /**
     * Weighted sums of rows, rounded to 8 bits: {@code out[i] = sum_k weight[i][k] in[start[i] +
     * k]}.
     *
     * @param at where the first row begins
     * @param stride bytes from a row of {@code in} to the next
     * @param width bytes of a row, as {@link #padded} gives it; rows of {@code out} have that
     *     length
     */
    void resample(byte[] in, int at, int stride, int width, Resampling weights, byte[] out) {
        for (int i = 0; i < weights.count; i++) {
            int length = weights.lengths[i];
            int first = at + weights.starts[i] * stride;
            int taps = i * weights.taps;
            if (length == 2) {
                int w0 = weights.weights[taps];
                int w1 = weights.weights[taps + 1];
                twoTaps(in, first, first + stride, width, w0, w1, out, i * width);
            } else {
                manyTaps(in, first, stride, width, weights, taps, length, out, i * width);
            }
        }
    }

    /** The common case, enlarging by a triangle, without an inner loop. */
    private static void twoTaps(
            byte[] in, int first, int second, int width, int w0, int w1, byte[] out, int outAt) {
        for (int x = 0; x < width; x += WORD) {
            long p = (long) LONGS.get(in, first + x);
            long q = (long) LONGS.get(in, second + x);
            long a = BEGIN + (p & HALVES) * w0 + (q & HALVES) * w1;
            long b = BEGIN + (p >>> 8 & HALVES) * w0 + (q >>> 8 & HALVES) * w1;
            long c = BEGIN + (p >>> 16 & HALVES) * w0 + (q >>> 16 & HALVES) * w1;
            long d = BEGIN + (p >>> 24 & HALVES) * w0 + (q >>> 24 & HALVES) * w1;
            LONGS.set(out, outAt + x, bytes(a) | bytes(b) << 8 | bytes(c) << 16 | bytes(d) << 24);
        }
    }

    private static void manyTaps(
            byte[] in,
            int first,
            int stride,
            int width,
            Resampling weights,
            int at,
            int length,
            byte[] out,
            int outAt) {
        for (int x = 0; x < width; x += WORD) {
            long a = BEGIN;
            long b = BEGIN;
            long c = BEGIN;
            long d = BEGIN;
            int row = first + x;
            for (int k = 0; k < length; k++) {
                long p = (long) LONGS.get(in, row);
                long weight = weights.weights[at + k];
                a += (p & HALVES) * weight;
                b += (p >>> 8 & HALVES) * weight;
                c += (p >>> 16 & HALVES) * weight;
                d += (p >>> 24 & HALVES) * weight;
                row += stride;
            }
            LONGS.set(out, outAt + x, bytes(a) | bytes(b) << 8 | bytes(c) << 16 | bytes(d) << 24);
        }
    }

    /** Both halves of a sum, shifted and limited, in the lower bytes of the halves. */
    private static long bytes(long sums) {
        int low = ((int) sums - OFFSET) >> Resampling.PRECISION;
        int high = ((int) (sums >>> 32) - OFFSET) >> Resampling.PRECISION;
        return Math.max(0, Math.min(255, low)) | (long) Math.max(0, Math.min(255, high)) << 32;
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

    /** Floats to unsigned bytes, limited to 0 to 255 and rounded, half to even. */
    void narrow(float[] in, int inAt, byte[] out, int outAt, int count) {
        for (int i = 0; i < count; i++) {
            out[outAt + i] = (byte) rounded(limited(in[inAt + i]));
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

    /**
     * The sum of grey values over a range of at most {@link #LONGEST_SUM} pixels, in units of
     * {@link #GREY_UNITS}.
     */
    long greySum(float[] v, int plane, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            float grey = RED * v[i] + GREEN * v[plane + i] + BLUE * v[2 * plane + i];
            sum += rounded(grey * GREY_UNITS);
        }
        return sum;
    }

    /**
     * The sum of one plane's values over a range of at most {@link #LONGEST_SUM}, in units of
     * {@link #GREY_UNITS}.
     */
    long sum(float[] v, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += rounded(v[i] * GREY_UNITS);
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
            v[i] = limited(r * factor + grey);
            v[plane + i] = limited(g * factor + grey);
            v[2 * plane + i] = limited(b * factor + grey);
        }
    }

    /**
     * Turns the hue by a part of the circle, in HSV, in integers of 2^-12 and without a division:
     * with mn the smallest, d the largest minus the smallest and h the hue from 0 to 6 d, red is
     * {@code mn + limit(|h - 3d| - d)}, green {@code mn + limit(2d - |h - 2d|)} and blue {@code mn
     * + limit(2d - |h - 4d|)}, limited to 0 to d.
     *
     * @param shift part of the circle, -1/2 to 1/2
     */
    void hue(float[] v, int plane, int from, int to, float shift) {
        float turn = 6 * shift;
        for (int i = from; i < to; i++) {
            int r = fixed(v[i]);
            int g = fixed(v[plane + i]);
            int b = fixed(v[2 * plane + i]);
            int mx = Math.max(r, Math.max(g, b));
            int mn = Math.min(r, Math.min(g, b));
            int d = mx - mn;
            int h = mx == r ? g - b : mx == g ? b - r + 2 * d : r - g + 4 * d;
            h += Float.floatToRawIntBits(d * turn + FIXED_MAGIC) - FIXED_MAGIC_BITS;
            // From -4 d to 8 d into 0 to 6 d.
            h += (h >> 31) & (6 * d);
            h -= 6 * d;
            h += (h >> 31) & (6 * d);
            int red = Math.max(0, Math.min(d, Math.abs(h - 3 * d) - d));
            int green = Math.max(0, Math.min(d, 2 * d - Math.abs(h - 2 * d)));
            int blue = Math.max(0, Math.min(d, 2 * d - Math.abs(h - 4 * d)));
            v[i] = (mn + red) * FIXED_INVERSE;
            v[plane + i] = (mn + green) * FIXED_INVERSE;
            v[2 * plane + i] = (mn + blue) * FIXED_INVERSE;
        }
    }

    private static int fixed(float value) {
        return Float.floatToRawIntBits(value * FIXED + FIXED_MAGIC) - FIXED_MAGIC_BITS;
    }

    /**
     * A symmetric filter along equally spaced values: {@code out[i] = taps[0] in[i] + sum_k taps[k]
     * (in[i - k step] + in[i + k step])}.
     *
     * @param at where the first value in the middle lies; {@code groups * GROUP * step} values lie
     *     before it and after the last
     * @param step 1 along a row, the row's length across rows
     * @param taps the weights from the middle outwards, {@code groups * GROUP + 1} of them
     * @param groups the taps on each side, in groups of {@link #GROUP}
     */
    void blur(
            float[] in,
            int at,
            int step,
            float[] taps,
            int groups,
            float[] out,
            int outAt,
            int count) {
        blur(in, at, step, taps, groups, out, outAt, 0, count);
    }

    static void blur(
            float[] in,
            int at,
            int step,
            float[] taps,
            int groups,
            float[] out,
            int outAt,
            int from,
            int to) {
        for (int group = 0; group < groups; group++) {
            int k = 1 + group * GROUP;
            float t0 = taps[0];
            float t1 = taps[k];
            float t2 = taps[k + 1];
            float t3 = taps[k + 2];
            float t4 = taps[k + 3];
            int low = at - k * step;
            int high = at + k * step;
            for (int i = from; i < to; i++) {
                float sum = group == 0 ? t0 * in[at + i] : out[outAt + i];
                sum += t1 * (in[low + i] + in[high + i]);
                sum += t2 * (in[low - step + i] + in[high + step + i]);
                sum += t3 * (in[low - 2 * step + i] + in[high + 2 * step + i]);
                sum += t4 * (in[low - 3 * step + i] + in[high + 3 * step + i]);
                out[outAt + i] = sum;
            }
        }
    }

    private static int rounded(float value) {
        return Float.floatToRawIntBits(value + MAGIC) & MAGIC_MASK;
    }

    /** For loops that the compiler makes vectors of. */
    static float clamp(float value) {
        return Math.max(0, Math.min(255, value));
    }

    /**
     * The limit for other loops, where floats' minimum is a dozen instructions and integers' two.
     */
    private static float limited(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat(Math.max(0, Math.min(WHITE_BITS, bits)));
    }
}
