package org.directpred.tensor;

import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The writer of safetensors files: the header's bytes, and a file that appears whole or not at all.
 */
public final class SafeTensorsWriter {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BLOCK = 1 << 26;

    private SafeTensorsWriter() {}

    /** The bytes of a file, written to a channel that may be read and mapped too. */
    @FunctionalInterface
    public interface Content {
        /** Writes all of it. */
        void to(FileChannel channel) throws IOException;
    }

    /**
     * Writes a file beside, forces it to the disk and moves it into its place.
     *
     * @param file the file; one of that name is replaced
     * @param beside its name until it is whole, in the same folder; what has that name is deleted
     * @throws IOException if that fails, for instance because the disk is full; a file of that name
     *     that was there before is still there
     */
    public static void whole(Path file, Path beside, Content content) throws IOException {
        try {
            // One that a killed process left, or a link, through which another file would be lost.
            Files.deleteIfExists(beside);
            try (FileChannel channel =
                    FileChannel.open(
                            beside,
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE)) {
                content.to(channel);
                channel.force(true);
            }
            Files.move(
                    beside,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            forceFolder(Objects.requireNonNull(file.toAbsolutePath().getParent(), "folder"));
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    /**
     * The beginning of a file up to its first array: the header's length and the header.
     *
     * @param metadata text by name, the header's {@code __metadata__}
     * @param arrays what follows, without holes, in the order in which it lies in the file
     * @param least the least length of the result in bytes, filled with the blanks that the format
     *     allows, for a header that is written after its arrays
     */
    public static ByteBuffer start(
            Map<String, String> metadata, List<SafeTensorsHeader.Entry> arrays, int least)
            throws IOException {
        ObjectNode header = JSON.createObjectNode();
        ObjectNode meta = header.putObject(SafeTensorsHeader.METADATA);
        metadata.forEach(meta::put);
        for (SafeTensorsHeader.Entry array : arrays) {
            ObjectNode node = header.putObject(array.name());
            node.put("dtype", type(array.name(), array.type()));
            ArrayNode shape = node.putArray("shape");
            for (long d : array.shape().getShape()) {
                shape.add(d);
            }
            node.putArray("data_offsets").add(array.from()).add(array.to());
        }
        byte[] text = JSON.writeValueAsBytes(header);
        // Blanks at the header's end align the numbers to eight bytes.
        byte[] padded =
                Arrays.copyOf(text, Math.max(least - Long.BYTES, (text.length + 7) / 8 * 8));
        Arrays.fill(padded, text.length, padded.length, (byte) ' ');
        return ByteBuffer.allocate(Long.BYTES + padded.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(padded.length)
                .put(padded)
                .flip();
    }

    /** Writes all that remains, in blocks: a channel copies what is not in direct memory. */
    public static void fully(FileChannel channel, ByteBuffer bytes) throws IOException {
        int end = bytes.limit();
        while (bytes.position() < end) {
            bytes.limit(Math.min(end, bytes.position() + BLOCK));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    private static String type(String name, DataType type) {
        return SafeTensorsHeader.TYPES.entrySet().stream()
                .filter(e -> e.getValue() == type)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "the array %s is of type %s, which is not written"
                                                .formatted(name, type)));
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
