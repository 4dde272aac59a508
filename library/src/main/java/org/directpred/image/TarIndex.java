package org.directpred.image;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UTFDataFormatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.directpred.progress.Progress;
import org.jspecify.annotations.Nullable;

/**
 * The place of each image in a set of tar files: file, offset, length, label, and a sum of its
 * name. Building it takes one pass over the headers; it is kept in a file beside the tars and taken
 * from there as long as their names, lengths and times are the same.
 *
 * <p>The file: {@code "DPTARIDX"}, version, tars (name, length, time in milliseconds), remarks,
 * classes, images (tar, offset, length, label, sum of the name), CRC-32 of all before it; numbers
 * big-endian.
 */
final class TarIndex {
    private static final long MAGIC = 0x4450544152494458L;
    private static final int VERSION = 3;
    private static final int IMAGE_BYTES = 4 + 8 + 8 + 4 + 8;

    /** A tar as it was when the index was built. */
    record Tar(String name, long length, long modified) {
        static Tar of(Path path) throws IOException {
            return new Tar(
                    path.getFileName().toString(),
                    Files.size(path),
                    Files.getLastModifiedTime(path).toMillis());
        }

        /** Length and time, for a message. */
        String state() {
            return length + " bytes last modified at " + Instant.ofEpochMilli(modified);
        }
    }

    final List<Tar> tars;

    /** Sentences about what was found, to be said whenever the source is opened. */
    final List<String> remarks;

    final List<String> classes;
    final int[] tar;
    final long[] offset;
    final long[] length;
    final int[] label;
    final long[] name;

    TarIndex(
            List<Tar> tars,
            List<String> remarks,
            List<String> classes,
            int[] tar,
            long[] offset,
            long[] length,
            int[] label,
            long[] name) {
        this.tars = List.copyOf(tars);
        this.remarks = List.copyOf(remarks);
        this.classes = List.copyOf(classes);
        this.tar = tar;
        this.offset = offset;
        this.length = length;
        this.label = label;
        this.name = name;
    }

    int size() {
        return tar.length;
    }

    /** A copy with other labels. */
    TarIndex withLabels(List<String> others, int[] labels) {
        return new TarIndex(tars, remarks, others, tar, offset, length, labels, name);
    }

    /** How many images each tar has. */
    int[] counts() {
        int[] counts = new int[tars.size()];
        for (int each : tar) {
            counts[each]++;
        }
        return counts;
    }

    /** The first eight bytes of the SHA-256 of a member's name. */
    static long sumOf(String member) {
        try {
            return ByteBuffer.wrap(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(member.getBytes(StandardCharsets.UTF_8)))
                    .getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Collects images while tars are read. */
    static final class Builder {
        private int count;
        private int[] perTar = new int[16];
        private int[] tar = new int[1024];
        private long[] offset = new long[1024];
        private long[] length = new long[1024];
        private int[] label = new int[1024];
        private long[] name = new long[1024];

        void add(int inTar, TarReader.Entry image, int withLabel) {
            if (count == tar.length) {
                tar = Arrays.copyOf(tar, 2 * count);
                offset = Arrays.copyOf(offset, 2 * count);
                length = Arrays.copyOf(length, 2 * count);
                label = Arrays.copyOf(label, 2 * count);
                name = Arrays.copyOf(name, 2 * count);
            }
            if (inTar >= perTar.length) {
                perTar = Arrays.copyOf(perTar, 2 * inTar);
            }
            perTar[inTar]++;
            tar[count] = inTar;
            offset[count] = image.offset();
            length[count] = image.size();
            label[count] = withLabel;
            name[count++] = sumOf(image.name());
        }

        int count() {
            return count;
        }

        /** How many images a tar has. */
        int count(int inTar) {
            return inTar < perTar.length ? perTar[inTar] : 0;
        }

        int largestLabel() {
            return Arrays.stream(label, 0, count).max().orElse(ImageSource.UNLABELLED);
        }

        TarIndex build(List<Tar> tars, List<String> remarks, List<String> classes) {
            return new TarIndex(
                    tars,
                    remarks,
                    classes,
                    Arrays.copyOf(tar, count),
                    Arrays.copyOf(offset, count),
                    Arrays.copyOf(length, count),
                    Arrays.copyOf(label, count),
                    Arrays.copyOf(name, count));
        }
    }

    /**
     * Reads the file if it is there, can be read and is intact, of these tars or others; else null.
     */
    static @Nullable TarIndex cached(Path file) {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return read(file.toString(), in, Files.size(file));
        } catch (IOException e) {
            Progress.message("The index is built anew: " + file + " cannot be read: " + e);
            return null;
        } catch (ImageDataException e) {
            Progress.message("The index is built anew: " + e.getMessage());
            return null;
        }
    }

    /** Keeps it for the next time; where the folder is read-only, says so and goes on. */
    void cache(Path file) {
        try {
            // Not a temporary file of the platform, which others may not read.
            Path part =
                    file.toAbsolutePath().resolveSibling(".index-" + UUID.randomUUID() + ".part");
            try {
                try (OutputStream out = Files.newOutputStream(part)) {
                    write(out);
                }
                Files.move(
                        part,
                        file,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            Progress.message("The index " + file + " cannot be kept and will be built again: " + e);
        }
    }

    void write(OutputStream target) throws IOException {
        CheckedOutputStream checked =
                new CheckedOutputStream(new BufferedOutputStream(target, 1 << 16), new CRC32());
        DataOutputStream out = new DataOutputStream(checked);
        out.writeLong(MAGIC);
        out.writeInt(VERSION);
        out.writeInt(tars.size());
        for (Tar each : tars) {
            out.writeUTF(each.name());
            out.writeLong(each.length());
            out.writeLong(each.modified());
        }
        texts(out, remarks);
        texts(out, classes);
        out.writeInt(size());
        for (int i = 0; i < size(); i++) {
            out.writeInt(tar[i]);
            out.writeLong(offset[i]);
            out.writeLong(length[i]);
            out.writeInt(label[i]);
            out.writeLong(name[i]);
        }
        out.writeLong(checked.getChecksum().getValue());
        out.flush();
    }

    private static void texts(DataOutputStream out, List<String> texts) throws IOException {
        out.writeInt(texts.size());
        for (String each : texts) {
            out.writeUTF(each);
        }
    }

    private static List<String> texts(String file, DataInputStream in, long length, String what)
            throws IOException {
        List<String> texts = new ArrayList<>();
        int count = count(file, in.readInt(), 2, length, what);
        for (int i = 0; i < count; i++) {
            texts.add(in.readUTF());
        }
        return texts;
    }

    /**
     * Parses the file.
     *
     * @param length the file's length, which bounds what is allocated
     * @throws ImageDataException if it is not such a file, or damaged
     */
    static TarIndex read(String file, InputStream source, long length) throws IOException {
        CheckedInputStream checked =
                new CheckedInputStream(new BufferedInputStream(source, 1 << 16), new CRC32());
        DataInputStream in = new DataInputStream(checked);
        try {
            long magic = in.readLong();
            int version = in.readInt();
            if (magic != MAGIC || version != VERSION) {
                throw new ImageDataException(
                        file,
                        0,
                        "an index of version " + VERSION,
                        "the bytes %016x and version %d".formatted(magic, version));
            }
            List<Tar> tars = new ArrayList<>();
            int tarCount = count(file, in.readInt(), 2 + 8 + 8, length, "tars");
            for (int i = 0; i < tarCount; i++) {
                tars.add(new Tar(in.readUTF(), in.readLong(), in.readLong()));
            }
            List<String> remarks = texts(file, in, length, "remarks");
            List<String> classes = texts(file, in, length, "classes");
            int classCount = classes.size();
            int images = count(file, in.readInt(), IMAGE_BYTES, length, "images");
            int[] tar = new int[images];
            long[] offset = new long[images];
            long[] size = new long[images];
            int[] label = new int[images];
            long[] name = new long[images];
            for (int i = 0; i < images; i++) {
                tar[i] = in.readInt();
                offset[i] = in.readLong();
                size[i] = in.readLong();
                label[i] = in.readInt();
                name[i] = in.readLong();
                boolean fits =
                        tar[i] >= 0
                                && tar[i] < tarCount
                                && size[i] >= 0
                                && size[i] <= tars.get(tar[i]).length()
                                && offset[i] >= 0
                                && offset[i] <= tars.get(tar[i]).length() - size[i]
                                && label[i] >= ImageSource.UNLABELLED
                                && label[i] < classCount;
                if (!fits) {
                    throw new ImageDataException(
                            file,
                            -1,
                            "an image inside one of %d tars, of one of %d classes"
                                    .formatted(tarCount, classCount),
                            "tar %d, offset %d, length %d, label %d"
                                    .formatted(tar[i], offset[i], size[i], label[i]));
                }
            }
            long expected = checked.getChecksum().getValue();
            long found = in.readLong();
            if (found != expected || in.read() >= 0) {
                throw new ImageDataException(
                        file,
                        -1,
                        "the checksum %08x and the end".formatted(expected),
                        "%08x".formatted(found));
            }
            return new TarIndex(tars, remarks, classes, tar, offset, size, label, name);
        } catch (EOFException | UTFDataFormatException e) {
            throw new ImageDataException(
                    file, -1, "a whole index", "one that ends early or holds other text", e);
        }
    }

    private static int count(String file, int count, int bytesEach, long length, String what) {
        if (count < 0 || (long) count * bytesEach > length) {
            throw new ImageDataException(
                    file,
                    -1,
                    "as many " + what + " as fit a file of " + length + " bytes",
                    String.valueOf(count));
        }
        return count;
    }
}
