package org.directpred.image;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Several images without randomness, for evaluation. The buffer is the loader's: see {@link
 * ViewBatch} for how long it is valid.
 */
public final class PlainBatch implements AutoCloseable {
    private final int size;
    private final int channels;
    private final int height;
    private final int width;
    private final ElementType type;
    private final int[] indices;
    private final int[] labels;
    private final Consumer<ByteBuffer[]> release;
    private ByteBuffer[] buffers;

    PlainBatch(
            ByteBuffer[] buffers,
            int[] indices,
            int[] labels,
            int channels,
            int height,
            int width,
            ElementType type,
            Consumer<ByteBuffer[]> release) {
        this.size = indices.length;
        this.channels = channels;
        this.height = height;
        this.width = width;
        this.type = type;
        this.indices = indices;
        this.labels = labels;
        this.buffers = buffers;
        this.release = release;
    }

    /** Number of images; corrupt ones are left out. */
    public int size() {
        return size;
    }

    /** Planes of each. */
    public int channels() {
        return channels;
    }

    /** Rows of each. */
    public int height() {
        return height;
    }

    /** Columns of each. */
    public int width() {
        return width;
    }

    /** What the buffer holds for each value. */
    public ElementType type() {
        return type;
    }

    /** The images' indices in the source, {@code [size]}; not a copy. */
    public int[] indices() {
        return indices;
    }

    /** The images' labels, {@code [size]}; not a copy. */
    public int[] labels() {
        return labels;
    }

    /**
     * The images, {@code [size, channels, height, width]}, position 0 to limit.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public synchronized ByteBuffer images() {
        if (buffers == null) {
            throw new IllegalStateException(
                    "the batch is closed; its buffer holds other images by now");
        }
        return Buffers.part(buffers[0], size * channels * height * width * type.bytes());
    }

    /** Gives the buffer back to the loader. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        if (buffers != null) {
            release.accept(buffers);
            buffers = null;
        }
    }
}
