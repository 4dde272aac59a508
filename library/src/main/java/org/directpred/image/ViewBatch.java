package org.directpred.image;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Two views of each of several images, in memory that an engine takes as it is.
 *
 * <p>The buffers are direct, in native order, and hold {@code [size, channels, height, width]}.
 * They belong to the loader's pool: valid until {@link #close}, after which the loader fills them
 * anew. An engine that does not copy (DJL's PyTorch engine on a CPU does not) must be done with the
 * batch before it is closed. A batch that is never closed costs memory, not correctness: its
 * buffers go with the garbage.
 */
public final class ViewBatch implements AutoCloseable {
    private final int size;
    private final int channels;
    private final int height;
    private final int width;
    private final ElementType type;
    private final int[] indices;
    private final Consumer<ByteBuffer[]> release;
    private ByteBuffer[] buffers;

    ViewBatch(
            Prefetcher.Filled filled,
            int channels,
            int height,
            int width,
            ElementType type,
            Consumer<ByteBuffer[]> release) {
        this.size = filled.indices.length;
        this.channels = channels;
        this.height = height;
        this.width = width;
        this.type = type;
        this.indices = filled.indices;
        this.buffers = filled.buffers;
        this.release = release;
    }

    /** Number of images. */
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

    /** What the buffers hold for each value. */
    public ElementType type() {
        return type;
    }

    /** The images' indices in the source, {@code [size]}; not a copy. */
    public int[] indices() {
        return indices;
    }

    /**
     * The first views, {@code [size, channels, height, width]}, position 0 to limit.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public ByteBuffer first() {
        return buffer(0);
    }

    /**
     * The second views, {@code [size, channels, height, width]}, position 0 to limit.
     *
     * @throws IllegalStateException after {@link #close}
     */
    public ByteBuffer second() {
        return buffer(1);
    }

    private synchronized ByteBuffer buffer(int view) {
        if (buffers == null) {
            throw new IllegalStateException(
                    "the batch is closed; its buffers hold other images by now");
        }
        return Buffers.part(buffers[view], size * channels * height * width * type.bytes());
    }

    /** Gives the buffers back to the loader. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        if (buffers != null) {
            release.accept(buffers);
            buffers = null;
        }
    }
}
