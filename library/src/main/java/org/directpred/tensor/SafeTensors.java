package org.directpred.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
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
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Files of arrays in the safetensors format: a length of eight bytes, a JSON header, the raw
 * numbers. Reading runs no code and allocates no more than the file holds.
 *
 * <p>A file appears whole or not at all: it is written beside, forced to the disk and moved into
 * its place.
 *
 * @param metadata text by name, the header's {@code __metadata__}
 * @param tensors arrays by name; they belong to the manager they were read with, or to the caller
 */
public record SafeTensors(Map<String, String> metadata, Map<String, NDArray> tensors) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String METADATA = "__metadata__";

    /** Longer headers are no headers: a hundred thousand arrays fit. */
    private static final long MOST_HEADER = 100_000_000;

    private static final int BLOCK = 1 << 26;

    private static final Map<DataType, String> TYPES =
            Map.of(
                    DataType.FLOAT32, "F32",
                    DataType.FLOAT64, "F64",
                    DataType.INT64, "I64",
                    DataType.INT32, "I32",
                    DataType.UINT8, "U8");

    public SafeTensors {
        metadata = new TreeMap<>(metadata);
        tensors = new LinkedHashMap<>(tensors);
    }

    /**
     * Writes the file.
     *
     * @throws IOException if that fails, for instance because the disk is full; a file of that name
     *     that was there before is still there
     */
    public void write(Path file) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        ObjectNode meta = header.putObject(METADATA);
        metadata.forEach(meta::put);
        long offset = 0;
        for (Map.Entry<String, NDArray> entry : tensors.entrySet()) {
            NDArray array = entry.getValue();
            String type = TYPES.get(array.getDataType());
            if (type == null) {
                throw new IllegalArgumentException(
                        "the array "
                                + entry.getKey()
                                + " is of type "
                                + array.getDataType()
                                + ", which is not written");
            }
            ObjectNode tensor = header.putObject(entry.getKey());
            tensor.put("dtype", type);
            var shape = tensor.putArray("shape");
            for (long d : array.getShape().getShape()) {
                shape.add(d);
            }
            long bytes = Math.multiplyExact(array.size(), array.getDataType().getNumOfBytes());
            tensor.putArray("data_offsets").add(offset).add(offset + bytes);
            offset += bytes;
        }
        Path target = file.toAbsolutePath();
        Files.createDirectories(target.getParent());
        Path beside = target.resolveSibling(target.getFileName() + ".part");
        try {
            try (FileChannel channel =
                    FileChannel.open(
                            beside,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.TRUNCATE_EXISTING)) {
                byte[] text = padded(JSON.writeValueAsBytes(header));
                channel.write(
                        ByteBuffer.allocate(8)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putLong(0, text.length));
                fully(channel, ByteBuffer.wrap(text));
                for (NDArray array : tensors.values()) {
                    // Directly from the array's memory on the CPU.
                    fully(channel, array.toByteBuffer(true));
                }
                channel.force(true);
            }
            Files.move(
                    beside,
                    target,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            forceFolder(target.getParent());
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(beside);
            throw e;
        }
    }

    /**
     * Reads a file.
     *
     * @param manager on whose device the arrays are made, and who owns them
     * @throws IOException naming the file, the offset or the field, what was expected and what was
     *     found
     */
    public static SafeTensors read(Path file, NDManager manager) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            JsonNode header = header(file, channel, size);
            long start = 8 + length(file, channel, size);
            Map<String, String> metadata = new TreeMap<>();
            List<Entry> entries = new ArrayList<>();
            for (var field : header.properties()) {
                if (field.getKey().equals(METADATA)) {
                    for (var text : field.getValue().properties()) {
                        metadata.put(text.getKey(), text.getValue().asText());
                    }
                } else {
                    entries.add(Entry.of(file, field.getKey(), field.getValue()));
                }
            }
            entries.sort(Comparator.comparingLong(Entry::from));
            long at = 0;
            for (Entry e : entries) {
                if (e.from() != at) {
                    throw new IOException(
                            "%s: the array %s begins at offset %d, but %d was expected"
                                    .formatted(file, e.name(), e.from(), at));
                }
                at = e.to();
            }
            if (start + at != size) {
                throw new IOException(
                        "%s: %d bytes were expected by its header, but it has %d: it was cut off or something was added"
                                .formatted(file, start + at, size));
            }
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            for (Entry e : entries) {
                tensors.put(e.name(), e.read(channel, start, manager));
            }
            return new SafeTensors(metadata, tensors);
        }
    }

    /** The metadata of a file, without its arrays. */
    public static Map<String, String> readMetadata(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            Map<String, String> metadata = new TreeMap<>();
            JsonNode meta = header(file, channel, channel.size()).get(METADATA);
            if (meta != null) {
                for (var text : meta.properties()) {
                    metadata.put(text.getKey(), text.getValue().asText());
                }
            }
            return metadata;
        }
    }

    private record Entry(String name, DataType type, Shape shape, long from, long to) {
        static Entry of(Path file, String name, JsonNode node) throws IOException {
            String dtype = node.path("dtype").asText();
            DataType type =
                    TYPES.entrySet().stream()
                            .filter(e -> e.getValue().equals(dtype))
                            .map(Map.Entry::getKey)
                            .findFirst()
                            .orElseThrow(
                                    () ->
                                            new IOException(
                                                    "%s: the array %s is of type \"%s\", but one of %s was expected"
                                                            .formatted(
                                                                    file,
                                                                    name,
                                                                    dtype,
                                                                    TYPES.values())));
            long[] dimensions = new long[node.path("shape").size()];
            long elements = 1;
            for (int i = 0; i < dimensions.length; i++) {
                dimensions[i] = node.get("shape").get(i).asLong(-1);
                if (dimensions[i] < 0) {
                    throw new IOException(
                            "%s: the array %s has the shape %s"
                                    .formatted(file, name, node.get("shape")));
                }
                try {
                    elements = Math.multiplyExact(elements, dimensions[i]);
                } catch (ArithmeticException e) {
                    throw new IOException(
                            "%s: the array %s has the shape %s, which is too large"
                                    .formatted(file, name, node.get("shape")),
                            e);
                }
            }
            long from = node.path("data_offsets").path(0).asLong(-1);
            long to = node.path("data_offsets").path(1).asLong(-1);
            if (from < 0
                    || to < from
                    || (to - from) / type.getNumOfBytes() != elements
                    || (to - from) % type.getNumOfBytes() != 0) {
                throw new IOException(
                        "%s: the array %s of shape %s lies from offset %d to %d, which is not its size"
                                .formatted(file, name, node.get("shape"), from, to));
            }
            return new Entry(name, type, new Shape(dimensions), from, to);
        }

        NDArray read(FileChannel channel, long start, NDManager manager) throws IOException {
            ByteBuffer bytes =
                    ByteBuffer.allocateDirect(Math.toIntExact(to - from))
                            .order(ByteOrder.nativeOrder());
            long at = start + from;
            while (bytes.hasRemaining()) {
                int n = channel.read(bytes, at);
                if (n < 0) {
                    throw new IOException(
                            "the file ended at offset " + at + " while " + name + " was read");
                }
                at += n;
            }
            bytes.flip();
            return manager.create(bytes, shape, type);
        }
    }

    private static long length(Path file, FileChannel channel, long size) throws IOException {
        ByteBuffer first = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        if (size < 8 || channel.read(first, 0) != 8) {
            throw new IOException(
                    "%s: has %d bytes, too few for safetensors".formatted(file, size));
        }
        long length = first.getLong(0);
        if (length < 2 || length > MOST_HEADER || length > size - 8) {
            throw new IOException(
                    "%s: is no safetensors file: its first 8 bytes say that the header has %d bytes, and the file has %d"
                            .formatted(file, length, size));
        }
        return length;
    }

    private static JsonNode header(Path file, FileChannel channel, long size) throws IOException {
        ByteBuffer text = ByteBuffer.allocate((int) length(file, channel, size));
        long at = 8;
        while (text.hasRemaining()) {
            int n = channel.read(text, at);
            if (n < 0) {
                throw new IOException(
                        file + ": ended at offset " + at + " while its header was read");
            }
            at += n;
        }
        try {
            JsonNode header = JSON.readTree(new String(text.array(), StandardCharsets.UTF_8));
            if (header == null || !header.isObject()) {
                throw new IOException(
                        file + ": is no safetensors file: its header is no JSON object");
            }
            return header;
        } catch (JsonProcessingException e) {
            throw new IOException(
                    file
                            + ": is no safetensors file: its header is no JSON: "
                            + e.getOriginalMessage(),
                    e);
        }
    }

    /** The format aligns the numbers to eight bytes by blanks at the header's end. */
    private static byte[] padded(byte[] text) {
        byte[] all = new byte[(text.length + 7) / 8 * 8];
        Arrays.fill(all, (byte) ' ');
        System.arraycopy(text, 0, all, 0, text.length);
        return all;
    }

    private static void fully(FileChannel channel, ByteBuffer bytes) throws IOException {
        int end = bytes.limit();
        while (bytes.position() < end) {
            bytes.limit(Math.min(end, bytes.position() + BLOCK));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    /**
     * After the move the name itself must reach the disk; not every system lets a folder be opened.
     */
    private static void forceFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Windows: the move is then as durable as that system makes it.
        }
    }
}
