package org.directpred.image;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * libturbojpeg's decoder through JNA; one instance for each thread, freed with it. Equal to what
 * Pillow gives, which uses the same library: accurate DCT, smooth upsampling.
 */
final class TurboJpeg {
    private static final int RGB = 0;
    private static final int CMYK = 11;
    private static final int CMYK_BYTES = 4;

    /** Bytes of the largest picture whose buffer is kept for the next one. */
    private static final int KEPT = 1 << 24;

    /** The names by which systems know the library. */
    private static final List<String> NAMES =
            List.of("turbojpeg", "libturbojpeg.so.0", "libturbojpeg.so.1");

    private static final Cleaner CLEANER = Cleaner.create();

    /** The functions used, by their names in C. */
    interface Functions extends Library {
        Pointer tjInitDecompress();

        int tjDecompress2(
                Pointer handle,
                ByteBuffer jpeg,
                NativeLong length,
                ByteBuffer target,
                int width,
                int pitch,
                int height,
                int pixelFormat,
                int flags);

        int tjDecompressHeader3(
                Pointer handle,
                ByteBuffer jpeg,
                NativeLong length,
                IntByReference width,
                IntByReference height,
                IntByReference subsampling,
                IntByReference colourSpace);

        String tjGetErrorStr2(Pointer handle);

        int tjDestroy(Pointer handle);
    }

    private static final class Loaded {
        static final Optional<Functions> FUNCTIONS = load();

        private static Optional<Functions> load() {
            for (String name : NAMES) {
                try {
                    return Optional.of(Native.load(name, Functions.class));
                } catch (UnsatisfiedLinkError e) {
                    // The next name; the caller says so when none is found.
                }
            }
            return Optional.empty();
        }
    }

    /** The library's state; replaced after a failure, which leaves it in the middle of a file. */
    private static final class Handle implements Runnable {
        final Functions functions;
        private @Nullable Pointer pointer;

        Handle(Functions functions) {
            this.functions = functions;
            renew();
        }

        Pointer pointer() {
            return Objects.requireNonNull(pointer, "the decoder is closed");
        }

        void renew() {
            run();
            pointer = functions.tjInitDecompress();
            if (pointer == null) {
                throw new IllegalStateException("libturbojpeg gave no decoder");
            }
        }

        @Override
        public void run() {
            if (pointer != null) {
                functions.tjDestroy(pointer);
                pointer = null;
            }
        }
    }

    private final Functions functions;
    private final Handle handle;
    private ByteBuffer jpeg = ByteBuffer.allocateDirect(1 << 17);
    private ByteBuffer decoded = ByteBuffer.allocateDirect(1 << 20);

    private TurboJpeg(Functions functions) {
        this.functions = functions;
        this.handle = new Handle(functions);
        CLEANER.register(this, handle);
    }

    static boolean isAvailable() {
        return Loaded.FUNCTIONS.isPresent();
    }

    static TurboJpeg create() {
        return new TurboJpeg(
                Loaded.FUNCTIONS.orElseThrow(
                        () -> new IllegalStateException("libturbojpeg is not installed")));
    }

    /**
     * Decodes into colour.
     *
     * @param bytes the file
     * @param header what its header says, limits being checked
     * @param place for messages
     * @return {@code [height, width, 3]}
     * @throws CorruptImageException if the library cannot decode it, or if it ends too early
     */
    byte[] decode(byte[] bytes, JpegHeader header, String place) {
        jpeg = atLeast(jpeg, bytes.length);
        jpeg.clear().put(bytes).flip();
        NativeLong length = new NativeLong(bytes.length);
        IntByReference width = new IntByReference();
        IntByReference height = new IntByReference();
        check(
                functions.tjDecompressHeader3(
                        handle.pointer(),
                        jpeg,
                        length,
                        width,
                        height,
                        new IntByReference(),
                        new IntByReference()),
                place);
        // The buffer is sized by our reading of the header: the library must agree with it.
        if (width.getValue() != header.width() || height.getValue() != header.height()) {
            throw new CorruptImageException(
                    place,
                    -1,
                    "one size, " + header.width() + " x " + header.height(),
                    "another further on, " + width.getValue() + " x " + height.getValue(),
                    null);
        }
        boolean cmyk = header.components().size() == CMYK_BYTES;
        int pitch = header.width() * (cmyk ? CMYK_BYTES : 3);
        int count = Math.multiplyExact(pitch, header.height());
        byte[] pixels;
        if (count <= KEPT) {
            decoded = atLeast(decoded, count);
            decode(length, decoded, header, pitch, cmyk, place);
            // Made only now, so that it is still in the processor's cache when it is filled.
            pixels = new byte[count];
            decoded.get(0, pixels);
        } else {
            // Given back at once, not when the garbage collector finds it.
            try (Memory memory = new Memory(count)) {
                ByteBuffer large = memory.getByteBuffer(0, count);
                decode(length, large, header, pitch, cmyk, place);
                pixels = new byte[count];
                large.get(0, pixels);
            }
        }
        return cmyk ? JpegColour.fromCmyk(pixels, true) : pixels;
    }

    private void decode(
            NativeLong length,
            ByteBuffer target,
            JpegHeader header,
            int pitch,
            boolean cmyk,
            String place) {
        check(
                functions.tjDecompress2(
                        handle.pointer(),
                        jpeg,
                        length,
                        target,
                        header.width(),
                        pitch,
                        header.height(),
                        cmyk ? CMYK : RGB,
                        0),
                place);
    }

    private void check(int status, String place) {
        if (status == 0) {
            return;
        }
        String message = functions.tjGetErrorStr2(handle.pointer());
        // The library reports warnings and failures alike, and its code for a failure after a
        // warning is that of the warning. A subsampling that it has no name for it decodes.
        if (PlatformDecoder.isDamage(message)
                && !message.contains("Could not determine subsampling type")) {
            handle.renew();
            throw new CorruptImageException(place, -1, "a JPEG image", message, null);
        }
    }

    private static ByteBuffer atLeast(ByteBuffer buffer, int length) {
        return buffer.capacity() >= length ? buffer : ByteBuffer.allocateDirect(length);
    }
}
