package org.directpred.train;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.directpred.evaluate.Measure;
import org.directpred.evaluate.Snapshot;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** What happened: a row for every step, every epoch, every snapshot and every alarm. */
public final class TrainingLog {

    private static final List<Measure<Snapshot>> COLUMNS =
            List.of(
                    Measure.LOSS,
                    Measure.EFFECTIVE_RANK,
                    Measure.COVARIANCE_RANK,
                    Measure.STANDARD_DEVIATION,
                    Measure.LARGEST_EIGENVALUE,
                    Measure.ASYMMETRY,
                    Measure.ALIGNMENT,
                    Measure.NETWORK_UPDATE,
                    Measure.PREDICTOR_UPDATE);

    private final boolean onlineProbe;
    private final List<Step> steps = new ArrayList<>();
    private final List<Epoch> epochs = new ArrayList<>();
    private final List<Snapshot> snapshots = new ArrayList<>();
    private final List<Alarm> alarms = new ArrayList<>();
    private final List<RecipeChange> changes = new ArrayList<>();

    TrainingLog() {
        this(false);
    }

    /** A log of a run with an online probe or without. */
    TrainingLog(boolean onlineProbe) {
        this.onlineProbe = onlineProbe;
    }

    synchronized void add(Step step) {
        steps.add(step);
    }

    synchronized void add(Epoch epoch) {
        epochs.add(epoch);
    }

    synchronized void add(Snapshot snapshot) {
        snapshots.add(snapshot);
    }

    synchronized void add(Alarm alarm) {
        alarms.add(alarm);
    }

    synchronized void add(RecipeChange change) {
        changes.add(change);
    }

    /**
     * How many rows of each of a run's files are of steps before this one: what a checkpoint says
     * of the logs that it was written after.
     */
    synchronized Map<String, Long> rows(long step) {
        return Map.of(
                LogFormat.STEPS.file(),
                steps.stream().filter(s -> s.number() < step).count(),
                LogFormat.SNAPSHOTS.file(),
                snapshots.stream().filter(s -> s.step() < step).count(),
                LogFormat.ALARMS.file(),
                alarms.stream().filter(a -> a.step() < step).count(),
                LogFormat.EPOCHS.file(),
                epochs.stream().filter(e -> e.steps() <= step).count());
    }

    /** All steps so far; a copy. */
    public synchronized List<Step> steps() {
        return List.copyOf(steps);
    }

    /** All epochs that have ended; a copy. */
    public synchronized List<Epoch> epochs() {
        return List.copyOf(epochs);
    }

    /**
     * All alarms so far; a copy. What raises one:
     *
     * <ul>
     *   <li>{@code collapse}: a standard deviation of the normalised outputs below 0.15, or an
     *       effective rank of F below 1.1 with 98 % of it in one eigenvalue;
     *   <li>{@code dimensional collapse}: in the second half of the run an effective rank below
     *       1.6; below 1.2 up to step 100 of a short one, rising to 1.6 at step 300, for healthy
     *       runs need their first steps to spread;
     *   <li>{@code steps too large}: a step that moves the network by more than 5 % of its norm;
     *   <li>{@code predictor too slow}: a predictor that moves less than a fifth as much as the
     *       network;
     *   <li>{@code outputs explode}: a largest eigenvalue of F above 1000 times that at the start.
     * </ul>
     *
     * <p>Each on two snapshots one after the other (collapse and dimensional collapse after the
     * last step on one), so {@link Recipe#withDiagnosticsEvery} says how soon.
     */
    public synchronized List<Alarm> alarms() {
        return List.copyOf(alarms);
    }

    /**
     * What was changed in the recipe on the way by {@link RunOptions#resumingAs}, the earliest
     * first; a copy.
     */
    public synchronized List<RecipeChange> recipeChanges() {
        return List.copyOf(changes);
    }

    /** All snapshots so far, one every {@link Recipe#withDiagnosticsEvery} steps; a copy. */
    public synchronized List<Snapshot> snapshots() {
        return List.copyOf(snapshots);
    }

    /**
     * The first snapshot.
     *
     * @throws IllegalStateException before the first step
     */
    public synchronized Snapshot first() {
        requireSnapshots();
        return snapshots.get(0);
    }

    /**
     * The latest snapshot.
     *
     * @throws IllegalStateException before the first step
     */
    public synchronized Snapshot last() {
        requireSnapshots();
        return snapshots.get(snapshots.size() - 1);
    }

    /**
     * The snapshot nearest to a step; the earlier of two that are as near.
     *
     * @throws IllegalStateException before the first step
     */
    public synchronized Snapshot nearest(long step) {
        requireSnapshots();
        return snapshots.stream()
                .min(Comparator.comparingLong(snapshot -> Math.abs(snapshot.step() - step)))
                .orElseThrow();
    }

    private void requireSnapshots() {
        if (snapshots.isEmpty()) {
            throw new IllegalStateException("there is no snapshot before the first step");
        }
    }

    /**
     * A row for every step: step, epoch, loss, learning rate; of a run with an online probe also
     * the online accuracy.
     */
    public synchronized Table table() {
        LongColumn number = LongColumn.create("step");
        IntColumn epoch = IntColumn.create("epoch");
        DoubleColumn loss = DoubleColumn.create(Measure.LOSS.name());
        DoubleColumn rate = DoubleColumn.create("learning rate");
        for (Step s : steps) {
            number.append(s.number());
            epoch.append(s.epoch());
            loss.append(s.loss());
            rate.append(s.learningRate());
        }
        return withOnlineAccuracy(
                Table.create("steps", number, epoch, loss, rate),
                steps.stream().map(Step::onlineAccuracy));
    }

    /** The table with one more column where there is a probe. */
    private Table withOnlineAccuracy(Table table, Stream<Double> accuracies) {
        return onlineProbe
                ? table.addColumns(
                        DoubleColumn.create("online accuracy", accuracies.toArray(Double[]::new)))
                : table;
    }

    /**
     * A row for every epoch that has ended: epoch, steps so far, mean loss, effective rank of F,
     * standard deviation, images per second; of a run with an online probe also the online
     * accuracy.
     */
    public synchronized Table epochTable() {
        IntColumn number = IntColumn.create("epoch");
        LongColumn step = LongColumn.create("steps");
        DoubleColumn loss = DoubleColumn.create("mean loss");
        DoubleColumn rank = DoubleColumn.create(Measure.EFFECTIVE_RANK.name());
        DoubleColumn std = DoubleColumn.create(Measure.STANDARD_DEVIATION.name());
        DoubleColumn rate = DoubleColumn.create("images per second");
        for (Epoch e : epochs) {
            number.append(e.number());
            step.append(e.steps());
            loss.append(e.meanLoss());
            rank.append(e.diagnostics().effectiveRank());
            std.append(e.diagnostics().standardDeviation());
            rate.append(e.imagesPerSecond());
        }
        return withOnlineAccuracy(
                Table.create("epochs", number, step, loss, rank, std, rate),
                epochs.stream().map(Epoch::onlineAccuracy));
    }

    /** A row for every alarm: step, name, numbers, advice. */
    public synchronized Table alarmTable() {
        LongColumn step = LongColumn.create("step");
        StringColumn name = StringColumn.create("alarm");
        StringColumn numbers = StringColumn.create("numbers");
        StringColumn advice = StringColumn.create("advice");
        for (Alarm a : alarms) {
            step.append(a.step());
            name.append(a.name());
            numbers.append(a.numbers().toString());
            advice.append(a.advice());
        }
        return Table.create("alarms", step, name, numbers, advice);
    }

    /**
     * A row for every snapshot: its step, loss, effective rank of F and of the covariance, standard
     * deviation, largest eigenvalue of F, asymmetry of W_p, alignment of the eight leading
     * eigenvectors, relative updates of network and predictor.
     */
    public Table diagnostics() {
        return diagnostics(COLUMNS);
    }

    /** A row for every snapshot: its step and these measures, also those of one's own. */
    @SafeVarargs
    public final Table diagnostics(
            Measure<? super Snapshot> first, Measure<? super Snapshot>... others) {
        List<Measure<? super Snapshot>> all = new ArrayList<>();
        all.add(first);
        for (Measure<? super Snapshot> other : others) {
            all.add(other);
        }
        return diagnostics(all);
    }

    private synchronized Table diagnostics(List<? extends Measure<? super Snapshot>> measures) {
        Table table =
                Table.create(
                        "diagnostics",
                        LongColumn.create(
                                "step", snapshots.stream().mapToLong(Snapshot::step).toArray()));
        for (Measure<? super Snapshot> measure : measures) {
            table.addColumns(
                    DoubleColumn.create(
                            measure.name(), snapshots.stream().mapToDouble(measure::of)));
        }
        return table;
    }
}
