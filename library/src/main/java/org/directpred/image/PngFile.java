package org.directpred.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.InflaterInputStream;

/**
 * PNG images through the platform's decoder, which sees the chunks of the pixels alone: no text or
 * profile is inflated but those that may hold the orientation, and of those no more than Pillow
 * does.
 */
final class PngFile {
    /** The first bytes of every PNG file. */
    static final int[] MAGIC = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

    private static final int FIRST_DATA = 16;
    private static final int MOST_TEXT = 1 << 20;

    /** No deflated byte gives more. */
    private static final int LARGEST_EXPANSION = 1032;

    private static final String EXIF = "Raw profile type exif";
    private static final String APP1 = "Raw profile type APP1";
    private static final String XMP = "XML:com.adobe.xmp";

    private final byte[] bytes;
    private final String place;
    private final ByteArrayOutputStream plain = new ByteArrayOutputStream();
    private int exif = Exif.NONE;
    private int raw = Exif.NONE;
    private int xmp = Exif.NONE;
    private boolean animated;

    private PngFile(byte[] bytes, String place) {
        this.bytes = bytes;
        this.place = place;
    }

    static Image decode(byte[] bytes, String place) {
        return new PngFile(bytes, place).decode();
    }

    private Image decode() {
        // The first chunk is IHDR: length 13, its name, width, height, bits, colours.
        if (bytes.length < 33 || u32(8) != 13 || !"IHDR".equals(name(12))) {
            throw new CorruptImageException(
                    place, 8, "the chunk IHDR of 13 bytes", "something else", null);
        }
        long width = u32(FIRST_DATA);
        long height = u32(20);
        double stored = bitsPerPixel() / 8.0;
        PictureLimits.checkSize(place, height, width, 3 + Math.max(1, stored));
        if (height * width * stored > (double) bytes.length * LARGEST_EXPANSION) {
            throw new CorruptImageException(
                    place,
                    FIRST_DATA,
                    "no more pixels than a file of %d bytes can hold".formatted(bytes.length),
                    width + " x " + height,
                    null);
        }
        chunks();
        if (animated) {
            ImageDecoder.sayFirstFrame(place);
        }
        byte[] pixels = plain.toByteArray();
        return PictureLimits.within(
                height * width * (3 + Math.max(1, stored)),
                () -> {
                    BufferedImage picture =
                            PlatformDecoder.decode(pixels, place, "png", reader -> reader.read(0));
                    if (picture.getHeight() != height || picture.getWidth() != width) {
                        throw new CorruptImageException(
                                place,
                                FIRST_DATA,
                                width + " x " + height + " pixels",
                                "others",
                                null);
                    }
                    return Orientation.of(exif, raw, xmp)
                            .apply((int) height, (int) width, RasterPixels.rgb(picture, place));
                });
    }

    private int bitsPerPixel() {
        int bits = bytes[24] & 0xff;
        int colours = bytes[25] & 0xff;
        return switch (colours) {
            case 2 -> 3 * bits;
            case 4 -> 2 * bits;
            case 6 -> 4 * bits;
            default -> bits;
        };
    }

    /** Sorts the chunks; a file that is cut off ends with the last chunk, and that may be found. */
    private void chunks() {
        plain.write(bytes, 0, 8);
        int at = 8;
        while (at <= bytes.length - 8) {
            long length = u32(at);
            String name = name(at + 4);
            int from = at + 8;
            int to = (int) Math.min(bytes.length, from + length);
            int end = (int) Math.min(bytes.length, to + 4L);
            switch (name) {
                case "IHDR", "PLTE", "IDAT", "IEND" -> plain.write(bytes, at, end - at);
                case "eXIf" -> exif = Exif.orientation(bytes, from, to);
                case "tEXt", "zTXt", "iTXt" -> text(name, from, to);
                case "acTL" -> animated = true;
                default -> {
                    // No pixel depends on it.
                }
            }
            if ("IEND".equals(name)) {
                return;
            }
            at = end;
        }
    }

    private void text(String chunk, int from, int to) {
        int end = from;
        while (end < to && bytes[end] != 0) {
            end++;
        }
        String keyword = new String(bytes, from, end - from, StandardCharsets.ISO_8859_1);
        if (end >= to || !(keyword.equals(EXIF) || keyword.equals(APP1) || keyword.equals(XMP))) {
            return;
        }
        byte[] content = content(chunk, end + 1, to);
        if (keyword.equals(XMP)) {
            int found = Exif.xmpOrientation(content, 0, content.length);
            xmp = found == Exif.NONE ? xmp : found;
        } else {
            byte[] profile = profile(content);
            int found = Exif.orientation(profile, 0, profile.length);
            raw = found == Exif.NONE ? raw : found;
        }
    }

    /** The text behind the keyword, inflated where it is deflated; nothing where it is damaged. */
    private byte[] content(String chunk, int from, int to) {
        int at = from;
        boolean deflated = chunk.equals("zTXt");
        if (deflated) {
            at++;
        } else if (chunk.equals("iTXt")) {
            // Flag, method, language, translated keyword.
            deflated = at < to && bytes[at] == 1;
            at += 2;
            for (int strings = 0; strings < 2; strings++) {
                while (at < to && bytes[at] != 0) {
                    at++;
                }
                at++;
            }
        }
        if (at >= to) {
            return new byte[0];
        }
        if (!deflated) {
            return Arrays.copyOfRange(bytes, at, to);
        }
        try (InputStream in =
                new InflaterInputStream(new ByteArrayInputStream(bytes, at, to - at))) {
            byte[] content = in.readNBytes(MOST_TEXT + 1);
            return content.length > MOST_TEXT ? new byte[0] : content;
        } catch (IOException e) {
            return new byte[0];
        }
    }

    /** ImageMagick's raw profile: an empty line, a name, a length, and lines of hexadecimal. */
    private static byte[] profile(byte[] content) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        int at = 0;
        for (int line = 0; line < 3; line++) {
            at = text.indexOf('\n', at) + 1;
            if (at == 0) {
                return new byte[0];
            }
        }
        try {
            return HexFormat.of().parseHex(text.substring(at).replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    private String name(int at) {
        return new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
    }

    private long u32(int at) {
        long value = 0;
        for (int i = 0; i < 4; i++) {
            value = value << 8 | (bytes[at + i] & 0xff);
        }
        return value;
    }
}
