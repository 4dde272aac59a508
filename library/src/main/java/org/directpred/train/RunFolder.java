package org.directpred.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.directpred.evaluate.Diagnostics;
import org.directpred.evaluate.Snapshot;
import org.directpred.progress.Progress;

/**
 * A run's folder: its checkpoints {@code step-000000800.safetensors} and {@code best.safetensors},
 * and what is logged while it runs: {@code steps.csv}, {@code epochs.csv}, {@code
 * diagnostics.jsonl}, {@code alarms.jsonl}. Lines are added, and {@link #flush} writes them. One
 * process at a time.
 */
final class RunFolder implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("step-(\\d{9,18})\\.safetensors");
    private static final String STEPS = "steps.csv";
    private static final String LOOKS = "diagnostics.jsonl";
    private static final String EPOCHS = "epochs.csv";
    private static final String ALARMS = "alarms.jsonl";

    private final Path folder;
    private final FolderLock lock;
    private final Map<String, LogFile> logs = new LinkedHashMap<>();
    private LogLines lines = new LogLines(false);

    RunFolder(Path folder) {
        this.folder = folder;
        this.lock = FolderLock.of(folder);
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

    /**
     * Reads the log up to a step into memory, drops what lies after it (steps of a run that was
     * killed before its next checkpoint), and goes on writing there.
     *
     * @param log still empty
     * @param wanted how many rows before that step each file must have, as the checkpoint says
     *     ({@link TrainingLog#rows}); empty if it does not say
     * @throws IllegalArgumentException naming the file and the line that cannot be read, or the
     *     rows that it lacks; no file was changed
     */
    void open(TrainingLog log, long step, Map<String, Long> wanted) {
        lines = new LogLines(log.hasOnlineProbe());
        try {
            Stored<Step> steps = read(STEPS, lines.stepsHeader(), lines::step, Step::number, step);
            Stored<Snapshot> looks = read(LOOKS, "", lines::look, Snapshot::step, step);
            Stored<Alarm> alarms = read(ALARMS, "", lines::alarm, Alarm::step, step);
            // An epoch's row comes after its last step.
            Stored<LogLines.StoredEpoch> epochs =
                    read(EPOCHS, lines.epochsHeader(), lines::epoch, e -> e.steps() - 1, step);
            List<Stored<?>> all = List.of(steps, looks, alarms, epochs);
            if (step > 0 && all.stream().noneMatch(Stored::exists)) {
                Progress.message(
                        "%s holds none of the logs of the %d steps before: this run's log begins here"
                                .formatted(folder, step));
            } else {
                for (Stored<?> stored : all) {
                    // A checkpoint of an earlier version says nothing, but had all steps.
                    long otherwise = stored.name().equals(STEPS) ? step : stored.rows().size();
                    stored.requireRows(wanted.getOrDefault(stored.name(), otherwise));
                }
            }
            looks.rows().forEach(log::add);
            List<Epoch> whole = new ArrayList<>();
            for (LogLines.StoredEpoch epoch : epochs.rows()) {
                whole.add(whole(epoch, log));
            }
            steps.rows().forEach(log::add);
            alarms.rows().forEach(log::add);
            whole.forEach(log::add);
            // Only now, when all could be read, is anything changed.
            for (Stored<?> stored : all) {
                logs.put(stored.name(), LogFile.write(stored.file(), stored.kept()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the log in " + folder + " cannot be read or written", e);
        }
    }

    void add(Step step) {
        logs.get(STEPS).add(lines.line(step));
    }

    void add(Epoch epoch) {
        logs.get(EPOCHS).add(lines.line(epoch));
    }

    void add(Snapshot look) {
        logs.get(LOOKS).add(lines.line(look));
    }

    void add(Alarm alarm) {
        logs.get(ALARMS).add(lines.line(alarm));
    }

    /**
     * Writes the lines that were added.
     *
     * @throws UncheckedIOException naming the file; its lines wait for the next call
     * @throws IllegalStateException if the folder was deleted or replaced; they wait too
     */
    void flush() {
        lock.requireHeld();
        for (LogFile log : logs.values()) {
            try {
                log.flush();
            } catch (IOException e) {
                throw unwritten(log, e);
            }
        }
    }

    /**
     * Forces the logs to the disk: what a checkpoint goes on from must outlive a power cut like the
     * checkpoint itself.
     */
    void force() {
        flush();
        for (LogFile log : logs.values()) {
            try {
                log.force();
            } catch (IOException e) {
                throw unwritten(log, e);
            }
        }
    }

    private static UncheckedIOException unwritten(LogFile log, IOException e) {
        return new UncheckedIOException(
                "the log %s could not be written (%s): free space on its disk, then run the cell again"
                        .formatted(log.file(), e.getMessage()),
                e);
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

    private interface Parser<T> {
        T parse(String line) throws LogLines.Unreadable;
    }

    /** The rows of a file before a step, and the lines that hold them, with the header. */
    private record Stored<T>(Path file, boolean exists, List<T> rows, List<String> kept) {
        String name() {
            return file.getFileName().toString();
        }

        void requireRows(long expected) {
            if (rows.size() != expected) {
                throw new IllegalArgumentException(
                        "%s %s, but the checkpoint was written after %d: a power cut or something else emptied or cut it. Put it back from a copy, or move the folder's steps.csv, epochs.csv, diagnostics.jsonl and alarms.jsonl away to go on from the checkpoint without them."
                                .formatted(
                                        file,
                                        exists
                                                ? "has %d rows before that step"
                                                        .formatted(rows.size())
                                                : "is missing",
                                        expected));
            }
        }
    }

    private <T> Stored<T> read(
            String name, String header, Parser<T> parser, ToLongFunction<T> stepOf, long before)
            throws IOException {
        Path file = folder.resolve(name);
        Optional<List<String>> stored = LogFile.read(file);
        List<String> all = stored.orElse(List.of());
        List<T> rows = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        int first = 0;
        if (!header.isEmpty()) {
            if (!all.isEmpty() && !all.get(0).equals(header)) {
                throw LogFile.unreadable(
                        file,
                        1,
                        "it is %s, and \"%s\" was expected"
                                .formatted(LogLines.brief(all.get(0)), header),
                        null);
            }
            kept.add(header);
            first = 1;
        }
        long last = -1;
        for (int i = first; i < all.size(); i++) {
            T row;
            try {
                row = parser.parse(all.get(i));
            } catch (LogLines.Unreadable e) {
                throw LogFile.unreadable(file, i + 1, e.getMessage(), e);
            }
            long step = stepOf.applyAsLong(row);
            // Steps follow each other without a gap, and several alarms may be of one step.
            if (name.equals(STEPS) && last >= 0 && step > last + 1) {
                throw LogFile.unreadable(
                        file,
                        i + 1,
                        "step %d does not follow step %d of the line before".formatted(step, last),
                        null);
            }
            if (step < last || (step == last && !name.equals(ALARMS))) {
                throw LogFile.unreadable(
                        file,
                        i + 1,
                        "step %d does not come after step %d of the line before"
                                .formatted(step, last),
                        null);
            }
            last = step;
            if (step < before) {
                rows.add(row);
                kept.add(all.get(i));
            }
        }
        return new Stored<>(file, stored.isPresent(), rows, kept);
    }

    /** With the last look before its end, which the other file holds. */
    private Epoch whole(LogLines.StoredEpoch epoch, TrainingLog log) {
        Diagnostics last =
                log.snapshots().stream()
                        .filter(snapshot -> snapshot.step() < epoch.steps())
                        .reduce((before, after) -> after)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "%s has no look at the diagnostics before step %d, where %s has epoch %d end: a power cut or something else emptied or cut it. Put it back from a copy, or move the folder's steps.csv, epochs.csv, diagnostics.jsonl and alarms.jsonl away to go on from the checkpoint without them."
                                                        .formatted(
                                                                folder.resolve(LOOKS),
                                                                epoch.steps(),
                                                                EPOCHS,
                                                                epoch.number())))
                        .diagnostics();
        return new Epoch(
                epoch.number(),
                epoch.steps(),
                epoch.meanLoss(),
                last,
                epoch.imagesPerSecond(),
                epoch.onlineAccuracy());
    }
}
