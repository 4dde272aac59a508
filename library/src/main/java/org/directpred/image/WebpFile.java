package org.directpred.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.webp.vp8.VP8Frame;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * WebP images through TwelveMonkeys' decoder, of animations the first frame. It sees the frame's
 * data alone, and not the profile, which it would apply.
 */
final class WebpFile {
    private static final int HEADER = 12;
    private static final int FRAME_HEADER = 16;

    /** The bytes that the decoder keeps of each pixel, its lists of blocks included. */
    private static final int BYTES_PER_PIXEL = 90;

    private static final WebPImageReaderSpi READERS = new WebPImageReaderSpi();

    private final byte[] bytes;
    private final ByteBuffer file;
    private final String place;
    private int exif = Exif.NONE;
    private int xmp = Exif.NONE;
    private int width;
    private int height;
    private int left;
    private int top;
    private int frameFrom = -1;
    private int frameTo;
    private boolean lossless;

    private WebpFile(byte[] bytes, String place) {
        this.bytes = bytes;
        this.file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.place = place;
    }

    static Image decode(byte[] bytes, String place) {
        return new WebpFile(bytes, place).decode();
    }

    private Image decode() {
        chunks(HEADER, bytes.length);
        if (frameFrom < 0) {
            throw new CorruptImageException(
                    place, bytes.length, "a WebP file with a whole image", "its end", null);
        }
        int frameWidth;
        int frameHeight;
        if (lossless) {
            long packed = Integer.toUnsignedLong(file.getInt(frameFrom + 1));
            frameWidth = (int) (1 + (packed & 0x3fff));
            frameHeight = (int) (1 + (packed >> 14 & 0x3fff));
        } else {
            frameWidth = file.getShort(frameFrom + 6) & 0x3fff;
            frameHeight = file.getShort(frameFrom + 8) & 0x3fff;
        }
        if (width == 0) {
            width = frameWidth;
            height = frameHeight;
        }
        PictureLimits.checkSize(place, height, width, 11);
        PictureLimits.checkSize(place, frameHeight, frameWidth, lossless ? 11 : BYTES_PER_PIXEL);
        if (left + (long) frameWidth > width || top + (long) frameHeight > height) {
            throw new CorruptImageException(
                    place,
                    frameFrom,
                    "a frame within " + width + " x " + height,
                    "%d x %d at %d, %d".formatted(frameWidth, frameHeight, left, top),
                    null);
        }
        return PictureLimits.within(
                (double) BYTES_PER_PIXEL * frameHeight * frameWidth,
                () -> {
                    byte[] frame =
                            lossless
                                    ? withoutLoss(frameHeight, frameWidth)
                                    : withLoss(frameHeight, frameWidth);
                    return Orientation.of(exif, xmp)
                            .apply(height, width, onCanvas(frame, frameWidth));
                });
    }

    private void chunks(int start, int end) {
        int at = start;
        while (at <= end - 8) {
            String name = new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
            long length = Integer.toUnsignedLong(file.getInt(at + 4));
            int from = at + 8;
            int to = (int) Math.min(end, from + length);
            switch (name) {
                case "VP8X" -> {
                    if (to - from >= 10) {
                        width = 1 + u24(from + 4);
                        height = 1 + u24(from + 7);
                    }
                }
                case "ANMF" -> animation(from, to);
                case "VP8 ", "VP8L" -> frame(name, from, to, length);
                case "EXIF" -> exif = Exif.orientation(bytes, from, to);
                case "XMP " -> xmp = Exif.xmpOrientation(bytes, from, to);
                default -> {
                    // Profile, transparency and animation do not change the colours of one frame.
                }
            }
            // Chunks begin at even bytes.
            at = (int) Math.min(end, from + length + (length & 1));
        }
    }

    private void animation(int from, int to) {
        if (frameFrom < 0 && to - from >= FRAME_HEADER) {
            left = 2 * u24(from);
            top = 2 * u24(from + 3);
            ImageDecoder.sayFirstFrame(place);
            chunks(from + FRAME_HEADER, to);
        }
    }

    private void frame(String name, int from, int to, long length) {
        if (frameFrom < 0 && to - from == length && length >= 10) {
            frameFrom = from;
            frameTo = to;
            lossless = name.equals("VP8L");
        }
    }

    private byte[] withoutLoss(int frameHeight, int frameWidth) {
        int length = frameTo - frameFrom;
        ByteBuffer plain =
                ByteBuffer.allocate(HEADER + 8 + length + (length & 1))
                        .order(ByteOrder.LITTLE_ENDIAN);
        plain.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(plain.capacity() - 8);
        plain.put("WEBPVP8L".getBytes(StandardCharsets.US_ASCII)).putInt(length);
        plain.put(bytes, frameFrom, length);
        BufferedImage picture =
                PlatformDecoder.decode(
                        READERS.createReaderInstance(null),
                        plain.array(),
                        place,
                        "webp",
                        reader -> reader.read(0));
        check(picture.getHeight(), picture.getWidth(), frameHeight, frameWidth);
        return RasterPixels.rgb(picture, place);
    }

    private byte[] withLoss(int frameHeight, int frameWidth) {
        byte[] data = Arrays.copyOfRange(bytes, frameFrom, frameTo);
        VP8Frame frame =
                PlatformDecoder.stream(
                        data,
                        place,
                        "webp",
                        in -> {
                            VP8Frame decoder = new VP8Frame(in, false);
                            WritableRaster raster =
                                    Raster.createInterleavedRaster(
                                            0, frameWidth, frameHeight, 3, null);
                            decoder.decode(raster, null);
                            return decoder;
                        });
        check(frame.getHeight(), frame.getWidth(), frameHeight, frameWidth);
        byte[] luma = samples(frame.getDebugImageYBuffer(), 1);
        byte[] blue = samples(frame.getDebugImageUBuffer(), 2);
        byte[] red = samples(frame.getDebugImageVBuffer(), 2);
        return new WebpColour(frameHeight, frameWidth, luma, blue, red).rgb();
    }

    private void check(int height, int width, int frameHeight, int frameWidth) {
        if (height != frameHeight || width != frameWidth) {
            throw new CorruptImageException(
                    place,
                    frameFrom,
                    frameWidth + " x " + frameHeight + " pixels",
                    width + " x " + height,
                    null);
        }
    }

    /** Every {@code step}th sample of a component, which is drawn in grey. */
    private static byte[] samples(BufferedImage picture, int step) {
        int rows = (picture.getHeight() + step - 1) / step;
        int columns = (picture.getWidth() + step - 1) / step;
        byte[] samples = new byte[rows * columns];
        int[] row = new int[picture.getWidth()];
        int at = 0;
        for (int y = 0; y < picture.getHeight(); y += step) {
            picture.getRGB(0, y, row.length, 1, row, 0, row.length);
            for (int x = 0; x < row.length; x += step) {
                samples[at++] = (byte) row[x];
            }
        }
        return samples;
    }

    /** Puts a frame on a canvas that is black elsewhere. */
    private byte[] onCanvas(byte[] frame, int frameWidth) {
        if (frame.length == 3 * width * height) {
            return frame;
        }
        byte[] canvas = new byte[3 * width * height];
        for (int y = 0; y < frame.length / 3 / frameWidth; y++) {
            System.arraycopy(
                    frame,
                    3 * y * frameWidth,
                    canvas,
                    3 * ((top + y) * width + left),
                    3 * frameWidth);
        }
        return canvas;
    }

    private int u24(int at) {
        return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16;
    }
}
