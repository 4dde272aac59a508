package org.directpred.image;

/** The type of a batch's values. */
public enum ElementType {
    /** 4 bytes in native order, normalised. */
    FLOAT32(Float.BYTES),
    /**
     * 1 byte, rounded, 0 to 255 and not normalised: a quarter of the memory; the {@link
     * Normalisation} is left to the device.
     */
    UINT8(1);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes for each value. */
    public int bytes() {
        return bytes;
    }
}
