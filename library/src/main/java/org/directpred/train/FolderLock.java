package org.directpred.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/**
 * The lock that keeps a run's folder to one run at a time: a lock on the file {@code .lock} in it.
 */
final class FolderLock implements AutoCloseable {
    private final Path folder;
    private final Path file;
    private final FileChannel channel;
    private final FileLock lock;
    // What tells the file from another one of its name; null on systems that have no such key.
    private final Object key;

    private FolderLock(Path folder, Path file, FileChannel channel, FileLock lock, Object key) {
        this.folder = folder;
        this.file = file;
        this.channel = channel;
        this.lock = lock;
        this.key = key;
    }

    /**
     * Makes the folder if need be, and locks it.
     *
     * @throws IllegalStateException if another run holds it
     * @throws UncheckedIOException naming the folder, if it cannot be made, written to or locked
     */
    static FolderLock of(Path folder) {
        Path file = folder.resolve(".lock");
        FileChannel channel;
        try {
            Files.createDirectories(folder);
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the run's folder " + folder + " cannot be made or written to", e);
        }
        try {
            FileLock lock = tryLock(channel);
            if (lock == null) {
                channel.close();
                throw new IllegalStateException(
                        "another run is writing to "
                                + folder
                                + ". Close it, or use another folder.");
            }
            return new FolderLock(folder, file, channel, lock, key(file));
        } catch (IOException e) {
            throw new UncheckedIOException("the run's folder " + folder + " cannot be locked", e);
        }
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // by this process
        }
    }

    private static Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /**
     * Whether the folder is still the one that was locked: after {@code rm -r} a new folder of its
     * name belongs to nobody, and may belong to another run.
     */
    boolean isHeld() {
        try {
            return Objects.equals(key(file), key);
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException("the run's folder " + folder + " cannot be read", e);
        }
    }

    /**
     * Checks that the folder {@link #isHeld} before something is written to it.
     *
     * @throws IllegalStateException if it was deleted or replaced
     */
    void requireHeld() {
        if (!isHeld()) {
            throw new IllegalStateException(
                    "the folder %s was deleted or replaced while its run was open, so nothing more is written there. The run itself is whole: put the folder back, or save its encoder with run.saveBackbone(file), close it and start in another folder."
                            .formatted(folder));
        }
    }

    @Override
    public void close() {
        try (channel;
                lock) {
            // Both end here.
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the lock of the run's folder " + folder + " could not be released", e);
        }
    }
}
