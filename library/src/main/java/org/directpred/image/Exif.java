package org.directpred.image;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The orientation that EXIF or XMP gives a picture, 1 to 8. A damaged block gives none, as in
 * viewers.
 */
final class Exif {
    /** The result of {@link #orientation} where the block says nothing. */
    static final int NONE = 0;

    private static final int ORIENTATION_TAG = 0x0112;
    private static final byte[] PREFIX = {'E', 'x', 'i', 'f', 0, 0};
    private static final Pattern XMP = Pattern.compile("tiff:Orientation(?:=\"|>)([0-9])");

    private Exif() {}

    /** Whether bytes begin as EXIF's segment of a JPEG file does. */
    static boolean isPrefixed(byte[] bytes, int from, int to) {
        if (to - from < PREFIX.length) {
            return false;
        }
        for (int i = 0; i < PREFIX.length; i++) {
            if (bytes[from + i] != PREFIX[i]) {
                return false;
            }
        }
        return true;
    }

    /** Bytes that {@link #isPrefixed} takes as a prefix. */
    static int prefixLength() {
        return PREFIX.length;
    }

    /**
     * The orientation in a block of EXIF.
     *
     * @param bytes hold the block, which is a TIFF file, with EXIF's prefix or without
     * @param from its first byte
     * @param to the byte after its last
     * @return the number that is there, 1 where it is none from 1 to 8, or {@link #NONE} where
     *     there is no such tag
     */
    static int orientation(byte[] bytes, int from, int to) {
        int start = from;
        while (isPrefixed(bytes, start, to)) {
            start += PREFIX.length;
        }
        TiffTags tags = TiffTags.of(bytes, start, to);
        double value = tags == null ? NONE : tags.first(ORIENTATION_TAG, NONE);
        return value == NONE ? NONE : valid(value);
    }

    /** The orientation in a text of XMP, which counts where EXIF has none. */
    static int xmpOrientation(byte[] bytes, int from, int to) {
        Matcher found =
                XMP.matcher(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
        return found.find() ? valid(Integer.parseInt(found.group(1))) : NONE;
    }

    private static int valid(double value) {
        return value >= 1 && value <= 8 && value == Math.rint(value) ? (int) value : 1;
    }
}
