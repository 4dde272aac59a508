package org.directpred.image;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The first page of TIFF files through the platform's decoder, its size being checked before. */
final class TiffFile {
    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS = 258;
    private static final int PHOTOMETRIC = 262;
    private static final int PALETTE = 3;
    private static final int SEPARATED = 5;
    private static final int COMPRESSION = 259;
    private static final int JPEG = 7;
    private static final int COLOUR_MAP = 320;
    private static final int SAMPLES = 277;
    private static final int XMP = 700;
    private static final int TILE_WIDTH = 322;
    private static final int TILE_HEIGHT = 323;

    private TiffFile() {}

    static Image decode(byte[] bytes, String place) {
        TiffTags tags = TiffTags.of(bytes, 0, bytes.length);
        if (tags == null) {
            throw new CorruptImageException(place, 4, "a TIFF file with a directory", "none", null);
        }
        long width = (long) tags.first(WIDTH, 0);
        long height = (long) tags.first(HEIGHT, 0);
        double samples = tags.first(SAMPLES, 1);
        double bits = tags.first(BITS, 1);
        if (!(samples >= 1 && samples <= 8 && bits >= 1 && bits <= 16)) {
            throw new CorruptImageException(
                    place,
                    -1,
                    "1 to 8 samples of 1 to 16 bits",
                    "%s of %s".formatted(samples, bits),
                    null);
        }
        double perPixel = 3 + Math.max(1, samples * bits / 8) * 2;
        PictureLimits.checkSize(place, height, width, perPixel);
        long tileWidth = (long) tags.first(TILE_WIDTH, (double) width);
        long tileHeight = (long) tags.first(TILE_HEIGHT, (double) height);
        PictureLimits.checkSize(place, tileHeight, tileWidth, perPixel);
        if (tags.hasNext()) {
            ImageDecoder.sayFirstFrame(place);
        }
        int[] palette = palette(tags, (int) bits);
        boolean inks = tags.first(PHOTOMETRIC, 0) == SEPARATED;
        boolean jpeg = tags.first(COMPRESSION, 1) == JPEG;
        if (inks && jpeg && isYcck(bytes)) {
            throw new CorruptImageException(
                    place,
                    -1,
                    "inks as they are in a TIFF image compressed by JPEG",
                    "Adobe's mark of luma and chroma (YCCK), which decoders read differently",
                    null);
        }
        byte[] xmp = tags.bytes(XMP);
        Orientation orientation =
                Orientation.of(
                        Exif.orientation(bytes, 0, bytes.length),
                        Exif.xmpOrientation(xmp, 0, xmp.length));
        return PictureLimits.within(
                perPixel * height * width,
                () -> {
                    BufferedImage picture =
                            PlatformDecoder.decode(bytes, place, "tiff", reader -> reader.read(0));
                    if (picture.getHeight() != height || picture.getWidth() != width) {
                        throw new CorruptImageException(
                                place, -1, width + " x " + height + " pixels", "others", null);
                    }
                    byte[] pixels;
                    if (palette != null) {
                        pixels = RasterPixels.fromPalette(picture.getRaster(), palette);
                    } else if (inks) {
                        // The platform takes ink of 16 bits for colour, and inverts JPEG's.
                        pixels = RasterPixels.fromCmyk(picture.getRaster(), jpeg, place);
                    } else {
                        pixels = RasterPixels.rgb(picture, place);
                    }
                    return orientation.apply((int) height, (int) width, pixels);
                });
    }

    /** Whether Adobe's marker in one of the JPEG streams says that the inks are transformed. */
    private static boolean isYcck(byte[] bytes) {
        byte[] mark = {(byte) 0xff, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e'};
        for (int i = 0; i + 15 < bytes.length; i++) {
            if (bytes[i] == mark[0]
                    && Arrays.equals(bytes, i, i + mark.length, mark, 0, mark.length)
                    && bytes[i + 15] != 0) {
                return true;
            }
        }
        return false;
    }

    /** Colours of 16 bits, of which the upper 8 count; null where the picture has no palette. */
    private static int @Nullable [] palette(TiffTags tags, int bits) {
        int[] map =
                tags.first(PHOTOMETRIC, 0) == PALETTE && bits <= 8
                        ? tags.shorts(COLOUR_MAP, 3 << bits)
                        : null;
        if (map == null) {
            return null;
        }
        int[] palette = new int[1 << bits];
        for (int i = 0; i < palette.length; i++) {
            int red = map[i] >> 8;
            int green = map[palette.length + i] >> 8;
            int blue = map[2 * palette.length + i] >> 8;
            palette[i] = red << 16 | green << 8 | blue;
        }
        return palette;
    }
}
