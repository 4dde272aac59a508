package org.directpred.image;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inner loops on the Vector API: the arithmetic of {@link Kernels}, operation by operation, on
 * many pixels at once; what remains of a row is left to it. Only the blur fuses multiplication and
 * addition, which plain loops cannot do quickly; it differs by less than 1e-4 of 255.
 *
 * <p>Compiled in an execution of its own and loaded by name, where the incubating module is there.
 * Only parts of the API that are the same from JDK 17 on are used.
 */
final class VectorKernels extends Kernels {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS =
            VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final int LANES = FLOATS.length();

    /** Bytes for as many lanes need at least 64 bits, the smallest vector there is. */
    private static final boolean BYTES_FIT = LANES >= 8;

    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(
                    byte.class,
                    BYTES_FIT ? VectorShape.forBitSize(LANES * Byte.SIZE) : VectorShape.S_64_BIT);

    private static final int WHITE_BITS = Float.floatToRawIntBits(255);

    @Override
    String name() {
        return "Vector API, " + LANES + " values at a time";
    }

    @Override
    int padded(int length) {
        return BYTES_FIT ? (length + LANES - 1) / LANES * LANES : super.padded(length);
    }

    private static IntVector unsigned(byte[] in, int at) {
        return ((IntVector)
                        ByteVector.fromArray(BYTES, in, at)
                                .convertShape(VectorOperators.B2I, INTS, 0))
                .and(0xff);
    }

    @Override
    void resample(byte[] in, int at, int stride, int width, Resampling weights, byte[] out) {
        if (!BYTES_FIT) {
            super.resample(in, at, stride, width, weights, out);
            return;
        }
        int[] all = weights.weights;
        for (int i = 0; i < weights.count; i++) {
            int length = weights.lengths[i];
            int first = at + weights.starts[i] * stride;
            int taps = i * weights.taps;
            int w0 = all[taps];
            int w1 = length == 2 ? all[taps + 1] : 0;
            if (length <= 2 && w0 >= 0 && w1 >= 0) {
                // A weight of zero may belong to a row that is not there.
                int second = w1 == 0 ? first : first + stride;
                twoTaps(in, first, second, width, w0, w1, out, i * width);
            } else {
                manyTaps(in, first, stride, width, all, taps, length, out, i * width);
            }
        }
    }

    /** The common case, enlarging by a triangle, without an inner loop. */
    private static void twoTaps(
            byte[] in, int first, int second, int width, int w0, int w1, byte[] out, int outAt) {
        for (int x = 0; x < width; x += LANES) {
            IntVector sum =
                    unsigned(in, first + x)
                            .mul(w0)
                            .add(unsigned(in, second + x).mul(w1))
                            .add(1 << (Resampling.PRECISION - 1));
            // The weights are not negative and add up to one: no need to limit.
            ((ByteVector)
                            sum.lanewise(VectorOperators.LSHR, Resampling.PRECISION)
                                    .convertShape(VectorOperators.I2B, BYTES, 0))
                    .intoArray(out, outAt + x);
        }
    }

    private static void manyTaps(
            byte[] in,
            int first,
            int stride,
            int width,
            int[] weights,
            int at,
            int length,
            byte[] out,
            int outAt) {
        for (int x = 0; x < width; x += LANES) {
            IntVector sum = IntVector.broadcast(INTS, 1 << (Resampling.PRECISION - 1));
            int row = first + x;
            for (int k = 0; k < length; k++) {
                sum = sum.add(unsigned(in, row).mul(weights[at + k]));
                row += stride;
            }
            sum = sum.lanewise(VectorOperators.ASHR, Resampling.PRECISION).min(255).max(0);
            ((ByteVector) sum.convertShape(VectorOperators.I2B, BYTES, 0))
                    .intoArray(out, outAt + x);
        }
    }

    @Override
    void widen(byte[] in, int inAt, float[] out, int outAt, int count) {
        int whole = BYTES_FIT ? FLOATS.loopBound(count) : 0;
        for (int i = 0; i < whole; i += LANES) {
            ((FloatVector) unsigned(in, inAt + i).convertShape(VectorOperators.I2F, FLOATS, 0))
                    .intoArray(out, outAt + i);
        }
        super.widen(in, inAt + whole, out, outAt + whole, count - whole);
    }

    @Override
    void narrow(float[] in, int inAt, byte[] out, int outAt, int count) {
        int whole = BYTES_FIT ? FLOATS.loopBound(count) : 0;
        for (int i = 0; i < whole; i += LANES) {
            FloatVector v = clamped(FloatVector.fromArray(FLOATS, in, inAt + i));
            ((ByteVector) integers(v).convertShape(VectorOperators.I2B, BYTES, 0))
                    .intoArray(out, outAt + i);
        }
        super.narrow(in, inAt + whole, out, outAt + whole, count - whole);
    }

    private static IntVector integers(FloatVector v) {
        return v.add(MAGIC).reinterpretAsInts().and(MAGIC_MASK);
    }

    /**
     * Floats that are not negative have the order of their bits, and a negative one has the sign of
     * its bits: the least and the largest by integers is one instruction, by floats several, for
     * the sake of NaN and -0.
     */
    private static FloatVector clamped(FloatVector v) {
        return v.reinterpretAsInts().min(WHITE_BITS).max(0).reinterpretAsFloats();
    }

    @Override
    void affine(float[] v, int from, int to, float scale, float shift) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector.fromArray(FLOATS, v, i).mul(scale).add(shift).intoArray(v, i);
        }
        super.affine(v, i, to, scale, shift);
    }

    @Override
    void affineClamped(float[] v, int from, int to, float scale, float shift) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            clamped(FloatVector.fromArray(FLOATS, v, i).mul(scale).add(shift)).intoArray(v, i);
        }
        super.affineClamped(v, i, to, scale, shift);
    }

    @Override
    void solarise(float[] v, int from, int to, float threshold) {
        FloatVector white = FloatVector.broadcast(FLOATS, 255);
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector x = FloatVector.fromArray(FLOATS, v, i);
            VectorMask<Float> bright = x.compare(VectorOperators.GE, threshold);
            x.blend(white.sub(x), bright).intoArray(v, i);
        }
        super.solarise(v, i, to, threshold);
    }

    private static FloatVector greyOf(FloatVector r, FloatVector g, FloatVector b) {
        return r.mul(RED).add(g.mul(GREEN)).add(b.mul(BLUE));
    }

    /*
     * In one piece, as hue below: on JDK 17 a sum that crosses a call is allocated at every step.
     */
    @Override
    long greySum(float[] v, int plane, int from, int to) {
        IntVector sum = IntVector.zero(INTS);
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            sum =
                    FloatVector.fromArray(FLOATS, v, i)
                            .mul(RED)
                            .add(FloatVector.fromArray(FLOATS, v, plane + i).mul(GREEN))
                            .add(FloatVector.fromArray(FLOATS, v, 2 * plane + i).mul(BLUE))
                            .mul(GREY_UNITS)
                            .add(MAGIC)
                            .reinterpretAsInts()
                            .and(MAGIC_MASK)
                            .add(sum);
        }
        return total(sum) + super.greySum(v, plane, i, to);
    }

    @Override
    long sum(float[] v, int from, int to) {
        IntVector sum = IntVector.zero(INTS);
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            sum =
                    FloatVector.fromArray(FLOATS, v, i)
                            .mul(GREY_UNITS)
                            .add(MAGIC)
                            .reinterpretAsInts()
                            .and(MAGIC_MASK)
                            .add(sum);
        }
        return total(sum) + super.sum(v, i, to);
    }

    /** Adds the lanes without overflow. */
    private static long total(IntVector part) {
        long sum = 0;
        for (int lane : part.toArray()) {
            sum += lane;
        }
        return sum;
    }

    @Override
    void grey(float[] v, int plane, int from, int to) {
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector grey =
                    greyOf(
                            FloatVector.fromArray(FLOATS, v, i),
                            FloatVector.fromArray(FLOATS, v, plane + i),
                            FloatVector.fromArray(FLOATS, v, 2 * plane + i));
            grey.intoArray(v, i);
            grey.intoArray(v, plane + i);
            grey.intoArray(v, 2 * plane + i);
        }
        super.grey(v, plane, i, to);
    }

    @Override
    void saturation(float[] v, int plane, int from, int to, float factor) {
        float rest = 1 - factor;
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            FloatVector r = FloatVector.fromArray(FLOATS, v, i);
            FloatVector g = FloatVector.fromArray(FLOATS, v, plane + i);
            FloatVector b = FloatVector.fromArray(FLOATS, v, 2 * plane + i);
            FloatVector grey = greyOf(r, g, b).mul(rest);
            clamped(r.mul(factor).add(grey)).intoArray(v, i);
            clamped(g.mul(factor).add(grey)).intoArray(v, plane + i);
            clamped(b.mul(factor).add(grey)).intoArray(v, 2 * plane + i);
        }
        super.saturation(v, plane, i, to, factor);
    }

    /*
     * In one piece: the compiler gives up on inlining methods of ours far down in a long loop (its
     * NodeCountInliningCutoff), and a vector that crosses a call is allocated.
     */
    @Override
    void hue(float[] v, int plane, int from, int to, float shift) {
        float turn = 6 * shift;
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            IntVector r =
                    FloatVector.fromArray(FLOATS, v, i)
                            .mul(FIXED)
                            .add(FIXED_MAGIC)
                            .reinterpretAsInts();
            IntVector g =
                    FloatVector.fromArray(FLOATS, v, plane + i)
                            .mul(FIXED)
                            .add(FIXED_MAGIC)
                            .reinterpretAsInts();
            IntVector b =
                    FloatVector.fromArray(FLOATS, v, 2 * plane + i)
                            .mul(FIXED)
                            .add(FIXED_MAGIC)
                            .reinterpretAsInts();
            // The magic number's own bits cancel in all differences, and go from mn at the end.
            IntVector mx = r.max(g.max(b));
            IntVector mn = r.min(g.min(b));
            IntVector d = mx.sub(mn);
            IntVector d2 = d.add(d);
            IntVector d4 = d2.add(d2);
            IntVector d6 = d4.add(d2);
            IntVector h = r.sub(g).add(d4);
            h = h.blend(b.sub(r).add(d2), mx.compare(VectorOperators.EQ, g));
            h = h.blend(g.sub(b), mx.compare(VectorOperators.EQ, r));
            FloatVector degrees = (FloatVector) d.convertShape(VectorOperators.I2F, FLOATS, 0);
            h = degrees.mul(turn).add(FIXED_MAGIC).reinterpretAsInts().sub(FIXED_MAGIC_BITS).add(h);
            h = h.add(h.lanewise(VectorOperators.ASHR, 31).and(d6)).sub(d6);
            h = h.add(h.lanewise(VectorOperators.ASHR, 31).and(d6));
            mn = mn.sub(FIXED_MAGIC_BITS);
            IntVector red = h.sub(d2.add(d)).abs().sub(d).min(d).max(0).add(mn);
            IntVector green = d2.sub(h.sub(d2).abs()).min(d).max(0).add(mn);
            IntVector blue = d2.sub(h.sub(d4).abs()).min(d).max(0).add(mn);
            ((FloatVector) red.convertShape(VectorOperators.I2F, FLOATS, 0))
                    .mul(FIXED_INVERSE)
                    .intoArray(v, i);
            ((FloatVector) green.convertShape(VectorOperators.I2F, FLOATS, 0))
                    .mul(FIXED_INVERSE)
                    .intoArray(v, plane + i);
            ((FloatVector) blue.convertShape(VectorOperators.I2F, FLOATS, 0))
                    .mul(FIXED_INVERSE)
                    .intoArray(v, 2 * plane + i);
        }
        super.hue(v, plane, i, to, shift);
    }

    @Override
    void blur(
            float[] in,
            int at,
            int step,
            float[] taps,
            int groups,
            float[] out,
            int outAt,
            int count) {
        int whole = FLOATS.loopBound(count);
        FloatVector t0 = FloatVector.broadcast(FLOATS, taps[0]);
        for (int group = 0; group < Math.max(1, groups); group++) {
            int k = 1 + group * GROUP;
            FloatVector t1 = FloatVector.broadcast(FLOATS, taps[k]);
            FloatVector t2 = FloatVector.broadcast(FLOATS, taps[k + 1]);
            FloatVector t3 = FloatVector.broadcast(FLOATS, taps[k + 2]);
            FloatVector t4 = FloatVector.broadcast(FLOATS, taps[k + 3]);
            int near = k * step;
            for (int i = 0; i < whole; i += LANES) {
                FloatVector sum =
                        group == 0
                                ? FloatVector.fromArray(FLOATS, in, at + i).mul(t0)
                                : FloatVector.fromArray(FLOATS, out, outAt + i);
                int low = at + i - near;
                int high = at + i + near;
                sum = pair(in, low, high).fma(t1, sum);
                sum = pair(in, low - step, high + step).fma(t2, sum);
                sum = pair(in, low - 2 * step, high + 2 * step).fma(t3, sum);
                sum = pair(in, low - 3 * step, high + 3 * step).fma(t4, sum);
                sum.intoArray(out, outAt + i);
            }
        }
        blur(in, at, step, taps, groups, out, outAt, whole, count);
    }

    private static FloatVector pair(float[] in, int low, int high) {
        return FloatVector.fromArray(FLOATS, in, low).add(FloatVector.fromArray(FLOATS, in, high));
    }
}
