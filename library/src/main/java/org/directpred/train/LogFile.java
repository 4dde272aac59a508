package org.directpred.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A file of lines that a run adds to. A line counts once its line break is written: a process that
 * is killed leaves at most one line without, its last.
 */
final class LogFile {
    private final Path file;
    private final StringBuilder waiting = new StringBuilder();
    private long length;
    private boolean unforced = true;

    private LogFile(Path file) throws IOException {
        this.file = file;
        this.length = Files.size(file);
    }

    /**
     * The whole lines of a file, without their breaks; a last one without a break is left out.
     * Empty if there is no such file.
     *
     * @throws IllegalArgumentException naming the line that is no UTF-8 text
     */
    static Optional<List<String>> read(Path file) throws IOException {
        if (Files.notExists(file)) {
            return Optional.empty();
        }
        byte[] bytes = Files.readAllBytes(file);
        List<String> lines = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                int to = i > from && bytes[i - 1] == '\r' ? i - 1 : i;
                lines.add(text(file, lines.size() + 1, bytes, from, to));
                from = i + 1;
            }
        }
        return Optional.of(lines);
    }

    private static String text(Path file, int number, byte[] bytes, int from, int to) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, from, to - from))
                    .toString();
        } catch (CharacterCodingException e) {
            throw unreadable(file, number, "it is no UTF-8 text", e);
        }
    }

    /** The refusal of a line, numbered from 1. */
    static IllegalArgumentException unreadable(Path file, int number, String why, Exception cause) {
        return new IllegalArgumentException(
                "%s: line %d cannot be read: %s. It is damaged or of another version of this library; nothing was changed. %s"
                        .formatted(file, number, why, RunLogs.REMEDY),
                cause);
    }

    /** Leaves exactly these lines in a file, which appears whole or stays as it was. */
    static LogFile write(Path file, List<String> lines) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".part");
        // One that a killed process left, or a link, through which another file would be lost.
        Files.deleteIfExists(beside);
        try (FileChannel channel =
                FileChannel.open(beside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            String text = lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
            fully(channel, StandardCharsets.UTF_8.encode(text));
            channel.force(true);
        }
        Files.move(
                beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new LogFile(file);
    }

    Path file() {
        return file;
    }

    /** Adds a line, which {@link #flush} writes. */
    void add(String line) {
        waiting.append(line).append('\n');
    }

    /** Writes what waits; after a failure all of it still waits. */
    void flush() throws IOException {
        if (waiting.isEmpty()) {
            return;
        }
        if (Files.notExists(file)) {
            throw new IOException("something else deleted it");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            if (channel.size() < length) {
                throw new IOException(
                        "it has %d bytes, but this run has written %d: something else emptied or cut it"
                                .formatted(channel.size(), length));
            }
            // What a full disk took of these lines before it refused the rest.
            channel.truncate(length);
            channel.position(length);
            fully(channel, StandardCharsets.UTF_8.encode(waiting.toString()));
            length = channel.position();
            unforced = true;
        }
        waiting.setLength(0);
    }

    /** Forces what was written to the disk, so that it outlives a power cut. */
    void force() throws IOException {
        if (unforced) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            unforced = false;
        }
    }

    private static void fully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
