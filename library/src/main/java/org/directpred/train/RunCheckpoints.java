package org.directpred.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.directpred.progress.Progress;
import org.directpred.tensor.Torch;

/** A run's checkpoints in its folder: the latest ones, from which it goes on, and the best. */
final class RunCheckpoints {
    private final RunFolder folder;
    private final Learner learner;
    private final RunData images;
    private final Resumption resumption;
    private final int keep;
    private final Optional<Metric> best;
    private double bestValue = Double.NEGATIVE_INFINITY;
    private long savedUntil;

    RunCheckpoints(
            RunFolder folder,
            Learner learner,
            RunData images,
            Resumption resumption,
            RunOptions options) {
        this.folder = folder;
        this.learner = learner;
        this.images = images;
        this.resumption = resumption;
        this.keep = options.keepCheckpoints();
        this.best = options.best();
    }

    /**
     * Goes back to the latest checkpoint, if there is one, and reads the logs before it.
     *
     * @param log still empty
     * @return the steps that were done
     */
    long resume(TrainingLog log, long totalSteps) {
        Optional<Path> latest = folder.checkpoints().stream().findFirst();
        if (latest.isPresent()) {
            restore(latest.get(), totalSteps);
            savedUntil = learner.steps();
        }
        folder.open(log, savedUntil, latest.map(Checkpoint::logRows).orElse(Map.of()));
        resumption.changes().forEach(log::add);
        best.ifPresent(
                metric -> bestValue = Checkpoint.value(folder.best(), metric.name(), bestValue));
        return savedUntil;
    }

    private void restore(Path file, long totalSteps) {
        Checkpoint.restore(file, learner, images, !resumption.here().isEmpty());
        long step = learner.steps();
        SameRecipe.requireNotBeyond(file, step, totalSteps, resumption.epochs().batches());
        if (step != RunFolder.stepOf(file)) {
            throw new IllegalArgumentException(
                    "the checkpoint %s holds the state after %d steps, which is not what its name says: give it back its name, or delete it to go on from the one before"
                            .formatted(file, step));
        }
        Progress.message("goes on after step " + step + " (" + file + ")");
        resumption.say();
        if (learner.manager().getDevice().isGpu()) {
            return;
        }
        Checkpoint.otherThreads(file)
                .ifPresent(
                        threads ->
                                Progress.message(
                                        "not bit for bit as it would have: the checkpoint was written with %s threads, and this process computes on %d; start it with OMP_NUM_THREADS=%s for the same bits"
                                                .formatted(threads, Torch.threads(), threads)));
    }

    /** Steps that the latest checkpoint holds. */
    long savedUntil() {
        return savedUntil;
    }

    /** Keeps the run as it is if it is the best so far. */
    void keepIfBest(Pretraining run) {
        best.ifPresent(
                metric -> {
                    double value = metric.value().applyAsDouble(run);
                    if (value > bestValue) {
                        Checkpoint.write(
                                folder.best(),
                                learner,
                                images,
                                with(Checkpoint.value(metric.name(), value)));
                        bestValue = value;
                    }
                });
    }

    /** Writes a checkpoint of the run as it is. */
    Path write(TrainingLog log) {
        long step = learner.steps();
        // What a checkpoint goes on from must be on the disk before it.
        folder.force();
        Path file = folder.checkpoint(step);
        Checkpoint.write(file, learner, images, with(Checkpoint.logRows(log.rows(step))));
        savedUntil = step;
        folder.keepLast(keep);
        return file;
    }

    /** A checkpoint's text with the run's history. */
    private Map<String, String> with(Map<String, String> text) {
        Map<String, String> all = new TreeMap<>(text);
        all.putAll(Checkpoint.history(resumption.epochs(), resumption.changes()));
        return all;
    }

    /** The file of the best checkpoint, if one was kept. */
    Optional<Path> best() {
        return Optional.of(folder.best()).filter(Files::exists);
    }

    /** Reads the best checkpoint into networks of its own, which are closed if that fails. */
    void restoreBest(Learner into) {
        // It may be older than a change of the recipe.
        boolean changed = !resumption.changes().isEmpty();
        Checkpoint.restore(folder.best(), into, images, changed);
    }
}
