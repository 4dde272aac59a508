package org.directpred.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.directpred.progress.Names;
import org.directpred.progress.Progress;

/**
 * The folder of an ablation: {@code ablation.json} says what it is of, {@code results.jsonl} has
 * one line for each point that has run, {@code logs} what child processes printed, and {@code
 * points} what points that are not done go on from.
 */
final class ResultsFolder {
    private static final String RESULTS = "results.jsonl";
    private static final String MANIFEST = "ablation.json";

    private final Path folder;

    ResultsFolder(Path folder) {
        this.folder = folder.toAbsolutePath();
    }

    Path path() {
        return folder;
    }

    /**
     * Claims the folder for one run.
     *
     * @throws IllegalStateException if another run has it
     */
    Hold claim() {
        Hold hold = hold();
        try {
            FileLock lock;
            try {
                lock = hold.channel().tryLock();
            } catch (OverlappingFileLockException e) {
                lock = null;
            }
            if (lock == null) {
                hold.close();
                throw new IllegalStateException(
                        folder
                                + " is being written by another run ("
                                + Files.readString(hold.file(), StandardCharsets.ISO_8859_1).strip()
                                + "): wait for it, stop it, or name another folder");
            }
            hold.channel().truncate(0);
            hold.channel()
                    .write(
                            ByteBuffer.wrap(
                                    ("process " + ProcessHandle.current().pid() + "\n")
                                            .getBytes(StandardCharsets.UTF_8)));
            return hold;
        } catch (IOException e) {
            throw cannotClaim(e);
        }
    }

    /** Makes the folder if need be, and knows it again among others of its name. */
    Hold hold() {
        Path file = folder.resolve("lock");
        try {
            Files.createDirectories(folder);
            FileChannel channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            return new Hold(file, channel, Hold.key(file));
        } catch (IOException e) {
            throw cannotClaim(e);
        }
    }

    private UncheckedIOException cannotClaim(IOException e) {
        return new UncheckedIOException(
                "cannot claim the folder "
                        + folder
                        + ": "
                        + e
                        + ". Make it writable, or name another.",
                e);
    }

    /**
     * The folder as it was when it was opened: after {@code rm -r} a new folder of its name belongs
     * to nobody, and may belong to another run.
     *
     * @param file in the folder
     * @param channel keeps the file's key from being given to another
     * @param key tells the file from another of its name; null on systems that have no such key
     */
    record Hold(Path file, FileChannel channel, Object key) implements AutoCloseable {
        private static Object key(Path file) throws IOException {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        }

        /**
         * Checks that the folder is still there before a result is written to it.
         *
         * @throws IllegalStateException with the result, if it was deleted or replaced
         */
        void require(Row row) throws IOException {
            try {
                if (Objects.equals(key(file), key)) {
                    return;
                }
            } catch (NoSuchFileException e) {
                // Deleted: as if replaced.
            }
            throw new IllegalStateException(
                    "the folder %s was deleted or replaced while its ablation ran, so nothing more is written there: put it back and add this line to its %s, or run the point again in another folder: %s"
                            .formatted(file.getParent(), RESULTS, RowJson.write(row)));
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /**
     * Writes what the folder is of, or compares it with what it says.
     *
     * @throws IllegalArgumentException if it is of something else, of other data or damaged, or a
     *     variant cannot be described
     */
    void describe(Ablation ablation) {
        requireNames(ablation);
        try {
            Path file = folder.resolve(MANIFEST);
            Manifest manifest = Manifest.of(ablation);
            VariantData data = new VariantData();
            if (Files.exists(file)) {
                // Variants of the folder that this ablation leaves out keep their settings.
                Manifest before = require(manifest);
                data.require(file, before, ablation);
                manifest = manifest.withVariantsOf(before);
            }
            String text = data.describe(manifest, ablation).write();
            if (Files.exists(file) && Files.readString(file).equals(text)) {
                return;
            }
            Files.createDirectories(folder);
            // Not a temporary file of the platform, which others may not read.
            Path unfinished = folder.resolve(MANIFEST + UUID.randomUUID() + ".part");
            Files.writeString(unfinished, text);
            Files.move(
                    unfinished,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot describe the folder " + folder + ": " + e, e);
        }
    }

    /**
     * Refuses variants of which a function has no name: neither a folder nor a child knows it
     * again.
     */
    void requireNames(Ablation ablation) {
        for (Variant variant : ablation.variants()) {
            String keeper = "for variant '%s' the folder %s".formatted(variant.name(), folder);
            variant.task().requireNames(keeper);
            Names.require(keeper, variant.settings());
        }
    }

    private Manifest require(Manifest wanted) throws IOException {
        Path file = folder.resolve(MANIFEST);
        Manifest found;
        try {
            found = Manifest.read(Files.readAllBytes(file));
        } catch (Json.Damaged e) {
            throw new IllegalArgumentException(
                    file
                            + " is not what an ablation writes: "
                            + e.getMessage()
                            + ". Bring that file back, or name another folder.",
                    e);
        }
        found.require(wanted, folder);
        return found;
    }

    /** The rows so far. A line that is damaged, cut short by a kill, is named and left out. */
    List<Row> read(Ablation ablation) {
        Path file = folder.resolve(RESULTS);
        List<Row> rows = new ArrayList<>();
        try {
            boolean described = Files.exists(folder.resolve(MANIFEST));
            if (described) {
                require(Manifest.of(ablation));
            }
            if (!Files.exists(file)) {
                return rows;
            }
            if (!described) {
                throw new IllegalArgumentException(
                        "%s has results but no %s that says of what: bring that file back, or name another folder"
                                .formatted(folder, MANIFEST));
            }
            // Byte by byte: a kill may have cut a letter in two.
            List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).isBlank()) {
                    continue;
                }
                try {
                    rows.add(RowJson.read(lines.get(i).getBytes(StandardCharsets.ISO_8859_1)));
                } catch (Json.Damaged e) {
                    Progress.message(
                            "line %d of %s is no result and is left out (cut short when a run was killed?): %s"
                                    .formatted(i + 1, file, e.getMessage()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the results in " + folder + ": " + e, e);
        }
        return rows;
    }

    /** The file that a point's child process prints to. */
    Path log(Point point) throws IOException {
        return Files.createDirectories(folder.resolve("logs")).resolve(FileName.of(point) + ".log");
    }

    /** The folder that a point keeps until it is done. */
    Path work(Point point) {
        return folder.resolve("points").resolve(FileName.of(point));
    }

    /** Deletes what a point has kept, for its result is written. */
    void discardWork(Point point) {
        Path work = work(point);
        if (!Files.exists(work)) {
            return;
        }
        try (Stream<Path> files = Files.walk(work)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException | UncheckedIOException e) {
            Progress.message(work + " is of no use any more and could not be deleted: " + e);
        }
    }

    /**
     * Appends a row; other processes may append at the same time. The stop button does not keep a
     * point that is done from being written.
     *
     * @throws IllegalStateException if the folder was deleted or replaced since it was opened
     */
    void append(Row row, Hold hold) {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    hold.require(row);
                    write(RowJson.write(row));
                    return;
                } catch (ClosedByInterruptException | FileLockInterruptionException e) {
                    interrupted = true;
                    Thread.interrupted();
                } catch (IOException e) {
                    throw new UncheckedIOException(
                            "cannot append to " + folder.resolve(RESULTS) + ": " + e, e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void write(String line) throws IOException {
        try (FileChannel channel =
                        FileChannel.open(
                                folder.resolve(RESULTS),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            long end = channel.size();
            ByteBuffer last = ByteBuffer.allocate(1);
            boolean cut = end > 0 && channel.read(last, end - 1) == 1 && last.get(0) != '\n';
            // A line that was cut short must not take this one with it.
            ByteBuffer bytes =
                    ByteBuffer.wrap(
                            ((cut ? "\n" : "") + line + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes, end + bytes.position());
            }
            channel.force(true);
        }
    }
}
