package org.directpred.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.directpred.evaluate.Diagnostics;

/**
 * A run's folder: its checkpoints {@code step-000000800.safetensors} and {@code best.safetensors},
 * and what is logged while it runs: {@code steps.csv}, {@code epochs.csv}, {@code
 * diagnostics.jsonl}, {@code alarms.jsonl}. Lines are added, and {@link #flush} writes them. One
 * process at a time.
 */
final class RunFolder implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("step-(\\d{9})\\.safetensors");
    private static final String STEPS = "steps.csv";
    private static final String LOOKS = "diagnostics.jsonl";
    private static final String EPOCHS = "epochs.csv";
    private static final String ALARMS = "alarms.jsonl";
    private static final String STEPS_HEADER = "step,epoch,loss,learning rate";
    private static final String EPOCHS_HEADER =
            "epoch,steps,mean loss,effective rank of F,standard deviation,images per second";
    private static final String ACCURACY_HEADER = ",online accuracy";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final FileChannel lockFile;
    private final FileLock lock;
    private final Map<String, LogFile> logs = new HashMap<>();
    // Whether steps and epochs have one more column.
    private boolean onlineProbe;

    /** A file of the log: its whole lines, and those that wait to be written. */
    private static final class LogFile {
        private final Path file;
        private final StringBuilder waiting = new StringBuilder();
        private long length;

        LogFile(Path file) throws IOException {
            this.file = file;
            this.length = Files.size(file);
        }

        /** Writes what waits; after a failure all of it still waits. */
        void flush() throws IOException {
            if (waiting.isEmpty()) {
                return;
            }
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(waiting.toString());
            try (FileChannel channel =
                    FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                // What a full disk took of these lines before it refused the rest.
                channel.truncate(length);
                channel.position(channel.size());
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                length = channel.position();
            }
            waiting.setLength(0);
        }
    }

    /** One line of the log of epochs, as it is read. */
    private record StoredEpoch(
            int number,
            long steps,
            double meanLoss,
            double imagesPerSecond,
            double onlineAccuracy) {}

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
     */
    void open(TrainingLog log, long step) {
        onlineProbe = log.hasOnlineProbe();
        String more = onlineProbe ? ACCURACY_HEADER : "";
        try {
            open(STEPS, STEPS_HEADER + more, this::row, row -> row.number() < step, log::add);
            open(LOOKS, "", TrainingLog.Look.class, look -> look.step() < step, log::add);
            open(ALARMS, "", Alarm.class, alarm -> alarm.step() < step, log::add);
            open(
                    EPOCHS,
                    EPOCHS_HEADER + more,
                    this::epoch,
                    epoch -> epoch.steps() <= step,
                    epoch -> log.add(whole(epoch, log)));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the log in " + folder + " cannot be read or written", e);
        }
    }

    void add(Step step) {
        append(
                STEPS,
                String.format(
                                Locale.ROOT,
                                "%d,%d,%s,%s",
                                step.number(),
                                step.epoch(),
                                step.loss(),
                                step.learningRate())
                        + accuracy(step.onlineAccuracy()));
    }

    void add(Epoch epoch) {
        append(
                EPOCHS,
                String.format(
                                Locale.ROOT,
                                "%d,%d,%s,%s,%s,%s",
                                epoch.number(),
                                epoch.steps(),
                                epoch.meanLoss(),
                                epoch.diagnostics().effectiveRank(),
                                epoch.diagnostics().standardDeviation(),
                                epoch.imagesPerSecond())
                        + accuracy(epoch.onlineAccuracy()));
    }

    void add(TrainingLog.Look look) {
        append(LOOKS, json(look));
    }

    void add(Alarm alarm) {
        append(ALARMS, json(alarm));
    }

    /**
     * Writes the lines that were added.
     *
     * @throws UncheckedIOException naming the file; its lines wait for the next call
     */
    void flush() {
        for (LogFile log : logs.values()) {
            try {
                log.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "the log %s could not be written (%s): free space on its disk, then run the cell again"
                                .formatted(log.file, e.getMessage()),
                        e);
            }
        }
    }

    @Override
    public void close() {
        try (lockFile;
                lock) {
            flush();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the lock of the run's folder " + folder + " could not be released", e);
        }
    }

    static long stepOf(Path checkpoint) {
        Matcher m = NAME.matcher(checkpoint.getFileName().toString());
        if (!m.matches()) {
            throw new IllegalArgumentException(checkpoint + " is no checkpoint's name");
        }
        return Long.parseLong(m.group(1));
    }

    /** Reads the rows that are kept, and leaves the file with those, ready for more. */
    private <T> void open(
            String name,
            String header,
            Function<String, Optional<T>> parse,
            Predicate<T> keep,
            Consumer<T> log)
            throws IOException {
        Path file = folder.resolve(name);
        List<String> kept = new ArrayList<>();
        if (!header.isEmpty()) {
            kept.add(header);
        }
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                Optional<T> row = parse.apply(line).filter(keep);
                row.ifPresent(log);
                row.ifPresent(r -> kept.add(line));
            }
        }
        Path beside = folder.resolve(name + ".part");
        Files.write(beside, kept, StandardCharsets.UTF_8);
        Files.move(
                beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        logs.put(name, new LogFile(file));
    }

    private <T> void open(
            String name, String header, Class<T> type, Predicate<T> keep, Consumer<T> log)
            throws IOException {
        open(
                name,
                header,
                line -> {
                    try {
                        return Optional.of(JSON.readValue(line, type));
                    } catch (IOException e) {
                        return Optional.empty();
                    }
                },
                keep,
                log);
    }

    private void append(String name, String line) {
        logs.get(name).waiting.append(line).append(System.lineSeparator());
    }

    private static String json(Object row) {
        try {
            return JSON.writeValueAsString(row);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * A row of the log; empty for the header and for a line that a killed process left half
     * written.
     */
    private Optional<Step> row(String line) {
        String[] cells = line.split(",", -1);
        try {
            return cells.length == (onlineProbe ? 5 : 4)
                    ? Optional.of(
                            new Step(
                                    Long.parseLong(cells[0]),
                                    Integer.parseInt(cells[1]),
                                    Double.parseDouble(cells[2]),
                                    Double.parseDouble(cells[3]),
                                    accuracy(cells, 4)))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private Optional<StoredEpoch> epoch(String line) {
        String[] cells = line.split(",", -1);
        try {
            return cells.length == (onlineProbe ? 7 : 6)
                    ? Optional.of(
                            new StoredEpoch(
                                    Integer.parseInt(cells[0]),
                                    Long.parseLong(cells[1]),
                                    Double.parseDouble(cells[2]),
                                    Double.parseDouble(cells[5]),
                                    accuracy(cells, 6)))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The text of the column that only a run with an online probe has. */
    private String accuracy(double value) {
        return onlineProbe ? "," + value : "";
    }

    private double accuracy(String[] cells, int column) {
        return onlineProbe ? Double.parseDouble(cells[column]) : Double.NaN;
    }

    /** With the last look before its end, which the other file holds. */
    private static Epoch whole(StoredEpoch epoch, TrainingLog log) {
        Diagnostics last =
                log.looks().stream()
                        .filter(look -> look.step() < epoch.steps())
                        .reduce((before, after) -> after)
                        .orElseThrow()
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
