package org.directpred.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Data that cannot be read or is not what its format says: names the file, the place in it, what
 * was expected there and what was found.
 */
public class ImageDataException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String file;
    private final long offset;

    /**
     * A message of the form {@code file, at byte offset: expected ..., found ...}.
     *
     * @param file the file, or the file and the entry inside it
     * @param offset the byte where it went wrong, or -1 where no single byte is to blame
     * @param expected what the format asks for
     * @param found what is there
     */
    public ImageDataException(String file, long offset, String expected, String found) {
        this(file, offset, expected, found, null);
    }

    /**
     * A message of that form, with the exception that led here.
     *
     * @param file the file, or the file and the entry inside it
     * @param offset the byte where it went wrong, or -1 where no single byte is to blame
     * @param expected what the format asks for
     * @param found what is there
     * @param cause the exception that led here, or null
     */
    public ImageDataException(
            String file, long offset, String expected, String found, @Nullable Throwable cause) {
        super(
                String.format(
                        Locale.ROOT,
                        "%s%s: expected %s, found %s",
                        file,
                        offset < 0 ? "" : ", at byte " + offset,
                        expected,
                        found),
                cause);
        this.file = file;
        this.offset = offset;
    }

    /** For a file that the operating system does not give. */
    static ImageDataException unreadable(Path file, IOException cause) {
        return new ImageDataException(
                file.toString(), -1, "a file that can be read", String.valueOf(cause), cause);
    }

    /** The file, or the file and the entry inside it. */
    public String file() {
        return file;
    }

    /** The byte where it went wrong, or -1 where no single byte is to blame. */
    public long offset() {
        return offset;
    }
}
