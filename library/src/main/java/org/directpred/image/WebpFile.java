package org.directpred.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** WebP images through TwelveMonkeys' decoder, their size being checked before. */
final class WebpFile {
    private static final int HEADER = 12;
    private static final WebPImageReaderSpi READERS = new WebPImageReaderSpi();

    private WebpFile() {}

    static Image decode(byte[] bytes, String place) {
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long width = 0;
        long height = 0;
        int exif = Exif.NONE;
        int xmp = Exif.NONE;
        boolean animated = false;
        int at = HEADER;
        while (at <= bytes.length - 8) {
            String name = new String(bytes, at, 4, StandardCharsets.ISO_8859_1);
            long length = Integer.toUnsignedLong(file.getInt(at + 4));
            int from = at + 8;
            int to = (int) Math.min(bytes.length, from + length);
            boolean first = width == 0;
            if (name.equals("VP8X") && to - from >= 10) {
                width = 1 + u24(file, from + 4);
                height = 1 + u24(file, from + 7);
            } else if (name.equals("VP8 ") && first && to - from >= 10) {
                width = file.getShort(from + 6) & 0x3fff;
                height = file.getShort(from + 8) & 0x3fff;
            } else if (name.equals("VP8L") && first && to - from >= 5) {
                long packed = Integer.toUnsignedLong(file.getInt(from + 1));
                width = 1 + (packed & 0x3fff);
                height = 1 + (packed >> 14 & 0x3fff);
            } else if (name.equals("EXIF")) {
                exif = Exif.orientation(bytes, from, to);
            } else if (name.equals("XMP ")) {
                xmp = Exif.xmpOrientation(bytes, from, to);
            } else if (name.equals("ANIM")) {
                animated = true;
            }
            // Chunks begin at even bytes.
            at = (int) Math.min(bytes.length, from + length + (length & 1));
        }
        PictureLimits.checkSize(place, height, width, 11);
        if (animated) {
            ImageDecoder.sayFirstFrame(place);
        }
        Orientation orientation = Orientation.of(exif, xmp);
        int rows = (int) height;
        int columns = (int) width;
        return PictureLimits.within(
                11.0 * rows * columns,
                () -> {
                    BufferedImage picture =
                            PlatformDecoder.decode(
                                    READERS.createReaderInstance(null),
                                    bytes,
                                    place,
                                    "webp",
                                    reader -> reader.read(0));
                    if (picture.getHeight() != rows || picture.getWidth() != columns) {
                        throw new CorruptImageException(
                                place,
                                -1,
                                columns + " x " + rows + " pixels",
                                picture.getWidth() + " x " + picture.getHeight(),
                                null);
                    }
                    return orientation.apply(rows, columns, RasterPixels.rgb(picture, place));
                });
    }

    private static int u24(ByteBuffer file, int at) {
        return (file.get(at) & 0xff) | (file.getShort(at + 1) & 0xffff) << 8;
    }
}
