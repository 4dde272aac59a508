package org.directpred.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.directpred.progress.Progress;

/**
 * Decodes JPEG and PNG files, told apart by their first bytes and not by their names, into colour
 * images. JPEG goes through libturbojpeg where it is installed, else through the Java platform's
 * decoder, which is said once. EXIF's orientation is applied; CMYK becomes RGB as in Pillow.
 */
public final class ImageDecoder {
    /** No coder packs a pixel's three bytes tighter; a header that claims so lies. */
    private static final long LARGEST_EXPANSION = 3L * 1032;

    /** Larger pictures are no photographs of a data set, and would not fit a Java array. */
    private static final long MOST_PIXELS = 1L << 28;

    private static final AtomicBoolean SAID = new AtomicBoolean();
    private static final ThreadLocal<TurboJpeg> TURBO = ThreadLocal.withInitial(TurboJpeg::create);

    private ImageDecoder() {}

    /**
     * Decodes a file's content.
     *
     * @param bytes the whole file
     * @param place the file, for messages
     * @return the image, 3 channels
     * @throws CorruptImageException if it is neither JPEG nor PNG, or is damaged
     */
    public static Image decode(byte[] bytes, String place) {
        boolean turbo = TurboJpeg.isAvailable();
        if (SAID.compareAndSet(false, true)) {
            Progress.message(
                    turbo
                            ? "JPEG images: libturbojpeg."
                            : "JPEG images: the Java platform's decoder; libturbojpeg, three times as"
                                    + " fast, is not installed (Debian: apt install libturbojpeg0).");
        }
        return decode(bytes, place, turbo);
    }

    /** Whether JPEGs are decoded by libturbojpeg, three times as fast as by the platform. */
    public static boolean hasTurboJpeg() {
        return TurboJpeg.isAvailable();
    }

    static Image decode(byte[] bytes, String place, boolean turbo) {
        if (startsWith(bytes, 0xff, 0xd8, 0xff)) {
            return jpeg(bytes, place, turbo);
        }
        if (startsWith(bytes, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n')) {
            return png(bytes, place);
        }
        StringBuilder found = new StringBuilder();
        for (int i = 0; i < Math.min(8, bytes.length); i++) {
            found.append(i == 0 ? "" : " ").append("%02x".formatted(bytes[i] & 0xff));
        }
        throw new CorruptImageException(
                place,
                0,
                "a JPEG or PNG image",
                bytes.length == 0 ? "an empty file" : "the bytes " + found,
                null);
    }

    private static boolean startsWith(byte[] bytes, int... start) {
        if (bytes.length < start.length) {
            return false;
        }
        for (int i = 0; i < start.length; i++) {
            if ((bytes[i] & 0xff) != start[i]) {
                return false;
            }
        }
        return true;
    }

    private static Image jpeg(byte[] bytes, String place, boolean turbo) {
        JpegHeader header = JpegHeader.parse(bytes, place);
        checkSize(place, header.height(), header.width(), bytes.length);
        byte[] pixels;
        if (turbo) {
            byte[] decoded = TURBO.get().decode(bytes, header, place);
            pixels = header.components() == 4 ? fromCmyk(decoded, header) : decoded;
        } else {
            pixels = platformJpeg(bytes, header, place);
        }
        return oriented(header.height(), header.width(), pixels, header.orientation());
    }

    private static Image png(byte[] bytes, String place) {
        // The first chunk is IHDR: length 13, its name, width, height.
        if (bytes.length < 33
                || u32(bytes, 8) != 13
                || bytes[12] != 'I'
                || bytes[13] != 'H'
                || bytes[14] != 'D'
                || bytes[15] != 'R') {
            throw new CorruptImageException(
                    place, 8, "the chunk IHDR of 13 bytes", "something else", null);
        }
        long width = u32(bytes, 16);
        long height = u32(bytes, 20);
        checkSize(place, height, width, bytes.length);
        BufferedImage picture = read(bytes, place, "png");
        if (picture.getHeight() != height || picture.getWidth() != width) {
            throw new CorruptImageException(
                    place, 16, width + " x " + height + " pixels", "others", null);
        }
        return planes(picture);
    }

    private static void checkSize(String place, long height, long width, long length) {
        // Each side is below 2^32, so the product fits a long once one of them is known to be
        // small.
        boolean fits =
                height >= 1
                        && width >= 1
                        && height <= MOST_PIXELS
                        && width <= MOST_PIXELS
                        && height * width <= MOST_PIXELS
                        && height * width * 3 <= length * LARGEST_EXPANSION;
        if (!fits) {
            throw new CorruptImageException(
                    place,
                    -1,
                    "at most %d pixels, and no more than a file of %d bytes can hold"
                            .formatted(MOST_PIXELS, length),
                    width + " x " + height,
                    null);
        }
    }

    private static long u32(byte[] bytes, int at) {
        long value = 0;
        for (int i = 0; i < 4; i++) {
            value = value << 8 | (bytes[at + i] & 0xff);
        }
        return value;
    }

    /** Ink as it is stored to {@code [height, width, 3]}; Adobe's files store it inverted. */
    private static byte[] fromCmyk(byte[] ink, JpegHeader header) {
        int count = header.height() * header.width();
        boolean inverted = header.adobeTransform() >= 0;
        byte[] pixels = new byte[3 * count];
        for (int i = 0; i < count; i++) {
            int white = inverted ? ink[4 * i + 3] & 0xff : 255 - (ink[4 * i + 3] & 0xff);
            for (int c = 0; c < 3; c++) {
                int value = ink[4 * i + c] & 0xff;
                int covered = inverted ? 255 - value : value;
                // The product over 255, rounded as Pillow does.
                int product = covered * white + 128;
                int darker = (product + (product >> 8)) >> 8;
                pixels[3 * i + c] = (byte) Math.max(0, white - darker);
            }
        }
        return pixels;
    }

    private static byte[] platformJpeg(byte[] bytes, JpegHeader header, String place) {
        byte[] pixels;
        if (header.components() == 3) {
            pixels = interleaved(read(bytes, place, "jpeg"));
        } else {
            Raster raster = raster(bytes, place);
            if (raster.getNumBands() != header.components()
                    || raster.getWidth() != header.width()
                    || raster.getHeight() != header.height()) {
                throw new CorruptImageException(
                        place,
                        -1,
                        header.components()
                                + " components of "
                                + header.width()
                                + " x "
                                + header.height(),
                        raster.getNumBands()
                                + " of "
                                + raster.getWidth()
                                + " x "
                                + raster.getHeight(),
                        null);
            }
            pixels =
                    header.components() == 1
                            ? fromGrey(raster, 8)
                            : fromCmyk(ink(raster, header.adobeTransform() == 2), header);
        }
        if (pixels.length != 3 * header.height() * header.width()) {
            throw new CorruptImageException(
                    place, -1, header.width() + " x " + header.height(), "another size", null);
        }
        return pixels;
    }

    private static byte[] fromGrey(Raster raster, int bits) {
        int[] row = new int[raster.getWidth()];
        byte[] pixels = new byte[3 * raster.getWidth() * raster.getHeight()];
        int at = 0;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getSamples(0, y, row.length, 1, 0, row);
            for (int sample : row) {
                int value = bits > 8 ? sample >> (bits - 8) : sample * 255 / ((1 << bits) - 1);
                pixels[at++] = (byte) value;
                pixels[at++] = (byte) value;
                pixels[at++] = (byte) value;
            }
        }
        return pixels;
    }

    /**
     * Four samples a pixel; the platform leaves YCCK as it is, so that is turned into CMYK here.
     */
    private static byte[] ink(Raster raster, boolean ycck) {
        int[] row = new int[4 * raster.getWidth()];
        byte[] ink = new byte[row.length * raster.getHeight()];
        int at = 0;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(0, y, raster.getWidth(), 1, row);
            for (int x = 0; x < row.length; x += 4) {
                if (ycck) {
                    double luma = row[x];
                    double blue = row[x + 1] - 128;
                    double red = row[x + 2] - 128;
                    // The decoder of libjpeg gives 255 minus the colour: ink as Adobe inverts it.
                    row[x] = 255 - limited(luma + 1.402 * red);
                    row[x + 1] = 255 - limited(luma - 0.344136 * blue - 0.714136 * red);
                    row[x + 2] = 255 - limited(luma + 1.772 * blue);
                }
                for (int c = 0; c < 4; c++) {
                    ink[at++] = (byte) row[x + c];
                }
            }
        }
        return ink;
    }

    private static int limited(double value) {
        return (int) Math.max(0, Math.min(255, Math.rint(value)));
    }

    private static BufferedImage read(byte[] bytes, String place, String format) {
        return decode(bytes, place, format, reader -> reader.read(0));
    }

    private static Raster raster(byte[] bytes, String place) {
        return decode(bytes, place, "jpeg", reader -> reader.readRaster(0, null));
    }

    private interface Reading<T> {
        T from(ImageReader reader) throws IOException;
    }

    private static <T> T decode(byte[] bytes, String place, String format, Reading<T> reading) {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
        if (!readers.hasNext()) {
            throw new IllegalStateException("this Java platform has no decoder for " + format);
        }
        ImageReader reader = readers.next();
        try (ImageInputStream in =
                new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.setInput(in, true, true);
            boolean[] early = new boolean[1];
            reader.addIIOReadWarningListener(
                    (source, warning) ->
                            early[0] |=
                                    warning.contains("remature end") || warning.contains("EOI"));
            T result = reading.from(reader);
            if (early[0]) {
                throw new CorruptImageException(
                        place, -1, "a whole " + format + " image", "one that ends early", null);
            }
            return result;
        } catch (IOException | RuntimeException e) {
            if (e instanceof CorruptImageException corrupt) {
                throw corrupt;
            }
            // The platform's decoders answer damage with exceptions of every kind.
            throw new CorruptImageException(
                    place, -1, "a " + format + " image", String.valueOf(e), e);
        } finally {
            reader.dispose();
        }
    }

    private static byte[] interleaved(BufferedImage picture) {
        int width = picture.getWidth();
        int height = picture.getHeight();
        byte[] pixels = new byte[3 * width * height];
        int[] row = new int[width];
        int at = 0;
        for (int y = 0; y < height; y++) {
            picture.getRGB(0, y, width, 1, row, 0, width);
            for (int rgb : row) {
                pixels[at++] = (byte) (rgb >> 16);
                pixels[at++] = (byte) (rgb >> 8);
                pixels[at++] = (byte) rgb;
            }
        }
        return pixels;
    }

    private static Image planes(BufferedImage picture) {
        // The platform sees grey as linear light and would brighten it on the way to RGB.
        ColorModel model = picture.getColorModel();
        boolean grey =
                !(model instanceof IndexColorModel)
                        && model.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
        return Image.interleaved(
                picture.getHeight(),
                picture.getWidth(),
                grey
                        ? fromGrey(picture.getRaster(), model.getComponentSize(0))
                        : interleaved(picture));
    }

    /** Turns and mirrors as EXIF's orientation asks. */
    private static Image oriented(int height, int width, byte[] pixels, int orientation) {
        if (orientation == 1) {
            return Image.interleaved(height, width, pixels);
        }
        boolean turned = orientation >= 5;
        int newHeight = turned ? width : height;
        int newWidth = turned ? height : width;
        byte[] result = new byte[pixels.length];
        for (int y = 0; y < newHeight; y++) {
            for (int x = 0; x < newWidth; x++) {
                int row = turned ? x : y;
                int column = turned ? y : x;
                boolean upsideDown =
                        orientation == 3
                                || orientation == 4
                                || orientation == 7
                                || orientation == 6;
                boolean mirrored =
                        orientation == 2
                                || orientation == 3
                                || orientation == 7
                                || orientation == 8;
                int fromRow = upsideDown ? height - 1 - row : row;
                int fromColumn = mirrored ? width - 1 - column : column;
                System.arraycopy(
                        pixels,
                        3 * (fromRow * width + fromColumn),
                        result,
                        3 * (y * newWidth + x),
                        3);
            }
        }
        return Image.interleaved(newHeight, newWidth, result);
    }
}
