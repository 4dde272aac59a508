package org.directpred.image;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a tar archive (POSIX ustar and pax, GNU long names), one after the other, from a
 * stream or from a part of a mapped file. Every length is checked before it is used.
 */
final class TarReader {
    static final int BLOCK = 512;

    /** Two zero blocks end an archive. */
    private static final int END_MARK = 2 * BLOCK;

    /**
     * Blocks of a record, to a multiple of which tools fill up an archive with zeros: mostly 20.
     */
    private static final int[] BLOCKS_A_RECORD = {1, 2, 4, 8, 10, 16, 20};

    private static final int AHEAD = 1 << 16;

    /** Longest extended header that is read: a name and a few attributes. */
    private static final int LONGEST_EXTENSION = 1 << 20;

    /** Extended headers that all members together may have, for each of them. */
    private static final int EXTENSION_BYTES_A_MEMBER = 1 << 13;

    /** The bytes of the archive. */
    interface Bytes {
        /** Fills the array. */
        void read(byte[] target, int count) throws IOException;

        /** Passes over bytes. */
        void skip(long count) throws IOException;

        /**
         * Fills the array as far as there are bytes, without passing over them.
         *
         * @param target of at most {@link #AHEAD} bytes
         * @return how many
         */
        int peek(byte[] target) throws IOException;

        /** Bytes from here to the end, or {@link Long#MAX_VALUE} where that is not known. */
        long remaining();
    }

    /**
     * A member of the archive.
     *
     * @param name its path
     * @param size bytes of content
     * @param offset where the content begins, from the beginning of the archive's file
     * @param type the type flag: '0' file, '1' and '2' links, '3' and '4' devices, '5' folder, '6'
     *     pipe, 'S' a file with holes (GNU and pax), of which the content here is only what is not
     *     hole; others are of single programs
     * @param link where a link leads: of a hard link the name of a member before it, of a symbolic
     *     one a path from its own folder; empty for what is no link
     */
    record Entry(String name, long size, long offset, char type, String link) {
        boolean isFile() {
            return type == '0';
        }

        /** The type for a message. */
        String kind() {
            return switch (type) {
                        case '0' -> "a file";
                        case '1', '2' -> "a link";
                        case '3', '4', '6' -> "a device or pipe";
                        case '5' -> "a folder";
                        case 'S' ->
                                "a file stored with holes (tar --sparse): pack it without that option";
                        case 'D' -> "the list of a folder of an incremental archive (tar -g)";
                        case 'V' -> "the archive's label";
                        default -> "something else";
                    }
                    + ", tar type '"
                    + type
                    + "'";
        }
    }

    private final String file;
    private final Bytes bytes;
    private final byte[] block = new byte[BLOCK];
    private final long start;
    private long position;
    private long unread;
    private long extensionBytes;
    private long members;
    private long archiveStart;
    private int archives = 1;
    private final List<String> doubts = new ArrayList<>();

    TarReader(String file, Bytes bytes, long position) {
        this.file = file;
        this.bytes = bytes;
        this.start = position;
        this.position = position;
        this.archiveStart = position;
    }

    /**
     * Why members may be missing, once {@link #next} has given null: a clause, or null where the
     * file ends as a whole archive does, with two zero blocks and no more zeros than fill up a
     * record.
     */
    @Nullable String doubt() {
        return doubts.isEmpty() ? null : String.join(", and ", doubts);
    }

    /** How many archives were found one behind the other ({@code cat a.tar b.tar}). */
    int archives() {
        return archives;
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
    @Nullable Entry next() throws IOException {
        Pax pax = new Pax();
        while (true) {
            skip(unread);
            unread = 0;
            if (bytes.remaining() == 0) {
                doubts.add("no end mark: it has been cut off");
                return null;
            }
            long at = position;
            read(block, BLOCK, "a tar header");
            if (isZero()) {
                if (!passZeros(at)) {
                    return null;
                }
                pax = new Pax();
                at = position;
                read(block, BLOCK, "a tar header");
            }
            checkSum(at);
            long size = number(124, 12, at, "a size");
            char type = (char) (block[156] & 0xff);
            switch (type) {
                case 'L' -> pax.path = trimmed(extension(size, at));
                case 'x' -> pax.parse(file, at + BLOCK, extension(size, at));
                case 'g' -> new Pax().global(file, at + BLOCK, extension(size, at));
                case 'K' -> pax.link = trimmed(extension(size, at));
                case 'M' ->
                        throw new ImageDataException(
                                file,
                                at,
                                "a whole archive",
                                "the rest of a file that begins in another volume (tar -M): unpack"
                                        + " the volumes together and pack them as one");
                default -> {
                    return entry(type, size, pax, at);
                }
            }
        }
    }

    /**
     * Passes over the zeros that a block of them begins, and judges whether they are the end.
     *
     * @param from where that block began
     * @return whether another archive begins behind them, which is read too, as by {@code tar -i}
     */
    private boolean passZeros(long from) throws IOException {
        byte[] ahead = new byte[AHEAD];
        int count;
        int zeros;
        do {
            count = bytes.peek(ahead);
            zeros = 0;
            while (zeros < count && ahead[zeros] == 0) {
                zeros++;
            }
            skip(zeros < count ? zeros / BLOCK * BLOCK : count);
        } while (zeros == count && count == AHEAD);
        long length = position - from;
        boolean header = zeros < count && isHeader(bytes.peek(ahead), ahead);
        if (zeros < count && !header) {
            long behind = bytes.remaining();
            doubts.add(
                    "%d zero bytes at byte %d, and %s bytes behind them that are no archive: %s"
                            .formatted(
                                    length,
                                    from,
                                    behind == Long.MAX_VALUE ? "more" : String.valueOf(behind),
                                    "a part of it was lost"));
        } else if (length < END_MARK) {
            doubts.add("a single block of zeros at byte %d instead of two".formatted(from));
        } else if (!fillsRecord(from - archiveStart, length)) {
            doubts.add(
                    "%d zero bytes at byte %d, more than end an archive: a part was not filled"
                            .formatted(length, from));
        }
        if (header) {
            archives++;
            archiveStart = position;
        }
        return header;
    }

    /** Whether zeros are an end mark and what fills up its record. */
    private static boolean fillsRecord(long before, long zeros) {
        for (int blocks : BLOCKS_A_RECORD) {
            long record = (long) BLOCK * blocks;
            if ((before + END_MARK + record - 1) / record * record == before + zeros) {
                return true;
            }
        }
        return false;
    }

    private boolean isHeader(int count, byte[] ahead) {
        if (count < BLOCK) {
            return false;
        }
        System.arraycopy(ahead, 0, block, 0, BLOCK);
        return isSummed();
    }

    private Entry entry(char type, long ownSize, Pax pax, long at) throws IOException {
        long size = pax.size < 0 ? ownSize : pax.size;
        boolean file = type == 0 || type == '7' || type == '0';
        char kind = file ? (pax.sparse ? 'S' : '0') : type;
        String name =
                pax.nameOfSparse != null ? pax.nameOfSparse : pax.path != null ? pax.path : name();
        if (type == 'S') {
            skipMapOfHoles();
        }
        // Links, devices, folders and labels have no content, whatever their size says.
        long content = "123456V".indexOf(kind) >= 0 ? 0 : size;
        if (content > bytes.remaining()) {
            throw new ImageDataException(
                    this.file,
                    at + 124,
                    "a size of at most the " + bytes.remaining() + " bytes that follow",
                    size + " (cut off, or the first of several volumes)");
        }
        unread = padded(content);
        members++;
        String link =
                kind != '1' && kind != '2' ? "" : pax.link != null ? pax.link : text(157, 100);
        return new Entry(name, content, position, kind, link);
    }

    /** GNU's old form: where a file has many holes, blocks with their places follow the header. */
    private void skipMapOfHoles() throws IOException {
        boolean more = block[482] != 0;
        while (more) {
            read(block, BLOCK, "a map of holes");
            countExtension(BLOCK);
            more = block[504] != 0;
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
        countExtension(BLOCK + padded(size));
        byte[] extension = new byte[(int) size];
        read(extension, extension.length, "an extended header");
        unread = padded(size) - size;
        return extension;
    }

    /** Without a bound a small compressed archive could hold hours of headers and no member. */
    private void countExtension(long size) {
        extensionBytes += size;
        long most = 2L * LONGEST_EXTENSION + EXTENSION_BYTES_A_MEMBER * members;
        if (extensionBytes > most) {
            throw new ImageDataException(
                    file,
                    position,
                    "extended headers of at most " + most + " bytes before member " + members,
                    extensionBytes + " bytes");
        }
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

    private ImageDataException truncated(long count, String what, @Nullable Exception cause) {
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

    private int sum() {
        int sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= 148 && i < 156 ? ' ' : block[i] & 0xff;
        }
        return sum;
    }

    private boolean isSummed() {
        return text(148, 8).strip().matches("0*" + Integer.toOctalString(sum()));
    }

    private void checkSum(long at) {
        if (!isSummed()) {
            String written = text(148, 8).strip();
            String kind =
                    at == start
                            ? FileKind.of(java.util.Arrays.copyOf(block, FileKind.BYTES))
                            : null;
            throw new ImageDataException(
                    file,
                    kind == null ? at + 148 : at,
                    kind == null
                            ? "a tar header with checksum " + Integer.toOctalString(sum())
                            : "a tar archive",
                    kind != null ? kind : written.matches("[0-7]{1,7}") ? written : "no checksum");
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

    /** The attributes of pax headers that matter here. */
    private static final class Pax {
        private @Nullable String path;
        private @Nullable String link;
        private @Nullable String nameOfSparse;
        private long size = -1;
        private boolean sparse;

        /** A header for all members: comments and times, but no name or size. */
        void global(String file, long offset, byte[] records) {
            parse(file, offset, records);
            if (path != null || link != null || size >= 0 || sparse) {
                throw new ImageDataException(
                        file,
                        offset,
                        "a header for all members without a path, a link or a size",
                        "one that gives all of them the same");
            }
        }

        void parse(String file, long offset, byte[] records) {
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
                take(
                        file,
                        offset + at,
                        new String(
                                records,
                                digits + 1,
                                length - (digits - at) - 2,
                                StandardCharsets.UTF_8));
                at += length;
            }
        }

        private void take(String file, long offset, String record) {
            int equals = record.indexOf('=');
            String key = record.substring(0, Math.max(0, equals));
            String value = record.substring(equals + 1);
            if (key.equals("path")) {
                path = value;
            } else if (key.equals("linkpath")) {
                link = value;
            } else if (key.equals("GNU.sparse.name")) {
                nameOfSparse = value;
                sparse = true;
            } else if (key.startsWith("GNU.sparse.")) {
                sparse = true;
            } else if (key.equals("GNU.volume.offset")) {
                throw new ImageDataException(
                        file,
                        offset,
                        "a whole archive",
                        "a later volume of one (tar -M): unpack the volumes together and pack them"
                                + " as one");
            } else if (key.equals("size")) {
                try {
                    size = Long.parseLong(value);
                } catch (NumberFormatException e) {
                    size = -1;
                }
                if (size < 0) {
                    throw new ImageDataException(file, offset, "a size from 0 to 2^63 - 1", record);
                }
            }
        }
    }

    private static final class Streamed implements Bytes {
        private final InputStream in;

        Streamed(InputStream in) {
            this.in = new BufferedInputStream(in, AHEAD);
        }

        @Override
        public int peek(byte[] target) throws IOException {
            in.mark(target.length);
            int count = in.readNBytes(target, 0, target.length);
            in.reset();
            return count;
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
        public int peek(byte[] target) {
            int count = (int) Math.min(target.length, to - at);
            file.read(at, target, 0, count);
            return count;
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
