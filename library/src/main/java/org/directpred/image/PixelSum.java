package org.directpred.image;

import java.util.Locale;
import java.util.Objects;
import java.util.zip.CRC32;

/** Images known again by their number and a sum of their pixels. */
final class PixelSum {
    /** Images of a source that are read: some seconds where each is a photograph. */
    private static final int MOST_READ = 4096;

    private PixelSum() {}

    /** See {@link ImageSource#content}. */
    static String content(ImageSource source, int index) {
        int size = source.size();
        Objects.checkIndex(index, size);
        int step = (size + MOST_READ - 1) / MOST_READ;
        if (index % step != 0) {
            return "image " + index;
        }
        try {
            Image image = source.read(index);
            if (source.height() == ImageSource.VARIABLE || source.width() == ImageSource.VARIABLE) {
                // Photographs: two JPEG decoders may differ by a level, and no sum bears that.
                return String.format(
                        Locale.ROOT, "image %d, %d x %d", index, image.height(), image.width());
            }
            byte[] pixels = image.pixels();
            return content(index, image.height(), image.width(), pixels, 0, pixels.length);
        } catch (CorruptImageException e) {
            return "image " + index + ", corrupt";
        }
    }

    /** The number, the size and the sum of an image whose bytes lie in an array. */
    static String content(int index, int height, int width, byte[] bytes, int from, int count) {
        CRC32 sum = new CRC32();
        sum.update(bytes, from, count);
        return String.format(
                Locale.ROOT, "image %d, %d x %d, %08x", index, height, width, sum.getValue());
    }
}
