package org.directpred.image;

import java.nio.ByteBuffer;

/** Two views (or one) of each of several images. */
public final class ViewBatch extends ImageBatch {

    ViewBatch(Prefetcher engine, Prefetcher.Filled filled) {
        super(engine, filled.buffers, filled.indices);
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
     * @throws IllegalStateException after {@link #close}, or if the loader makes first views alone
     */
    public ByteBuffer second() {
        return buffer(1);
    }
}
