package org.directpred.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/** The Java platform's decoders, their failures and warnings made one kind. */
final class PlatformDecoder {
    private PlatformDecoder() {}

    /** A request to a decoder. */
    interface Reading<T> {
        T from(ImageReader reader) throws IOException;
    }

    /**
     * Asks the decoder of a format.
     *
     * @param bytes the file
     * @param place for messages
     * @param format the format's name in ImageIO
     * @param reading what is asked
     * @throws CorruptImageException if the decoder fails, or warns of damage
     */
    static <T> T decode(byte[] bytes, String place, String format, Reading<T> reading) {
        return decode(platformReader(format), bytes, place, format, reading);
    }

    /** The platform's own decoder: another that is installed beside it may give other pixels. */
    private static ImageReader platformReader(String format) {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (reader.getClass().getModule().equals(ImageIO.class.getModule())) {
                return reader;
            }
            reader.dispose();
        }
        throw new IllegalStateException("this Java platform has no decoder for " + format);
    }

    /** Decodes by a given decoder, which is disposed of. */
    static <T> T decode(
            ImageReader reader, byte[] bytes, String place, String format, Reading<T> reading) {
        try {
            return stream(
                    bytes,
                    place,
                    format,
                    in -> {
                        reader.setInput(in, true, true);
                        String[] damage = new String[1];
                        reader.addIIOReadWarningListener(
                                (source, warning) -> {
                                    if (damage[0] == null && isDamage(warning)) {
                                        damage[0] = warning;
                                    }
                                });
                        T result = reading.from(reader);
                        if (damage[0] != null) {
                            throw failed(place, format, damage[0], null);
                        }
                        return result;
                    });
        } finally {
            reader.dispose();
        }
    }

    /**
     * Ends a decoder that reads on and on behind the end of its data: some take what is missing for
     * zeros, and damage may ask for billions of them.
     */
    private static final class EndingStream extends MemoryCacheImageInputStream {
        private static final int MOST_ENDS = 1000;

        private int ends;

        EndingStream(byte[] bytes) {
            super(new ByteArrayInputStream(bytes));
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            if (value < 0 && ++ends > MOST_ENDS) {
                throw new IIOException("data that ends early");
            }
            return value;
        }
    }

    /** A request to a stream. */
    interface Streaming<T> {
        T from(ImageInputStream in) throws IOException;
    }

    /**
     * Reads from a stream on a file's bytes.
     *
     * @throws CorruptImageException whatever goes wrong
     */
    static <T> T stream(byte[] bytes, String place, String format, Streaming<T> reading) {
        try (ImageInputStream in = new EndingStream(bytes)) {
            return reading.from(in);
        } catch (CorruptImageException e) {
            throw e;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            // The platform's decoders answer damage with exceptions of every kind.
            String message = e.getMessage();
            throw failed(
                    place,
                    format,
                    e instanceof IOException && message != null ? message : String.valueOf(e),
                    e);
        } catch (OutOfMemoryError e) {
            // Damage that makes a decoder ask for memory beyond what the picture's size needs.
            throw failed(place, format, "one that asks for too much memory", e);
        }
    }

    /**
     * Whether a warning of libjpeg means that pixels are missing or wrong. Those that do not leave
     * a whole picture, which Pillow takes too.
     */
    static boolean isDamage(String warning) {
        return !warning.contains("extraneous bytes before marker")
                && !warning.contains("Invalid SOS parameters")
                && !warning.contains("Unknown Adobe color transform code")
                && !warning.contains("unknown JFIF revision number");
    }

    private static CorruptImageException failed(
            String place, String format, String found, @Nullable Throwable cause) {
        return new CorruptImageException(
                place, -1, "a " + format.toUpperCase(Locale.ROOT) + " image", found, cause);
    }
}
