package org.directpred.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Small helps with buffers. */
final class Buffers {
    private Buffers() {}

    /** The first bytes of a buffer, in native order. */
    static ByteBuffer part(ByteBuffer whole, int bytes) {
        return whole.slice(0, bytes).order(ByteOrder.nativeOrder());
    }
}
