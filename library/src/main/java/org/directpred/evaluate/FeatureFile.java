package org.directpred.evaluate;

import static java.util.stream.Collectors.joining;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.directpred.tensor.SafeTensorsHeader;
import org.directpred.tensor.SafeTensorsWriter;

/**
 * Features in a safetensors file: eight bytes with the length of a JSON header, the header, then
 * the rows, the labels and, in a cache, a sum of each image ({@code image_sums}, I64),
 * little-endian. The rows are mapped, not read.
 */
final class FeatureFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** More labels would not fit into one array of bytes. */
    private static final int MOST_ROWS = Integer.MAX_VALUE / Integer.BYTES;

    /** Above this a label is damage rather than a class that nobody has named. */
    private static final int MOST_UNNAMED_CLASSES = 1 << 16;

    /** The types that are read, of which this library writes float32 and int32. */
    private static final Set<DataType> ROWS =
            Set.of(DataType.FLOAT32, DataType.FLOAT16, DataType.BFLOAT16, DataType.FLOAT64);

    private static final Set<DataType> LABELS = Set.of(DataType.INT32, DataType.INT64);
    private static final int LABELS_AT_ONCE = 1 << 16;

    private static final String SUMS = "image_sums";

    private FeatureFile() {}

    /** Fills rows from the first on. */
    interface Filler {
        /** Writes rows and returns the labels of those that it wrote. */
        int[] fill(Rows rows);
    }

    /**
     * Writes a file whole: under another name first, moved into place at the end.
     *
     * @param more text for the file's header, beside the provenance and the classes
     * @param sums what to keep of each image, filled when {@code filler} returns; empty for a file
     *     that is no cache
     */
    static void write(
            Path file,
            int mostRows,
            int dimension,
            List<String> classes,
            String provenance,
            Map<String, String> more,
            long[] sums,
            Filler filler)
            throws IOException {
        Path target = file.toAbsolutePath();
        Files.createDirectories(target.getParent());
        Map<String, String> metadata = new LinkedHashMap<>(more);
        metadata.put("provenance", provenance);
        metadata.put("classes", JSON.writeValueAsString(classes));
        // The header's length must be known before the number of rows is.
        int rowsAt =
                SafeTensorsWriter.start(metadata, arrays(mostRows, dimension, sums.length), 0)
                        .remaining();
        // A name of its own: two processes may fill the same cache.
        Path beside = target.resolveSibling(target.getFileName() + "." + UUID.randomUUID());
        SafeTensorsWriter.whole(
                target,
                beside,
                channel -> {
                    int[] labels =
                            filler.fill(
                                    Rows.in(
                                            mostRows,
                                            dimension,
                                            (offset, length) ->
                                                    channel.map(
                                                            FileChannel.MapMode.READ_WRITE,
                                                            rowsAt + offset,
                                                            length)));
                    List<SafeTensorsHeader.Entry> arrays =
                            arrays(labels.length, dimension, sums.length);
                    channel.position(0);
                    SafeTensorsWriter.fully(
                            channel, SafeTensorsWriter.start(metadata, arrays, rowsAt));
                    ByteBuffer end =
                            ByteBuffer.allocate(
                                            Math.addExact(
                                                    Math.multiplyExact(
                                                            labels.length, Integer.BYTES),
                                                    Math.multiplyExact(sums.length, Long.BYTES)))
                                    .order(ByteOrder.LITTLE_ENDIAN);
                    end.asIntBuffer().put(labels);
                    end.position(labels.length * Integer.BYTES);
                    end.asLongBuffer().put(sums);
                    channel.position(rowsAt + arrays.get(0).to());
                    SafeTensorsWriter.fully(channel, end.rewind());
                    channel.truncate(channel.position());
                });
    }

    /** The file's arrays, of which a file that is no cache has no sums. */
    private static List<SafeTensorsHeader.Entry> arrays(int size, int dimension, int sums) {
        long rowsEnd = (long) size * dimension * Float.BYTES;
        long labelsEnd = rowsEnd + (long) size * Integer.BYTES;
        List<SafeTensorsHeader.Entry> arrays = new ArrayList<>();
        arrays.add(
                new SafeTensorsHeader.Entry(
                        "features", DataType.FLOAT32, new Shape(size, dimension), 0, rowsEnd));
        arrays.add(
                new SafeTensorsHeader.Entry(
                        "labels", DataType.INT32, new Shape(size), rowsEnd, labelsEnd));
        if (sums > 0) {
            arrays.add(
                    new SafeTensorsHeader.Entry(
                            SUMS,
                            DataType.INT64,
                            new Shape(sums),
                            labelsEnd,
                            labelsEnd + (long) sums * Long.BYTES));
        }
        return arrays;
    }

    /**
     * Reads a file.
     *
     * @throws IllegalArgumentException naming the file and what in it is no file of features
     * @throws IOException if the file cannot be opened
     */
    static Features read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw malformed(file, "is a folder");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            SafeTensorsHeader header = header(file, channel);
            SafeTensorsHeader.Entry labelEntry = entry(header, "labels", LABELS, 1);
            SafeTensorsHeader.Entry rowEntry = entry(header, "features", ROWS, 2);
            long size = labelEntry.shape().get(0);
            long dimension = rowEntry.shape().get(1);
            if (size < 1
                    || size > MOST_ROWS
                    || dimension < 1
                    || dimension > Rows.MOST_FEATURES
                    || rowEntry.shape().get(0) != size) {
                throw malformed(
                        file,
                        "has features of shape %s and labels of shape %s"
                                .formatted(rowEntry.shape(), labelEntry.shape()));
            }
            int[] labels = labels(file, channel, header.start(), labelEntry);
            Rows rows = rows(file, channel, header.start(), rowEntry);
            List<String> classes = classes(header, labels);
            for (int i = 0; i < labels.length; i++) {
                if (labels[i] < Features.UNLABELLED || labels[i] >= classes.size()) {
                    throw malformed(
                            file,
                            "has the label %d in row %d, which is none of its %d classes"
                                    .formatted(labels[i], i, classes.size()));
                }
            }
            return Features.of(
                    rows,
                    labels,
                    classes,
                    header.metadata().getOrDefault("provenance", file.getFileName().toString()));
        }
    }

    /** Rows of float32 are mapped; others become float32, which is checked. */
    private static Rows rows(
            Path file, FileChannel channel, long start, SafeTensorsHeader.Entry entry)
            throws IOException {
        int size = (int) entry.shape().get(0);
        int dimension = (int) entry.shape().get(1);
        long from = start + entry.from();
        if (entry.type() == DataType.FLOAT32) {
            return Rows.in(
                    size,
                    dimension,
                    (at, bytes) -> channel.map(FileChannel.MapMode.READ_ONLY, from + at, bytes));
        }
        int each = entry.type().getNumOfBytes();
        if (dimension > Integer.MAX_VALUE / each) {
            throw malformed(
                    file, "has %d features of type %s a row".formatted(dimension, entry.type()));
        }
        Rows rows = Rows.allocate(size, dimension);
        float[] row = new float[dimension];
        for (int i = 0; i < size; i++) {
            ByteBuffer bytes =
                    read(file, channel, from + (long) i * dimension * each, dimension * each);
            for (int j = 0; j < dimension; j++) {
                row[j] = number(file, entry.type(), bytes, i, j);
            }
            rows.put(i, row, 0);
        }
        return rows;
    }

    private static float number(Path file, DataType type, ByteBuffer bytes, int row, int column) {
        if (type == DataType.FLOAT16) {
            return half(bytes.getShort());
        }
        if (type == DataType.BFLOAT16) {
            return Float.intBitsToFloat(bytes.getShort() << Short.SIZE);
        }
        double value = bytes.getDouble();
        if (Double.isFinite(value) && Float.isInfinite((float) value)) {
            throw malformed(
                    file,
                    "has the number %s in row %d, feature %d, which is beyond float32's range"
                            .formatted(value, row, column));
        }
        return (float) value;
    }

    /** IEEE 754's binary16: a sign, 5 bits of exponent, 10 of fraction; float32 holds each. */
    private static float half(short bits) {
        int exponent = bits >> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        float magnitude =
                exponent == 0
                        ? fraction * 0x1p-24f
                        : exponent == 0x1f
                                ? fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN
                                : Math.scalb(1024f + fraction, exponent - 25);
        return bits < 0 ? -magnitude : magnitude;
    }

    /** The sums of the images; none where the file keeps none. */
    static long[] readSums(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            SafeTensorsHeader header = header(file, channel);
            if (header.entry(SUMS).isEmpty()) {
                return new long[0];
            }
            SafeTensorsHeader.Entry sums = entry(header, SUMS, Set.of(DataType.INT64), 1);
            if (sums.to() - sums.from() > Integer.MAX_VALUE) {
                throw malformed(file, "has sums of " + sums.shape().get(0) + " images");
            }
            ByteBuffer bytes =
                    read(
                            file,
                            channel,
                            header.start() + sums.from(),
                            (int) (sums.to() - sums.from()));
            long[] values = new long[bytes.remaining() / Long.BYTES];
            bytes.asLongBuffer().get(values);
            return values;
        }
    }

    private static SafeTensorsHeader header(Path file, FileChannel channel) {
        try {
            return SafeTensorsHeader.read(file, channel);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "no file of features (safetensors with \"features\" and \"labels\"): "
                            + e.getMessage(),
                    e);
        }
    }

    private static SafeTensorsHeader.Entry entry(
            SafeTensorsHeader header, String name, Set<DataType> types, int dimensions) {
        return header.entry(name)
                .filter(e -> types.contains(e.type()) && e.shape().dimension() == dimensions)
                .orElseThrow(
                        () ->
                                malformed(
                                        header.file(),
                                        "has no tensor '%s' of type %s with %d dimensions, but %s"
                                                .formatted(
                                                        name,
                                                        types.stream()
                                                                .map(String::valueOf)
                                                                .sorted()
                                                                .collect(joining(" or ")),
                                                        dimensions,
                                                        header.entries().stream()
                                                                .map(
                                                                        e ->
                                                                                e.name() + " "
                                                                                        + e.type()
                                                                                        + e.shape())
                                                                .toList())));
    }

    private static int[] labels(
            Path file, FileChannel channel, long start, SafeTensorsHeader.Entry entry)
            throws IOException {
        int[] labels = new int[(int) entry.shape().get(0)];
        long from = start + entry.from();
        if (entry.type() == DataType.INT32) {
            read(file, channel, from, labels.length * Integer.BYTES).asIntBuffer().get(labels);
            return labels;
        }
        for (int done = 0; done < labels.length; done += LABELS_AT_ONCE) {
            int now = Math.min(LABELS_AT_ONCE, labels.length - done);
            ByteBuffer bytes =
                    read(file, channel, from + (long) done * Long.BYTES, now * Long.BYTES);
            for (int i = done; i < done + now; i++) {
                long label = bytes.getLong();
                if (label != (int) label) {
                    throw malformed(
                            file, "has the label %d in row %d, which is none".formatted(label, i));
                }
                labels[i] = (int) label;
            }
        }
        return labels;
    }

    private static ByteBuffer read(Path file, FileChannel channel, long at, int count)
            throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, at + bytes.position()) < 0) {
                throw malformed(file, "ended while its labels were read");
            }
        }
        return bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The classes' names; where the file has none, the numbers up to the largest label. */
    private static List<String> classes(SafeTensorsHeader header, int[] labels) {
        String json = header.metadata().get("classes");
        if (json == null) {
            int largest = Arrays.stream(labels).max().orElse(-1);
            if (largest >= Math.max(MOST_UNNAMED_CLASSES, labels.length)) {
                throw malformed(
                        header.file(),
                        "has the label %d, but without \"classes\" in its metadata (a JSON list of their names) labels end at %d"
                                .formatted(
                                        largest,
                                        Math.max(MOST_UNNAMED_CLASSES, labels.length) - 1));
            }
            return IntStream.rangeClosed(0, largest).mapToObj(Integer::toString).toList();
        }
        try {
            String[] names = JSON.readValue(json, String[].class);
            if (names == null || Arrays.asList(names).contains(null)) {
                throw malformed(header.file(), "has a class without a name: " + json);
            }
            return List.of(names);
        } catch (JsonProcessingException e) {
            throw malformed(header.file(), "has classes that are no list of names: " + json);
        }
    }

    private static IllegalArgumentException malformed(Path file, String what) {
        return new IllegalArgumentException(
                "%s is no file of features (safetensors with \"features\" and \"labels\"): it %s"
                        .formatted(file, what));
    }
}
