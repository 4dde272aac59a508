package org.directpred.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The segments before a JPEG image's data, as libjpeg understands them. Frames that one decoder
 * reads and another does not are refused here, so that no image depends on which of them is
 * installed.
 *
 * @param height rows as stored
 * @param width columns as stored
 * @param components one for grey, three for colour, four for CMYK or YCCK
 * @param colour what the components mean
 * @param orientation EXIF's, or else XMP's, 1 to 8; 1 where there is none
 */
record JpegHeader(
        int height, int width, List<Component> components, Colour colour, int orientation) {
    /** The most scans of one image; encoders write about ten, and each costs a pass over it. */
    static final int MOST_SCANS = 100;

    private static final int BASELINE = 0xc0;
    private static final int EXTENDED = 0xc1;
    private static final int PROGRESSIVE = 0xc2;
    private static final int START = 0xd8;
    private static final int END = 0xd9;
    private static final int SCAN = 0xda;
    private static final int APP1 = 0xe1;
    private static final int ADOBE = 0xee;
    private static final byte[] XMP =
            "http://ns.adobe.com/xap/1.0/\0".getBytes(StandardCharsets.US_ASCII);

    /** Coefficients of a block from which libjpeg guesses those that are missing. */
    private static final int SMOOTHED = 10;

    JpegHeader {
        components = List.copyOf(components);
    }

    /** The colour space of an image's components. */
    enum Colour {
        GREY,
        RGB,
        YCC,
        CMYK,
        YCCK
    }

    /**
     * A component of the frame.
     *
     * @param id its number
     * @param across its horizontal sampling factor, 1 to 4
     * @param down its vertical sampling factor, 1 to 4
     */
    record Component(int id, int across, int down) {}

    /** The largest sampling factors of the components, across and down. */
    int mostAcross() {
        return components.stream().mapToInt(Component::across).max().orElseThrow();
    }

    /** See {@link #mostAcross}. */
    int mostDown() {
        return components.stream().mapToInt(Component::down).max().orElseThrow();
    }

    /**
     * Reads the segments up to the first scan, and counts the scans where there may be many.
     *
     * @throws CorruptImageException if they are not those of a JPEG image that every decoder reads
     */
    static JpegHeader parse(byte[] bytes, String place) {
        return new Parser(bytes, place).parse();
    }

    /** The state of reading one file. */
    private static final class Parser {
        private final byte[] bytes;
        private final String place;
        private int at = 2;
        private int length;
        private int frame = -1;
        private int frameMarker;
        private boolean jfif;
        private int adobe = -1;
        private byte @Nullable [] exif;
        private int xmpOrientation = Exif.NONE;

        Parser(byte[] bytes, String place) {
            this.bytes = bytes;
            this.place = place;
        }

        JpegHeader parse() {
            for (int marker = marker(); marker != SCAN; marker = marker()) {
                if (marker == END || marker == START || marker == 0) {
                    throw corrupt(at - 1, "a segment before the image's data");
                }
                if (standsAlone(marker)) {
                    continue;
                }
                segment();
                if (isFrame(marker)) {
                    frame(marker);
                } else {
                    application(marker);
                }
                at += length;
            }
            if (frame < 0) {
                throw new CorruptImageException(
                        place, at, "a frame header before the image's data", "none", null);
            }
            segment();
            List<Component> components = components();
            checkScans(components);
            int orientation = exif == null ? Exif.NONE : Exif.orientation(exif, 0, exif.length);
            if (orientation == Exif.NONE) {
                orientation = xmpOrientation;
            }
            return new JpegHeader(
                    u16(frame + 1),
                    u16(frame + 3),
                    components,
                    colour(components),
                    orientation == Exif.NONE ? 1 : orientation);
        }

        /** The next marker; any number of 0xff may precede it. */
        private int marker() {
            if (at >= bytes.length || (bytes[at] & 0xff) != 0xff) {
                throw corrupt(at, "a JPEG marker");
            }
            while (at < bytes.length && (bytes[at] & 0xff) == 0xff) {
                at++;
            }
            if (at >= bytes.length) {
                throw corrupt(at, "a JPEG marker");
            }
            return bytes[at++] & 0xff;
        }

        /** Reads the length of the segment that begins here. */
        private void segment() {
            if (at + 2 > bytes.length) {
                throw corrupt(at, "a segment's length");
            }
            length = u16(at);
            if (length < 2 || length > bytes.length - at) {
                throw new CorruptImageException(
                        place,
                        at,
                        "a segment of 2 to " + (bytes.length - at) + " bytes",
                        length + " bytes",
                        null);
            }
        }

        private void frame(int marker) {
            if (length < 8) {
                throw new CorruptImageException(
                        place, at, "a frame header of 8 bytes or more", length + " bytes", null);
            }
            if (frame >= 0) {
                throw new CorruptImageException(
                        place, at - 2, "one frame header", "a second one", null);
            }
            frame = at + 2;
            frameMarker = marker;
        }

        private void application(int marker) {
            int from = at + 2;
            int to = at + length;
            if (marker == 0xe0) {
                jfif |= startsWith(from, to, 'J', 'F', 'I', 'F', 0) && length >= 16;
            } else if (marker == ADOBE) {
                if (startsWith(from, to, 'A', 'd', 'o', 'b', 'e') && length >= 14) {
                    adobe = bytes[from + 11] & 0xff;
                }
            } else if (marker == APP1 && Exif.isPrefixed(bytes, from, to)) {
                exif(from, to);
            } else if (marker == APP1 && isXmp(from, to)) {
                xmpOrientation = Exif.xmpOrientation(bytes, from + XMP.length, to);
            }
        }

        /** A block that is too long for a segment goes on in the next; so the first one leads. */
        private void exif(int from, int to) {
            int prefix = Exif.prefixLength();
            if (exif == null) {
                exif = Arrays.copyOfRange(bytes, from + prefix, to);
            } else {
                ByteArrayOutputStream both = new ByteArrayOutputStream();
                both.writeBytes(exif);
                both.write(bytes, from + prefix, to - from - prefix);
                exif = both.toByteArray();
            }
        }

        private boolean isXmp(int from, int to) {
            return to - from >= XMP.length
                    && Arrays.equals(bytes, from, from + XMP.length, XMP, 0, XMP.length);
        }

        private boolean startsWith(int from, int to, int... start) {
            if (to - from < start.length) {
                return false;
            }
            for (int i = 0; i < start.length; i++) {
                if ((bytes[from + i] & 0xff) != start[i]) {
                    return false;
                }
            }
            return true;
        }

        private List<Component> components() {
            int precision = bytes[frame] & 0xff;
            int height = u16(frame + 1);
            int width = u16(frame + 3);
            int count = bytes[frame + 5] & 0xff;
            if (precision != 8
                    || height == 0
                    || width == 0
                    || (count != 1 && count != 3 && count != 4)) {
                throw new CorruptImageException(
                        place,
                        frame,
                        "8 bits, at least 1 x 1 pixels, 1, 3 or 4 components",
                        "%d bits, %d x %d, %d components"
                                .formatted(precision, height, width, count),
                        null);
            }
            if (frameMarker != BASELINE && frameMarker != EXTENDED && frameMarker != PROGRESSIVE) {
                throw new CorruptImageException(
                        place,
                        frame - 3,
                        "a baseline or progressive JPEG image with Huffman's codes, as every"
                                + " decoder reads; save it as one",
                        process(frameMarker),
                        null);
            }
            if (u16(frame - 2) != 8 + 3 * count) {
                throw new CorruptImageException(
                        place,
                        frame - 2,
                        "a frame header of %d bytes for %d components"
                                .formatted(8 + 3 * count, count),
                        u16(frame - 2) + " bytes",
                        null);
            }
            List<Component> components = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int from = frame + 6 + 3 * i;
                int factors = bytes[from + 1] & 0xff;
                components.add(new Component(bytes[from] & 0xff, factors >> 4, factors & 15));
            }
            checkSampling(components);
            return components;
        }

        private void checkSampling(List<Component> components) {
            int across = components.stream().mapToInt(Component::across).max().orElseThrow();
            int down = components.stream().mapToInt(Component::down).max().orElseThrow();
            for (Component each : components) {
                if (each.across < 1
                        || each.across > 4
                        || each.down < 1
                        || each.down > 4
                        || across % each.across != 0
                        || down % each.down != 0) {
                    StringBuilder found = new StringBuilder();
                    for (Component one : components) {
                        found.append(found.isEmpty() ? "" : ", ")
                                .append(one.across)
                                .append('x')
                                .append(one.down);
                    }
                    throw new CorruptImageException(
                            place,
                            frame + 6,
                            "sampling factors from 1 to 4 that divide the largest",
                            found.toString(),
                            null);
                }
            }
        }

        private static String process(int marker) {
            return switch (marker) {
                case 0xc3, 0xc7, 0xcb, 0xcf -> "a lossless one";
                case 0xc9, 0xca -> "one with arithmetic coding";
                default -> "a hierarchical one";
            };
        }

        /** As libjpeg decides it: JFIF first, then Adobe's marker, then the components' numbers. */
        private Colour colour(List<Component> components) {
            if (components.size() == 1) {
                return Colour.GREY;
            }
            if (components.size() == 4) {
                return adobe <= 0 ? Colour.CMYK : Colour.YCCK;
            }
            if (jfif) {
                return Colour.YCC;
            }
            if (adobe >= 0) {
                return adobe == 0 ? Colour.RGB : Colour.YCC;
            }
            boolean named =
                    components.get(0).id == 'R'
                            && components.get(1).id == 'G'
                            && components.get(2).id == 'B';
            return named ? Colour.RGB : Colour.YCC;
        }

        /**
         * Walks over the scans of a file that may have several of them. One whose scans leave the
         * largest coefficients unsaid is damaged: decoders guess them, each in its own way.
         */
        private void checkScans(List<Component> components) {
            int inFirst = length > 2 ? bytes[at + 2] & 0xff : 0;
            boolean progressive = frameMarker == PROGRESSIVE;
            if (!progressive && inFirst >= components.size()) {
                return;
            }
            int scans = 0;
            // The bits that are still missing of each component's coefficients; -1: all of them.
            int[][] missing = new int[components.size()][SMOOTHED];
            for (int[] each : missing) {
                Arrays.fill(each, -1);
            }
            while (true) {
                segment();
                if (++scans > MOST_SCANS) {
                    throw new CorruptImageException(
                            place,
                            at - 2,
                            "at most "
                                    + MOST_SCANS
                                    + " scans (encoders write about ten); save it anew",
                            "more",
                            null);
                }
                scan(components, missing);
                at += length;
                if (!nextScan()) {
                    break;
                }
            }
            if (progressive) {
                checkComplete(missing);
            }
        }

        private void scan(List<Component> components, int[][] missing) {
            int count = length > 2 ? bytes[at + 2] & 0xff : 0;
            if (length != 6 + 2 * count) {
                // The decoder says what is wrong with it.
                return;
            }
            int first = bytes[at + 3 + 2 * count] & 0xff;
            int last = Math.min(SMOOTHED - 1, bytes[at + 4 + 2 * count] & 0xff);
            int low = bytes[at + 5 + 2 * count] & 15;
            for (int i = 0; i < count; i++) {
                int id = bytes[at + 3 + 2 * i] & 0xff;
                for (int c = 0; c < missing.length; c++) {
                    if (components.get(c).id == id) {
                        for (int k = first; k <= last; k++) {
                            missing[c][k] = low;
                        }
                        break;
                    }
                }
            }
        }

        /** Passes over a scan's data and the tables after it; false at the end of the image. */
        private boolean nextScan() {
            while (at + 1 < bytes.length) {
                if (bytes[at] != (byte) 0xff) {
                    at++;
                    continue;
                }
                int marker = bytes[at + 1] & 0xff;
                if (marker == 0xff) {
                    at++;
                } else if (marker == 0 || standsAlone(marker)) {
                    at += 2;
                } else if (marker == END) {
                    return false;
                } else {
                    at += 2;
                    if (marker == SCAN) {
                        return true;
                    }
                    segment();
                    at += length;
                }
            }
            return false;
        }

        private void checkComplete(int[][] missing) {
            boolean known = true;
            boolean whole = true;
            for (int[] each : missing) {
                known &= each[0] >= 0;
                for (int k = 1; k < SMOOTHED; k++) {
                    whole &= each[k] == 0;
                }
            }
            if (known && !whole) {
                throw new CorruptImageException(
                        place,
                        -1,
                        "a progressive image with all of its scans",
                        "one whose later scans are missing",
                        null);
            }
        }

        private CorruptImageException corrupt(int offset, String expected) {
            return new CorruptImageException(
                    place,
                    offset,
                    expected,
                    offset < bytes.length
                            ? "the byte 0x%02x".formatted(bytes[offset] & 0xff)
                            : "the end of the file",
                    null);
        }

        private int u16(int offset) {
            return (bytes[offset] & 0xff) << 8 | (bytes[offset + 1] & 0xff);
        }
    }

    /** Whether a marker has no segment behind it. */
    private static boolean standsAlone(int marker) {
        return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7);
    }

    private static boolean isFrame(int marker) {
        // 0xc4, 0xc8 and 0xcc are tables among the frame headers.
        return marker >= 0xc0
                && marker <= 0xcf
                && marker != 0xc4
                && marker != 0xc8
                && marker != 0xcc;
    }
}
