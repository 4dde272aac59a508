package org.directpred.train;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.directpred.evaluate.Measure;
import org.directpred.evaluate.Snapshot;
import org.directpred.image.ImageSource;
import org.directpred.tensor.Torch;

/**
 * How a run by a recipe is started: where it computes, what it keeps and who follows it. {@link
 * Pretraining#of} begins one, {@code on(images)} starts the run. Never changed: each method gives a
 * copy.
 */
public final class RunOptions {
    private Recipe recipe;
    private Optional<Device> device = Optional.empty();
    private Optional<Path> folder = Optional.empty();
    private long checkpointEvery = 500;
    private int keepCheckpoints = 2;
    private Optional<Metric> best = Optional.empty();
    private boolean onlineProbe;
    private OptionalInt loaderThreads = OptionalInt.empty();
    private OptionalInt corruptLimit = OptionalInt.empty();
    private boolean recipeChanged;
    private List<RunListener> listeners = List.of();

    private RunOptions(Recipe recipe) {
        this.recipe = Objects.requireNonNull(recipe, "recipe");
    }

    static RunOptions of(Recipe recipe) {
        return new RunOptions(recipe);
    }

    private RunOptions change(Consumer<RunOptions> change) {
        RunOptions copy = new RunOptions(recipe);
        copy.device = device;
        copy.folder = folder;
        copy.checkpointEvery = checkpointEvery;
        copy.keepCheckpoints = keepCheckpoints;
        copy.best = best;
        copy.onlineProbe = onlineProbe;
        copy.loaderThreads = loaderThreads;
        copy.corruptLimit = corruptLimit;
        copy.recipeChanged = recipeChanged;
        copy.listeners = listeners;
        change.accept(copy);
        copy.check();
        return copy;
    }

    private void check() {
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

    /** The recipe. */
    public Recipe recipe() {
        return recipe;
    }

    /** Where to train; empty for the best there is. */
    Optional<Device> device() {
        return device;
    }

    /** Where checkpoints and logs are kept; empty for nowhere. */
    Optional<Path> folder() {
        return folder;
    }

    /** Steps between two checkpoints. */
    long checkpointEvery() {
        return checkpointEvery;
    }

    /** How many of the latest checkpoints stay. */
    int keepCheckpoints() {
        return keepCheckpoints;
    }

    /** What a checkpoint must be best at to stay beside them. */
    Optional<Metric> best() {
        return best;
    }

    /** Whether a linear classifier learns beside. */
    boolean onlineProbe() {
        return onlineProbe;
    }

    /** On how many threads views are made; empty for the loader's own choice. */
    OptionalInt loaderThreads() {
        return loaderThreads;
    }

    /** How many corrupt images are tolerated; empty for the loader's own choice. */
    OptionalInt corruptLimit() {
        return corruptLimit;
    }

    /** Whether the folder's checkpoint may be of another recipe: {@link #resumingAs}. */
    boolean recipeChanged() {
        return recipeChanged;
    }

    /** Who follows the run, in the order in which they are told. */
    List<RunListener> listeners() {
        return listeners;
    }

    /** The same on a device by name: {@code cpu}, {@code gpu}, {@code gpu1}. */
    public RunOptions onDevice(String name) {
        return change(o -> o.device = Optional.of(Torch.device(name)));
    }

    /**
     * The same with checkpoints and logs in a folder. If the folder holds checkpoints of this
     * recipe on these images, the run goes on from the latest, bit for bit as if it had never
     * stopped (on the CPU with as many threads; with others a message says so). A run that is
     * stopped or closed saves the steps since its latest checkpoint. The images are known again by
     * what their source holds ({@link ImageSource#identity}), whatever its name and wherever it
     * lies; others are refused by {@link #on(ImageSource)}.
     *
     * @throws IllegalArgumentException if a function of the recipe has no name, by which a
     *     checkpoint would know it again: {@link Recipe#requireNames}
     */
    public RunOptions in(Path runFolder) {
        return change(o -> o.folder = Optional.of(runFolder));
    }

    /**
     * The same run going on by a recipe that was changed on purpose: another learning rate, batch
     * size, schedule, length, decay, precision of the same type, a predictor's epsilon. The recipe
     * replaces the one that {@link Pretraining#of} was given; what differs from that of the
     * folder's latest checkpoint is said once and kept in {@link TrainingLog#recipeChanges} and in
     * all checkpoints to come. From the first of these on the run is the new recipe's, and goes on
     * by it as any other does: {@code Pretraining.of(recipe).in(folder)}.
     *
     * <p>What is refused, by the field's name, is a change for which the checkpoint's state would
     * lose its meaning: encoder, projector, algorithm and seed; a predictor whose state is of other
     * arrays; a moving average where none was kept up; float64; how a run begins (targetCopied,
     * firstTarget); other images.
     *
     * <p>Steps done count: schedules see the step and the new length as if the run had always been
     * by this recipe. Where epochs get another number of batches (batchSize, lastBatch), the one
     * under way ends unfinished, with its steps in the log and no row of its own, and the next
     * begins with all images. A length in epochs counts passes over the images, what was seen of an
     * unfinished epoch included.
     *
     * @param changed what the run goes on by
     * @throws IllegalArgumentException from {@code on(...)}, if there is no folder or no checkpoint
     *     in it, or the change is refused
     */
    public RunOptions resumingAs(Recipe changed) {
        return change(
                o -> {
                    o.recipe = Objects.requireNonNull(changed, "recipe");
                    o.recipeChanged = true;
                });
    }

    /** The same with a checkpoint after every so many steps, and at the end. */
    public RunOptions withCheckpointEvery(long steps) {
        return change(o -> o.checkpointEvery = steps);
    }

    /** The same with so many of the latest checkpoints kept. */
    public RunOptions withKeepCheckpoints(int count) {
        return change(o -> o.keepCheckpoints = count);
    }

    /**
     * The same with the checkpoint that is best by a metric kept too, as {@code best.safetensors}:
     * looked at whenever a checkpoint is written; {@link #best()} reads it.
     */
    public RunOptions withKeepBest(Metric metric) {
        return change(o -> o.best = Optional.of(metric));
    }

    /**
     * {@link #withKeepBest(Metric)} by a measure of the latest snapshot: {@code
     * withKeepBest(Measure.EFFECTIVE_RANK)}, which needs no labels.
     */
    public RunOptions withKeepBest(Measure<? super Snapshot> measure) {
        return withKeepBest(Metric.of(measure));
    }

    /**
     * The same with a linear classifier that learns beside the training, on the encoder's features
     * of each batch's views as the step computes them ({@link
     * org.directpred.evaluate.OnlineProbe}). Nothing of the training depends on it: weights and
     * losses are the same bits without it. Its accuracy on views before it learns from them is in
     * {@link Step#onlineAccuracy}, {@link Epoch#onlineAccuracy} and the log's tables.
     *
     * <p>Images without a label ({@link ImageSource#UNLABELLED}), as most of STL-10
     * train+unlabeled, are trained on and not counted. Images that have none at all are refused by
     * {@link #on(ImageSource)}. Checkpoints hold the probe too; a run with one does not go on from
     * a checkpoint without, nor the other way round.
     */
    public RunOptions withOnlineProbe() {
        return change(o -> o.onlineProbe = true);
    }

    /**
     * The same with the views made on so many threads; without this, on all processors but one, at
     * most four. Weights and losses are the same bits on any number. Only {@link #on(ImageSource)}
     * has a loader.
     */
    public RunOptions withLoaderThreads(int threads) {
        return change(o -> o.loaderThreads = OptionalInt.of(threads));
    }

    /**
     * The same with so many corrupt images tolerated, each of which is named and replaced by
     * another; one more ends the run. Without this one in a thousand, at least ten. Only {@link
     * #on(ImageSource)} has a loader.
     */
    public RunOptions withCorruptLimit(int images) {
        return change(o -> o.corruptLimit = OptionalInt.of(images));
    }

    /** The same with one more listener, told after those before it. */
    public RunOptions withListener(RunListener listener) {
        Objects.requireNonNull(listener, "listener");
        List<RunListener> all = new ArrayList<>(listeners);
        all.add(listener);
        return change(o -> o.listeners = List.copyOf(all));
    }

    /**
     * Makes the networks and opens the loader.
     *
     * @param source what to train on; only an online probe looks at labels. Not closed by the run.
     * @return the run, before its first step; the caller closes it
     * @throws IllegalArgumentException if the source does not say what it is ({@link
     *     ImageSource#checked}), an online probe is asked for and no image has a label, or the
     *     recipe's views do not suit the images ({@link org.directpred.image.Views#requireFit}), or
     *     a folder is given and they are other views the second time ({@link
     *     org.directpred.image.Views#requireRepeatable})
     */
    public Pretraining on(ImageSource source) {
        ImageSource images = ImageSource.checked(source);
        RunData data = RunData.of(images);
        folder.ifPresent(f -> data.identity());
        LoaderPairs pairs = LoaderPairs.of(this, images);
        try {
            return new Pretraining(this, pairs, data, pairs::close);
        } catch (RuntimeException e) {
            pairs.close();
            throw e;
        }
    }

    /**
     * Makes the networks, to train on batches from anywhere. The recipe's views are not looked at;
     * its batch size is the most that a batch may have.
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
