package org.directpred.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The numbers in the first directory of a TIFF file or of a block of EXIF, which is one. Of every
 * type, as in Pillow; what does not lie inside the file is not there.
 */
final class TiffTags {
    private static final int BIG_TIFF = 43;

    private final ByteBuffer block;
    private final boolean big;
    private final long directory;
    private final long entries;

    private TiffTags(ByteBuffer block, boolean big, long directory, long entries) {
        this.block = block;
        this.big = big;
        this.directory = directory;
        this.entries = entries;
    }

    /**
     * Reads the header.
     *
     * @return the directory, or null where there is none
     */
    static @Nullable TiffTags of(byte[] bytes, int from, int to) {
        if (to - from < 8) {
            return null;
        }
        ByteBuffer block = ByteBuffer.wrap(bytes, from, to - from).slice();
        byte first = block.get(0);
        if (first != block.get(1) || (first != 'I' && first != 'M')) {
            return null;
        }
        block.order(first == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        boolean big = block.getShort(2) == BIG_TIFF;
        if (big && to - from < 16) {
            return null;
        }
        long directory = big ? block.getLong(8) : Integer.toUnsignedLong(block.getInt(4));
        if (directory < 0 || directory > block.limit() - (big ? 8 : 2)) {
            return null;
        }
        int at = (int) directory;
        long entries = big ? block.getLong(at) : Short.toUnsignedInt(block.getShort(at));
        return new TiffTags(block, big, directory, entries);
    }

    /** Whether there is another directory, which is another page, after this one. */
    boolean hasNext() {
        long at = directory + (big ? 8 : 2) + entries * (big ? 20 : 12);
        if (entries < 0 || entries > block.limit() || at > block.limit() - (big ? 8 : 4)) {
            return false;
        }
        return big ? block.getLong((int) at) != 0 : block.getInt((int) at) != 0;
    }

    /**
     * The first number of a tag.
     *
     * @param tag the tag
     * @param otherwise the answer where it is not there
     * @return the first number; bytes and texts are none
     */
    double first(int tag, double otherwise) {
        int entryBytes = big ? 20 : 12;
        double found = otherwise;
        // Of a tag that is there twice the last counts.
        for (long i = 0; i < entries; i++) {
            long entry = directory + (big ? 8 : 2) + i * entryBytes;
            if (entry > block.limit() - entryBytes) {
                break;
            }
            if (Short.toUnsignedInt(block.getShort((int) entry)) == tag) {
                found = value((int) entry, found);
            }
        }
        return found;
    }

    /**
     * All numbers of a tag of 16-bit numbers, or null where it is not there.
     *
     * @param count how many there must be
     */
    int @Nullable [] shorts(int tag, int count) {
        int[] found = null;
        int entryBytes = big ? 20 : 12;
        for (long i = 0; i < entries; i++) {
            long entry = directory + (big ? 8 : 2) + i * entryBytes;
            if (entry > block.limit() - entryBytes) {
                break;
            }
            int at = (int) entry;
            if (Short.toUnsignedInt(block.getShort(at)) == tag && block.getShort(at + 2) == 3) {
                long from =
                        big ? block.getLong(at + 12) : Integer.toUnsignedLong(block.getInt(at + 8));
                if (from < 0 || from > block.limit() - 2L * count) {
                    continue;
                }
                found = new int[count];
                for (int j = 0; j < count; j++) {
                    found[j] = Short.toUnsignedInt(block.getShort((int) from + 2 * j));
                }
            }
        }
        return found;
    }

    /** The bytes of a tag of bytes or text; empty where it is not there. */
    byte[] bytes(int tag) {
        int entryBytes = big ? 20 : 12;
        byte[] found = {};
        for (long i = 0; i < entries; i++) {
            long entry = directory + (big ? 8 : 2) + i * entryBytes;
            if (entry > block.limit() - entryBytes) {
                break;
            }
            int at = (int) entry;
            if (Short.toUnsignedInt(block.getShort(at)) == tag
                    && size(block.getShort(at + 2)) == 1) {
                long count =
                        big ? block.getLong(at + 4) : Integer.toUnsignedLong(block.getInt(at + 4));
                int field = at + (big ? 12 : 8);
                long from =
                        count <= (big ? 8 : 4)
                                ? field
                                : big
                                        ? block.getLong(field)
                                        : Integer.toUnsignedLong(block.getInt(field));
                if (count >= 0 && from >= 0 && count <= block.limit() - from) {
                    found = new byte[(int) count];
                    block.get((int) from, found);
                }
            }
        }
        return found;
    }

    private double value(int entry, double before) {
        int type = block.getShort(entry + 2);
        long count =
                big ? block.getLong(entry + 4) : Integer.toUnsignedLong(block.getInt(entry + 4));
        int size = size(type);
        if (size == 0 || count < 1) {
            return before;
        }
        int field = entry + (big ? 12 : 8);
        long at = field;
        if (count > (big ? 8 : 4) / size) {
            at = big ? block.getLong(field) : Integer.toUnsignedLong(block.getInt(field));
        }
        if (at < 0 || at > block.limit() || count > (block.limit() - at) / size) {
            return before;
        }
        return number(type, (int) at);
    }

    private double number(int type, int at) {
        return switch (type) {
            case 3 -> Short.toUnsignedInt(block.getShort(at));
            case 4, 13 -> Integer.toUnsignedLong(block.getInt(at));
            case 5 ->
                    (double) Integer.toUnsignedLong(block.getInt(at))
                            / Integer.toUnsignedLong(block.getInt(at + 4));
            case 6 -> block.get(at);
            case 8 -> block.getShort(at);
            case 9 -> block.getInt(at);
            case 10 -> (double) block.getInt(at) / block.getInt(at + 4);
            case 11 -> block.getFloat(at);
            case 12 -> block.getDouble(at);
            case 16 -> block.getLong(at);
            default -> Double.NaN;
        };
    }

    /** Bytes of one value of a type; 0 for types that TIFF does not have. */
    private static int size(int type) {
        return switch (type) {
            case 1, 2, 6, 7 -> 1;
            case 3, 8 -> 2;
            case 4, 9, 11, 13 -> 4;
            case 5, 10, 12, 16 -> 8;
            default -> 0;
        };
    }
}
