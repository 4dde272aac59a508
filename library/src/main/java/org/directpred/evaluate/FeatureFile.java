package org.directpred.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Features in a safetensors file: eight bytes with the length of a JSON header, the header, then
 * the rows and the labels, little-endian. The rows are mapped, not read.
 */
final class FeatureFile {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST_HEADER = 1 << 26;

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
     */
    static void write(
            Path file,
            int mostRows,
            int dimension,
            List<String> classes,
            String provenance,
            Map<String, String> more,
            Filler filler)
            throws IOException {
        Path target = file.toAbsolutePath();
        Files.createDirectories(target.getParent());
        Path unfinished = Files.createTempFile(target.getParent(), target.getFileName() + ".", "");
        try {
            // The header's length must be known before the number of rows is.
            int headerLength = header(mostRows, dimension, classes, provenance, more, 0).length;
            long rowsAt = 8L + headerLength;
            try (FileChannel channel =
                    FileChannel.open(
                            unfinished, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
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
                long labelsAt = rowsAt + (long) labels.length * dimension * Float.BYTES;
                ByteBuffer start = ByteBuffer.allocate((int) rowsAt).order(ByteOrder.LITTLE_ENDIAN);
                start.putLong(headerLength);
                start.put(
                        header(labels.length, dimension, classes, provenance, more, headerLength));
                write(channel, start.flip(), 0);
                ByteBuffer end =
                        ByteBuffer.allocate(Math.multiplyExact(labels.length, Integer.BYTES))
                                .order(ByteOrder.LITTLE_ENDIAN);
                end.asIntBuffer().put(labels);
                write(channel, end, labelsAt);
                channel.truncate(labelsAt + end.capacity());
                channel.force(true);
            }
            Files.move(
                    unfinished,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private static void write(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes, at + bytes.position());
        }
    }

    /** The header, padded to at least {@code length} bytes and to a multiple of 8. */
    private static byte[] header(
            int size,
            int dimension,
            List<String> classes,
            String provenance,
            Map<String, String> more,
            int length)
            throws JsonProcessingException {
        long rowBytes = (long) size * dimension * Float.BYTES;
        ObjectNode header = JSON.createObjectNode();
        ObjectNode metadata = header.putObject("__metadata__");
        more.forEach(metadata::put);
        metadata.put("provenance", provenance);
        metadata.put("classes", JSON.writeValueAsString(classes));
        ObjectNode rows = header.putObject("features");
        rows.put("dtype", "F32");
        rows.putArray("shape").add(size).add(dimension);
        rows.putArray("data_offsets").add(0).add(rowBytes);
        ObjectNode labels = header.putObject("labels");
        labels.put("dtype", "I32");
        labels.putArray("shape").add(size);
        labels.putArray("data_offsets").add(rowBytes).add(rowBytes + (long) size * Integer.BYTES);
        byte[] text = JSON.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
        // The format allows trailing spaces; with them the rows are aligned.
        byte[] padded = Arrays.copyOf(text, Math.max(length, (text.length + 7) / 8 * 8));
        Arrays.fill(padded, text.length, padded.length, (byte) ' ');
        return padded;
    }

    static Features read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer length = read(channel, 0, 8, file);
            long headerLength = length.getLong();
            if (headerLength < 2 || headerLength > LONGEST_HEADER) {
                throw malformed(file, "a header of " + headerLength + " bytes");
            }
            ByteBuffer text = read(channel, 8, (int) headerLength, file);
            JsonNode header;
            try {
                byte[] json = new byte[(int) headerLength];
                text.get(json);
                header = JSON.readTree(json);
            } catch (JsonProcessingException e) {
                throw malformed(file, "no JSON header (" + e.getOriginalMessage() + ")");
            }
            JsonNode labelEntry = entry(header, "labels", "I32", 1, file);
            JsonNode rowEntry = entry(header, "features", "F32", 2, file);
            int size = labelEntry.get("shape").get(0).asInt();
            int dimension = rowEntry.get("shape").get(1).asInt();
            if (size < 1 || dimension < 1 || rowEntry.get("shape").get(0).asInt() != size) {
                throw malformed(
                        file,
                        "features of shape "
                                + rowEntry.get("shape")
                                + " and labels of shape "
                                + labelEntry.get("shape"));
            }
            long start = 8 + headerLength;
            ByteBuffer labelBytes =
                    read(
                            channel,
                            start + offset(labelEntry, (long) size * Integer.BYTES, file),
                            Math.multiplyExact(size, Integer.BYTES),
                            file);
            int[] labels = new int[size];
            labelBytes.asIntBuffer().get(labels);
            long rowBytes = (long) size * dimension * Float.BYTES;
            long rowsAt = start + offset(rowEntry, rowBytes, file);
            if (channel.size() < rowsAt + rowBytes) {
                throw malformed(
                        file,
                        "%d bytes where the header promises %d"
                                .formatted(channel.size(), rowsAt + rowBytes));
            }
            Rows rows =
                    Rows.in(
                            size,
                            dimension,
                            (at, bytes) ->
                                    channel.map(FileChannel.MapMode.READ_ONLY, rowsAt + at, bytes));
            JsonNode metadata = header.path("__metadata__");
            return Features.of(
                    rows,
                    labels,
                    classes(metadata.path("classes").asText(""), labels, file),
                    metadata.path("provenance").asText(file.getFileName().toString()));
        }
    }

    private static JsonNode entry(
            JsonNode header, String name, String type, int dimensions, Path file) {
        JsonNode entry = header.path(name);
        if (!entry.path("dtype").asText().equals(type)
                || entry.path("shape").size() != dimensions
                || entry.path("data_offsets").size() != 2) {
            throw malformed(
                    file,
                    "no tensor '%s' of type %s with %d dimensions (found %s)"
                            .formatted(name, type, dimensions, entry));
        }
        return entry;
    }

    private static long offset(JsonNode entry, long bytes, Path file) {
        long from = entry.get("data_offsets").get(0).asLong();
        long to = entry.get("data_offsets").get(1).asLong();
        if (from < 0 || to - from != bytes) {
            throw malformed(file, "data_offsets %d to %d for %d bytes".formatted(from, to, bytes));
        }
        return from;
    }

    private static List<String> classes(String json, int[] labels, Path file) {
        if (json.isEmpty()) {
            int largest = Arrays.stream(labels).max().orElse(-1);
            List<String> numbers = new ArrayList<>();
            for (int c = 0; c <= largest; c++) {
                numbers.add(Integer.toString(c));
            }
            return numbers;
        }
        try {
            return List.of(JSON.readValue(json, String[].class));
        } catch (JsonProcessingException e) {
            throw malformed(file, "classes that are no list of names: " + json);
        }
    }

    private static ByteBuffer read(FileChannel channel, long at, int count, Path file)
            throws IOException {
        if (channel.size() < at + count) {
            throw malformed(
                    file, "%d bytes where %d are needed".formatted(channel.size(), at + count));
        }
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                throw malformed(file, "an early end");
            }
        }
        return buffer.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static IllegalArgumentException malformed(Path file, String what) {
        return new IllegalArgumentException(
                file
                        + " is no file of features (safetensors with \"features\" and \"labels\"):"
                        + " it has "
                        + what);
    }
}
