package org.directpred.tensor;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The header of a safetensors file, checked: what arrays the file holds and where they lie. The
 * arrays fill the rest of the file without holes or overlaps.
 *
 * @param file where it was read from
 * @param metadata text by name, the header's {@code __metadata__}
 * @param entries the arrays in the order in which they lie in the file
 * @param start the file's offset that the entries' offsets count from
 */
public record SafeTensorsHeader(
        Path file, Map<String, String> metadata, List<Entry> entries, long start) {
    static final String METADATA = "__metadata__";

    /** The types that are read and written, by the format's names for them. */
    static final Map<String, DataType> TYPES =
            new TreeMap<>(
                    Map.of(
                            "F32", DataType.FLOAT32,
                            "F64", DataType.FLOAT64,
                            "F16", DataType.FLOAT16,
                            "BF16", DataType.BFLOAT16,
                            "I64", DataType.INT64,
                            "I32", DataType.INT32,
                            "I8", DataType.INT8,
                            "U8", DataType.UINT8,
                            "BOOL", DataType.BOOLEAN));

    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    /** Longer headers are no headers: a hundred thousand arrays fit. */
    private static final long MOST_HEADER = 100_000_000;

    public SafeTensorsHeader {
        metadata = new TreeMap<>(metadata);
        entries = List.copyOf(entries);
    }

    /**
     * An array of the file.
     *
     * @param from its first byte, counted from {@link #start}
     * @param to one past its last byte
     */
    public record Entry(String name, DataType type, Shape shape, long from, long to) {}

    /** Reads and checks the header of a file. */
    public static SafeTensorsHeader read(Path file) throws IOException {
        requireFile(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(file, channel);
        }
    }

    /** Refuses a folder. */
    static void requireFile(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(
                    file + ": is a folder, but a file of safetensors was expected: name the file");
        }
    }

    /**
     * Reads and checks the header of an open file.
     *
     * @throws IOException naming the file, the offset or the field, what was expected and what was
     *     found
     */
    public static SafeTensorsHeader read(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        int length = length(file, channel, size);
        JsonNode header = json(file, bytes(file, channel, 8, length));
        Map<String, String> metadata = new TreeMap<>();
        List<Entry> entries = new ArrayList<>();
        for (var field : header.properties()) {
            if (field.getKey().equals(METADATA)) {
                metadata.putAll(metadata(file, field.getValue()));
            } else {
                entries.add(entry(file, field.getKey(), field.getValue()));
            }
        }
        entries.sort(Comparator.comparingLong(Entry::from).thenComparingLong(Entry::to));
        long at = 0;
        for (Entry e : entries) {
            if (e.from() != at) {
                throw new IOException(
                        "%s: the array %s begins at offset %d, but %d was expected"
                                .formatted(file, e.name(), e.from(), at));
            }
            at = e.to();
        }
        long start = 8L + length;
        if (size - start != at) {
            throw new IOException(
                    "%s: holds %d bytes where its header promises %d: it was cut off or something was added"
                            .formatted(file, size - start, at));
        }
        return new SafeTensorsHeader(file, metadata, entries, start);
    }

    /** The array of that name. */
    public Optional<Entry> entry(String name) {
        return entries.stream().filter(e -> e.name().equals(name)).findFirst();
    }

    private static Map<String, String> metadata(Path file, JsonNode node) throws IOException {
        if (!node.isObject()) {
            throw new IOException(file + ": its " + METADATA + " is no object: " + brief(node));
        }
        Map<String, String> metadata = new TreeMap<>();
        for (var text : node.properties()) {
            if (!text.getValue().isTextual()) {
                throw new IOException(
                        "%s: the entry %s of its %s is no text: %s"
                                .formatted(file, text.getKey(), METADATA, brief(text.getValue())));
            }
            metadata.put(text.getKey(), text.getValue().textValue());
        }
        return metadata;
    }

    private static Entry entry(Path file, String name, JsonNode node) throws IOException {
        DataType type = TYPES.get(node.path("dtype").asText());
        if (type == null) {
            throw new IOException(
                    "%s: the array %s is of type \"%s\", but one of %s was expected"
                            .formatted(file, name, node.path("dtype").asText(), TYPES.keySet()));
        }
        JsonNode shape = node.path("shape");
        long[] dimensions = numbers(shape);
        if (dimensions == null) {
            throw new IOException(
                    "%s: the array %s has the shape %s, but a list of whole numbers from 0 was expected"
                            .formatted(file, name, brief(shape)));
        }
        long bytes = type.getNumOfBytes();
        try {
            for (long d : dimensions) {
                bytes = Math.multiplyExact(bytes, d);
            }
        } catch (ArithmeticException e) {
            throw new IOException(
                    "%s: the array %s has the shape %s, which is too large"
                            .formatted(file, name, brief(shape)),
                    e);
        }
        long[] offsets = numbers(node.path("data_offsets"));
        if (offsets == null || offsets.length != 2) {
            throw new IOException(
                    "%s: the array %s has the offsets %s, but two whole numbers from 0 were expected"
                            .formatted(file, name, brief(node.path("data_offsets"))));
        }
        if (offsets[1] - offsets[0] != bytes) {
            throw new IOException(
                    "%s: the array %s of type %s and shape %s lies from offset %d to %d, but takes %d bytes"
                            .formatted(
                                    file,
                                    name,
                                    node.path("dtype").asText(),
                                    brief(shape),
                                    offsets[0],
                                    offsets[1],
                                    bytes));
        }
        return new Entry(name, type, new Shape(dimensions), offsets[0], offsets[1]);
    }

    /** Whole numbers from 0, or null if the node is no list of such. */
    private static long @Nullable [] numbers(JsonNode node) {
        if (!node.isArray()) {
            return null;
        }
        long[] numbers = new long[node.size()];
        for (int i = 0; i < numbers.length; i++) {
            JsonNode number = node.get(i);
            if (!number.isIntegralNumber()
                    || !number.canConvertToLong()
                    || number.longValue() < 0) {
                return null;
            }
            numbers[i] = number.longValue();
        }
        return numbers;
    }

    private static int length(Path file, FileChannel channel, long size) throws IOException {
        if (size < 8) {
            throw new IOException(
                    "%s: has %d bytes where 8 are needed: too few for safetensors"
                            .formatted(file, size));
        }
        ByteBuffer first = bytes(file, channel, 0, 8);
        long length = first.getLong(0);
        if (length < 2 || length > MOST_HEADER || length > size - 8) {
            Optional<String> other = otherFormat(first);
            throw new IOException(
                    other.map(what -> file + ": is no safetensors file but " + what)
                            .orElse(
                                    "%s: is no safetensors file: its first 8 bytes say that the header has %d bytes, and the file has %d"
                                            .formatted(file, length, size)));
        }
        return (int) length;
    }

    /** What a file of another format is and what to do with it, by its first bytes. */
    private static Optional<String> otherFormat(ByteBuffer first) {
        int start = Integer.reverseBytes(first.getInt(0));
        if (start == 0x504B0304) {
            return Optional.of(
                    "a zip archive, as torch.save and torch.jit.save write (.pth, .pt): "
                            + CONVERT);
        }
        if ((start >>> 24) == 0x80 && (start >>> 16 & 0xff) >= 1 && (start >>> 16 & 0xff) <= 5) {
            return Optional.of("a pickle, as older versions of torch.save write: " + CONVERT);
        }
        if (start == 0x89484446) {
            return Optional.of(
                    "an HDF5 file, as Keras writes: convert its weights to PyTorch's names first");
        }
        if ((start >>> 16) == 0x1F8B) {
            return Optional.of("a gzip archive: unpack it first");
        }
        return Optional.empty();
    }

    private static final String CONVERT =
            "reading one runs code, so convert it once in Python with"
                    + " safetensors.torch.save_file(torch.load(\"in.pth\", weights_only=True), \"out.safetensors\");"
                    + " where the weights lie inside a dictionary, take its \"state_dict\" or \"model\" first";

    private static ByteBuffer bytes(Path file, FileChannel channel, long at, int count)
            throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, at + bytes.position()) < 0) {
                throw new IOException(
                        "%s: ended at offset %d while its header was read"
                                .formatted(file, at + bytes.position()));
            }
        }
        return bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static JsonNode json(Path file, ByteBuffer text) throws IOException {
        try {
            JsonNode header =
                    JSON.readTree(StandardCharsets.UTF_8.newDecoder().decode(text).toString());
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
        } catch (CharacterCodingException e) {
            throw new IOException(
                    file + ": is no safetensors file: its header is no UTF-8 text", e);
        }
    }

    /** A node's text, cut where a damaged file would fill a page. */
    private static String brief(JsonNode node) {
        String text = node.isMissingNode() ? "nothing" : node.toString();
        return text.codePoints()
                        .limit(80)
                        .mapToObj(Character::toString)
                        .collect(Collectors.joining())
                + (text.length() > 80 ? "..." : "");
    }
}
