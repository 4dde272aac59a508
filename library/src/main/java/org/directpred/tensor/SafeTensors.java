package org.directpred.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.LinkedHashMap;
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
    private static final int BLOCK = 1 << 26;

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
        ObjectNode meta = header.putObject(SafeTensorsHeader.METADATA);
        metadata.forEach(meta::put);
        long offset = 0;
        for (Map.Entry<String, NDArray> entry : tensors.entrySet()) {
            NDArray array = entry.getValue();
            String type = type(entry.getKey(), array.getDataType());
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
            // One that a killed process left, or a link, through which another file would be lost.
            Files.deleteIfExists(beside);
            try (FileChannel channel =
                    FileChannel.open(
                            beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                byte[] text = padded(JSON.writeValueAsBytes(header));
                channel.write(
                        ByteBuffer.allocate(8)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putLong(0, text.length));
                fully(channel, ByteBuffer.wrap(text));
                for (NDArray array : tensors.values()) {
                    // Directly from the array's memory on the CPU.
                    OnHost.bytes(array, bytes -> fully(channel, bytes));
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
     * Reads a file. bfloat16 becomes float32, which holds the same numbers.
     *
     * @param manager on whose device the arrays are made, and who owns them
     * @throws IOException naming the file, the offset or the field, what was expected and what was
     *     found
     */
    public static SafeTensors read(Path file, NDManager manager) throws IOException {
        // A folder opens like a file on some systems, and then has no bytes.
        SafeTensorsHeader.requireFile(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            SafeTensorsHeader header = SafeTensorsHeader.read(file, channel);
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            for (SafeTensorsHeader.Entry e : header.entries()) {
                tensors.put(e.name(), read(file, channel, e, header.start(), manager));
            }
            return new SafeTensors(header.metadata(), tensors);
        }
    }

    /** The metadata of a file, without its arrays. */
    public static Map<String, String> readMetadata(Path file) throws IOException {
        return SafeTensorsHeader.read(file).metadata();
    }

    private static NDArray read(
            Path file,
            FileChannel channel,
            SafeTensorsHeader.Entry entry,
            long start,
            NDManager manager)
            throws IOException {
        long length = entry.to() - entry.from();
        // DJL cannot hold bfloat16, and ends the process where it is asked to.
        int widening = entry.type() == DataType.BFLOAT16 ? 2 : 1;
        if (length > Integer.MAX_VALUE / widening) {
            throw new IOException(
                    "%s: the array %s has %d bytes, but at most %d are read as one array"
                            .formatted(file, entry.name(), length, Integer.MAX_VALUE / widening));
        }
        ByteBuffer bytes = ByteBuffer.allocateDirect((int) length).order(ByteOrder.nativeOrder());
        long at = start + entry.from();
        while (bytes.hasRemaining()) {
            int n = channel.read(bytes, at);
            if (n < 0) {
                throw new IOException(
                        "%s: ended at offset %d while the array %s was read"
                                .formatted(file, at, entry.name()));
            }
            at += n;
        }
        bytes.flip();
        return entry.type() == DataType.BFLOAT16
                ? manager.create(widened(bytes), entry.shape(), DataType.FLOAT32)
                : manager.create(bytes, entry.shape(), entry.type());
    }

    /** float32 numbers of bfloat16 ones, which are their upper halves. */
    private static ByteBuffer widened(ByteBuffer halves) {
        ByteBuffer wide =
                ByteBuffer.allocateDirect(Math.multiplyExact(2, halves.remaining()))
                        .order(ByteOrder.nativeOrder());
        while (halves.hasRemaining()) {
            wide.putInt(halves.getShort() << Short.SIZE);
        }
        return wide.flip().order(ByteOrder.nativeOrder());
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
