package org.directpred.image;

import java.nio.ByteBuffer;

/** Several images without randomness, for evaluation; corrupt ones are left out. */
public final class PlainBatch extends ImageBatch {
    private final int[] labels;

    PlainBatch(Prefetcher engine, ByteBuffer[] buffers, int[] indices, int[] labels) {
        super(engine, buffers, indices);
        this.labels = labels;
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
    public ByteBuffer images() {
        return buffer(0);
    }
}
