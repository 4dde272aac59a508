package org.directpred.image;

import java.awt.image.Raster;
import java.util.Arrays;

/**
 * The first frame of GIF files, on the screen that the file asks for: what the frame leaves is the
 * transparent colour, or the first one, as in Pillow.
 */
final class GifFile {
    private static final int HEADER = 13;
    private static final int IMAGE = 0x2c;
    private static final int EXTENSION = 0x21;
    private static final int CONTROL = 0xf9;

    private final byte[] bytes;
    private final String place;
    private int transparent;

    private GifFile(byte[] bytes, String place) {
        this.bytes = bytes;
        this.place = place;
    }

    static Image decode(byte[] bytes, String place) {
        return new GifFile(bytes, place).decode();
    }

    private Image decode() {
        if (bytes.length < HEADER) {
            throw cut();
        }
        int palette = -1;
        int colours = 0;
        int at = HEADER;
        if ((bytes[10] & 0x80) != 0) {
            palette = at;
            colours = 2 << (bytes[10] & 7);
            at += 3 * colours;
        }
        at = nextImage(at);
        int left = u16(at + 1);
        int top = u16(at + 3);
        int frameWidth = u16(at + 5);
        int frameHeight = u16(at + 7);
        int flags = bytes[at + 9];
        int data = at + 10;
        if ((flags & 0x80) != 0) {
            palette = data;
            colours = 2 << (flags & 7);
            data += 3 * colours;
        }
        if (data >= bytes.length) {
            throw cut();
        }
        int width = Math.max(u16(6), left + frameWidth);
        int height = Math.max(u16(8), top + frameHeight);
        PictureLimits.checkSize(place, frameHeight, frameWidth, 5);
        PictureLimits.checkSize(place, height, width, 5);
        int after = skipBlocks(data + 1);
        if (after < 0) {
            throw cut();
        }
        if (hasImage(after)) {
            ImageDecoder.sayFirstFrame(place);
        }
        int from = palette;
        int size = colours;
        return PictureLimits.within(
                5.0 * height * width,
                () -> {
                    Raster frame =
                            PlatformDecoder.decode(
                                    bytes, place, "gif", reader -> reader.read(0).getRaster());
                    byte[] pixels = new byte[3 * height * width];
                    if (frameWidth < width || frameHeight < height) {
                        int[] row = new int[width];
                        Arrays.fill(row, transparent);
                        for (int y = 0; y < height; y++) {
                            colour(row, width, from, size, pixels, 3 * y * width);
                        }
                    }
                    int[] row = new int[frameWidth];
                    for (int y = 0; y < frameHeight; y++) {
                        frame.getSamples(0, y, frameWidth, 1, 0, row);
                        int to = 3 * ((top + y) * width + left);
                        colour(row, frameWidth, from, size, pixels, to);
                    }
                    return Image.interleaved(height, width, pixels);
                });
    }

    /** Without a palette the indices are levels of grey. */
    private void colour(int[] row, int count, int palette, int colours, byte[] pixels, int to) {
        int at = to;
        for (int x = 0; x < count; x++) {
            for (int c = 0; c < 3; c++) {
                int index = row[x];
                if (palette < 0) {
                    pixels[at++] = (byte) index;
                } else {
                    pixels[at++] = index < colours ? bytes[palette + 3 * index + c] : 0;
                }
            }
        }
    }

    /** The place of the next image's descriptor; its control block is read on the way. */
    private int nextImage(int start) {
        int at = start;
        while (at >= 0 && at < bytes.length) {
            int block = bytes[at] & 0xff;
            if (block == IMAGE) {
                if (at + 10 >= bytes.length) {
                    break;
                }
                return at;
            }
            if (block != EXTENSION || at + 2 >= bytes.length) {
                break;
            }
            boolean control = (bytes[at + 1] & 0xff) == CONTROL && at + 7 < bytes.length;
            if (control && (bytes[at + 3] & 1) != 0) {
                transparent = bytes[at + 6] & 0xff;
            }
            at = skipBlocks(at + 2);
        }
        throw cut();
    }

    private boolean hasImage(int start) {
        int at = start;
        while (at >= 0 && at < bytes.length && (bytes[at] & 0xff) == EXTENSION) {
            at = skipBlocks(at + 2);
        }
        return at >= 0 && at < bytes.length && (bytes[at] & 0xff) == IMAGE;
    }

    /** The byte after a chain of blocks, or -1 where the file ends in it. */
    private int skipBlocks(int start) {
        int at = start;
        while (at < bytes.length) {
            int length = bytes[at] & 0xff;
            if (length == 0) {
                return at + 1;
            }
            at += 1 + length;
        }
        return -1;
    }

    private CorruptImageException cut() {
        return new CorruptImageException(
                place, bytes.length, "a GIF file with a whole image", "its end", null);
    }

    private int u16(int at) {
        return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8;
    }
}
