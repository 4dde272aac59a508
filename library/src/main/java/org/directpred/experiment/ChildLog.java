package org.directpred.experiment;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The output of a child process, read from its log while it grows: messages for whoever started the
 * ablation, why it failed, and the last lines of all else.
 *
 * <p>Anything may be printed there, by the engine and by a task: bytes that are no text, lines
 * without an end, gigabytes. Little of it is kept, and none of it is an error.
 */
final class ChildLog {
    private static final String MESSAGE = "@directpred message ";
    private static final String FAILED = "@directpred failed ";

    /**
     * Printed by the virtual machine of every child with the vector module: it explains nothing.
     */
    private static final String STARTING = "WARNING: Using incubator modules: ";

    private static final int LAST_LINES = 5;
    private static final int LONGEST_LINE = 2000;
    private static final int CHUNK = 1 << 16;
    private static final long MOST_AT_ONCE = 1 << 22;

    private final Path file;
    private final Consumer<String> messages;
    private final Deque<String> last = new ArrayDeque<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private String failure;
    private long position;

    /**
     * A log.
     *
     * @param file grows while the child runs
     * @param messages hears the child's messages
     */
    ChildLog(Path file, Consumer<String> messages) {
        this.file = file;
        this.messages = messages;
    }

    /** The line by which a child passes a message to its parent. */
    static String message(String text) {
        return MESSAGE + oneLine(text);
    }

    /**
     * The line by which a child reports why it ends without a result: the exception and its causes.
     */
    static String failed(Throwable thrown) {
        StringBuilder text = new StringBuilder(thrown.toString());
        Throwable cause = thrown.getCause();
        for (int depth = 0; cause != null && depth < LAST_LINES; depth++) {
            // A wrapper often says no more than its cause.
            if (text.indexOf(cause.toString()) < 0) {
                text.append("; caused by ").append(cause);
            }
            cause = cause.getCause();
        }
        return FAILED + oneLine(text.toString());
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ").strip();
    }

    /** Reads what has come since. */
    void read() throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            long end = channel.size();
            if (end - position > MOST_AT_ONCE) {
                // A child that prints faster than anybody reads: its end is what counts.
                line.reset();
                position = end - MOST_AT_ONCE;
            }
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
            channel.position(position);
            while (position < end && channel.read(chunk) > 0) {
                position += chunk.flip().limit();
                take(chunk);
                chunk.clear();
            }
        }
    }

    /** Reads the rest, an unfinished last line included. */
    void readToTheEnd() throws IOException {
        read();
        endLine();
    }

    private void take(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            byte next = bytes.get();
            if (next == '\n') {
                endLine();
            } else if (line.size() < LONGEST_LINE) {
                line.write(next);
            }
        }
    }

    private void endLine() {
        String text = oneLine(line.toString(StandardCharsets.UTF_8));
        line.reset();
        if (text.startsWith(MESSAGE)) {
            messages.accept(text.substring(MESSAGE.length()));
        } else if (text.startsWith(FAILED)) {
            failure = text.substring(FAILED.length());
        } else if (!text.isEmpty() && !text.startsWith(STARTING)) {
            last.addLast(text);
            if (last.size() > LAST_LINES) {
                last.removeFirst();
            }
        }
    }

    /** Why the child says that it failed. */
    Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    /** The last lines, in one. */
    String end() {
        return last.isEmpty() ? "it printed nothing" : String.join(" | ", last);
    }
}
