package org.directpred.image;

import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/** The first page of TIFF files through the platform's decoder, its size being checked before. */
final class TiffFile {
    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS = 258;
    private static final int PHOTOMETRIC = 262;
    private static final int PALETTE = 3;
    private static final int COLOUR_MAP = 320;
    private static final int SAMPLES = 277;
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
        int orientation = Exif.orientation(bytes, 0, bytes.length);
        return PictureLimits.within(
                perPixel * height * width,
                () -> {
                    BufferedImage picture =
                            PlatformDecoder.decode(bytes, place, "tiff", reader -> reader.read(0));
                    if (picture.getHeight() != height || picture.getWidth() != width) {
                        throw new CorruptImageException(
                                place, -1, width + " x " + height + " pixels", "others", null);
                    }
                    byte[] pixels =
                            palette == null
                                    ? RasterPixels.rgb(picture, place)
                                    : RasterPixels.fromPalette(picture.getRaster(), palette);
                    return Orientation.of(orientation).apply((int) height, (int) width, pixels);
                });
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
