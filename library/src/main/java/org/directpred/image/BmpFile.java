package org.directpred.image;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** BMP images through the platform's decoder, their size being checked before. */
final class BmpFile {
    private static final int OLD_HEADER = 12;
    private static final int HEADER_AT = 14;
    private static final int SMALLEST = HEADER_AT + OLD_HEADER;

    private BmpFile() {}

    static Image decode(byte[] bytes, String place) {
        if (bytes.length < SMALLEST) {
            throw new CorruptImageException(
                    place, bytes.length, "a BMP header of " + SMALLEST + " bytes", "its end", null);
        }
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        boolean old = header.getInt(HEADER_AT) == OLD_HEADER;
        long width = old ? Short.toUnsignedInt(header.getShort(18)) : header.getInt(18);
        // Below zero where the first row is the upper one.
        long height =
                old ? Short.toUnsignedInt(header.getShort(20)) : Math.abs((long) header.getInt(22));
        PictureLimits.checkSize(place, height, width, 7);
        return PictureLimits.within(
                7.0 * height * width,
                () -> {
                    BufferedImage picture =
                            PlatformDecoder.decode(bytes, place, "bmp", reader -> reader.read(0));
                    if (picture.getHeight() != height || picture.getWidth() != width) {
                        throw new CorruptImageException(
                                place, 18, width + " x " + height + " pixels", "others", null);
                    }
                    return Image.interleaved(
                            (int) height, (int) width, RasterPixels.rgb(picture, place));
                });
    }
}
