package org.directpred.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import org.directpred.evaluate.Diagnostics;
import org.directpred.image.ElementType;
import org.directpred.image.ImageSource;
import org.directpred.image.ViewBatch;
import org.directpred.image.ViewLoader;
import org.directpred.network.Backbone;
import org.directpred.network.OnlineAndTarget;
import org.directpred.predictor.Predictor;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;

/**
 * A pretraining run, an iterable of its epochs:
 *
 * <pre>
 * try (var run = Pretraining.of(recipe).on(images)) {
 *     for (Epoch e : run) System.out.println(e.meanLoss());
 * }
 * </pre>
 *
 * <p>Everything happens on the {@link TrainingThread}. Interrupting the calling thread (the stop
 * button) stops after the step under way with {@link TrainingThread.Stopped}; the run is whole, and
 * iterating again goes on with the next step.
 */
public final class Pretraining implements Iterable<Epoch>, AutoCloseable {
    private final Recipe recipe;
    private final ViewLoader loader;
    private final long totalSteps;
    private final Learner learner;
    private final String images;
    private final long checkpointEvery;
    private final int keepCheckpoints;
    private Optional<RunFolder> folder = Optional.empty();
    private final TrainingLog log = new TrainingLog();
    private Optional<Bar> bar = Optional.empty();
    private volatile long step;
    private boolean closed;

    private Pretraining(Start start, ImageSource images) {
        this.recipe = start.recipe();
        int last = images.size() % recipe.batchSize();
        if (images.size() < 2 || last == 1) {
            throw new IllegalArgumentException(
                    "%s has %d images: in batches of %d the last would hold %d, but BatchNorm needs at least 2. Choose another batchSize."
                            .formatted(images.name(), images.size(), recipe.batchSize(), last));
        }
        if (images.channels() != recipe.encoder().inputs()) {
            throw new IllegalArgumentException(
                    "%s has images of %d channels, but the encoder %s takes %d"
                            .formatted(
                                    images.name(),
                                    images.channels(),
                                    recipe.encoder().name(),
                                    recipe.encoder().inputs()));
        }
        this.loader =
                ViewLoader.of(images, recipe.views(), recipe.batchSize(), recipe.seed())
                        .withType(ElementType.FLOAT32);
        this.totalSteps = recipe.totalSteps(loader.batchesPerEpoch());
        this.images = images.name() + ", " + images.size() + " images";
        this.checkpointEvery = start.checkpointEvery();
        this.keepCheckpoints = start.keepCheckpoints();
        this.learner =
                Learner.of(
                        recipe,
                        start.device().orElseGet(Torch::bestDevice),
                        loader.batchesPerEpoch());
        try {
            this.folder = start.folder().map(RunFolder::new);
            this.folder.ifPresent(this::resume);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Goes back to the folder's latest checkpoint, if it has one. */
    private void resume(RunFolder from) {
        Optional<Path> latest = from.checkpoints().stream().findFirst();
        latest.ifPresent(
                file -> {
                    Checkpoint.restore(file, learner, images);
                    step = learner.steps();
                    Progress.message("goes on after step " + step + " (" + file + ")");
                });
        from.open(log, step);
    }

    /** A run by that recipe, on the first GPU where there is one, else on the CPU. */
    public static Start of(Recipe recipe) {
        return new Start(
                Objects.requireNonNull(recipe, "recipe"),
                Optional.empty(),
                Optional.empty(),
                500,
                2);
    }

    /**
     * A run that lacks its images.
     *
     * @param recipe its recipe
     * @param device where to train; empty for the best there is
     * @param folder where checkpoints and logs are kept; empty for nowhere
     * @param checkpointEvery steps between two checkpoints
     * @param keepCheckpoints how many of the latest checkpoints stay
     */
    public record Start(
            Recipe recipe,
            Optional<Device> device,
            Optional<Path> folder,
            long checkpointEvery,
            int keepCheckpoints) {

        public Start {
            if (checkpointEvery < 1) {
                throw new IllegalArgumentException(
                        "checkpointEvery must be at least 1 step, not " + checkpointEvery);
            }
            if (keepCheckpoints < 1) {
                throw new IllegalArgumentException(
                        "keepCheckpoints must be at least 1, not " + keepCheckpoints);
            }
        }

        /** The same on a device by name: {@code cpu}, {@code gpu}, {@code gpu1}. */
        public Start onDevice(String name) {
            return new Start(
                    recipe,
                    Optional.of(Torch.device(name)),
                    folder,
                    checkpointEvery,
                    keepCheckpoints);
        }

        /**
         * The same with checkpoints and logs in a folder. If the folder holds checkpoints of this
         * recipe on these images, the run goes on from the latest, bit for bit as if it had never
         * stopped (on the CPU with as many threads).
         */
        public Start in(Path runFolder) {
            return new Start(
                    recipe, device, Optional.of(runFolder), checkpointEvery, keepCheckpoints);
        }

        /** The same with a checkpoint after every so many steps, and at the end. */
        public Start withCheckpointEvery(long steps) {
            return new Start(recipe, device, folder, steps, keepCheckpoints);
        }

        /** The same with so many of the latest checkpoints kept. */
        public Start withKeepCheckpoints(int count) {
            return new Start(recipe, device, folder, checkpointEvery, count);
        }

        /**
         * Makes the networks and opens the loader.
         *
         * @param images what to train on; labels are not looked at. Not closed by the run.
         * @return the run, before its first step; the caller closes it
         */
        public Pretraining on(ImageSource images) {
            Objects.requireNonNull(images, "images");
            return TrainingThread.call(() -> new Pretraining(this, images));
        }
    }

    /** Trains all that is left. */
    public Pretraining train() {
        for (Epoch e : this) {
            Objects.requireNonNull(e);
        }
        return this;
    }

    /**
     * Trains some steps, fewer if the run ends before.
     *
     * @return steps taken so far in all
     */
    public long train(long steps) {
        TrainingThread.run(() -> advance(Math.min(step + steps, totalSteps)));
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
        TrainingThread.run(
                () -> {
                    Iterator<ViewBatch> first = loader.epoch(0, 0);
                    for (int i = 0; i < batches && first.hasNext(); i++) {
                        TrainingThread.checkStop("after batch %d of %d".formatted(i, batches));
                        try (ViewBatch batch = first.next();
                                NDManager scope = learner.manager().newSubManager()) {
                            learner.networks()
                                    .online(
                                            view(batch, batch.first(), scope),
                                            view(batch, batch.second(), scope));
                        }
                    }
                });
        return this;
    }

    /** The epochs that are left, each trained when it is asked for. */
    @Override
    public Iterator<Epoch> iterator() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return step < totalSteps;
            }

            @Override
            public Epoch next() {
                if (!hasNext()) {
                    throw new NoSuchElementException("all " + totalSteps + " steps are done");
                }
                return TrainingThread.call(Pretraining.this::nextEpoch);
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

    /** The online encoder as it is now, for evaluation. It lives as long as the run. */
    public Backbone backbone() {
        return learner.networks().backbone(recipe.method() + ", " + step + " steps");
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

    /** The last look at F, W_p and the outputs. */
    public Diagnostics diagnostics() {
        var looks = log.looks();
        if (looks.isEmpty()) {
            throw new IllegalStateException("there are no diagnostics before the first step");
        }
        return looks.get(looks.size() - 1).diagnostics();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            closeBar();
            loader.close();
            learner.close();
            folder.ifPresent(RunFolder::close);
        }
    }

    @Override
    public String toString() {
        return "%s, %s: step %d of %d".formatted(recipe.name(), recipe.method(), step, totalSteps);
    }

    private Epoch nextEpoch() {
        long perEpoch = loader.batchesPerEpoch();
        int epoch = Math.toIntExact(step / perEpoch);
        long from = log.steps().size();
        long start = System.nanoTime();
        advance(Math.min((epoch + 1) * perEpoch, totalSteps));
        double seconds = (System.nanoTime() - start) / 1e9;
        var taken = log.steps().subList((int) from, log.steps().size());
        double loss = taken.stream().mapToDouble(Step::loss).average().orElse(Double.NaN);
        return new Epoch(
                epoch,
                step,
                loss,
                diagnostics(),
                taken.size() * (double) recipe.batchSize() / seconds);
    }

    /** Trains up to a step. */
    private void advance(long until) {
        if (closed) {
            throw new IllegalStateException("this run is closed");
        }
        if (step >= until) {
            return;
        }
        boolean goesOn = false;
        try {
            while (step < until) {
                long perEpoch = loader.batchesPerEpoch();
                int epoch = Math.toIntExact(step / perEpoch);
                Iterator<ViewBatch> batches = loader.epoch(epoch, (int) (step % perEpoch));
                while (batches.hasNext() && step < until) {
                    TrainingThread.checkStop("after step %d of %d".formatted(step, totalSteps));
                    try (ViewBatch batch = batches.next()) {
                        double loss = take(batch, epoch);
                        bar().update(step, String.format(Locale.ROOT, "loss %.3f", loss));
                    }
                }
            }
            goesOn = step < totalSteps;
        } finally {
            // Between the epochs of one loop the bar stays; it ends with the run, a stop or an
            // error.
            if (!goesOn) {
                closeBar();
            }
        }
    }

    private Bar bar() {
        if (bar.isEmpty()) {
            bar = Optional.of(Progress.bar(recipe.name() + ", " + recipe.method(), totalSteps));
        }
        return bar.get();
    }

    private void closeBar() {
        bar.ifPresent(Bar::close);
        bar = Optional.empty();
    }

    /** One step. */
    private double take(ViewBatch batch, int epoch) {
        boolean look = step() % recipe.diagnoseEvery() == 0 || step() == totalSteps - 1;
        try (NDManager scope = learner.manager().newSubManager()) {
            NDArray x1 = view(batch, batch.first(), scope);
            NDArray x2 = view(batch, batch.second(), scope);
            long number = step();
            Learner.Outcome outcome = learner.step(x1, x2, look);
            Step row = new Step(number, epoch, outcome.loss(), outcome.learningRate());
            log.add(row);
            folder.ifPresent(f -> f.add(row));
            outcome.diagnostics()
                    .ifPresent(
                            d -> {
                                var entry = new TrainingLog.Look(number, outcome.loss(), d);
                                log.add(entry);
                                folder.ifPresent(f -> f.add(entry));
                            });
            step = number + 1;
            if (step % checkpointEvery == 0 || step == totalSteps) {
                folder.ifPresent(this::checkpoint);
            }
            return outcome.loss();
        }
    }

    private void checkpoint(RunFolder to) {
        Checkpoint.write(to.checkpoint(step), learner, images);
        to.keepLast(keepCheckpoints);
    }

    private static NDArray view(ViewBatch batch, ByteBuffer pixels, NDManager scope) {
        Shape shape = new Shape(batch.size(), batch.channels(), batch.height(), batch.width());
        return scope.create(pixels, shape, DataType.FLOAT32);
    }
}
