package org.directpred.tensor;

import com.sun.jna.NativeLibrary;

/**
 * The counters of the pretend GPU that this JVM was started on; {@code environment/pretend-gpu} has
 * its source.
 */
public final class PretendGpu {
    private static final NativeLibrary LIBRARY =
            NativeLibrary.getInstance(System.getProperty("pretend.gpu"));

    private PretendGpu() {}

    /** How often the host has waited for the device. */
    public static long waits() {
        return ask("waits");
    }

    /** Copies from the device to the host. */
    public static long copiesToHost() {
        return ask("copies_to_host");
    }

    /** Bytes of them. */
    public static long bytesToHost() {
        return ask("bytes_to_host");
    }

    /** Copies from the host to the device. */
    public static long copiesToDevice() {
        return ask("copies_to_device");
    }

    /** Those among them that the host did not wait for. */
    public static long lateCopiesToDevice() {
        return ask("late_copies_to_device");
    }

    /** Bytes that arrays on the device hold. */
    public static long liveBytes() {
        return ask("live_bytes");
    }

    /** The most bytes that they have held. */
    public static long peakBytes() {
        return ask("peak_bytes");
    }

    /** Pinned buffers that were written again while a copy from them was under way. */
    public static long buffersReusedTooEarly() {
        return ask("buffers_reused_too_early");
    }

    private static long ask(String counter) {
        return LIBRARY.getFunction("pretend_gpu_" + counter).invokeLong(new Object[0]);
    }
}
