package org.directpred.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
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
        List<SafeTensorsHeader.Entry> entries = new ArrayList<>();
        long offset = 0;
        for (Map.Entry<String, NDArray> entry : tensors.entrySet()) {
            NDArray array = entry.getValue();
            DataType type = array.getDataType();
            long end = offset + Math.multiplyExact(array.size(), type.getNumOfBytes());
            entries.add(
                    new SafeTensorsHeader.Entry(
                            entry.getKey(), type, array.getShape(), offset, end));
            offset = end;
        }
        ByteBuffer start = SafeTensorsWriter.start(metadata, entries, 0);
        Path target = file.toAbsolutePath();
        Files.createDirectories(target.getParent());
        SafeTensorsWriter.whole(
                target,
                target.resolveSibling(target.getFileName() + ".part"),
                channel -> {
                    SafeTensorsWriter.fully(channel, start);
                    for (NDArray array : tensors.values()) {
                        // Directly from the array's memory on the CPU.
                        OnHost.bytes(array, bytes -> SafeTensorsWriter.fully(channel, bytes));
                    }
                });
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
}
