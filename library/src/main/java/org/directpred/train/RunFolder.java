package org.directpred.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.directpred.evaluate.Snapshot;

/**
 * A run's folder: its checkpoints {@code step-000000800.safetensors} and {@code best.safetensors},
 * and its logs. One process at a time.
 */
final class RunFolder implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("step-(\\d{9,18})\\.safetensors");

    private final Path folder;
    private final FolderLock lock;
    private final RunLogs logs;

    RunFolder(Path folder) {
        this.folder = folder;
        this.lock = FolderLock.of(folder);
        this.logs = new RunLogs(folder);
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
        lock.requireHeld();
        return folder.resolve(String.format(Locale.ROOT, "step-%09d.safetensors", step));
    }

    /** The file for the best checkpoint. */
    Path best() {
        return folder.resolve("best.safetensors");
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

    /** {@link RunLogs#open}. */
    void open(TrainingLog log, long step, Map<String, Long> wanted) {
        logs.open(log, step, wanted);
    }

    void add(Step step) {
        logs.add(LogFormat.STEPS, step);
    }

    void add(Epoch epoch) {
        logs.add(LogFormat.EPOCHS, LogFormat.EpochRow.of(epoch));
    }

    void add(Snapshot snapshot) {
        logs.add(LogFormat.SNAPSHOTS, snapshot);
    }

    void add(Alarm alarm) {
        logs.add(LogFormat.ALARMS, alarm);
    }

    /**
     * Writes the lines that were added.
     *
     * @throws UncheckedIOException naming the file; its lines wait for the next call
     * @throws IllegalStateException if the folder was deleted or replaced; they wait too
     */
    void flush() {
        lock.requireHeld();
        logs.flush();
    }

    /** {@link RunLogs#force}. */
    void force() {
        lock.requireHeld();
        logs.force();
    }

    @Override
    public void close() {
        try (lock) {
            if (lock.isHeld()) {
                flush();
            }
        }
    }

    static long stepOf(Path checkpoint) {
        Matcher m = NAME.matcher(checkpoint.getFileName().toString());
        if (!m.matches()) {
            throw new IllegalArgumentException(checkpoint + " is no checkpoint's name");
        }
        return Long.parseLong(m.group(1));
    }
}
