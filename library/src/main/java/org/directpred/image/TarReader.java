package org.directpred.image;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * The headers of a tar archive (POSIX ustar and pax, GNU long names), one after the other, from a
 * stream or from a part of a mapped file. Every length is checked before it is used.
 */
final class TarReader {
    static final int BLOCK = 512;

    /** Longest extended header that is read: a name and a few attributes. */
    private static final int LONGEST_EXTENSION = 1 << 20;

    /** What the archive is read from. */
    interface Bytes {
        /** Fills the array. */
        void read(byte[] target, int count) throws IOException;

        /** Passes over bytes. */
        void skip(long count) throws IOException;

        /** Bytes from here to the end, or {@link Long#MAX_VALUE} where that is not known. */
        long remaining();
    }

    /**
     * One member.
     *
     * @param name its path
     * @param size bytes of content
     * @param offset where the content begins, from the beginning of the archive's file
     * @param type the type flag: '0' file, '1' and '2' links, '3' and '4' devices, '5' folder, '6'
     *     pipe
     */
    record Entry(String name, long size, long offset, char type) {
        boolean isFile() {
            return type == '0';
        }
    }

    private final String file;
    private final Bytes bytes;
    private final byte[] block = new byte[BLOCK];
    private long position;
    private long unread;

    TarReader(String file, Bytes bytes, long position) {
        this.file = file;
        this.bytes = bytes;
        this.position = position;
    }

    static TarReader of(String file, InputStream in) {
        return new TarReader(file, new Streamed(in), 0);
    }

    static TarReader of(MappedFile file, long from, long to) {
        return new TarReader(file.path().toString(), new Mapped(file, from, to), from);
    }

    /**
     * The next member, what was left of the last one being passed over.
     *
     * @return the member, or null at the end
     */
    Entry next() throws IOException {
        String longName = null;
        long longSize = -1;
        while (true) {
            skip(unread);
            unread = 0;
            if (bytes.remaining() == 0) {
                return null;
            }
            long at = position;
            read(block, BLOCK, "a tar header");
            if (isZero()) {
                return null;
            }
            checkSum(at);
            long size = number(124, 12, at, "a size");
            char type = (char) (block[156] & 0xff);
            if (size > bytes.remaining()) {
                throw new ImageDataException(
                        file,
                        at + 124,
                        "a size of at most the " + bytes.remaining() + " bytes that follow",
                        String.valueOf(size));
            }
            switch (type) {
                case 'L' -> longName = trimmed(extension(size, at));
                case 'x' -> {
                    Pax pax = Pax.parse(file, at + BLOCK, extension(size, at));
                    longName = pax.path == null ? longName : pax.path;
                    longSize = pax.size < 0 ? longSize : pax.size;
                }
                // Comments on the whole archive, GNU's long link names.
                case 'g', 'K' -> unread = padded(size);
                default -> {
                    if (longSize >= 0) {
                        if (longSize > bytes.remaining()) {
                            throw new ImageDataException(
                                    file,
                                    at,
                                    "a size of at most the " + bytes.remaining() + " bytes",
                                    String.valueOf(longSize));
                        }
                        size = longSize;
                    }
                    char kind = type == 0 || type == '7' ? '0' : type;
                    // Only files have content, whatever the size of a link or a folder says.
                    long content = kind == '0' ? size : 0;
                    unread = padded(content);
                    return new Entry(longName == null ? name() : longName, content, position, kind);
                }
            }
        }
    }

    /** Reads from the content of the member that {@link #next} gave. */
    void content(byte[] target, int count) throws IOException {
        read(target, count, "content");
        unread -= count;
    }

    private byte[] extension(long size, long at) throws IOException {
        if (size > LONGEST_EXTENSION) {
            throw new ImageDataException(
                    file,
                    at + 124,
                    "an extended header of at most " + LONGEST_EXTENSION + " bytes",
                    String.valueOf(size));
        }
        byte[] extension = new byte[(int) size];
        read(extension, extension.length, "an extended header");
        unread = padded(size) - size;
        return extension;
    }

    private void read(byte[] target, int count, String what) throws IOException {
        if (count > bytes.remaining()) {
            throw truncated(count, what, null);
        }
        try {
            bytes.read(target, count);
        } catch (EOFException e) {
            throw truncated(count, what, e);
        }
        position += count;
    }

    private void skip(long count) throws IOException {
        // Some writers leave out the padding of the last member.
        long now = Math.min(count, bytes.remaining());
        try {
            bytes.skip(now);
        } catch (EOFException e) {
            throw truncated(now, "content", e);
        }
        position += now;
    }

    private ImageDataException truncated(long count, String what, Exception cause) {
        return new ImageDataException(
                file, position, count + " bytes of " + what, "the end of the archive", cause);
    }

    private static long padded(long size) {
        return (size + BLOCK - 1) / BLOCK * BLOCK;
    }

    private boolean isZero() {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private void checkSum(long at) {
        int sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= 148 && i < 156 ? ' ' : block[i] & 0xff;
        }
        long written = number(148, 8, at, "a checksum");
        if (written != sum) {
            throw new ImageDataException(
                    file, at + 148, "a tar header with checksum " + sum, String.valueOf(written));
        }
    }

    private long number(int from, int length, long at, String what) {
        long value = 0;
        if ((block[from] & 0x80) != 0) {
            // GNU's base 256 for sizes of 8 GiB and more.
            value = block[from] & 0x7f;
            for (int i = from + 1; i < from + length; i++) {
                if (value > Long.MAX_VALUE >> 8) {
                    throw new ImageDataException(
                            file, at + from, what + " below 2^63", "a larger one");
                }
                value = value << 8 | (block[i] & 0xff);
            }
            return value;
        }
        int i = from;
        while (i < from + length && (block[i] == ' ' || block[i] == 0)) {
            i++;
        }
        for (; i < from + length && block[i] != ' ' && block[i] != 0; i++) {
            int digit = block[i] - '0';
            if (digit < 0 || digit > 7) {
                throw new ImageDataException(
                        file,
                        at + i,
                        what + " in octal digits",
                        "the byte 0x%02x".formatted(block[i] & 0xff));
            }
            value = value * 8 + digit;
        }
        return value;
    }

    private String name() {
        String name = text(0, 100);
        boolean posix = text(257, 6).equals("ustar");
        String prefix = posix ? text(345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private String text(int from, int length) {
        int end = from;
        while (end < from + length && block[end] != 0) {
            end++;
        }
        return new String(block, from, end - from, StandardCharsets.UTF_8);
    }

    private static String trimmed(byte[] text) {
        int end = text.length;
        while (end > 0 && text[end - 1] == 0) {
            end--;
        }
        return new String(text, 0, end, StandardCharsets.UTF_8);
    }

    /** The two attributes of a pax header that matter here. */
    private static final class Pax {
        private String path;
        private long size = -1;

        static Pax parse(String file, long offset, byte[] records) {
            Pax pax = new Pax();
            int at = 0;
            while (at < records.length) {
                int digits = at;
                int length = 0;
                while (digits < records.length
                        && records[digits] >= '0'
                        && records[digits] <= '9'
                        && length <= records.length) {
                    length = length * 10 + records[digits] - '0';
                    digits++;
                }
                boolean fits =
                        digits > at
                                && digits < records.length
                                && records[digits] == ' '
                                && length > digits - at + 1
                                && length <= records.length - at
                                && records[at + length - 1] == '\n';
                if (!fits) {
                    throw new ImageDataException(
                            file,
                            offset + at,
                            "a pax record \"length key=value\"",
                            "something else, or a length that does not fit");
                }
                String record =
                        new String(
                                records,
                                digits + 1,
                                length - (digits - at) - 2,
                                StandardCharsets.UTF_8);
                if (record.startsWith("path=")) {
                    pax.path = record.substring(5);
                } else if (record.startsWith("size=")) {
                    try {
                        pax.size = Long.parseLong(record.substring(5));
                    } catch (NumberFormatException e) {
                        pax.size = -1;
                    }
                    if (pax.size < 0) {
                        throw new ImageDataException(
                                file, offset + at, "a size from 0 to 2^63 - 1", record);
                    }
                }
                at += length;
            }
            return pax;
        }
    }

    private static final class Streamed implements Bytes {
        private final InputStream in;

        Streamed(InputStream in) {
            this.in = in;
        }

        @Override
        public void read(byte[] target, int count) throws IOException {
            if (in.readNBytes(target, 0, count) < count) {
                throw new EOFException();
            }
        }

        @Override
        public void skip(long count) throws IOException {
            in.skipNBytes(count);
        }

        @Override
        public long remaining() {
            return Long.MAX_VALUE;
        }
    }

    private static final class Mapped implements Bytes {
        private final MappedFile file;
        private final long to;
        private long at;

        Mapped(MappedFile file, long from, long to) {
            this.file = file;
            this.at = from;
            this.to = to;
        }

        @Override
        public void read(byte[] target, int count) {
            file.read(at, target, 0, count);
            at += count;
        }

        @Override
        public void skip(long count) {
            at += count;
        }

        @Override
        public long remaining() {
            return to - at;
        }
    }
}
