package org.directpred.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeMap;
import org.directpred.evaluate.Diagnostics;
import org.directpred.evaluate.OnlineProbe;
import org.directpred.evaluate.Snapshot;
import org.directpred.network.Backbone;
import org.directpred.network.OnlineAndTarget;
import org.directpred.optimise.TrainingLength;
import org.directpred.predictor.Predictor;
import org.directpred.progress.Names;
import org.directpred.progress.Progress;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.directpred.tensor.Turn;

/**
 * A pretraining run, an iterable of its epochs:
 *
 * <pre>
 * try (var run = Pretraining.of(recipe).on(images)) {
 *     for (Epoch e : run) System.out.println(e.meanLoss());
 * }
 * </pre>
 *
 * <p>Every step happens on the {@link TrainingThread}; the pairs of views are drawn on the calling
 * thread, so that what they wait for may use the training thread between the steps. Interrupting
 * the calling thread (the stop button) stops after the step under way with {@link
 * TrainingThread.Stopped}; the run is whole and, with a folder, saved there; iterating again goes
 * on with the next step.
 *
 * <p>A training that diverges ends with {@link Diverged}.
 *
 * <p>{@link RunOptions#withListener} follows it step by step.
 *
 * <p>What goes wrong is said once, with its numbers and advice, as a message and in the log: {@link
 * TrainingLog#alarms}.
 */
public final class Pretraining implements Iterable<Epoch>, AutoCloseable {
    private final Recipe recipe;
    private final RunBatches batches;
    private final long totalSteps;
    private final Epochs epochs;
    private final Resumption resumption;
    private final Learner learner;
    private final RunData images;
    private final long checkpointEvery;
    private final Device device;
    private final Runnable closePairs;
    private final Optional<RunFolder> folder;
    private final Optional<RunCheckpoints> checkpoints;
    private final TrainingLog log;
    private final RunRecord record;
    private final RunProgress progress;
    private volatile long step;
    private volatile boolean stopAsked;
    // One thread at a time trains, and no run is closed under its training.
    private final Turn turn = new Turn();
    private boolean closed;

    Pretraining(RunOptions options, ViewPairs pairs, RunData images, Runnable closePairs) {
        boolean probe = options.onlineProbe();
        int probeClasses = probe ? RunBatches.classes(pairs) : 0;
        this.log = new TrainingLog(probe);
        this.device = options.device().orElseGet(Torch::bestDevice);
        options.folder()
                .ifPresent(f -> Names.require("the run's folder " + f, "images", pairs.name()));
        this.folder = options.folder().map(RunFolder::new);
        this.images = images;
        this.closePairs = closePairs;
        this.checkpointEvery = options.checkpointEvery();
        Optional<Path> latest;
        try {
            latest = folder.flatMap(f -> f.checkpoints().stream().findFirst());
            this.recipe = Calibration.decide(options.recipe(), device, pairs, latest);
            this.resumption = Resumption.of(options, latest, recipe, pairs);
            this.epochs = resumption.epochs();
            this.totalSteps = recipe.totalSteps(epochs);
            this.batches = new RunBatches(pairs, recipe, probeClasses);
            this.progress =
                    new RunProgress(recipe.name() + ", " + recipe.method().describe(), totalSteps);
            this.learner = newLearner();
        } catch (RuntimeException e) {
            folder.ifPresent(RunFolder::close);
            throw e;
        }
        try {
            this.checkpoints =
                    folder.map(f -> new RunCheckpoints(f, learner, images, resumption, options));
            if (latest.isPresent()) {
                images.beforeResuming();
            }
            checkpoints.ifPresent(c -> TrainingThread.run(() -> step = c.resume(log, totalSteps)));
            this.record = new RunRecord(this, folder, checkpoints, epochs, options);
        } catch (RuntimeException e) {
            release();
            throw e;
        }
    }

    private Learner newLearner() {
        return Learner.of(
                recipe,
                device,
                new TrainingLength(totalSteps, epochs.batches()),
                batches.probeClasses());
    }

    /** A run by that recipe, on the first GPU where there is one, else on the CPU. */
    public static RunOptions of(Recipe recipe) {
        return RunOptions.of(recipe);
    }

    /** Trains all that is left. */
    public Pretraining train() {
        inTurn(() -> advance(totalSteps, totalSteps));
        return this;
    }

    /**
     * Trains some steps, fewer if the run ends before.
     *
     * @return steps taken so far in all
     */
    public long train(long steps) {
        inTurn(
                () -> {
                    long until = Math.min(step + steps, totalSteps);
                    advance(until, until);
                });
        return step;
    }

    /**
     * Lets BatchNorm's running statistics of the online network settle without training: an
     * untrained network to compare with needs the data's statistics in evaluation mode. Changes no
     * weight and counts no step.
     *
     * @param count how many batches of the first epoch to look at
     */
    public Pretraining updateBatchNorm(int count) {
        inTurn(
                () -> {
                    requireOpen();
                    Iterator<ViewPair> first = batches.of(0, 0, "before the first batch");
                    for (int i = 0; i < count; i++) {
                        String where = "after batch %d of %d".formatted(i, count);
                        TrainingThread.checkStop(where);
                        if (!TrainingThread.waiting(where, first::hasNext)) {
                            break;
                        }
                        try (ViewPair pair = batches.next(first, 0, where)) {
                            TrainingThread.run(() -> settle(pair));
                        }
                    }
                });
        return this;
    }

    private void settle(ViewPair pair) {
        try (NDManager scope = learner.manager().newSubManager()) {
            learner.networks().online(pair.first(scope), pair.second(scope));
        }
    }

    /** The epochs that are left, each trained when it is asked for. */
    @Override
    public Iterator<Epoch> iterator() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return step < totalSteps || record.isDue();
            }

            @Override
            public Epoch next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("all " + totalSteps + " steps are done");
                }
                inTurn(Pretraining.this::trainEpoch);
                var epochs = log.epochs();
                return epochs.get(epochs.size() - 1);
            }
        };
    }

    /**
     * Ends the training that is under way after its present step, as the stop button does: by
     * {@link TrainingThread.Stopped}, and with a folder saved. For listeners, and from any thread;
     * where nothing trains it does nothing.
     */
    public void stop() {
        stopAsked = true;
    }

    /** The recipe. */
    public Recipe recipe() {
        return recipe;
    }

    /** Steps taken so far. */
    public long step() {
        return step;
    }

    /** Steps that the recipe asks for. */
    public long totalSteps() {
        return totalSteps;
    }

    /** What happened so far. */
    public TrainingLog log() {
        return log;
    }

    /**
     * The moving average of the online probe's accuracies, 0 to 1; NaN without a probe or before
     * the first label.
     */
    public double onlineAccuracy() {
        requireOpen();
        return TrainingThread.call(
                () -> learner.probe().map(OnlineProbe::accuracy).orElse(Double.NaN));
    }

    /** The online encoder as it is now, for evaluation. It lives as long as the run. */
    public Backbone backbone() {
        requireOpen();
        return learner.networks().backbone(recipe.method().describe() + ", " + step + " steps");
    }

    /**
     * Writes the online encoder as it is now to a safetensors file that torchvision's model of the
     * same depth loads strictly and {@link org.directpred.network.StoredBackbone} reads.
     *
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void saveBackbone(Path file) {
        Map<String, String> text = new TreeMap<>(Checkpoint.changesText(resumption.changes()));
        text.put("architecture", recipe.encoder().name());
        text.put("recipe", recipe.toString());
        text.put("images", images.description());
        text.put("engine", Torch.version());
        TrainingThread.run(
                () -> {
                    text.put("description", backbone().description());
                    networks().saveBackbone(file, text);
                });
    }

    /**
     * The best checkpoint so far by {@link RunOptions#withKeepBest}'s metric, with networks of its
     * own; the caller closes it. This run stays as it is.
     *
     * @throws IllegalStateException if none has been kept
     */
    public Learner best() {
        requireOpen();
        RunCheckpoints kept =
                checkpoints
                        .filter(c -> c.best().isPresent())
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "no best checkpoint was kept: start with .in(folder).withKeepBest(metric) and train until the first checkpoint, every %d steps"
                                                        .formatted(checkpointEvery)));
        return TrainingThread.call(
                () -> {
                    Learner result = newLearner();
                    try {
                        kept.restoreBest(result);
                        return result;
                    } catch (RuntimeException e) {
                        result.close();
                        throw e;
                    }
                });
    }

    /** What is trained: networks, predictor, optimisers. */
    public Learner learner() {
        return learner;
    }

    /** The online and the target network. */
    public OnlineAndTarget networks() {
        return learner.networks();
    }

    /** The predictor. */
    public Predictor predictor() {
        return learner.predictor();
    }

    /**
     * The diagnostics of F, W_p and the outputs in the latest snapshot.
     *
     * @throws IllegalStateException before the first step
     */
    public Diagnostics diagnostics() {
        return log.last().diagnostics();
    }

    /**
     * Ends the run. With a folder, the steps since its latest checkpoint are saved first, so that
     * the run goes on from here; what cannot be saved is said by a message.
     *
     * @throws java.io.UncheckedIOException if the logs cannot be written; the run is closed
     */
    @Override
    public void close() {
        inTurn(
                () -> {
                    if (!closed) {
                        progress.close();
                        try {
                            record.save(true);
                            record.events().tell();
                        } finally {
                            release();
                        }
                    }
                });
    }

    private void release() {
        try {
            closePairs.run();
            learner.close();
            closed = true;
        } finally {
            folder.ifPresent(RunFolder::close);
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s, %s: step %d of %d",
                recipe.name(),
                recipe.method().describe(),
                step,
                totalSteps);
    }

    private void trainEpoch() {
        // An epoch may be trained to its end and yet not have been given: a disk was full.
        boolean owed = record.owesEpoch();
        long end = epochs.start(epochs.epoch(step) + 1);
        advance(owed ? step : Math.min(end, totalSteps), totalSteps);
    }

    private void inTurn(Runnable work) {
        turn.take("this run");
        try {
            record.events().requireNotTelling();
            work.run();
        } finally {
            turn.give();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "this run is closed: start it again, in its folder to go on where it ended");
        }
    }

    /**
     * Trains up to a step.
     *
     * @param last the step after which the bar says nothing of the time that is left
     */
    private void advance(long until, long last) {
        requireOpen();
        stopAsked = false;
        boolean goesOn = false;
        try {
            TrainingThread.run(record::settle);
            record.events().tell();
            while (step < until) {
                int epoch = epochs.epoch(step);
                long end = Math.min(epochs.start(epoch + 1), until);
                Iterator<ViewPair> rest = batches.of(epoch, epochs.batch(step), where());
                while (step < end) {
                    String where = where();
                    checkStop(where);
                    long start = System.nanoTime();
                    // On the calling thread: whatever the pairs wait for may use the training
                    // thread meanwhile.
                    if (!TrainingThread.waiting(where, rest::hasNext)) {
                        throw new IllegalStateException(
                                "%s ended after batch %d of epoch %d, but says that it has %d"
                                        .formatted(
                                                batches.pairs().name(),
                                                epochs.batch(step),
                                                epoch,
                                                epochs.batches()));
                    }
                    try (ViewPair pair = batches.next(rest, epoch, where)) {
                        TrainingThread.run(() -> train(pair, epoch, start, last));
                    }
                    record.events().tell();
                }
            }
            goesOn = step < totalSteps;
        } catch (Diverged e) {
            record.add(e);
            tellBeside(e);
            throw e;
        } catch (TrainingThread.Stopped e) {
            record.save(false).ifPresent(e::addSuppressed);
            tellBeside(e);
            throw e;
        } finally {
            // Between the epochs of one loop the bar stays; it ends with the run, a stop or an
            // error.
            if (!goesOn) {
                progress.close();
            }
        }
    }

    /** Tells the listeners where an exception is on its way, which theirs must not hide. */
    private void tellBeside(RuntimeException thrown) {
        try {
            record.events().tell();
        } catch (RuntimeException e) {
            if (e != thrown) {
                thrown.addSuppressed(e);
            }
        }
    }

    private String where() {
        return "after step %d of %d".formatted(step, totalSteps);
    }

    private void checkStop(String where) {
        TrainingThread.checkStop(where);
        if (stopAsked) {
            throw new TrainingThread.Stopped(where);
        }
    }

    /** One step and what is due after it, on the training thread. */
    private void train(ViewPair pair, int epoch, long start, long last) {
        double loss = take(pair, epoch);
        double took = (System.nanoTime() - start) / 1e9;
        record.count(took, pair.shape().get(0));
        progress.show(step, loss, onlineAccuracy(), took, last);
        record.settle();
        progress.count((System.nanoTime() - start) / 1e9);
    }

    /** One step. */
    private double take(ViewPair pair, int epoch) {
        batches.check(pair);
        long number = step;
        if (number == 0 && folder.isPresent()) {
            images.first(pair);
        }
        // A log that begins late, since those before it were lost, begins with a look.
        boolean look =
                number % recipe.run().diagnosticsEvery() == 0
                        || number == totalSteps - 1
                        || log.snapshots().isEmpty();
        try (NDManager scope = learner.manager().newSubManager()) {
            NDArray first = pair.first(scope);
            Learner.Outcome outcome = learner.step(first, pair.second(scope), look, pair.labels());
            // Whatever fails from here on: the weights have moved.
            step = learner.steps();
            record.add(
                    new Step(
                            number,
                            epoch,
                            outcome.loss(),
                            outcome.learningRate(),
                            outcome.onlineAccuracy()));
            outcome.look()
                    .ifPresent(
                            l ->
                                    add(
                                            new Snapshot(
                                                    number,
                                                    outcome.loss(),
                                                    l.diagnostics(),
                                                    l.networkUpdate(),
                                                    l.predictorUpdate()),
                                            first));
            return outcome.loss();
        }
    }

    private void add(Snapshot snapshot, NDArray views) {
        record.add(snapshot);
        for (Alarm alarm : Alarms.of(log, recipe, totalSteps, () -> sameness(views))) {
            record.add(alarm);
            Progress.message(alarm.toString());
        }
    }

    private Optional<String> sameness(NDArray views) {
        return batches.pairs() instanceof LoaderPairs loaded
                ? Sameness.of(loaded.loader().source())
                : Sameness.ofViews(views);
    }
}
