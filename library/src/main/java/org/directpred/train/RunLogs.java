package org.directpred.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.directpred.evaluate.Diagnostics;
import org.directpred.evaluate.Snapshot;
import org.directpred.progress.Progress;
import org.directpred.train.LogFormat.EpochRow;

/**
 * What a run writes down in its folder while it goes: {@code steps.jsonl}, {@code epochs.jsonl},
 * {@code diagnostics.jsonl} and {@code alarms.jsonl}. Lines are added, and {@link #flush} writes
 * them.
 */
final class RunLogs {
    /** What to do about a log that cannot be gone on with; completes a sentence. */
    static final String REMEDY =
            "Put it back from a copy, or move the folder's logs (steps, epochs, diagnostics and alarms) away to go on from the checkpoint without them.";

    private final Path folder;
    private final Map<LogFormat<?>, LogFile> files = new LinkedHashMap<>();

    RunLogs(Path folder) {
        this.folder = folder;
    }

    /**
     * Reads the logs up to a step into memory, drops what lies after it (steps of a run that was
     * killed before its next checkpoint), and goes on writing there. Those of version 1 are written
     * anew as this version, and kept as they were in a folder beside.
     *
     * @param log still empty
     * @param wanted how many rows before that step each file must have, as the checkpoint says
     *     ({@link TrainingLog#rows}); empty if it does not say
     * @throws IllegalArgumentException naming the file and the line that cannot be read, or the
     *     rows that it lacks; no file was changed
     */
    void open(TrainingLog log, long step, Map<String, Long> wanted) {
        try {
            boolean earlier = EarlierLogs.in(folder);
            Stored<Step> steps = read(LogFormat.STEPS, earlier, step);
            Stored<Snapshot> snapshots = read(LogFormat.SNAPSHOTS, earlier, step);
            Stored<Alarm> alarms = read(LogFormat.ALARMS, earlier, step);
            Stored<EpochRow> epochs = read(LogFormat.EPOCHS, earlier, step);
            // That of the steps last: where it stands, all are of this version.
            List<Stored<?>> all = List.of(snapshots, alarms, epochs, steps);
            if (step > 0 && all.stream().noneMatch(Stored::exists)) {
                Progress.message(
                        "%s holds none of the logs of the %d steps before: this run's log begins here"
                                .formatted(folder, step));
            } else {
                // A checkpoint of an earlier version says nothing, but had all steps.
                steps.requireRows(wanted, step);
                for (Stored<?> stored : all) {
                    stored.requireRows(wanted, stored.rows().size());
                }
            }
            List<Epoch> whole = new ArrayList<>();
            for (EpochRow epoch : epochs.rows()) {
                whole.add(epoch.with(last(snapshots, epoch)));
            }
            snapshots.rows().forEach(log::add);
            steps.rows().forEach(log::add);
            alarms.rows().forEach(log::add);
            whole.forEach(log::add);
            // Only now, when all could be read, is anything changed.
            if (earlier) {
                EarlierLogs.keep(folder);
            }
            for (Stored<?> stored : all) {
                files.put(
                        stored.format(),
                        LogFile.write(folder.resolve(stored.format().file()), stored.lines()));
            }
            EarlierLogs.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the log in " + folder + " cannot be read or written", e);
        }
    }

    /** Adds a row, which {@link #flush} writes. */
    <T> void add(LogFormat<T> format, T row) {
        files.get(format).add(format.line(row));
    }

    /**
     * Writes the lines that were added.
     *
     * @throws UncheckedIOException naming the file; its lines wait for the next call
     */
    void flush() {
        for (LogFile log : files.values()) {
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
        for (LogFile log : files.values()) {
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

    /**
     * The rows of a log before a step.
     *
     * @param file where they were found
     * @param lines that hold them in this version, with the first line
     */
    private record Stored<T>(
            LogFormat<T> format, Path file, boolean exists, List<T> rows, List<String> lines) {

        void requireRows(Map<String, Long> wanted, long otherwise) {
            String earlier = EarlierLogs.file(format);
            long expected =
                    wanted.getOrDefault(format.file(), wanted.getOrDefault(earlier, otherwise));
            if (rows.size() != expected) {
                throw new IllegalArgumentException(
                        "%s %s, but the checkpoint was written after %d: a power cut or something else emptied or cut it. %s"
                                .formatted(
                                        file,
                                        exists
                                                ? "has %d rows before that step"
                                                        .formatted(rows.size())
                                                : "is missing",
                                        expected,
                                        REMEDY));
            }
        }
    }

    private <T> Stored<T> read(LogFormat<T> format, boolean earlierFolder, long before)
            throws IOException {
        Path now = folder.resolve(format.file());
        Optional<List<String>> stored = LogFile.read(now);
        boolean earlier =
                earlierFolder && EarlierLogs.isStill(folder, format, stored.orElse(List.of()));
        Path file = earlier ? folder.resolve(EarlierLogs.file(format)) : now;
        if (!file.equals(now)) {
            stored = LogFile.read(file);
        }
        List<String> all = stored.orElse(List.of());
        int headers = earlier ? EarlierLogs.headers(format) : 1;
        String header = headers == 0 || all.isEmpty() ? "" : all.get(0);
        List<T> rows = new ArrayList<>();
        List<String> lines = new ArrayList<>(List.of(format.header()));
        long last = -1;
        for (int i = 0; i < all.size(); i++) {
            String line = all.get(i);
            T row = null;
            try {
                if (i >= headers) {
                    row = earlier ? format.earlier().read(header, line) : format.row(line);
                    requireOrder(format, format.stepOf().applyAsLong(row), last);
                } else if (earlier) {
                    EarlierLogs.requireHeader(format, line);
                } else {
                    format.requireHeader(line);
                }
            } catch (UnreadableLine e) {
                throw LogFile.unreadable(file, i + 1, e.getMessage(), e);
            }
            if (row != null) {
                last = format.stepOf().applyAsLong(row);
                if (last < before) {
                    rows.add(row);
                    lines.add(earlier ? format.line(row) : line);
                }
            }
        }
        return new Stored<>(format, file, stored.isPresent(), rows, lines);
    }

    private static void requireOrder(LogFormat<?> format, long step, long last)
            throws UnreadableLine {
        // Steps follow each other without a gap, and several alarms may be of one step.
        if (format.equals(LogFormat.STEPS) && last >= 0 && step > last + 1) {
            throw new UnreadableLine(
                    "step %d does not follow step %d of the line before".formatted(step, last));
        }
        if (step < last || (step == last && !format.equals(LogFormat.ALARMS))) {
            throw new UnreadableLine(
                    "step %d does not come after step %d of the line before".formatted(step, last));
        }
    }

    /** The diagnostics at an epoch's end: those of the last snapshot before it. */
    private static Diagnostics last(Stored<Snapshot> snapshots, EpochRow epoch) {
        return snapshots.rows().stream()
                .filter(snapshot -> snapshot.step() < epoch.steps())
                .reduce((before, after) -> after)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "%s has no snapshot before step %d, where the log of epochs has epoch %d end: a power cut or something else emptied or cut it. %s"
                                                .formatted(
                                                        snapshots.file(),
                                                        epoch.steps(),
                                                        epoch.number(),
                                                        REMEDY)))
                .diagnostics();
    }
}
