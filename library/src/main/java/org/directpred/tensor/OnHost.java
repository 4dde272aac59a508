package org.directpred.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Function;

/**
 * An array's numbers on the host. Each call waits for the device.
 *
 * <p>DJL's own {@code toFloatArray}, {@code getDouble} and so on leave a copy with the array's
 * manager wherever the array lies on a GPU or is not contiguous: an array that lasts as long as a
 * run would leak at each look. Here the copy is gone when the call ends.
 */
public final class OnHost {
    private OnHost() {}

    /** The numbers of a float32 array, in row-major order. */
    public static float[] floats(NDArray array) {
        return read(array, NDArray::toFloatArray);
    }

    /** The numbers of a float64 array, in row-major order. */
    public static double[] doubles(NDArray array) {
        return read(array, NDArray::toDoubleArray);
    }

    /** The numbers of an int64 array, in row-major order. */
    public static long[] longs(NDArray array) {
        return read(array, NDArray::toLongArray);
    }

    /**
     * The number of an array of one element.
     *
     * @throws IllegalArgumentException if it has more, or none, or is of another type than float32
     *     and float64
     */
    public static double number(NDArray array) {
        if (array.size() != 1) {
            throw new IllegalArgumentException(
                    "expected an array of one element, not one of shape " + array.getShape());
        }
        if (array.getDataType() == DataType.FLOAT64) {
            return doubles(array)[0];
        }
        if (array.getDataType() == DataType.FLOAT32) {
            return floats(array)[0];
        }
        throw new IllegalArgumentException(
                "expected float32 or float64, not " + array.getDataType());
    }

    /** What is done with an array's bytes. */
    @FunctionalInterface
    public interface Bytes<E extends Exception> {
        /**
         * Takes the bytes.
         *
         * @param buffer of no use when this has returned
         */
        void take(ByteBuffer buffer) throws E;
    }

    /** Hands the array's bytes over, row-major and in the machine's order, without a Java copy. */
    public static <E extends Exception> void bytes(NDArray array, Bytes<E> taker) throws E {
        try (NDManager scope = array.getManager().newSubManager()) {
            taker.take(own(array, scope).toByteBuffer(true).order(ByteOrder.nativeOrder()));
        }
    }

    private static <T> T read(NDArray array, Function<NDArray, T> function) {
        try (NDManager scope = array.getManager().newSubManager()) {
            return function.apply(own(array, scope));
        }
    }

    /** The same memory under a manager of its own, which DJL's copies go to. */
    private static NDArray own(NDArray array, NDManager scope) {
        NDArray mine = array.stopGradient();
        mine.attach(scope);
        return mine;
    }
}
