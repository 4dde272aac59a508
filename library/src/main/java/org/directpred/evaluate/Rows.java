package org.directpred.evaluate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Float rows of equal length in direct or mapped memory, in parts of less than 2 GiB each. */
final class Rows {
    private static final long PART_BYTES = 1L << 30;

    /** A row must fit into a part. */
    static final int MOST_FEATURES = (int) (PART_BYTES / Float.BYTES);

    private final int size;
    private final int dimension;
    private final int rowsPerPart;
    private final FloatBuffer[] parts;

    private Rows(int size, int dimension, int rowsPerPart, FloatBuffer[] parts) {
        this.size = size;
        this.dimension = dimension;
        this.rowsPerPart = rowsPerPart;
        this.parts = parts;
    }

    /** Where the bytes of a part come from. */
    interface Memory<E extends Exception> {
        /** A buffer over the bytes from {@code offset} on, {@code length} of them. */
        ByteBuffer part(long offset, int length) throws E;
    }

    /** Rows in direct memory, all 0. */
    static Rows allocate(int size, int dimension) {
        return in(size, dimension, (offset, length) -> ByteBuffer.allocateDirect(length));
    }

    /** Rows in the memory that is handed over part by part. */
    static <E extends Exception> Rows in(int size, int dimension, Memory<E> memory) throws E {
        long rowBytes = (long) dimension * Float.BYTES;
        int rowsPerPart = (int) Math.max(1, Math.min(size, PART_BYTES / rowBytes));
        FloatBuffer[] parts = new FloatBuffer[(size + rowsPerPart - 1) / rowsPerPart];
        for (int p = 0; p < parts.length; p++) {
            long first = (long) p * rowsPerPart;
            long count = Math.min(rowsPerPart, size - first);
            parts[p] =
                    memory.part(first * rowBytes, Math.toIntExact(count * rowBytes))
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .asFloatBuffer();
        }
        return new Rows(size, dimension, rowsPerPart, parts);
    }

    int size() {
        return size;
    }

    int dimension() {
        return dimension;
    }

    /** The first rows alone, in the same memory. */
    Rows first(int count) {
        return new Rows(count, dimension, rowsPerPart, parts);
    }

    /** Reads a row. */
    void get(int row, float[] into) {
        parts[row / rowsPerPart].get(row % rowsPerPart * dimension, into, 0, dimension);
    }

    /** Writes a row. */
    void put(int row, float[] from, int offset) {
        parts[row / rowsPerPart].put(row % rowsPerPart * dimension, from, offset, dimension);
    }

    /** Copies a row to a buffer's position, which moves on. */
    void copy(int row, FloatBuffer to) {
        to.put(parts[row / rowsPerPart].slice(row % rowsPerPart * dimension, dimension));
    }

    /** Copies neighbouring rows to a buffer's position, which moves on. */
    void copy(int row, int count, FloatBuffer to) {
        int done = 0;
        while (done < count) {
            int inPart = (row + done) % rowsPerPart;
            int now = Math.min(count - done, rowsPerPart - inPart);
            to.put(parts[(row + done) / rowsPerPart].slice(inPart * dimension, now * dimension));
            done += now;
        }
    }
}
