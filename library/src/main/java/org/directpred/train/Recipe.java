package org.directpred.train;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.directpred.image.Views;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.network.Architecture.Stem;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.network.Projector;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.NoPredictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.progress.Names;
import tech.tablesaw.api.Table;

/**
 * The hyper-parameters of a pretraining run, by the paper's words and in its parts. A value: each
 * {@code with} returns a changed copy.
 *
 * <pre>
 * Recipe.stl10().withPredictor(DirectPred.defaults().withRho(0.3)).withEpochs(100)
 * Recipe.ofJson(recipe.json())
 * Recipe.of(Path.of("runs/first/step-000000800.safetensors"))
 * </pre>
 *
 * @param name what tables call it
 * @param encoder the online network's encoder, images to features
 * @param projector from features to z
 * @param method predictor, target and loss
 * @param optimisation how gradients become steps
 * @param data views and batches
 * @param length how long the training is
 * @param run seed, precision and diagnostics
 */
public record Recipe(
        String name,
        Architecture encoder,
        Projector projector,
        Method method,
        Optimisation optimisation,
        Data data,
        Length length,
        Run run) {

    /**
     * What the predictor's weight decay means when its learning rate is alpha_p times the
     * network's.
     */
    public enum PredictorDecay {
        /**
         * That of a PyTorch parameter group: per unit of the network's flow time it decays by
         * alpha_p times as much.
         */
        TORCH,
        /**
         * Eqn 2's eta: the same decay per unit of flow time whatever alpha_p is; the group's value
         * is eta/alpha_p.
         */
        EQUATION_2
    }

    public Recipe {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(encoder, "encoder");
        Objects.requireNonNull(projector, "projector");
        Objects.requireNonNull(method, "method");
        Objects.requireNonNull(optimisation, "optimisation");
        Objects.requireNonNull(data, "data");
        Objects.requireNonNull(length, "length");
        Objects.requireNonNull(run, "run");
        double decay = optimisation.predictor().decoupledDecay();
        if (decay > 0 && method.predictor() instanceof NoPredictor) {
            throw new IllegalArgumentException(
                    "decoupledPredictorDecay %s needs a predictor, and this recipe has none"
                            .formatted(decay));
        }
        int passes = optimisation.gradientAccumulation();
        if (data.batchSize() < 2L * passes) {
            throw new IllegalArgumentException(
                    "batchSize %d is too small for gradientAccumulation %d: each pass needs at least 2 images"
                            .formatted(data.batchSize(), passes));
        }
    }

    /**
     * The paper's recipe for STL-10 (section 3 and its program): ResNet-18 with the large stem on
     * 96 x 96, projector 512-512-128, the linear predictor by SGD, m = 0.996, SGD of rate 0.03,
     * momentum 0.9 and decay 4e-4, batch 128, 100 epochs. The smaller last batch of an epoch is
     * kept, as that program keeps it: 821 steps for the 105,000 images. The table of an ablation
     * names what it changes. {@link #stl10AsCoded} has that program's silent choices too.
     */
    public static Recipe stl10() {
        return Presets.stl10();
    }

    /**
     * The paper's recipe for CIFAR-10: as {@link #stl10} with the small stem on 32 x 32 and its
     * views; 391 steps in an epoch of 50,000 images, the last of 80 images. {@link #cifar10AsCoded}
     * has the authors' program's silent choices too.
     */
    public static Recipe cifar10() {
        return Presets.cifar10();
    }

    /**
     * {@link #stl10} with what the authors' program does and the paper does not say: without a
     * moving average its first step predicts an independent random target ({@link
     * FirstTarget#CODE}), and its blurred views are cut down to whole 8-bit values ({@link
     * Views#stl10AsCoded}). Its jitter, in 8-bit HSV, is not reproduced.
     */
    public static Recipe stl10AsCoded() {
        return Presets.stl10AsCoded();
    }

    /**
     * {@link #cifar10} with what the authors' program does and the paper does not say: the first
     * convolution starts from PyTorch's default, of deviation 0.111 where torchvision's is 0.059
     * ({@link Stem#CIFAR_AS_CODED}), and without a moving average the first step predicts an
     * independent random target ({@link FirstTarget#CODE}).
     */
    public static Recipe cifar10AsCoded() {
        return Presets.cifar10AsCoded();
    }

    /**
     * BYOL on ImageNet for 300 epochs, as DeepMind's program has it (Grill et al. 2020): ResNet-50,
     * {@link Projector#byol}, {@link TwoLayerPredictor#byol}, LARS of rate 0.3 x 4096 / 256 with 10
     * epochs of warm-up and a cosine, decay 1e-6 without biases and BatchNorm, m from 0.99 to 1 by
     * a cosine, batch 4096, its views. Not reproduced: that program starts the last BatchNorm of
     * each residual block from 0.
     */
    public static Recipe byolImageNet() {
        return Presets.byolImageNet();
    }

    /**
     * SimSiam on ImageNet for 100 epochs, as its program has it (Chen and He 2021): ResNet-50,
     * {@link Projector#simSiam}, {@link TwoLayerPredictor#simSiam}, no moving average, SGD with a
     * cosine that goes by epochs while the predictor's rate stays, batch 512, the last batch
     * dropped, its views. That program's loss is a quarter of {@link Loss#COSINE}, so its rate of
     * 0.05 x 512 / 256 and decay of 1e-4 are here a quarter and four times as much: the same steps.
     * Not reproduced: it starts the last BatchNorm of each residual block from 0.
     */
    public static Recipe simSiamImageNet() {
        return Presets.simSiamImageNet();
    }

    /**
     * A recipe that shows the paper's effects in seconds on two CPU cores: the small network of
     * width 16 on Fashion-MNIST, projector 64-128-32, rate 0.01, decay 0.02, m = 0.97, 800 steps of
     * 128 images, an epoch's smaller last batch dropped. The paper's own numbers do not fit into so
     * few steps: with m = 0.996 the target hardly moves and with 4e-4 the decay does nothing.
     */
    public static Recipe fashionMnist() {
        return Presets.fashionMnist();
    }

    /**
     * A recipe from {@link #json}.
     *
     * @param own the rules, losses, schedules, optimisers, operations and encoders of your own that
     *     the recipe has: they are functions, which JSON has by their names alone
     * @throws IllegalArgumentException naming the field that is unknown, missing or of a wrong
     *     value, or what of your own is to be given
     */
    public static Recipe ofJson(String json, Object... own) {
        return RecipeJson.read(json, own);
    }

    /**
     * The recipe of a run's checkpoint, of an earlier version too.
     *
     * @param checkpoint a file {@code step-...safetensors} of a run's folder
     * @param own as in {@link #ofJson}
     * @throws IllegalArgumentException naming the file, and the field that cannot be read
     */
    public static Recipe of(Path checkpoint, Object... own) {
        return Checkpoint.recipe(checkpoint, own);
    }

    /** What tables call the recipe. */
    public Recipe withName(String text) {
        return with("name", text);
    }

    /**
     * The online network's encoder, images to features: one of the library's, or a DJL block of
     * your own by {@link Architecture#of}.
     */
    public Recipe withEncoder(Architecture architecture) {
        return with("encoder", architecture);
    }

    /** The paper's projector with other widths. */
    public Recipe withProjector(int hidden, int outputs) {
        return withProjector(Projector.of(hidden, outputs));
    }

    /**
     * The projector: its widths, or no hidden layer, its biases and whether BatchNorm is affine.
     * BYOL's on ImageNet is {@link Projector#byol}.
     */
    public Recipe withProjector(Projector choice) {
        return with("projector", choice);
    }

    /** W<sub>p</sub>: how it is made. */
    public Recipe withPredictor(PredictorChoice choice) {
        return with("method.predictor", choice);
    }

    /** No predictor: W<sub>p</sub> = I. */
    public Recipe withoutPredictor() {
        return withPredictor(new NoPredictor());
    }

    /** DirectPred with its defaults. */
    public Recipe withDirectPred() {
        return withPredictor(DirectPred.defaults());
    }

    /** The paper's two-layer predictor. */
    public Recipe withTwoLayerPredictor(int hidden) {
        return withPredictor(TwoLayerPredictor.of(hidden));
    }

    /** The target of the predictions. */
    public Recipe withTarget(Target target) {
        return with("method.target", target);
    }

    /**
     * Whether gradients stop at the target. Without the stop the target is the online network
     * itself, {@link Target.None}, gradients flow through both, and by Theorem 2 the network
     * collapses. Stopped anew, they stop at {@link Target.Shared}; a moving average is then given
     * by {@link #withEma}.
     */
    public Recipe withStopGradient(boolean stop) {
        return stop == stopGradient()
                ? this
                : withTarget(stop ? new Target.Shared(FirstTarget.PAPER) : new Target.None());
    }

    /**
     * m, the paper's gamma<sub>a</sub>: how much of itself the target keeps each step, 0 to 1. At 0
     * the target is the online network ({@link #withoutEma}).
     *
     * @throws IllegalArgumentException if m is above 0 and the recipe has no stop-gradient, or 0
     *     and there is a schedule of it
     */
    public Recipe withEma(double m) {
        if (!(m >= 0 && m <= 1)) {
            throw new IllegalArgumentException(
                    "ema, the moving average's m, must lie between 0 and 1, not " + m);
        }
        return withTarget(Targets.withM(method.target(), m));
    }

    /**
     * SimSiam: no moving average, the target is the online network ({@link Target.Shared}). What
     * the first step predicts then, {@link #withFirstTarget} says.
     */
    public Recipe withoutEma() {
        return withTarget(Targets.withoutAverage(method.target()));
    }

    /**
     * How m goes over the training: 1 - m is multiplied by the schedule's factor, m(k) = 1 - (1 -
     * m) factor(k). {@link Schedule#cosine} is BYOL's, from m to 1 at the end.
     *
     * @throws IllegalArgumentException if the target is no moving average
     */
    public Recipe withEmaSchedule(Schedule schedule) {
        return withTarget(Targets.withSchedule(method.target(), schedule));
    }

    /**
     * Whether the target starts as a copy of the online network instead of weights of its own.
     *
     * @throws IllegalArgumentException if the target is no moving average
     */
    public Recipe withTargetCopied(boolean copied) {
        return withTarget(Targets.withCopied(method.target(), copied));
    }

    /**
     * What the first step without a moving average predicts: the online network itself, as
     * published, or an independent random network, as the authors' program does. With a moving
     * average it is kept for {@link #withoutEma}.
     *
     * @throws IllegalArgumentException if the recipe has no stop-gradient
     */
    public Recipe withFirstTarget(FirstTarget which) {
        return withTarget(Targets.withFirst(method.target(), which));
    }

    /** The loss: the paper's {@link Loss#COSINE}, or one of your own by {@link Loss#by}. */
    public Recipe withLoss(Loss choice) {
        return with("method.loss", choice);
    }

    /** Whether each view predicts the other (true) or only the first the second. */
    public Recipe withSymmetricLoss(boolean symmetric) {
        return with("method.symmetric", symmetric);
    }

    /** alpha, the online network's learning rate. */
    public Recipe withLearningRate(double alpha) {
        return with("optimisation.learningRate", alpha);
    }

    /**
     * How the learning rates go over the training: what {@link #withLearningRate} is multiplied by
     * at each step.
     */
    public Recipe withLearningRateSchedule(Schedule schedule) {
        return with("optimisation.learningRateSchedule", schedule);
    }

    /**
     * How the predictor's learning rate goes over the training, where it goes another way than the
     * network's: SimSiam's stays, {@code Schedule.constant()}, while the network's falls.
     */
    public Recipe withPredictorLearningRateSchedule(Schedule schedule) {
        Objects.requireNonNull(schedule, "predictorLearningRateSchedule");
        return with("optimisation.predictor.learningRateSchedule", Optional.of(schedule));
    }

    /** The algorithm of the network's steps, and of the predictor's, with its settings. */
    public Recipe withOptimiser(OptimiserChoice choice) {
        return with("optimisation.optimiser", choice);
    }

    /**
     * The optimiser's momentum, 0 or more, below 1.
     *
     * @throws IllegalArgumentException if the optimiser has none
     */
    public Recipe withMomentum(double value) {
        return withOptimiser(optimiser().withMomentum(value));
    }

    /**
     * Whether SGD takes Nesterov's momentum, which must be above 0.
     *
     * @throws IllegalArgumentException if the optimiser has no such setting
     */
    public Recipe withNesterov(boolean nesterov) {
        return withOptimiser(optimiser().withNesterov(nesterov));
    }

    /**
     * LARS's coefficient, which it calls eta; BYOL has 1e-3.
     *
     * @throws IllegalArgumentException if the optimiser has none
     */
    public Recipe withTrustCoefficient(double value) {
        return withOptimiser(optimiser().withTrustCoefficient(value));
    }

    /**
     * Whether biases and BatchNorm's scales and shifts are left out of weight decay and, by LARS,
     * of adaptation. The paper's runs leave nothing out, BYOL's do.
     */
    public Recipe withExcludeBiasAndNorm(boolean exclude) {
        return with("optimisation.excludeBiasAndNorm", exclude);
    }

    /**
     * In how many passes the gradients of a batch are computed, at least 1: each pass takes its
     * part of the images, so that a large batch needs the memory of a part. BatchNorm sees the
     * parts; F sees the whole batch. Parts that do not divide evenly count by their images; a last
     * batch of fewer than twice as many images takes fewer passes, of at least 2 images each.
     */
    public Recipe withGradientAccumulation(int passes) {
        return with("optimisation.gradientAccumulation", passes);
    }

    /**
     * The bound on the Euclidean norm of all gradients of a step together, the network's and the
     * predictor's; longer ones are shortened to it.
     */
    public Recipe withGradientClipping(double maxNorm) {
        return with("optimisation.gradientClipping", OptionalDouble.of(maxNorm));
    }

    /** eta, the weight decay of the network, and of the predictor unless that has its own. */
    public Recipe withWeightDecay(double eta) {
        return with("optimisation.weightDecay", eta);
    }

    /**
     * How the weight decay goes over the training: what the network's and the predictor's, {@link
     * #withWeightDecay} and {@link #withPredictorWeightDecay}, are multiplied by at each step. The
     * decoupled decay stays.
     */
    public Recipe withWeightDecaySchedule(Schedule schedule) {
        return with("optimisation.weightDecaySchedule", schedule);
    }

    /** alpha<sub>p</sub>, the predictor's learning rate over the network's. */
    public Recipe withPredictorLearningRateFactor(double alphaP) {
        return with("optimisation.predictor.learningRateFactor", alphaP);
    }

    /**
     * eta<sub>p</sub>, a weight decay of the predictor's own; what it means with alpha_p the
     * convention says.
     */
    public Recipe withPredictorWeightDecay(double etaP) {
        return with("optimisation.predictor.weightDecay", OptionalDouble.of(etaP));
    }

    /** What eta<sub>p</sub> means when alpha<sub>p</sub> is not 1. */
    public Recipe withPredictorDecay(PredictorDecay convention) {
        return with("optimisation.predictor.decay", convention);
    }

    /**
     * A decay of the predictor's weights apart from the gradient, W<sub>p</sub> &lt;- (1 - amount)
     * W<sub>p</sub> after every step and every rule, biases left out: {@code predictor_wd} of the
     * authors' program, which looks at it only where it constrains or sets W<sub>p</sub>. Beside
     * {@link #withPredictorWeightDecay}, which is a part of the gradient.
     *
     * @param amount 0 (none) to below 1
     */
    public Recipe withDecoupledPredictorDecay(double amount) {
        return with("optimisation.predictor.decoupledDecay", amount);
    }

    /** The random views. */
    public Recipe withViews(Views views) {
        return with("data.views", views);
    }

    /** Images in a batch, at least 2: BatchNorm needs a variance. */
    public Recipe withBatchSize(int images) {
        return with("data.batchSize", images);
    }

    /**
     * What becomes of an epoch's last batch where the images do not divide into batches: {@link
     * LastBatch#KEPT} gives ceil(images / batchSize) steps in an epoch, {@link LastBatch#DROPPED}
     * floor(images / batchSize). Length in epochs, schedules and logs count these steps. Batches
     * that come from {@link ViewPairs} are as they come.
     */
    public Recipe withLastBatch(LastBatch which) {
        return with("data.lastBatch", which);
    }

    /** Passes over the images. Replaces a number of steps. */
    public Recipe withEpochs(int number) {
        return with("length", new Length.Epochs(number));
    }

    /** Steps in all, however many epochs that is. Replaces a number of epochs. */
    public Recipe withSteps(long number) {
        return with("length", new Length.Steps(number));
    }

    /** Where every random choice comes from. */
    public Recipe withSeed(long number) {
        return with("run.seed", number);
    }

    /** In which type the network computes. */
    public Recipe withPrecision(Precision type) {
        return with("run.precision", Optional.of(type));
    }

    /**
     * The network computes in float32 or bf16, whichever makes a step faster on the machine: a run
     * times a few steps of each before its first, and its log names the outcome. A run that goes on
     * from a checkpoint keeps the precision it has.
     */
    public Recipe withFastestPrecision() {
        return with("run.precision", Optional.empty());
    }

    /** Steps between two rows of diagnostics. */
    public Recipe withDiagnosticsEvery(int steps) {
        return with("run.diagnosticsEvery", steps);
    }

    /** The recipe with another value at a path of its parts. */
    private Recipe with(String path, Object value) {
        return RecordCopy.with(this, path, value);
    }

    /** The predictor. */
    public PredictorChoice predictor() {
        return method.predictor();
    }

    /** Whether gradients stop at the target. */
    public boolean stopGradient() {
        return !(method.target() instanceof Target.None);
    }

    /** m, how much of itself the target keeps each step; 0 without a moving average. */
    public double ema() {
        return average().map(Target.MovingAverage::m).orElse(0.0);
    }

    /** The target's moving average, if it has one. */
    Optional<Target.MovingAverage> average() {
        return method.target() instanceof Target.MovingAverage average
                ? Optional.of(average)
                : Optional.empty();
    }

    /** How m goes over the training. */
    Schedule emaSchedule() {
        return average().map(Target.MovingAverage::schedule).orElse(Schedule.constant());
    }

    /** Whether a target network starts as a copy of the online network. */
    boolean targetCopied() {
        return average().filter(Target.MovingAverage::startsFromOnline).isPresent();
    }

    /** What the first step without a moving average predicts. */
    FirstTarget firstTarget() {
        return Targets.first(method.target());
    }

    /** Whether there is a target network of its own. */
    boolean hasTarget() {
        return average().isPresent();
    }

    /** The loss. */
    public Loss loss() {
        return method.loss();
    }

    /** alpha, the online network's learning rate. */
    public double learningRate() {
        return optimisation.learningRate();
    }

    /** eta, the network's weight decay. */
    public double weightDecay() {
        return optimisation.weightDecay();
    }

    /** The algorithm of the steps with its settings. */
    public OptimiserChoice optimiser() {
        return optimisation.optimiser();
    }

    /** Images in a batch. */
    public int batchSize() {
        return data.batchSize();
    }

    /** The random views. */
    public Views views() {
        return data.views();
    }

    /** The seed. */
    public long seed() {
        return run.seed();
    }

    /**
     * The type in which the network computes.
     *
     * @throws IllegalStateException if that is not decided yet: {@link #withFastestPrecision}
     */
    public Precision precision() {
        return run.precision()
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "the recipe's precision is the fastest one, which Pretraining finds out; here it must be FLOAT32 or BFLOAT16 (withPrecision)"));
    }

    /**
     * Steps in all.
     *
     * @param batchesPerEpoch what the images give
     */
    public long totalSteps(long batchesPerEpoch) {
        return totalSteps(Epochs.of(batchesPerEpoch));
    }

    /** Steps in all, of which some may have been in epochs of other batches. */
    long totalSteps(Epochs counted) {
        return length instanceof Length.Epochs epochs
                ? counted.steps(epochs.number())
                : ((Length.Steps) length).number();
    }

    /** Whether a schedule looks at how long the training is. */
    boolean needsLength() {
        return optimisation.learningRateSchedule().needsLength()
                || optimisation.predictorLearningRateSchedule().needsLength()
                || emaSchedule().needsLength()
                || optimisation.weightDecaySchedule().needsLength()
                || predictor().needsLength();
    }

    /**
     * Every field by name, as checkpoints know a recipe again: what two runs of one recipe have in
     * common. Not what {@link #ofJson} reads.
     */
    public Map<String, String> fields() {
        return RecipeFields.of(this);
    }

    /**
     * The recipe as JSON, without loss: {@link #ofJson} makes the same of it.
     *
     * @throws IllegalArgumentException if something in it has no name, as in {@link #requireNames}
     */
    public String json() {
        return RecipeJson.write(this);
    }

    /**
     * Refuses a recipe of which a field has no name by which another process knows it again: a rule
     * without a name, a lambda among the views' operations, a schedule or a predictor of your own
     * whose {@code describe()} says nothing.
     *
     * @param keeper what keeps it, the beginning of the message
     * @throws IllegalArgumentException naming the field and how to give it a name
     */
    public void requireNames(String keeper) {
        predictor().requireName(keeper);
        loss().requireName(keeper);
        fields().entrySet().stream()
                .filter(field -> !field.getKey().equals("name"))
                .forEach(field -> Names.require(keeper, field.getKey(), field.getValue()));
    }

    /**
     * The recipe as a short table, part by part, each operation of the views in a row of its own.
     * Of a field that nothing looks at it says so.
     */
    public Table table() {
        return RecipeTable.of(this);
    }

    /** The rows of {@link #table} in which recipes differ, a column for each recipe. */
    public static Table differences(Recipe... recipes) {
        return RecipeTable.differences(recipes);
    }
}
