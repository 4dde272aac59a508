package org.directpred.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.directpred.evaluate.Diagnostics;

/**
 * A run's folder: its checkpoints {@code step-000000800.safetensors}, the log of its steps {@code
 * steps.csv} and of its diagnostics {@code diagnostics.jsonl}, written while it runs. One process
 * at a time.
 */
final class RunFolder implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("step-(\\d{9})\\.safetensors");
    private static final String STEPS = "steps.csv";
    private static final String LOOKS = "diagnostics.jsonl";
    private static final String HEADER = "step,epoch,loss,learning rate";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final FileChannel lockFile;
    private final FileLock lock;
    private Optional<BufferedWriter> steps = Optional.empty();
    private Optional<BufferedWriter> looks = Optional.empty();

    /** One line of the log of diagnostics. */
    record StoredLook(long step, double loss, Diagnostics diagnostics) {}

    RunFolder(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
            lockFile =
                    FileChannel.open(
                            folder.resolve(".lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the run's folder " + folder + " cannot be made or written to", e);
        }
        lock = tryLock();
    }

    private FileLock tryLock() {
        FileLock held;
        try {
            held = lockFile.tryLock();
        } catch (OverlappingFileLockException e) {
            held = null;
        } catch (IOException e) {
            throw new UncheckedIOException("the run's folder " + folder + " cannot be locked", e);
        }
        if (held == null) {
            throw new IllegalStateException(
                    "another run is writing to " + folder + ". Close it, or use another folder.");
        }
        return held;
    }

    /** Its checkpoints, the latest first. */
    List<Path> checkpoints() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> NAME.matcher(f.getFileName().toString()).matches())
                    .sorted(Comparator.comparing(RunFolder::stepOf).reversed())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the run's folder " + folder + " cannot be read", e);
        }
    }

    /** The file for the checkpoint after so many steps. */
    Path checkpoint(long step) {
        return folder.resolve(String.format(Locale.ROOT, "step-%09d.safetensors", step));
    }

    /** Deletes all checkpoints but the latest ones. */
    void keepLast(int count) {
        List<Path> all = checkpoints();
        for (Path old : all.subList(Math.min(count, all.size()), all.size())) {
            try {
                Files.deleteIfExists(old);
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "the old checkpoint " + old + " cannot be deleted", e);
            }
        }
    }

    /**
     * Reads the log up to a step into memory, drops what lies after it (steps of a run that was
     * killed before its next checkpoint), and goes on writing there.
     */
    void open(TrainingLog log, long step) {
        try {
            List<String> kept = new ArrayList<>();
            kept.add(HEADER);
            for (String line : lines(STEPS)) {
                Optional<Step> row = row(line);
                if (row.isPresent() && row.get().number() < step) {
                    kept.add(line);
                    log.add(row.get());
                }
            }
            List<String> keptLooks = new ArrayList<>();
            for (String line : lines(LOOKS)) {
                Optional<StoredLook> look = look(line);
                if (look.isPresent() && look.get().step() < step) {
                    keptLooks.add(line);
                    log.add(
                            new TrainingLog.Look(
                                    look.get().step(),
                                    look.get().loss(),
                                    look.get().diagnostics()));
                }
            }
            steps = Optional.of(replace(STEPS, kept));
            looks = Optional.of(replace(LOOKS, keptLooks));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the log in " + folder + " cannot be read or written", e);
        }
    }

    void add(Step step) {
        append(
                steps,
                String.format(
                        Locale.ROOT,
                        "%d,%d,%s,%s",
                        step.number(),
                        step.epoch(),
                        step.loss(),
                        step.learningRate()));
    }

    void add(TrainingLog.Look look) {
        try {
            append(
                    looks,
                    JSON.writeValueAsString(
                            new StoredLook(look.step(), look.loss(), look.diagnostics())));
        } catch (IOException e) {
            throw new UncheckedIOException("the log in " + folder + " cannot be written", e);
        }
    }

    @Override
    public void close() {
        try {
            if (steps.isPresent()) {
                steps.get().close();
            }
            if (looks.isPresent()) {
                looks.get().close();
            }
            lock.release();
            lockFile.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the log in " + folder + " could not be closed", e);
        }
    }

    static long stepOf(Path checkpoint) {
        Matcher m = NAME.matcher(checkpoint.getFileName().toString());
        if (!m.matches()) {
            throw new IllegalArgumentException(checkpoint + " is no checkpoint's name");
        }
        return Long.parseLong(m.group(1));
    }

    private List<String> lines(String name) throws IOException {
        Path file = folder.resolve(name);
        return Files.exists(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
    }

    private BufferedWriter replace(String name, List<String> lines) throws IOException {
        Path beside = folder.resolve(name + ".part");
        Files.write(beside, lines, StandardCharsets.UTF_8);
        Files.move(
                beside,
                folder.resolve(name),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        return Files.newBufferedWriter(
                folder.resolve(name), StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    }

    private void append(Optional<BufferedWriter> writer, String line) {
        try {
            BufferedWriter w = writer.orElseThrow();
            w.write(line);
            w.newLine();
            w.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the log in " + folder + " could not be written (" + e.getMessage() + ")", e);
        }
    }

    /**
     * A row of the log; empty for the header and for a line that a killed process left half
     * written.
     */
    private static Optional<Step> row(String line) {
        String[] cells = line.split(",", -1);
        try {
            return cells.length == 4
                    ? Optional.of(
                            new Step(
                                    Long.parseLong(cells[0]),
                                    Integer.parseInt(cells[1]),
                                    Double.parseDouble(cells[2]),
                                    Double.parseDouble(cells[3])))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static Optional<StoredLook> look(String line) {
        try {
            return Optional.of(JSON.readValue(line, StoredLook.class));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
