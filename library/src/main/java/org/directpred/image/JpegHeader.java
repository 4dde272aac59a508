package org.directpred.image;

/**
 * What the segments before a JPEG image's data say.
 *
 * @param height rows as stored
 * @param width columns as stored
 * @param components 1 grey, 3 colour, 4 CMYK or YCCK
 * @param orientation EXIF's, 1 to 8; 1 where there is none
 * @param adobeTransform of the Adobe segment: 0 none, 1 YCbCr, 2 YCCK; -1 where there is none
 */
record JpegHeader(int height, int width, int components, int orientation, int adobeTransform) {
    private static final int START = 0xd8;
    private static final int END = 0xd9;
    private static final int SCAN = 0xda;
    private static final int EXIF = 0xe1;
    private static final int ADOBE = 0xee;
    private static final int ORIENTATION_TAG = 0x0112;

    /**
     * Reads the segments up to the first scan.
     *
     * @throws CorruptImageException if they are not those of a JPEG image of 8 bits
     */
    static JpegHeader parse(byte[] bytes, String place) {
        int orientation = 1;
        int adobe = -1;
        int frame = -1;
        int at = 2;
        while (true) {
            // Any number of 0xff may precede a marker.
            if (at >= bytes.length || (bytes[at] & 0xff) != 0xff) {
                throw corrupt(place, at, "a JPEG marker", bytes);
            }
            while (at < bytes.length && (bytes[at] & 0xff) == 0xff) {
                at++;
            }
            if (at >= bytes.length) {
                throw corrupt(place, at, "a JPEG marker", bytes);
            }
            int marker = bytes[at++] & 0xff;
            if (marker == SCAN) {
                break;
            }
            if (marker == END || marker == START || marker == 0) {
                throw corrupt(place, at - 1, "a segment before the image's data", bytes);
            }
            if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
                continue;
            }
            if (at + 2 > bytes.length) {
                throw corrupt(place, at, "a segment's length", bytes);
            }
            int length = u16(bytes, at);
            if (length < 2 || length > bytes.length - at) {
                throw new CorruptImageException(
                        place,
                        at,
                        "a segment of 2 to " + (bytes.length - at) + " bytes",
                        length + " bytes",
                        null);
            }
            if (isFrame(marker)) {
                if (length < 8) {
                    throw new CorruptImageException(
                            place,
                            at,
                            "a frame header of 8 bytes or more",
                            length + " bytes",
                            null);
                }
                frame = at + 2;
            } else if (marker == EXIF) {
                orientation = Exif.orientation(bytes, at + 2, at + length, orientation);
            } else if (marker == ADOBE && length >= 14 && isAdobe(bytes, at + 2)) {
                adobe = bytes[at + 13] & 0xff;
            }
            at += length;
        }
        if (frame < 0) {
            throw new CorruptImageException(
                    place, at, "a frame header before the image's data", "none", null);
        }
        int precision = bytes[frame] & 0xff;
        int height = u16(bytes, frame + 1);
        int width = u16(bytes, frame + 3);
        int components = bytes[frame + 5] & 0xff;
        if (precision != 8
                || height == 0
                || width == 0
                || (components != 1 && components != 3 && components != 4)) {
            throw new CorruptImageException(
                    place,
                    frame,
                    "8 bits, at least 1 x 1 pixels, 1, 3 or 4 components",
                    "%d bits, %d x %d, %d components"
                            .formatted(precision, height, width, components),
                    null);
        }
        return new JpegHeader(height, width, components, orientation, adobe);
    }

    private static boolean isFrame(int marker) {
        // 0xc4, 0xc8 and 0xcc are tables among the frame headers.
        return marker >= 0xc0
                && marker <= 0xcf
                && marker != 0xc4
                && marker != 0xc8
                && marker != 0xcc;
    }

    private static boolean isAdobe(byte[] bytes, int at) {
        return bytes[at] == 'A'
                && bytes[at + 1] == 'd'
                && bytes[at + 2] == 'o'
                && bytes[at + 3] == 'b'
                && bytes[at + 4] == 'e';
    }

    private static CorruptImageException corrupt(
            String place, int at, String expected, byte[] bytes) {
        return new CorruptImageException(
                place,
                at,
                expected,
                at < bytes.length
                        ? "the byte 0x%02x".formatted(bytes[at] & 0xff)
                        : "the end of the file",
                null);
    }

    private static int u16(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }

    /** The one tag of EXIF that matters here. A damaged block is passed over, as viewers do. */
    private static final class Exif {
        private final byte[] bytes;
        private final int from;
        private final int to;
        private final boolean littleEndian;

        private Exif(byte[] bytes, int from, int to, boolean littleEndian) {
            this.bytes = bytes;
            this.from = from;
            this.to = to;
            this.littleEndian = littleEndian;
        }

        static int orientation(byte[] bytes, int from, int to, int otherwise) {
            boolean exif =
                    to - from >= 14
                            && bytes[from] == 'E'
                            && bytes[from + 1] == 'x'
                            && bytes[from + 2] == 'i'
                            && bytes[from + 3] == 'f'
                            && bytes[from + 4] == 0;
            if (!exif) {
                return otherwise;
            }
            Exif tiff = new Exif(bytes, from + 6, to, bytes[from + 6] == 'I');
            long directory = tiff.number(4, 4);
            long entries = tiff.number(directory, 2);
            for (int i = 0; i < entries; i++) {
                long entry = directory + 2 + 12L * i;
                if (tiff.number(entry, 2) == ORIENTATION_TAG) {
                    long value = tiff.number(entry + 8, 2);
                    return value >= 1 && value <= 8 ? (int) value : otherwise;
                }
            }
            return otherwise;
        }

        /** An unsigned number, or -1 where it does not lie inside the block. */
        private long number(long at, int length) {
            if (at < 0 || at + length > to - from) {
                return -1;
            }
            long value = 0;
            for (int i = 0; i < length; i++) {
                int byteAt = from + (int) at + (littleEndian ? length - 1 - i : i);
                value = value << 8 | (bytes[byteAt] & 0xff);
            }
            return value;
        }
    }
}
