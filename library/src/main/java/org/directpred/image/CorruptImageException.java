package org.directpred.image;

import org.jspecify.annotations.Nullable;

/**
 * One image that cannot be decoded. A loader skips it, counts it, names it and goes on; every other
 * {@link ImageDataException} stops a run.
 */
public final class CorruptImageException extends ImageDataException {
    private static final long serialVersionUID = 1;

    /**
     * See {@link ImageDataException}.
     *
     * @param file the file, or the file and the entry inside it
     * @param offset the byte where it went wrong, or -1 where no single byte is to blame
     * @param expected what the format asks for
     * @param found what is there
     * @param cause the exception that led here, or null
     */
    public CorruptImageException(
            String file, long offset, String expected, String found, @Nullable Throwable cause) {
        super(file, offset, expected, found, cause);
    }
}
