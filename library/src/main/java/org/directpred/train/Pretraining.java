package org.directpred.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.directpred.evaluate.Diagnostics;
import org.directpred.evaluate.Measure;
import org.directpred.evaluate.OnlineProbe;
import org.directpred.evaluate.Snapshot;
import org.directpred.image.ElementType;
import org.directpred.image.ImageSource;
import org.directpred.image.ViewBatch;
import org.directpred.image.ViewLoader;
import org.directpred.network.Backbone;
import org.directpred.network.OnlineAndTarget;
import org.directpred.optimise.TrainingLength;
import org.directpred.predictor.Predictor;
import org.directpred.progress.Bar;
import org.directpred.progress.Names;
import org.directpred.progress.Progress;
import org.directpred.progress.TimeLeft;
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
 * <p>What goes wrong is said once, with its numbers and advice, as a message and in the log: {@link
 * TrainingLog#alarms}.
 */
public final class Pretraining implements Iterable<Epoch>, AutoCloseable {
    private final Recipe recipe;
    private final ViewPairs pairs;
    private final long totalSteps;
    private final Epochs epochs;
    private final Resumption resumption;
    private final Learner learner;
    private final RunData images;
    private final long checkpointEvery;
    private final int keepCheckpoints;
    private final Optional<Metric> best;
    private final Device device;
    private final Runnable closePairs;
    private final Optional<RunFolder> folder;
    private final TrainingLog log;
    private final int probeClasses; // 0 without an online probe
    private Optional<Bar> bar = Optional.empty();
    private volatile long step;
    // Steps whose epochs have ended in the log, and those of which nothing is left to write.
    private long epochsUntil;
    private long settledUntil;
    // Steps that the folder's latest checkpoint holds.
    private long savedUntil;
    // One thread at a time trains, and no run is closed under its training.
    private final Turn turn = new Turn();
    private double bestValue = Double.NEGATIVE_INFINITY;
    // Of all steps in this process, with what is written after them.
    private double secondsHere;
    private long stepsHere;
    // Of the epoch under way, in this process.
    private double seconds;
    private long trainedImages;
    private boolean closed;

    private Pretraining(Start start, ViewPairs pairs, RunData images, Runnable closePairs) {
        this.probeClasses = start.onlineProbe() ? classes(pairs) : 0;
        this.log = new TrainingLog(start.onlineProbe());
        this.device = start.device().orElseGet(Torch::bestDevice);
        start.folder()
                .ifPresent(f -> Names.require("the run's folder " + f, "images", pairs.name()));
        this.folder = start.folder().map(RunFolder::new);
        this.pairs = pairs;
        this.images = images;
        this.closePairs = closePairs;
        this.checkpointEvery = start.checkpointEvery();
        this.keepCheckpoints = start.keepCheckpoints();
        this.best = start.best();
        try {
            this.recipe =
                    Calibration.decide(
                            start.recipe(),
                            device,
                            pairs,
                            folder.flatMap(f -> f.checkpoints().stream().findFirst()));
            this.resumption = resumption(start);
            this.epochs = resumption.epochs();
            this.totalSteps = recipe.totalSteps(epochs);
            this.learner = newLearner();
        } catch (RuntimeException e) {
            folder.ifPresent(RunFolder::close);
            throw e;
        }
        try {
            if (folder.isPresent() && !folder.get().checkpoints().isEmpty()) {
                images.beforeResuming();
            }
            folder.ifPresent(f -> TrainingThread.run(() -> resume(f)));
            epochsUntil = step;
            settledUntil = step;
            savedUntil = step;
        } catch (RuntimeException e) {
            release();
            throw e;
        }
    }

    private Resumption resumption(Start start) {
        Optional<Path> latest = folder.flatMap(f -> f.checkpoints().stream().findFirst());
        if (start.recipeChanged() && latest.isEmpty()) {
            throw new IllegalArgumentException(
                    start.folder()
                            .map(
                                    f ->
                                            "%s holds no checkpoint to go on from by another recipe: give the folder of the run, or leave out resumingAs(recipe) to begin one"
                                                    .formatted(f))
                            .orElse(
                                    "resumingAs(recipe) goes on from a folder's checkpoint, and this run has no folder: add .in(folder)"));
        }
        OptionalInt size =
                pairs instanceof Loaded loaded
                        ? OptionalInt.of(loaded.loader().source().size())
                        : OptionalInt.empty();
        return latest.map(file -> Resumption.of(file, recipe, start.recipeChanged(), pairs, size))
                .orElseGet(() -> Resumption.none(pairs));
    }

    private Learner newLearner() {
        return Learner.of(
                recipe, device, new TrainingLength(totalSteps, epochs.batches()), probeClasses);
    }

    /** The number of classes, if an online probe has something to learn. */
    private static int classes(ViewPairs pairs) {
        int classes = pairs.classes();
        if (classes < 2) {
            throw new IllegalArgumentException(
                    "%s has no labels of two classes or more, which an online probe needs: leave out withOnlineProbe(), or train on labelled images"
                            .formatted(pairs.name()));
        }
        return classes;
    }

    private static Pretraining of(Start start, ImageSource images, RunData data) {
        Recipe recipe = start.recipe();
        requireBatches(recipe, images);
        if (images.channels() != recipe.encoder().inputs()) {
            throw new IllegalArgumentException(
                    "%s has images of %d channels, but the encoder %s takes %d"
                            .formatted(
                                    images.name(),
                                    images.channels(),
                                    recipe.encoder().name(),
                                    recipe.encoder().inputs()));
        }
        recipe.views().requireFit(images);
        ViewLoader loader = loader(start, images);
        try {
            return new Pretraining(
                    start, new Loaded(loader, start.onlineProbe()), data, loader::close);
        } catch (RuntimeException e) {
            loader.close();
            throw e;
        }
    }

    /** Refuses images of which some batch would be one image, or which make none at all. */
    private static void requireBatches(Recipe recipe, ImageSource images) {
        int size = images.size();
        int batch = recipe.batchSize();
        if (size < 2) {
            throw new IllegalArgumentException(
                    "%s has %d images, but BatchNorm needs at least 2 in a batch"
                            .formatted(images.name(), size));
        }
        if (recipe.data().lastBatch().batches(size, batch) == 0) {
            throw new IllegalArgumentException(
                    "%s has %d images, too few for one batch of %d, and lastBatch is DROPPED: choose a smaller batchSize, or withLastBatch(LastBatch.KEPT)."
                            .formatted(images.name(), size, batch));
        }
        if (recipe.data().lastBatch() == LastBatch.KEPT && size % batch == 1) {
            throw new IllegalArgumentException(
                    "%s has %d images: in batches of %d the last, which is KEPT, would hold 1, but BatchNorm needs at least 2. Choose another batchSize, or withLastBatch(LastBatch.DROPPED)."
                            .formatted(images.name(), size, batch));
        }
    }

    private static ViewLoader loader(Start start, ImageSource images) {
        Recipe recipe = start.recipe();
        ViewLoader loader =
                ViewLoader.of(
                                images,
                                recipe.views(),
                                recipe.batchSize(),
                                recipe.seed(),
                                recipe.data().lastBatch() == LastBatch.DROPPED)
                        .withType(ElementType.FLOAT32);
        if (start.loaderThreads().isPresent()) {
            loader = loader.withThreads(start.loaderThreads().getAsInt());
        }
        return start.corruptLimit().isPresent()
                ? loader.withCorruptLimit(start.corruptLimit().getAsInt())
                : loader;
    }

    /** What a loader makes, as pairs, with labels or without. */
    private record Loaded(ViewLoader loader, boolean labelled) implements ViewPairs {
        @Override
        public String name() {
            return loader.source().name();
        }

        @Override
        public long batchesPerEpoch() {
            return loader.batchesPerEpoch();
        }

        @Override
        public int classes() {
            ImageSource source = loader.source();
            return IntStream.range(0, source.size())
                            .anyMatch(i -> source.label(i) != ImageSource.UNLABELLED)
                    ? source.classes().size()
                    : 0;
        }

        @Override
        public Iterator<ViewPair> epoch(int epoch, int from) {
            Iterator<ViewBatch> batches = loader.epoch(epoch, from);
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return batches.hasNext();
                }

                @Override
                public ViewPair next() {
                    ViewBatch batch = batches.next();
                    ViewPair pair = ViewPair.of(batch);
                    // A batch knows which image stands in for a corrupt one.
                    return labelled
                            ? pair.withLabels(
                                    IntStream.of(batch.indices())
                                            .map(loader.source()::label)
                                            .toArray())
                            : pair;
                }
            };
        }
    }

    /** Goes back to the folder's latest checkpoint, if it has one. */
    private void resume(RunFolder from) {
        Optional<Path> latest = from.checkpoints().stream().findFirst();
        latest.ifPresent(
                file -> {
                    Checkpoint.restore(file, learner, images, !resumption.here().isEmpty());
                    SameRecipe.requireNotBeyond(
                            file, learner.steps(), totalSteps, epochs.batches());
                    step = learner.steps();
                    if (step != RunFolder.stepOf(file)) {
                        throw new IllegalArgumentException(
                                "the checkpoint %s holds the state after %d steps, which is not what its name says: give it back its name, or delete it to go on from the one before"
                                        .formatted(file, step));
                    }
                    Progress.message("goes on after step " + step + " (" + file + ")");
                    resumption.say();
                    if (device.isGpu()) {
                        return;
                    }
                    Checkpoint.otherThreads(file)
                            .ifPresent(
                                    threads ->
                                            Progress.message(
                                                    "not bit for bit as it would have: the checkpoint was written with %s threads, and this process computes on %d; start it with OMP_NUM_THREADS=%s for the same bits"
                                                            .formatted(
                                                                    threads,
                                                                    Torch.threads(),
                                                                    threads)));
                });
        from.open(log, step, latest.map(Checkpoint::logRows).orElse(Map.of()));
        resumption.changes().forEach(log::add);
        best.ifPresent(
                metric -> bestValue = Checkpoint.value(from.best(), metric.name(), bestValue));
    }

    /** A run by that recipe, on the first GPU where there is one, else on the CPU. */
    public static Start of(Recipe recipe) {
        return new Start(
                Objects.requireNonNull(recipe, "recipe"),
                Optional.empty(),
                Optional.empty(),
                500,
                2,
                Optional.empty(),
                false,
                OptionalInt.empty(),
                OptionalInt.empty(),
                false);
    }

    /**
     * A run that lacks its images.
     *
     * @param recipe its recipe
     * @param device where to train; empty for the best there is
     * @param folder where checkpoints and logs are kept; empty for nowhere
     * @param checkpointEvery steps between two checkpoints
     * @param keepCheckpoints how many of the latest checkpoints stay
     * @param best what a checkpoint must be best at to stay beside them
     * @param onlineProbe whether a linear classifier learns beside
     * @param loaderThreads on how many threads views are made; empty for the loader's own choice
     * @param corruptLimit how many corrupt images are tolerated; empty for the loader's own choice
     * @param recipeChanged whether the folder's checkpoint may be of another recipe: {@link
     *     #resumingAs}
     */
    public record Start(
            Recipe recipe,
            Optional<Device> device,
            Optional<Path> folder,
            long checkpointEvery,
            int keepCheckpoints,
            Optional<Metric> best,
            boolean onlineProbe,
            OptionalInt loaderThreads,
            OptionalInt corruptLimit,
            boolean recipeChanged) {

        public Start {
            if (checkpointEvery < 1) {
                throw new IllegalArgumentException(
                        "checkpointEvery must be at least 1 step, not " + checkpointEvery);
            }
            if (keepCheckpoints < 1) {
                throw new IllegalArgumentException(
                        "keepCheckpoints must be at least 1, not " + keepCheckpoints);
            }
            if (loaderThreads.isPresent() && loaderThreads.getAsInt() < 1) {
                throw new IllegalArgumentException(
                        "loaderThreads must be at least 1, not " + loaderThreads.getAsInt());
            }
            if (corruptLimit.isPresent() && corruptLimit.getAsInt() < 0) {
                throw new IllegalArgumentException(
                        "corruptLimit must be at least 0 images, not " + corruptLimit.getAsInt());
            }
            folder.ifPresent(f -> recipe.requireNames("the run's folder " + f));
        }

        /** The same on a device by name: {@code cpu}, {@code gpu}, {@code gpu1}. */
        public Start onDevice(String name) {
            return new Start(
                    recipe,
                    Optional.of(Torch.device(name)),
                    folder,
                    checkpointEvery,
                    keepCheckpoints,
                    best,
                    onlineProbe,
                    loaderThreads,
                    corruptLimit,
                    recipeChanged);
        }

        /**
         * The same with checkpoints and logs in a folder. If the folder holds checkpoints of this
         * recipe on these images, the run goes on from the latest, bit for bit as if it had never
         * stopped (on the CPU with as many threads; with others a message says so). A run that is
         * stopped or closed saves the steps since its latest checkpoint. The images are known again
         * by what their source holds ({@link ImageSource#identity}), whatever its name and wherever
         * it lies; others are refused by {@link #on(ImageSource)}.
         *
         * @throws IllegalArgumentException if a function of the recipe has no name, by which a
         *     checkpoint would know it again: {@link Recipe#requireNames}
         */
        public Start in(Path runFolder) {
            return new Start(
                    recipe,
                    device,
                    Optional.of(runFolder),
                    checkpointEvery,
                    keepCheckpoints,
                    best,
                    onlineProbe,
                    loaderThreads,
                    corruptLimit,
                    recipeChanged);
        }

        /**
         * The same run going on by a recipe that was changed on purpose: another learning rate,
         * batch size, schedule, length, decay, precision of the same type, a predictor's epsilon.
         * The recipe replaces the one that {@link Pretraining#of} was given; what differs from that
         * of the folder's latest checkpoint is said once and kept in {@link
         * TrainingLog#recipeChanges} and in all checkpoints to come. From the first of these on the
         * run is the new recipe's, and goes on by it as any other does: {@code
         * Pretraining.of(recipe).in(folder)}.
         *
         * <p>What is refused, by the field's name, is a change for which the checkpoint's state
         * would lose its meaning: encoder, projector, algorithm and seed; a predictor whose state
         * is of other arrays; a moving average where none was kept up; float64; how a run begins
         * (targetCopied, firstTarget); other images.
         *
         * <p>Steps done count: schedules see the step and the new length as if the run had always
         * been by this recipe. Where epochs get another number of batches (batchSize, lastBatch),
         * the one under way ends unfinished, with its steps in the log and no row of its own, and
         * the next begins with all images. A length in epochs counts passes over the images, what
         * was seen of an unfinished epoch included.
         *
         * @param changed what the run goes on by
         * @throws IllegalArgumentException from {@code on(...)}, if there is no folder or no
         *     checkpoint in it, or the change is refused
         */
        public Start resumingAs(Recipe changed) {
            return new Start(
                    Objects.requireNonNull(changed, "recipe"),
                    device,
                    folder,
                    checkpointEvery,
                    keepCheckpoints,
                    best,
                    onlineProbe,
                    loaderThreads,
                    corruptLimit,
                    true);
        }

        /** The same with a checkpoint after every so many steps, and at the end. */
        public Start withCheckpointEvery(long steps) {
            return new Start(
                    recipe,
                    device,
                    folder,
                    steps,
                    keepCheckpoints,
                    best,
                    onlineProbe,
                    loaderThreads,
                    corruptLimit,
                    recipeChanged);
        }

        /** The same with so many of the latest checkpoints kept. */
        public Start withKeepCheckpoints(int count) {
            return new Start(
                    recipe,
                    device,
                    folder,
                    checkpointEvery,
                    count,
                    best,
                    onlineProbe,
                    loaderThreads,
                    corruptLimit,
                    recipeChanged);
        }

        /**
         * The same with the checkpoint that is best by a metric kept too, as {@code
         * best.safetensors}: looked at whenever a checkpoint is written; {@link #best()} reads it.
         */
        public Start withKeepBest(Metric metric) {
            return new Start(
                    recipe,
                    device,
                    folder,
                    checkpointEvery,
                    keepCheckpoints,
                    Optional.of(metric),
                    onlineProbe,
                    loaderThreads,
                    corruptLimit,
                    recipeChanged);
        }

        /**
         * {@link #withKeepBest(Metric)} by a measure of the latest snapshot: {@code
         * withKeepBest(Measure.EFFECTIVE_RANK)}, which needs no labels.
         */
        public Start withKeepBest(Measure<? super Snapshot> measure) {
            return withKeepBest(Metric.of(measure));
        }

        /**
         * The same with a linear classifier that learns beside the training, on the encoder's
         * features of each batch's views as the step computes them ({@link
         * org.directpred.evaluate.OnlineProbe}). Nothing of the training depends on it: weights and
         * losses are the same bits without it. Its accuracy on views before it learns from them is
         * in {@link Step#onlineAccuracy}, {@link Epoch#onlineAccuracy} and the log's tables.
         *
         * <p>Images without a label ({@link ImageSource#UNLABELLED}), as most of STL-10
         * train+unlabeled, are trained on and not counted. Images that have none at all are refused
         * by {@link #on(ImageSource)}. Checkpoints hold the probe too; a run with one does not go
         * on from a checkpoint without, nor the other way round.
         */
        public Start withOnlineProbe() {
            return new Start(
                    recipe,
                    device,
                    folder,
                    checkpointEvery,
                    keepCheckpoints,
                    best,
                    true,
                    loaderThreads,
                    corruptLimit,
                    recipeChanged);
        }

        /**
         * The same with the views made on so many threads; without this, on all processors but one,
         * at most four. Weights and losses are the same bits on any number. Only {@link
         * #on(ImageSource)} has a loader.
         */
        public Start withLoaderThreads(int threads) {
            return new Start(
                    recipe,
                    device,
                    folder,
                    checkpointEvery,
                    keepCheckpoints,
                    best,
                    onlineProbe,
                    OptionalInt.of(threads),
                    corruptLimit,
                    recipeChanged);
        }

        /**
         * The same with so many corrupt images tolerated, each of which is named and replaced by
         * another; one more ends the run. Without this one in a thousand, at least ten. Only {@link
         * #on(ImageSource)} has a loader.
         */
        public Start withCorruptLimit(int images) {
            return new Start(
                    recipe,
                    device,
                    folder,
                    checkpointEvery,
                    keepCheckpoints,
                    best,
                    onlineProbe,
                    loaderThreads,
                    OptionalInt.of(images),
                    recipeChanged);
        }

        /**
         * Makes the networks and opens the loader.
         *
         * @param source what to train on; only an online probe looks at labels. Not closed by the
         *     run.
         * @return the run, before its first step; the caller closes it
         * @throws IllegalArgumentException if the source does not say what it is ({@link
         *     ImageSource#checked}), an online probe is asked for and no image has a label, or the
         *     recipe's views do not suit the images ({@link org.directpred.image.Views#requireFit})
         */
        public Pretraining on(ImageSource source) {
            ImageSource images = ImageSource.checked(source);
            RunData data = RunData.of(images);
            folder.ifPresent(f -> data.identity());
            return Pretraining.of(this, images, data);
        }

        /**
         * Makes the networks, to train on batches from anywhere. The recipe's views are not looked
         * at; its batch size is the most that a batch may have.
         *
         * @return the run, before its first step; the caller closes it
         * @throws IllegalArgumentException if an online probe is asked for and {@link
         *     ViewPairs#classes} says that there are no labels
         */
        public Pretraining on(ViewPairs pairs) {
            Objects.requireNonNull(pairs, "pairs");
            return new Pretraining(this, pairs, RunData.of(pairs), () -> {});
        }
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
     * @param batches how many batches of the first epoch to look at
     */
    public Pretraining settleStatistics(int batches) {
        inTurn(
                () -> {
                    requireOpen();
                    Iterator<ViewPair> first = batches(0, 0);
                    for (int i = 0; i < batches && first.hasNext(); i++) {
                        String where = "after batch %d of %d".formatted(i, batches);
                        TrainingThread.checkStop(where);
                        try (ViewPair pair = next(first, 0, where)) {
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
                return step < totalSteps || step > settledUntil;
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
     * The best checkpoint so far by {@link Start#withKeepBest}'s metric, with networks of its own;
     * the caller closes it. This run stays as it is.
     *
     * @throws IllegalStateException if none has been kept
     */
    public Learner best() {
        requireOpen();
        Path file =
                folder.map(RunFolder::best)
                        .filter(Files::exists)
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "no best checkpoint was kept: start with .in(folder).withKeepBest(metric) and train until the first checkpoint, every %d steps"
                                                        .formatted(checkpointEvery)));
        return TrainingThread.call(
                () -> {
                    Learner result = newLearner();
                    try {
                        // It may be older than a change of the recipe.
                        boolean changed = !resumption.changes().isEmpty();
                        Checkpoint.restore(file, result, images, changed);
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
                        closeBar();
                        save(true);
                        release();
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
        boolean owed = step > settledUntil && endsEpoch();
        long end = epochs.start(epochs.epoch(step) + 1);
        advance(owed ? step : Math.min(end, totalSteps), totalSteps);
    }

    private void inTurn(Runnable work) {
        turn.take("this run");
        try {
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
        boolean goesOn = false;
        try {
            TrainingThread.run(this::settle);
            while (step < until) {
                int epoch = epochs.epoch(step);
                long end = Math.min(epochs.start(epoch + 1), until);
                Iterator<ViewPair> batches = batches(epoch, epochs.batch(step));
                while (step < end) {
                    String where = "after step %d of %d".formatted(step, totalSteps);
                    TrainingThread.checkStop(where);
                    long start = System.nanoTime();
                    // On the calling thread: whatever the pairs wait for may use the training
                    // thread meanwhile.
                    if (!batches.hasNext()) {
                        throw new IllegalStateException(
                                "%s ended after batch %d of epoch %d, but says that it has %d"
                                        .formatted(
                                                pairs.name(),
                                                epochs.batch(step),
                                                epoch,
                                                epochs.batches()));
                    }
                    try (ViewPair pair = next(batches, epoch, where)) {
                        TrainingThread.run(() -> train(pair, epoch, start, last));
                    }
                }
            }
            goesOn = step < totalSteps;
        } catch (Diverged e) {
            say(e);
            throw e;
        } catch (TrainingThread.Stopped e) {
            save(false).ifPresent(e::addSuppressed);
            throw e;
        } finally {
            // Between the epochs of one loop the bar stays; it ends with the run, a stop or an
            // error.
            if (!goesOn) {
                closeBar();
            }
        }
    }

    /** The next pair; a wait for it that is interrupted is a stop. */
    private ViewPair next(Iterator<ViewPair> batches, int epoch, String where) {
        try {
            ViewPair pair = batches.next();
            if (pair == null) {
                throw new IllegalStateException(
                        "%s gives null instead of a batch of epoch %d"
                                .formatted(pairs.name(), epoch));
            }
            return pair;
        } catch (RuntimeException e) {
            boolean interrupted = Thread.interrupted();
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                interrupted |= cause instanceof InterruptedException;
            }
            if (interrupted && !TrainingThread.isCurrent()) {
                throw new TrainingThread.Stopped(where, e);
            }
            throw e;
        }
    }

    /** One step and what is due after it, on the training thread. */
    private void train(ViewPair pair, int epoch, long start, long last) {
        double loss = take(pair, epoch);
        double took = (System.nanoTime() - start) / 1e9;
        seconds += took;
        trainedImages += pair.shape().get(0);
        bar().update(step, note(loss, took, last));
        settle();
        secondsHere += (System.nanoTime() - start) / 1e9;
        stepsHere++;
    }

    /**
     * Writes a checkpoint of the steps since the latest one, so that a process which ends now loses
     * none; of a state that a failure left half done nothing.
     *
     * @param due whether to try again what failed after the last step; else nothing is written
     *     before that
     * @return why it could not be written, which was said
     */
    private Optional<RuntimeException> save(boolean due) {
        if (folder.isEmpty() || !learner.isWhole() || learner.steps() != step) {
            return Optional.empty();
        }
        try {
            TrainingThread.run(
                    () -> {
                        if (due) {
                            settle();
                        }
                        if (step == settledUntil && step > savedUntil) {
                            writeCheckpoint(folder.get());
                        }
                    });
            return Optional.empty();
        } catch (RuntimeException e) {
            Progress.message(
                    "the steps after step %d could not be saved: %s"
                            .formatted(savedUntil, e.getMessage()));
            return Optional.of(e);
        }
    }

    /**
     * Writes what is due after a step: its lines, the end of an epoch, a checkpoint. What a full
     * disk refused stays due, and is written before the next step.
     */
    private void settle() {
        if (step > epochsUntil && endsEpoch()) {
            epochsUntil = step;
            endEpoch(epochs.epoch(step - 1));
        }
        folder.ifPresent(RunFolder::flush);
        if (step > settledUntil && (step % checkpointEvery == 0 || step == totalSteps)) {
            folder.ifPresent(this::checkpoint);
        }
        settledUntil = step;
    }

    private boolean endsEpoch() {
        return epochs.isEnd(step) || step == totalSteps;
    }

    /** What the bar says beside its numbers; with the time left only while it runs. */
    private String note(double loss, double took, long last) {
        String words = String.format(Locale.ROOT, "loss %.3f", loss);
        double accuracy = onlineAccuracy();
        if (!Double.isNaN(accuracy)) {
            words += String.format(Locale.ROOT, ", online accuracy %.1f %%", 100 * accuracy);
        }
        return step < last
                ? words + "; " + TimeLeft.of(secondsHere + took, stepsHere + 1, totalSteps - step)
                : words;
    }

    private Bar bar() {
        if (bar.isEmpty()) {
            bar =
                    Optional.of(
                            Progress.bar(
                                    recipe.name() + ", " + recipe.method().describe(), totalSteps));
        }
        return bar.get();
    }

    private void closeBar() {
        bar.ifPresent(Bar::close);
        bar = Optional.empty();
    }

    private Iterator<ViewPair> batches(int epoch, int from) {
        Iterator<ViewPair> batches = pairs.epoch(epoch, from);
        if (batches == null) {
            throw new IllegalStateException(
                    "%s gives null instead of the batches of epoch %d"
                            .formatted(pairs.name(), epoch));
        }
        return batches;
    }

    /** One step. */
    private double take(ViewPair pair, int epoch) {
        check(pair.shape());
        checkLabels(pair);
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
            Step row =
                    new Step(
                            number,
                            epoch,
                            outcome.loss(),
                            outcome.learningRate(),
                            outcome.onlineAccuracy());
            log.add(row);
            folder.ifPresent(f -> f.add(row));
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
        log.add(snapshot);
        folder.ifPresent(f -> f.add(snapshot));
        for (Alarm alarm : Alarms.of(log, recipe, totalSteps, () -> sameness(views))) {
            add(alarm);
            Progress.message(alarm.toString());
        }
    }

    private Optional<String> sameness(NDArray views) {
        return pairs instanceof Loaded loaded
                ? Sameness.of(loaded.loader().source())
                : Sameness.ofViews(views);
    }

    private void add(Alarm alarm) {
        log.add(alarm);
        folder.ifPresent(f -> f.add(alarm));
    }

    /** In the log, once: the exception says it to whoever runs the cell again. */
    private void say(Diverged diverged) {
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

    private void endEpoch(int epoch) {
        var steps = log.steps().stream().filter(s -> s.epoch() == epoch).toList();
        long taken = step - epochs.start(epoch);
        if (steps.size() < taken) {
            Progress.message(
                    "the means of epoch %d are over %d of its %d steps: the log of those before was lost"
                            .formatted(epoch, steps.size(), taken));
        }
        double loss = steps.stream().mapToDouble(Step::loss).average().orElseThrow();
        double accuracy =
                steps.stream()
                        .filter(s -> !Double.isNaN(s.onlineAccuracy()))
                        .mapToDouble(Step::onlineAccuracy)
                        .average()
                        .orElse(Double.NaN);
        Epoch row = new Epoch(epoch, step, loss, diagnostics(), trainedImages / seconds, accuracy);
        seconds = 0;
        trainedImages = 0;
        log.add(row);
        folder.ifPresent(f -> f.add(row));
    }

    private void checkpoint(RunFolder to) {
        // First the best: a run that is killed in between takes these steps again, and this one.
        best.ifPresent(
                metric -> {
                    double value = metric.value().applyAsDouble(this);
                    if (value > bestValue) {
                        Checkpoint.write(
                                to.best(),
                                learner,
                                images,
                                with(Checkpoint.value(metric.name(), value)));
                        bestValue = value;
                    }
                });
        writeCheckpoint(to);
    }

    /** A checkpoint's text with the run's history. */
    private Map<String, String> with(Map<String, String> text) {
        Map<String, String> all = new TreeMap<>(text);
        all.putAll(Checkpoint.history(epochs, resumption.changes()));
        return all;
    }

    private void writeCheckpoint(RunFolder to) {
        // What a checkpoint goes on from must be on the disk before it.
        to.force();
        Checkpoint.write(
                to.checkpoint(step), learner, images, with(Checkpoint.logRows(log.rows(step))));
        savedUntil = step;
        to.keepLast(keepCheckpoints);
    }

    /** Refuses labels that the online probe has no class for, before anything has changed. */
    private void checkLabels(ViewPair pair) {
        int[] labels = pair.labels();
        for (int i = 0; probeClasses > 0 && i < labels.length; i++) {
            if (labels[i] < ImageSource.UNLABELLED || labels[i] >= probeClasses) {
                throw new IllegalArgumentException(
                        "%s has an image of label %d (number %d of its batch), but says that it has %d classes"
                                .formatted(pairs.name(), labels[i], i, probeClasses));
            }
        }
    }

    /** Refuses a batch that the network or the recipe has no place for. */
    private void check(Shape views) {
        if (views.get(1) != recipe.encoder().inputs()) {
            throw new IllegalArgumentException(
                    "%s has views of %d channels, but the encoder %s takes %d"
                            .formatted(
                                    pairs.name(),
                                    views.get(1),
                                    recipe.encoder().name(),
                                    recipe.encoder().inputs()));
        }
        if (views.get(0) > recipe.batchSize()) {
            throw new IllegalArgumentException(
                    "%s has a batch of %d images, but the recipe's batchSize is %d"
                            .formatted(pairs.name(), views.get(0), recipe.batchSize()));
        }
    }
}
