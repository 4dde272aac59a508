package org.directpred.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * From a picture of the platform to red, green and blue as Pillow's {@code convert("RGB")} gives
 * them: the stored samples, by no profile; alpha is dropped; of 16 bits the upper 8 count.
 */
final class RasterPixels {
    private RasterPixels() {}

    /**
     * The picture's pixels as red, green and blue.
     *
     * @return {@code [height, width, 3]}
     * @throws CorruptImageException if the picture is of a kind that has no such pixels
     */
    static byte[] rgb(BufferedImage picture, String place) {
        ColorModel model = picture.getColorModel();
        Raster raster = picture.getRaster();
        int bands = raster.getNumBands();
        int type = model.getColorSpace().getType();
        byte[] pixels = new byte[Math.multiplyExact(3, raster.getWidth() * raster.getHeight())];
        if (model instanceof IndexColorModel palette) {
            int[] colours = new int[palette.getMapSize()];
            palette.getRGBs(colours);
            return fromPalette(raster, colours);
        } else if (type == ColorSpace.TYPE_GRAY && bands <= 2 && isWhole(raster)) {
            fromSamples(raster, new int[] {0, 0, 0}, alpha(model, bands), pixels);
        } else if (type == ColorSpace.TYPE_RGB && bands >= 3 && bands <= 4 && isWhole(raster)) {
            fromSamples(raster, new int[] {0, 1, 2}, alpha(model, bands), pixels);
        } else if (type == ColorSpace.TYPE_CMYK && bands >= 4 && isWhole(raster)) {
            fromCmyk(raster, false, pixels);
        } else {
            throw new CorruptImageException(
                    place,
                    -1,
                    "grey, RGB, CMYK or a palette, of 1 to 16 bits",
                    "%d samples of %d bits, colour space %d"
                            .formatted(bands, raster.getSampleModel().getSampleSize(0), type),
                    null);
        }
        return pixels;
    }

    /** Whether the samples are whole numbers of 1 to 16 bits; a damaged mask has none. */
    private static boolean isWhole(Raster raster) {
        int type = raster.getSampleModel().getDataType();
        boolean whole = type >= 0 && type <= DataBuffer.TYPE_INT;
        for (int size : raster.getSampleModel().getSampleSize()) {
            whole &= size >= 1 && size <= 16;
        }
        return whole;
    }

    /** The band by which the others were multiplied, or -1. */
    private static int alpha(ColorModel model, int bands) {
        return model.hasAlpha() && model.isAlphaPremultiplied() ? bands - 1 : -1;
    }

    /** The colours of a raster of indices; an index beyond the palette is black. */
    static byte[] fromPalette(Raster raster, int[] palette) {
        byte[] pixels = new byte[Math.multiplyExact(3, raster.getWidth() * raster.getHeight())];
        int[] row = new int[raster.getWidth()];
        int at = 0;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getSamples(0, y, row.length, 1, 0, row);
            for (int index : row) {
                int rgb = index < palette.length ? palette[index] : 0;
                pixels[at++] = (byte) (rgb >> 16);
                pixels[at++] = (byte) (rgb >> 8);
                pixels[at++] = (byte) rgb;
            }
        }
        return pixels;
    }

    private static void fromSamples(Raster raster, int[] bands, int alpha, byte[] pixels) {
        int count = raster.getNumBands();
        int[] bits = raster.getSampleModel().getSampleSize();
        int[] row = new int[count * raster.getWidth()];
        int at = 0;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(0, y, raster.getWidth(), 1, row);
            for (int from = 0; from < row.length; from += count) {
                int covered = alpha < 0 ? 255 : eight(row[from + alpha], bits[alpha]);
                for (int band : bands) {
                    int value = eight(row[from + band], bits[band]);
                    if (covered != 255) {
                        value = covered == 0 ? 0 : Math.min(255, value * 255 / covered);
                    }
                    pixels[at++] = (byte) value;
                }
            }
        }
    }

    /**
     * The colours of a raster of ink, whatever its colour model takes it for.
     *
     * @param inverted whether the decoder has made 255 of no ink
     * @throws CorruptImageException if it has no four samples of 1 to 16 bits
     */
    static byte[] fromCmyk(Raster raster, boolean inverted, String place) {
        if (raster.getNumBands() < 4 || !isWhole(raster)) {
            throw new CorruptImageException(
                    place,
                    -1,
                    "four inks of 1 to 16 bits",
                    "%d samples of %d bits"
                            .formatted(
                                    raster.getNumBands(), raster.getSampleModel().getSampleSize(0)),
                    null);
        }
        byte[] pixels = new byte[Math.multiplyExact(3, raster.getWidth() * raster.getHeight())];
        fromCmyk(raster, inverted, pixels);
        return pixels;
    }

    private static void fromCmyk(Raster raster, boolean inverted, byte[] pixels) {
        int count = raster.getNumBands();
        int bits = raster.getSampleModel().getSampleSize(0);
        int width = raster.getWidth();
        int[] row = new int[count * width];
        byte[] ink = new byte[4 * width];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < 4; c++) {
                    ink[4 * x + c] = (byte) eight(row[count * x + c], bits);
                }
            }
            byte[] rgb = JpegColour.fromCmyk(ink, inverted);
            System.arraycopy(rgb, 0, pixels, y * rgb.length, rgb.length);
        }
    }

    private static int eight(int sample, int bits) {
        if (bits == 8) {
            return sample;
        }
        return bits > 8 ? sample >> (bits - 8) : sample * 255 / ((1 << bits) - 1);
    }
}
