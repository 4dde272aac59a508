package org.directpred.image;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file of any length that is read at random, mapped in parts of 1 GiB: the operating system keeps
 * in memory what is in use and drops the rest. Safe for several threads; the mapping ends when the
 * garbage collector finds it unused.
 */
final class MappedFile {
    private static final int PART_BITS = 30;
    private static final long PART = 1L << PART_BITS;

    private final Path path;
    private final long length;
    private final FileTime modified;
    private final MappedByteBuffer[] parts;

    private MappedFile(Path path, long length, FileTime modified, MappedByteBuffer[] parts) {
        this.path = path;
        this.length = length;
        this.modified = modified;
        this.parts = parts;
    }

    static MappedFile open(Path path) {
        if (!Files.exists(path)) {
            throw new ImageDataException(path.toString(), -1, "a file", "none");
        }
        if (!Files.isRegularFile(path)) {
            throw new ImageDataException(
                    path.toString(), -1, "a regular file", "a folder or something else");
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            FileTime modified = Files.getLastModifiedTime(path);
            long length = channel.size();
            MappedByteBuffer[] parts = new MappedByteBuffer[(int) ((length + PART - 1) / PART)];
            for (int i = 0; i < parts.length; i++) {
                long from = (long) i << PART_BITS;
                parts[i] =
                        channel.map(
                                FileChannel.MapMode.READ_ONLY, from, Math.min(PART, length - from));
            }
            return new MappedFile(path, length, modified, parts);
        } catch (IOException e) {
            throw ImageDataException.unreadable(path, e);
        }
    }

    Path path() {
        return path;
    }

    long length() {
        return length;
    }

    /**
     * Copies bytes out.
     *
     * @throws ImageDataException if they reach past the end, or if the file has another length or
     *     time of change than when it was opened
     */
    void read(long offset, byte[] target, int from, int count) {
        Objects.checkFromIndexSize(from, count, target.length);
        if (offset < 0 || count > length - offset) {
            throw new ImageDataException(
                    path.toString(), offset, count + " bytes", "the end of the file at " + length);
        }
        checkUnchanged(offset);
        try {
            int done = 0;
            while (done < count) {
                long at = offset + done;
                MappedByteBuffer part = parts[(int) (at >>> PART_BITS)];
                int inPart = (int) (at & (PART - 1));
                int now = Math.min(count - done, part.capacity() - inPart);
                part.get(inPart, target, from + done, now);
                done += now;
            }
        } catch (InternalError e) {
            // What the JVM throws, sooner or later, where a mapped page is no longer in the file.
            throw changed(offset, "a shorter one", e);
        }
    }

    /**
     * A page behind the end of a file that has shrunk must not be touched, and in a file that was
     * replaced another thing may lie at the offset. One call of the operating system gives both the
     * length and the time.
     */
    private void checkUnchanged(long offset) {
        BasicFileAttributes now;
        try {
            now = Files.readAttributes(path, BasicFileAttributes.class);
        } catch (IOException e) {
            throw changed(offset, String.valueOf(e), e);
        }
        if (now.size() != length || !now.lastModifiedTime().equals(modified)) {
            throw changed(
                    offset,
                    String.format(
                            Locale.ROOT,
                            "one of %d bytes last modified at %s",
                            now.size(),
                            now.lastModifiedTime()),
                    null);
        }
    }

    private ImageDataException changed(long offset, String found, @Nullable Throwable cause) {
        return new ImageDataException(
                path.toString(),
                offset,
                "a file of %d bytes last modified at %s, as when it was opened"
                        .formatted(length, modified),
                found + ": it changed while it was read",
                cause);
    }

    byte[] read(long offset, int count) {
        if (count < 0 || offset < 0 || count > length - offset) {
            throw new ImageDataException(
                    path.toString(), offset, count + " bytes", "the end of the file at " + length);
        }
        byte[] bytes = new byte[count];
        read(offset, bytes, 0, count);
        return bytes;
    }
}
