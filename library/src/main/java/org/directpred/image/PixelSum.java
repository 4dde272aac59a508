package org.directpred.image;

import java.util.Locale;
import java.util.Objects;
import java.util.zip.CRC32;

/** Images known again by their number and a sum of their pixels. */
final class PixelSum {
    /** Images of a source that are read: some seconds where each is a photograph. */
    private static final int MOST_READ = 4096;

    private PixelSum() {}

    /** Whether a content names the sum of an image too: of at most 4096, evenly spread. */
    static boolean isSummed(int index, int size) {
        Objects.checkIndex(index, size);
        return index % ((size + MOST_READ - 1) / MOST_READ) == 0;
    }

    /** See {@link ImageSource#content}. */
    static String content(ImageSource source, int index) {
        if (!isSummed(index, source.size())) {
            return "image " + index;
        }
        try {
            Image image = CheckedSource.read(source, index);
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

    /** A checksum as it stands in a content, in the digits of every language. */
    static String hexadecimal(long checksum) {
        return String.format(Locale.ROOT, "%08x", checksum);
    }

    /** See {@link ImageSource#checksum}. */
    static long checksum(ImageSource source, int index) {
        try {
            Image image = CheckedSource.read(source, index);
            CRC32 sum = new CRC32();
            sum.update(image.channels());
            for (int side : new int[] {image.height(), image.width()}) {
                for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
                    sum.update(side >>> shift);
                }
            }
            sum.update(image.pixels());
            return sum.getValue();
        } catch (CorruptImageException e) {
            return ImageSource.UNREADABLE;
        }
    }
}
