package org.directpred.image;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Several images in memory that an engine takes as it is.
 *
 * <p>The buffers are direct, in native order, and hold {@code [size, channels, height, width]}.
 * They belong to the loader's pool: valid until {@link #close}, after which the loader fills them
 * anew. An engine that does not copy (DJL's PyTorch engine on a CPU does not) must be done with the
 * batch before it is closed. A batch that is never closed costs memory, not correctness: its
 * buffers go with the garbage.
 */
public abstract sealed class ImageBatch implements AutoCloseable permits ViewBatch, PlainBatch {
    private final int channels;
    private final int height;
    private final int width;
    private final ElementType type;
    private final int[] indices;
    private final Consumer<ByteBuffer[]> release;
    private ByteBuffer @Nullable [] buffers;

    /**
     * A batch over filled buffers.
     *
     * @param engine gets the buffers back
     * @param indices of the images, in their order in the buffers
     */
    ImageBatch(Prefetcher engine, ByteBuffer[] buffers, int[] indices) {
        this.channels = engine.channels();
        this.height = engine.height();
        this.width = engine.width();
        this.type = engine.type();
        this.indices = indices;
        this.buffers = buffers;
        this.release = engine::release;
    }

    /** Number of images. */
    public final int size() {
        return indices.length;
    }

    /** Planes of each. */
    public final int channels() {
        return channels;
    }

    /** Rows of each. */
    public final int height() {
        return height;
    }

    /** Columns of each. */
    public final int width() {
        return width;
    }

    /** The type of the buffers' values. */
    public final ElementType type() {
        return type;
    }

    /** The images' indices in the source, {@code [size]}; not a copy. */
    public final int[] indices() {
        return indices;
    }

    /** One of the buffers, position 0 to limit. */
    final synchronized ByteBuffer buffer(int number) {
        if (buffers == null) {
            throw new IllegalStateException(
                    "the batch is closed; its buffers hold other images by now");
        }
        if (number >= buffers.length) {
            throw new IllegalStateException(
                    "the loader makes no second views: withSecondViews(true) does");
        }
        return Buffers.part(buffers[number], size() * channels * height * width * type.bytes());
    }

    /** Gives the buffers back to the loader. Closing twice does nothing. */
    @Override
    public final synchronized void close() {
        if (buffers != null) {
            release.accept(buffers);
            buffers = null;
        }
    }
}
