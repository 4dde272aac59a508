package org.directpred.train;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;
import org.directpred.evaluate.Diagnostics;
import org.directpred.evaluate.Snapshot;

/**
 * One of a run's logs, a file of JSON lines: the first says what the file is and of which version,
 * each other one is a row. What is read must be exactly what is written: no field more or less,
 * each of its kind.
 *
 * @param <T> its rows
 * @param name what the rows are
 * @param stepOf the step that a row is of
 * @param fields fills a line
 * @param reader makes a row of a line
 * @param earlier makes a row of a line of version 1, under its file's first line if it has one
 */
record LogFormat<T>(
        String name,
        ToLongFunction<T> stepOf,
        BiConsumer<T, JsonRow> fields,
        Reader<T> reader,
        EarlierReader<T> earlier) {

    /** Of the format in all four logs; before it steps and epochs were tables: EarlierLogs. */
    static final int VERSION = 2;

    /** Makes a row of a line's fields. */
    interface Reader<T> {
        T read(JsonRow line) throws UnreadableLine;
    }

    /** Makes a row of a line of version 1. */
    interface EarlierReader<T> {
        T read(String header, String line) throws UnreadableLine;
    }

    /**
     * A row of the log of epochs, whose diagnostics are those of a snapshot in another file.
     *
     * @param effectiveRank of these diagnostics, for other readers
     * @param standardDeviation likewise
     */
    record EpochRow(
            int number,
            long steps,
            double meanLoss,
            double effectiveRank,
            double standardDeviation,
            double imagesPerSecond,
            double onlineAccuracy) {
        static EpochRow of(Epoch epoch) {
            return new EpochRow(
                    epoch.number(),
                    epoch.steps(),
                    epoch.meanLoss(),
                    epoch.diagnostics().effectiveRank(),
                    epoch.diagnostics().standardDeviation(),
                    epoch.imagesPerSecond(),
                    epoch.onlineAccuracy());
        }

        Epoch with(Diagnostics diagnostics) {
            return new Epoch(number, steps, meanLoss, diagnostics, imagesPerSecond, onlineAccuracy);
        }
    }

    static final LogFormat<Step> STEPS =
            new LogFormat<>(
                    "steps",
                    Step::number,
                    (step, line) ->
                            line.with("step", step.number())
                                    .with("epoch", step.epoch())
                                    .with("loss", step.loss())
                                    .with("learningRate", step.learningRate())
                                    .with("onlineAccuracy", step.onlineAccuracy()),
                    line ->
                            new Step(
                                    line.natural("step"),
                                    line.index("epoch"),
                                    line.number("loss"),
                                    line.number("learningRate"),
                                    line.number("onlineAccuracy")),
                    EarlierLogs::step);

    static final LogFormat<EpochRow> EPOCHS =
            new LogFormat<>(
                    "epochs",
                    // An epoch's row comes after its last step.
                    epoch -> epoch.steps() - 1,
                    (epoch, line) ->
                            line.with("epoch", epoch.number())
                                    .with("steps", epoch.steps())
                                    .with("meanLoss", epoch.meanLoss())
                                    .with("effectiveRank", epoch.effectiveRank())
                                    .with("standardDeviation", epoch.standardDeviation())
                                    .with("imagesPerSecond", epoch.imagesPerSecond())
                                    .with("onlineAccuracy", epoch.onlineAccuracy()),
                    line ->
                            new EpochRow(
                                    line.index("epoch"),
                                    line.natural("steps"),
                                    line.number("meanLoss"),
                                    line.number("effectiveRank"),
                                    line.number("standardDeviation"),
                                    line.number("imagesPerSecond"),
                                    line.number("onlineAccuracy")),
                    EarlierLogs::epoch);

    static final LogFormat<Snapshot> SNAPSHOTS =
            new LogFormat<>(
                    "diagnostics",
                    Snapshot::step,
                    (snapshot, line) ->
                            line.with("step", snapshot.step())
                                    .with("loss", snapshot.loss())
                                    .with("diagnostics", written(snapshot.diagnostics()))
                                    .with("networkUpdate", snapshot.networkUpdate())
                                    .with("predictorUpdate", snapshot.predictorUpdate()),
                    line ->
                            new Snapshot(
                                    line.natural("step"),
                                    line.number("loss"),
                                    read(line.row("diagnostics")),
                                    line.number("networkUpdate"),
                                    line.number("predictorUpdate")),
                    EarlierLogs::snapshot);

    static final LogFormat<Alarm> ALARMS =
            new LogFormat<>(
                    "alarms",
                    Alarm::step,
                    (alarm, line) ->
                            line.with("name", alarm.name())
                                    .with("step", alarm.step())
                                    .with("numbers", alarm.numbers())
                                    .with("advice", alarm.advice()),
                    line ->
                            new Alarm(
                                    line.text("name"),
                                    line.natural("step"),
                                    line.numbersByName("numbers"),
                                    line.text("advice")),
                    EarlierLogs::alarm);

    static final List<LogFormat<?>> ALL = List.of(STEPS, EPOCHS, SNAPSHOTS, ALARMS);

    /** The name of the file. */
    String file() {
        return name + ".jsonl";
    }

    /** The first line of the file. */
    String header() {
        return new JsonRow().with("format", name + " of a run").with("version", VERSION).toString();
    }

    /** Refuses a first line that is not {@link #header}. */
    void requireHeader(String line) throws UnreadableLine {
        if (line.equals(header())) {
            return;
        }
        JsonRow row = JsonRow.of(line);
        String format = row.text("format");
        long version = row.natural("version");
        throw new UnreadableLine(
                format.equals(name + " of a run") && version != VERSION
                        ? "the file is of version %d, and this library reads version %d"
                                .formatted(version, VERSION)
                        : "it is %s, and %s was expected"
                                .formatted(UnreadableLine.brief(line), header()));
    }

    /** The line of a row. */
    String line(T row) {
        JsonRow line = new JsonRow();
        fields.accept(row, line);
        return line.toString();
    }

    /** The row of a line. */
    T row(String line) throws UnreadableLine {
        JsonRow row = JsonRow.of(line);
        T result = reader.read(row);
        row.requireNoMore();
        return result;
    }

    private static JsonRow written(Diagnostics d) {
        return new JsonRow()
                .with("spectrum", d.spectrum())
                .with("covarianceSpectrum", d.covarianceSpectrum())
                .with("predictorSpectrum", d.predictorSpectrum())
                .with("alignments", d.alignments())
                .with("standardDeviation", d.standardDeviation())
                .with("asymmetry", d.asymmetry())
                .with("asymmetryTop", d.asymmetryTop())
                .with("tau", d.tau())
                .with("normRatio", d.normRatio());
    }

    private static Diagnostics read(JsonRow row) throws UnreadableLine {
        Diagnostics diagnostics =
                new Diagnostics(
                        row.numbers("spectrum"),
                        row.numbers("covarianceSpectrum"),
                        row.numbers("predictorSpectrum"),
                        row.numbers("alignments"),
                        row.number("standardDeviation"),
                        row.number("asymmetry"),
                        row.number("asymmetryTop"),
                        row.number("tau"),
                        row.number("normRatio"));
        row.requireNoMore();
        if (diagnostics.spectrum().isEmpty()) {
            throw new UnreadableLine("its diagnostics.spectrum is empty");
        }
        return diagnostics;
    }
}
