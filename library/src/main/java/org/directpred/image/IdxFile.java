package org.directpred.image;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Grey images and their labels in the IDX format of MNIST and Fashion-MNIST: big-endian {@code
 * 0x00000803, count, rows, columns} and the values, {@code 0x00000801, count} and the labels; plain
 * or compressed by gzip. The whole set is held in memory, one byte a pixel.
 */
public final class IdxFile implements ImageSource {
    private static final int IMAGES = 0x803;
    private static final int LABELS = 0x801;

    /**
     * No gzip stream expands by more (RFC 1951: 258 bytes from 2 bits); a larger claim is false.
     */
    private static final long LARGEST_EXPANSION = 1032;

    private final String name;
    private final String file;
    private final List<String> classes;
    private final int count;
    private final int rows;
    private final int columns;
    private final byte[] pixels;
    private final byte @Nullable [] labels;

    private IdxFile(
            String name,
            String file,
            List<String> classes,
            Values images,
            byte @Nullable [] labels) {
        this.name = name;
        this.file = file;
        this.classes = classes;
        this.count = images.count;
        this.rows = images.rows;
        this.columns = images.columns;
        this.pixels = images.bytes;
        this.labels = labels;
    }

    /**
     * Reads a pair of files.
     *
     * @param name the set's name, for a person
     * @param images the images' file; compressed if its first two bytes say so
     * @param labels the labels' file, or null for images without labels
     * @param classes the classes' names in the order of the labels
     * @throws ImageDataException if a file cannot be read, is not IDX, is too short or too long, if
     *     the counts differ, or if a label is not below the number of classes
     */
    public static IdxFile read(
            String name, Path images, @Nullable Path labels, List<String> classes) {
        Values pixels = read(images, IMAGES);
        byte[] found = labels == null ? null : read(labels, LABELS).bytes;
        return of(name, images.toString(), pixels, String.valueOf(labels), found, classes);
    }

    /** As {@link #read}, from a pair of compressed resources beside this class. */
    static IdxFile resource(String name, String images, String labels, List<String> classes) {
        return of(
                name,
                images,
                resource(images, IMAGES),
                labels,
                resource(labels, LABELS).bytes,
                classes);
    }

    private static IdxFile of(
            String name,
            String imagesFile,
            Values images,
            String labelsFile,
            byte @Nullable [] labels,
            List<String> classes) {
        if (labels != null) {
            if (labels.length != images.count) {
                throw new ImageDataException(
                        labelsFile,
                        4,
                        images.count + " labels, as many as there are images in " + imagesFile,
                        String.valueOf(labels.length));
            }
            for (int i = 0; i < labels.length; i++) {
                int label = labels[i] & 0xff;
                if (label >= classes.size()) {
                    throw new ImageDataException(
                            labelsFile,
                            8L + i,
                            "a label from 0 to " + (classes.size() - 1),
                            String.valueOf(label));
                }
            }
        }
        return new IdxFile(name, imagesFile, List.copyOf(classes), images, labels);
    }

    private static Values read(Path file, int magic) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return parse(file.toString(), in, Files.size(file), magic);
        } catch (IOException e) {
            throw ImageDataException.unreadable(file, e);
        }
    }

    private static Values resource(String resource, int magic) {
        try (InputStream in = IdxFile.class.getResourceAsStream(resource)) {
            Objects.requireNonNull(in, resource);
            byte[] bytes = in.readAllBytes();
            return parse(resource, new java.io.ByteArrayInputStream(bytes), bytes.length, magic);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + resource + ": " + e, e);
        }
    }

    /**
     * The parser behind every entry.
     *
     * @param file for messages
     * @param in supports mark and reset
     * @param length the file's own length, which bounds what is allocated
     * @param magic what the file must begin with
     */
    static Values parse(String file, InputStream in, long length, int magic) throws IOException {
        in.mark(2);
        boolean compressed = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        try {
            return compressed
                    ? values(file, new GZIPInputStream(in), length * LARGEST_EXPANSION, magic)
                    : values(file, in, length, magic);
        } catch (ZipException | java.io.EOFException e) {
            throw new ImageDataException(
                    file, -1, "an intact gzip stream", String.valueOf(e.getMessage()), e);
        }
    }

    private static Values values(String file, InputStream in, long limit, int magic)
            throws IOException {
        int headerLength = magic == IMAGES ? 16 : 8;
        byte[] head = in.readNBytes(headerLength);
        if (head.length < headerLength) {
            throw new ImageDataException(
                    file,
                    head.length,
                    "a header of " + headerLength + " bytes",
                    "its end" + FileKind.note(head));
        }
        ByteBuffer header = ByteBuffer.wrap(head);
        int found = header.getInt();
        if (found != magic) {
            throw new ImageDataException(
                    file,
                    0,
                    "the IDX magic number 0x%08x of %s"
                            .formatted(magic, magic == IMAGES ? "images" : "labels"),
                    "0x%08x".formatted(found) + FileKind.note(head));
        }
        int count = header.getInt();
        int rows = magic == IMAGES ? header.getInt() : 1;
        int columns = magic == IMAGES ? header.getInt() : 1;
        if (count < 1 || rows < 1 || columns < 1) {
            throw new ImageDataException(
                    file,
                    4,
                    "positive sizes",
                    count + " items of " + rows + " x " + columns + " values");
        }
        // Two products of 31-bit numbers fit a long, three need not.
        long item = (long) rows * columns;
        if (item > limit || (limit - headerLength) / item < count) {
            throw new ImageDataException(
                    file,
                    4,
                    "sizes that fit a file of at most " + limit + " bytes",
                    count + " items of " + rows + " x " + columns + " values");
        }
        long total = count * item;
        if (total > Integer.MAX_VALUE - 16) {
            throw new ImageDataException(
                    file, 4, "at most 2 GiB of values, which are held in memory", total + " bytes");
        }
        byte[] bytes = in.readNBytes((int) total);
        if (bytes.length < total) {
            throw new ImageDataException(
                    file,
                    (long) headerLength + bytes.length,
                    total + " bytes of values after the header",
                    "the end after " + bytes.length);
        }
        if (in.read() >= 0) {
            throw new ImageDataException(
                    file, headerLength + total, "the end of the file", "more bytes");
        }
        return new Values(count, rows, columns, bytes);
    }

    /** The values of one IDX file. */
    static final class Values {
        final int count;
        final int rows;
        final int columns;
        final byte[] bytes;

        Values(int count, int rows, int columns, byte[] bytes) {
            this.count = count;
            this.rows = rows;
            this.columns = columns;
            this.bytes = bytes;
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size() {
        return count;
    }

    @Override
    public int channels() {
        return 1;
    }

    @Override
    public int height() {
        return rows;
    }

    @Override
    public int width() {
        return columns;
    }

    @Override
    public List<String> classes() {
        return classes;
    }

    @Override
    public int label(int index) {
        Objects.checkIndex(index, count);
        return labels == null ? UNLABELLED : labels[index] & 0xff;
    }

    @Override
    public Image read(int index) {
        Objects.checkIndex(index, count);
        int plane = rows * columns;
        return new Image(
                1, rows, columns, Arrays.copyOfRange(pixels, index * plane, (index + 1) * plane));
    }

    @Override
    public String content(int index) {
        Objects.checkIndex(index, count);
        int plane = rows * columns;
        return PixelSum.content(index, rows, columns, pixels, index * plane, plane);
    }

    @Override
    public String place(int index) {
        return file + ", image " + index;
    }
}
