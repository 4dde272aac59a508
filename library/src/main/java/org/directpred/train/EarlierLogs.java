package org.directpred.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.directpred.evaluate.Snapshot;
import org.directpred.train.LogFormat.EpochRow;

/**
 * The logs of version 1, from which a run goes on: steps and epochs as tables {@code steps.csv} and
 * {@code epochs.csv}, snapshots and alarms as JSON lines without a first one that says what they
 * are.
 */
final class EarlierLogs {
    /** Where they lie, unchanged, once their rows stand in logs of this version. */
    static final String KEPT = "logs-of-version-1";

    private static final String STEPS = "step,epoch,loss,learning rate";
    private static final String EPOCHS =
            "epoch,steps,mean loss,effective rank of F,standard deviation,images per second";
    private static final String ACCURACY = ",online accuracy";

    private EarlierLogs() {}

    /**
     * Whether a folder holds them. While they are being replaced, which ends with the log of steps,
     * it may hold some of either version.
     */
    static boolean in(Path folder) {
        return Files.notExists(folder.resolve(LogFormat.STEPS.file()))
                && (Files.exists(folder.resolve("steps.csv"))
                        || Files.exists(folder.resolve("epochs.csv")));
    }

    /** The name of that log's file. */
    static String file(LogFormat<?> format) {
        return isTable(format) ? format.name() + ".csv" : format.file();
    }

    /** Whether that log of such a folder is still of version 1. */
    static boolean isStill(Path folder, LogFormat<?> format, List<String> lines) {
        return isTable(format)
                ? Files.notExists(folder.resolve(format.file()))
                : lines.isEmpty() || !lines.get(0).startsWith("{\"format\":");
    }

    private static boolean isTable(LogFormat<?> format) {
        return format.equals(LogFormat.STEPS) || format.equals(LogFormat.EPOCHS);
    }

    /** How many lines come before the first row. */
    static int headers(LogFormat<?> format) {
        return isTable(format) ? 1 : 0;
    }

    /** Refuses the first line of a table if it is another. */
    static void requireHeader(LogFormat<?> format, String line) throws UnreadableLine {
        String expected = format.equals(LogFormat.STEPS) ? STEPS : EPOCHS;
        if (!line.equals(expected) && !line.equals(expected + ACCURACY)) {
            throw new UnreadableLine(
                    "it is %s, and \"%s\" was expected"
                            .formatted(UnreadableLine.brief(line), expected));
        }
    }

    /** A row of a table under its first line. */
    static Step step(String header, String line) throws UnreadableLine {
        String[] cells = cells(header, line);
        try {
            return new Step(
                    natural(cells[0]),
                    Math.toIntExact(natural(cells[1])),
                    Double.parseDouble(cells[2]),
                    Double.parseDouble(cells[3]),
                    accuracy(header, cells));
        } catch (NumberFormatException | ArithmeticException e) {
            throw noNumber(line, e);
        }
    }

    /** The same of the epochs. */
    static EpochRow epoch(String header, String line) throws UnreadableLine {
        String[] cells = cells(header, line);
        try {
            return new EpochRow(
                    Math.toIntExact(natural(cells[0])),
                    natural(cells[1]),
                    Double.parseDouble(cells[2]),
                    Double.parseDouble(cells[3]),
                    Double.parseDouble(cells[4]),
                    Double.parseDouble(cells[5]),
                    accuracy(header, cells));
        } catch (NumberFormatException | ArithmeticException e) {
            throw noNumber(line, e);
        }
    }

    /** An alarm by the name that it has now. */
    static Alarm alarm(String header, String line) throws UnreadableLine {
        Alarm alarm = LogFormat.ALARMS.row(line);
        return alarm.name().equals("few directions")
                ? new Alarm(
                        Alarms.DIMENSIONAL_COLLAPSE, alarm.step(), alarm.numbers(), alarm.advice())
                : alarm;
    }

    static Snapshot snapshot(String header, String line) throws UnreadableLine {
        return LogFormat.SNAPSHOTS.row(line);
    }

    /** Copies them aside, before anything is written in their place. */
    static void keep(Path folder) throws IOException {
        Path kept = Files.createDirectories(folder.resolve(KEPT));
        for (LogFormat<?> format : LogFormat.ALL) {
            Path log = folder.resolve(file(format));
            Path copy = kept.resolve(file(format));
            if (Files.exists(log) && Files.notExists(copy)) {
                Path part = kept.resolve(file(format) + ".part");
                Files.copy(log, part, StandardCopyOption.REPLACE_EXISTING);
                Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    /** Deletes the tables that {@link #keep} copied. */
    static void delete(Path folder) throws IOException {
        for (LogFormat<?> format : List.of(LogFormat.STEPS, LogFormat.EPOCHS)) {
            Path log = folder.resolve(file(format));
            Path copy = folder.resolve(KEPT).resolve(file(format));
            if (Files.exists(log) && Files.exists(copy) && Files.mismatch(log, copy) < 0) {
                Files.delete(log);
            }
        }
    }

    private static String[] cells(String header, String line) throws UnreadableLine {
        String[] cells = line.split(",", -1);
        int expected = header.split(",", -1).length;
        if (cells.length != expected) {
            throw new UnreadableLine(
                    "it has %d cells where %d are expected: %s"
                            .formatted(cells.length, expected, UnreadableLine.brief(line)));
        }
        return cells;
    }

    private static long natural(String cell) {
        long value = Long.parseLong(cell);
        if (value < 0) {
            throw new NumberFormatException(cell);
        }
        return value;
    }

    private static double accuracy(String header, String[] cells) {
        return header.endsWith(ACCURACY) ? Double.parseDouble(cells[cells.length - 1]) : Double.NaN;
    }

    private static UnreadableLine noNumber(String line, Exception cause) {
        return new UnreadableLine(
                "it holds something that is no number: " + UnreadableLine.brief(line), cause);
    }
}
