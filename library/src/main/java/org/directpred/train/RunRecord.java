package org.directpred.train;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.directpred.evaluate.Snapshot;
import org.directpred.progress.Progress;
import org.directpred.tensor.TrainingThread;

/**
 * What a run leaves behind: rows in its log and its folder, checkpoints, and what its listeners are
 * to be told. What a full disk refused stays due, and is written before the next step.
 */
final class RunRecord {
    private final Pretraining run;
    private final TrainingLog log;
    private final Optional<RunFolder> folder;
    private final Optional<RunCheckpoints> checkpoints;
    private final Epochs epochs;
    private final long checkpointEvery;
    private final RunEvents events;
    // Steps whose epochs have ended in the log, and those of which nothing is left to write.
    private long epochsUntil;
    private long settledUntil;
    // Of the epoch under way, in this process.
    private double seconds;
    private long trainedImages;

    RunRecord(
            Pretraining run,
            Optional<RunFolder> folder,
            Optional<RunCheckpoints> checkpoints,
            Epochs epochs,
            RunOptions options) {
        this.run = run;
        this.log = run.log();
        this.folder = folder;
        this.checkpoints = checkpoints;
        this.epochs = epochs;
        this.checkpointEvery = options.checkpointEvery();
        this.events = new RunEvents(options.listeners());
        epochsUntil = run.step();
        settledUntil = run.step();
    }

    /** What the listeners have yet to be told. */
    RunEvents events() {
        return events;
    }

    void add(Step step) {
        log.add(step);
        folder.ifPresent(f -> f.add(step));
        events.add(listener -> listener.step(run, step));
    }

    void add(Snapshot snapshot) {
        log.add(snapshot);
        folder.ifPresent(f -> f.add(snapshot));
        events.add(listener -> listener.snapshot(run, snapshot));
    }

    void add(Alarm alarm) {
        log.add(alarm);
        folder.ifPresent(f -> f.add(alarm));
        events.add(listener -> listener.alarm(run, alarm));
    }

    /** In the log, once: the exception says it to whoever runs the cell again. */
    void add(Diverged diverged) {
        if (log.alarms().contains(diverged.alarm())) {
            return;
        }
        add(diverged.alarm());
        try {
            folder.ifPresent(RunFolder::flush);
        } catch (UncheckedIOException e) {
            diverged.addSuppressed(e);
        }
    }

    /** Counts what a step took. */
    void count(double took, long images) {
        seconds += took;
        trainedImages += images;
    }

    /** Whether steps were taken of which something is yet to be written. */
    boolean isDue() {
        return run.step() > settledUntil;
    }

    /** Whether an epoch has been trained to its end and is yet to be written. */
    boolean owesEpoch() {
        return isDue() && endsEpoch();
    }

    /** Writes what is due after a step: its lines, the end of an epoch, a checkpoint. */
    void settle() {
        long step = run.step();
        if (step > epochsUntil && endsEpoch()) {
            epochsUntil = step;
            endEpoch(epochs.epoch(step - 1));
        }
        folder.ifPresent(RunFolder::flush);
        boolean last = step == run.totalSteps();
        if (isDue() && (step % checkpointEvery == 0 || last)) {
            // First the best: a run that is killed in between takes these steps again, and this
            // one.
            checkpoints.ifPresent(
                    c -> {
                        c.keepIfBest(run);
                        write(c);
                    });
        }
        if (isDue() && last) {
            events.add(listener -> listener.end(run));
        }
        settledUntil = step;
    }

    /**
     * Writes a checkpoint of the steps since the latest one, so that a process which ends now loses
     * none; of a state that a failure left half done nothing.
     *
     * @param due whether to try again what failed after the last step; else nothing is written
     *     before that
     * @return why it could not be written, which was said
     */
    Optional<RuntimeException> save(boolean due) {
        Learner learner = run.learner();
        if (checkpoints.isEmpty() || !learner.isWhole() || learner.steps() != run.step()) {
            return Optional.empty();
        }
        RunCheckpoints saved = checkpoints.get();
        try {
            TrainingThread.run(
                    () -> {
                        if (due) {
                            settle();
                        }
                        if (!isDue() && run.step() > saved.savedUntil()) {
                            write(saved);
                        }
                    });
            return Optional.empty();
        } catch (RuntimeException e) {
            Progress.message(
                    "the steps after step %d could not be saved: %s"
                            .formatted(saved.savedUntil(), e.getMessage()));
            return Optional.of(e);
        }
    }

    private void write(RunCheckpoints to) {
        Path file = to.write(log);
        events.add(listener -> listener.checkpoint(run, file));
    }

    private boolean endsEpoch() {
        return epochs.isEnd(run.step()) || run.step() == run.totalSteps();
    }

    /** Ends an epoch with the means over its steps. */
    private void endEpoch(int number) {
        var steps = log.steps().stream().filter(s -> s.epoch() == number).toList();
        long taken = run.step() - epochs.start(number);
        if (steps.size() < taken) {
            Progress.message(
                    "the means of epoch %d are over %d of its %d steps: the log of those before was lost"
                            .formatted(number, steps.size(), taken));
        }
        double loss = steps.stream().mapToDouble(Step::loss).average().orElseThrow();
        double accuracy =
                steps.stream()
                        .mapToDouble(Step::onlineAccuracy)
                        .filter(a -> !Double.isNaN(a))
                        .average()
                        .orElse(Double.NaN);
        Epoch epoch =
                new Epoch(
                        number,
                        run.step(),
                        loss,
                        log.last().diagnostics(),
                        trainedImages / seconds,
                        accuracy);
        seconds = 0;
        trainedImages = 0;
        log.add(epoch);
        folder.ifPresent(f -> f.add(epoch));
        events.add(listener -> listener.epoch(run, epoch));
    }
}
