package org.directpred.image;

import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * How large a picture and its file may be. A picture that the heap has no room for is a corrupt
 * image and no end of the run: its header is asked before memory is taken, and large ones are
 * decoded one after the other.
 */
final class PictureLimits {
    /** The number of pixels above which Pillow refuses a picture as a decompression bomb. */
    static final long MOST_PIXELS = 178_956_970;

    /** The share of the heap that one picture may take while it is decoded. */
    private static final int HEAP_SHARE = 5;

    /** Pictures below this are decoded without waiting for others. */
    private static final long SMALL = 1 << 24;

    private static final long MEBIBYTE = 1 << 20;
    private static final long BUDGET = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
    private static final int PERMITS = (int) Math.min(1 << 20, BUDGET / MEBIBYTE + 1);
    private static final Semaphore MEMORY = new Semaphore(PERMITS, true);

    /** A longer file is no photograph of a data set, and need not fit in memory. */
    private static final long MOST_BYTES = 1L << 28;

    /** The share of the heap that one file may take: several threads read at a time. */
    private static final int FILE_SHARE = 8;

    private PictureLimits() {}

    /** The most bytes that an image's file may have to be read at all. */
    static long mostBytes() {
        return Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / FILE_SHARE);
    }

    /**
     * Refuses to read a file that would not fit beside the others in memory.
     *
     * @throws CorruptImageException so that a loader names it, counts it and goes on
     */
    static void requireReadable(String place, long bytes) {
        if (bytes > mostBytes()) {
            throw new CorruptImageException(
                    place,
                    -1,
                    "an image of at most " + mostBytes() + " bytes",
                    bytes
                            + " bytes (a larger heap, java -Xmx, allows more, up to "
                            + MOST_BYTES
                            + ")",
                    null);
        }
    }

    /**
     * Refuses a picture by its size.
     *
     * @param bytesPerPixel what decoding takes in memory, the result included
     * @throws CorruptImageException if there is no pixel, or more than Pillow or the heap takes
     */
    static void checkSize(String place, long height, long width, double bytesPerPixel) {
        // Each side is below 2^33, so the product fits once one of them is known to be small.
        boolean some = height >= 1 && width >= 1;
        boolean fits =
                some
                        && height <= MOST_PIXELS
                        && width <= MOST_PIXELS
                        && height * width <= MOST_PIXELS;
        if (!fits) {
            throw new CorruptImageException(
                    place,
                    -1,
                    "at least 1 and at most " + MOST_PIXELS + " pixels",
                    width + " x " + height,
                    null);
        }
        long most = (long) (BUDGET / bytesPerPixel);
        if (height * width > most) {
            throw new CorruptImageException(
                    place,
                    -1,
                    "at most %d pixels, as this JVM's heap of %d MiB takes (-Xmx gives more)"
                            .formatted(most, Runtime.getRuntime().maxMemory() / MEBIBYTE),
                    width + " x " + height,
                    null);
        }
    }

    /**
     * Decodes once there is room beside the other large pictures that are being decoded.
     *
     * @param bytes what decoding takes in memory
     */
    static Image within(double bytes, Supplier<Image> decoding) {
        if (bytes < SMALL) {
            return decoding.get();
        }
        int permits = (int) Math.min(PERMITS, (long) bytes / MEBIBYTE);
        // A worker is not interrupted, and one that is must still give its permits back.
        MEMORY.acquireUninterruptibly(permits);
        try {
            return decoding.get();
        } finally {
            MEMORY.release(permits);
        }
    }
}
