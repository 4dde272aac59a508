package org.directpred.image;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.util.Arrays;
import java.util.Base64;
import org.directpred.image.JpegHeader.Component;

/**
 * JPEG images through the Java platform's decoder, to the pixels that libturbojpeg gives. The
 * decoder sees neither profile nor JFIF's nor EXIF's segments, by which it would choose colours of
 * its own, and gives the components as they are stored.
 */
final class PlatformJpeg {
    private static final int SCAN = 0xda;

    /** Adobe's segment with transform 0: do not convert. */
    private static final byte[] AS_STORED = {
        (byte) 0xff, (byte) 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
    };

    /** 1 x 16 pixels, grey but for a blue that falls from row to row, in half as many rows. */
    private static final String PROBE =
            "/9j/2wBDAAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"
                    + "CAgICAj/wAARCAAQAAEDARIAAhEAAxEA/8QAJwABAAAAAAAAAAAAAAAAAAAAABABAQAAAAAAAAAA"
                    + "AAAAAAAAABX/2gAMAwEAAgADAAA/AAVB/9k=";

    private PlatformJpeg() {}

    /** Platforms carry libjpeg 6b, or libjpeg-turbo where their distributor exchanged it. */
    private static final class Probed {
        static final boolean REPEATS_ROWS = repeatsRows();

        private static boolean repeatsRows() {
            Raster raster = raster(Base64.getDecoder().decode(PROBE), "a probe");
            return raster.getSample(0, 0, 1) == raster.getSample(0, 1, 1);
        }
    }

    /**
     * Decodes into colour.
     *
     * @param bytes the file
     * @param header what its header says, limits being checked
     * @param place for messages
     * @return {@code [height, width, 3]}
     * @throws CorruptImageException if the platform cannot decode it, or if it ends too early
     */
    static byte[] decode(byte[] bytes, JpegHeader header, String place) {
        Raster raster = raster(bytes, place);
        byte[] values = values(raster);
        int count = header.components().size();
        if (raster.getWidth() != header.width()
                || raster.getHeight() != header.height()
                || values.length != (long) count * header.width() * header.height()) {
            throw new CorruptImageException(
                    place,
                    -1,
                    "%d components of %d x %d".formatted(count, header.width(), header.height()),
                    "%d of %d x %d"
                            .formatted(raster.getNumBands(), raster.getWidth(), raster.getHeight()),
                    null);
        }
        for (int c = 0; c < count; c++) {
            Component component = header.components().get(c);
            if (component.across() == header.mostAcross()
                    && component.down() * 2 == header.mostDown()
                    && Probed.REPEATS_ROWS) {
                smoothDown(values, c, count, header.width(), header.height());
            }
        }
        return switch (header.colour()) {
            case GREY -> JpegColour.fromGrey(values);
            case RGB -> values;
            case YCC -> {
                JpegColour.fromYcc(values, 3);
                yield values;
            }
            case YCCK -> {
                JpegColour.fromYcck(values);
                yield JpegColour.fromCmyk(values, true);
            }
            case CMYK -> JpegColour.fromCmyk(values, true);
        };
    }

    private static Raster raster(byte[] bytes, String place) {
        return PlatformDecoder.decode(
                plain(bytes), place, "jpeg", reader -> reader.readRaster(0, null));
    }

    /** The file without its applications' segments and comments. */
    private static byte[] plain(byte[] bytes) {
        byte[] plain = new byte[bytes.length + AS_STORED.length];
        plain[0] = bytes[0];
        plain[1] = bytes[1];
        System.arraycopy(AS_STORED, 0, plain, 2, AS_STORED.length);
        int to = 2 + AS_STORED.length;
        int at = 2;
        while (true) {
            int from = at;
            while ((bytes[at] & 0xff) == 0xff) {
                at++;
            }
            int marker = bytes[at++] & 0xff;
            if (marker == SCAN) {
                System.arraycopy(bytes, from, plain, to, bytes.length - from);
                return Arrays.copyOf(plain, to + bytes.length - from);
            }
            boolean alone = marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7);
            if (!alone) {
                at += (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
            }
            boolean application = (marker >= 0xe0 && marker <= 0xef) || marker == 0xfe;
            if (!application && !alone) {
                System.arraycopy(bytes, from, plain, to, at - from);
                to += at - from;
            }
        }
    }

    private static byte[] values(Raster raster) {
        int count = raster.getWidth() * raster.getHeight() * raster.getNumBands();
        if (raster.getDataBuffer() instanceof DataBufferByte buffer
                && buffer.getNumBanks() == 1
                && buffer.getData().length == count) {
            return buffer.getData();
        }
        int[] samples = raster.getPixels(0, 0, raster.getWidth(), raster.getHeight(), (int[]) null);
        byte[] values = new byte[samples.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) samples[i];
        }
        return values;
    }

    /**
     * Where a component has half of the rows, libjpeg-turbo takes a quarter of the nearer other row
     * into each; libjpeg 6b writes every row twice.
     */
    static void smoothDown(byte[] values, int component, int step, int width, int height) {
        int pitch = step * width;
        byte[] above = new byte[width];
        byte[] here = new byte[width];
        row(values, component, step, above);
        for (int y = 0; y < height; y += 2) {
            row(values, y * pitch + component, step, here);
            boolean last = y + 2 >= height;
            for (int x = 0, at = y * pitch + component; x < width; x++, at += step) {
                int value = 3 * (here[x] & 0xff);
                int below = last ? here[x] & 0xff : values[at + 2 * pitch] & 0xff;
                values[at] = (byte) ((value + (above[x] & 0xff) + 1) >> 2);
                if (y + 1 < height) {
                    values[at + pitch] = (byte) ((value + below + 2) >> 2);
                }
            }
            byte[] next = above;
            above = here;
            here = next;
        }
    }

    private static void row(byte[] values, int from, int step, byte[] row) {
        for (int x = 0, at = from; x < row.length; x++, at += step) {
            row[x] = values[at];
        }
    }
}
