package org.directpred.image;

import java.awt.image.BufferedImage;
import org.jspecify.annotations.Nullable;

/**
 * One decoded image: 8-bit values in planes, {@code [channels, height, width]}, row-major. Channels
 * are 1 (grey) or 3 (red, green, blue).
 */
public final class Image {
    private final int channels;
    private final int height;
    private final int width;
    private final boolean interleaved;
    private final byte[] raw;
    private volatile byte @Nullable [] pixels;

    /**
     * An image on the given array, which is not copied.
     *
     * @param channels 1 or 3
     * @param height rows, at least 1
     * @param width columns, at least 1
     * @param pixels unsigned values, {@code channels * height * width} of them
     * @throws IllegalArgumentException if the sizes do not fit
     */
    public Image(int channels, int height, int width, byte[] pixels) {
        if (channels != 1 && channels != 3) {
            throw new IllegalArgumentException("an image has 1 or 3 channels, not " + channels);
        }
        if (height < 1 || width < 1 || (long) channels * height * width != pixels.length) {
            throw new IllegalArgumentException(
                    "%d channels x %d x %d do not fit an array of %d bytes"
                            .formatted(channels, height, width, pixels.length));
        }
        this.channels = channels;
        this.height = height;
        this.width = width;
        this.interleaved = false;
        this.raw = pixels;
        this.pixels = pixels;
    }

    private Image(int height, int width, byte[] interleavedPixels) {
        this.channels = 3;
        this.height = height;
        this.width = width;
        this.interleaved = true;
        this.raw = interleavedPixels;
    }

    /**
     * A colour image as decoders give it, {@code [height, width, 3]}. It is taken apart into planes
     * only where someone asks for them: a crop that is resized reads it as it is.
     */
    static Image interleaved(int height, int width, byte[] pixels) {
        if (height < 1 || width < 1 || 3L * height * width != pixels.length) {
            throw new IllegalArgumentException(
                    "3 x %d x %d do not fit an array of %d bytes"
                            .formatted(height, width, pixels.length));
        }
        return new Image(height, width, pixels);
    }

    boolean isInterleaved() {
        return interleaved;
    }

    /** The values in the order in which they are kept. */
    byte[] raw() {
        return raw;
    }

    /**
     * The image's planes from a picture of the desktop toolkit, always with 3 channels; transparent
     * pixels are blended with black, as Pillow's {@code convert("RGB")} drops the alpha channel.
     */
    public static Image of(BufferedImage picture) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        int plane = width * height;
        byte[] pixels = new byte[3 * plane];
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            picture.getRGB(0, y, width, 1, row, 0, width);
            for (int x = 0; x < width; x++) {
                int at = y * width + x;
                pixels[at] = (byte) (row[x] >> 16);
                pixels[plane + at] = (byte) (row[x] >> 8);
                pixels[2 * plane + at] = (byte) row[x];
            }
        }
        return new Image(3, height, width, pixels);
    }

    /**
     * The image in grey: one channel, (19595 red + 38470 green + 7471 blue + 32768) / 65536, as
     * Pillow's {@code convert("L")}. An image that is grey is returned as it is.
     */
    public Image toGrey() {
        if (channels == 1) {
            return this;
        }
        byte[] grey = new byte[height * width];
        int plane = interleaved ? 1 : grey.length;
        int step = interleaved ? 3 : 1;
        for (int i = 0, at = 0; i < grey.length; i++, at += step) {
            int sum =
                    19595 * (raw[at] & 0xff)
                            + 38470 * (raw[at + plane] & 0xff)
                            + 7471 * (raw[at + 2 * plane] & 0xff);
            grey[i] = (byte) ((sum + (1 << 15)) >> 16);
        }
        return new Image(1, height, width, grey);
    }

    /** Number of planes, 1 or 3. */
    public int channels() {
        return channels;
    }

    /** Number of rows. */
    public int height() {
        return height;
    }

    /** Number of columns. */
    public int width() {
        return width;
    }

    /** The values, {@code [channels, height, width]}; not a copy, not to be changed. */
    public byte[] pixels() {
        byte[] planes = pixels;
        if (planes == null) {
            int plane = height * width;
            planes = new byte[raw.length];
            for (int i = 0, at = 0; i < plane; i++, at += 3) {
                planes[i] = raw[at];
                planes[plane + i] = raw[at + 1];
                planes[2 * plane + i] = raw[at + 2];
            }
            pixels = planes;
        }
        return planes;
    }

    /** The value of one pixel, 0 to 255. */
    public int value(int channel, int y, int x) {
        int at = interleaved ? (y * width + x) * 3 + channel : (channel * height + y) * width + x;
        return raw[at] & 0xff;
    }

    /** The image as a picture of the desktop toolkit, which a notebook shows as it is. */
    public BufferedImage toBufferedImage() {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        int green = channels == 1 ? 0 : 1;
        int blue = channels == 1 ? 0 : 2;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                picture.setRGB(
                        x, y, value(0, y, x) << 16 | value(green, y, x) << 8 | value(blue, y, x));
            }
        }
        return picture;
    }

    @Override
    public String toString() {
        return "Image[" + channels + ", " + height + ", " + width + "]";
    }
}
