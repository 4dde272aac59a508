package org.directpred.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Consumer;
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
import org.directpred.predictor.LinearPredictor;
import org.directpred.predictor.NoPredictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.progress.Names;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Every hyper-parameter of a pretraining run, by the paper's word. Immutable: each {@code with}
 * returns a changed copy.
 *
 * <pre>
 * Recipe.stl10().withPredictor(DirectPred.defaults().withRho(0.3).withEpsilon(0.1).withEvery(1)).withEpochs(100)
 * </pre>
 */
public final class Recipe {

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

    /** The predictor's schedule where it has none of its own. */
    static final String THE_NETWORKS = "the network's";

    private String name;
    private Architecture encoder;
    private Projector projector;
    private PredictorChoice predictor;
    private boolean stopGradient;
    private double ema;
    private boolean targetCopied;
    private FirstTarget firstTarget;
    private Loss loss;
    private boolean symmetricLoss;
    private double learningRate;
    private OptimiserChoice optimiser;
    private boolean excludeVectors;
    private Schedule learningRateSchedule;
    private Optional<Schedule> predictorLearningRateSchedule;
    private Schedule emaSchedule;
    private Schedule weightDecaySchedule;
    private int accumulation;
    private OptionalDouble gradientClipping;
    private double weightDecay;
    private double predictorLearningRateFactor;
    private OptionalDouble predictorWeightDecay;
    private PredictorDecay predictorDecay;
    private double decoupledPredictorDecay;
    private int batchSize;
    private LastBatch lastBatch;
    private int epochs;
    private OptionalLong steps;
    private Views views;
    private Optional<Precision> precision;
    private long seed;
    private int diagnoseEvery;

    private Recipe() {}

    /**
     * The paper's recipe for STL-10 (section 3 and its program): ResNet-18 with the large stem on
     * 96 x 96, projector 512-512-128, the linear predictor by SGD, m = 0.996, SGD of rate 0.03,
     * momentum 0.9 and decay 4e-4, batch 128, 100 epochs. The smaller last batch of an epoch is
     * kept, as that program keeps it: 821 steps for the 105,000 images. The table of an ablation
     * names what it changes. {@link #stl10AsCoded} has that program's silent choices too.
     */
    public static Recipe stl10() {
        Recipe r = new Recipe();
        r.name = "STL-10";
        r.encoder = Architecture.resNet(18, Stem.IMAGENET);
        r.projector = Projector.of(512, 128);
        r.predictor = LinearPredictor.sgd();
        r.stopGradient = true;
        r.ema = 0.996;
        r.targetCopied = false;
        r.firstTarget = FirstTarget.PAPER;
        r.loss = Loss.COSINE;
        r.symmetricLoss = true;
        r.learningRate = 0.03;
        r.optimiser = OptimiserChoice.sgd();
        r.excludeVectors = false;
        r.learningRateSchedule = Schedule.constant();
        r.predictorLearningRateSchedule = Optional.empty();
        r.emaSchedule = Schedule.constant();
        r.weightDecaySchedule = Schedule.constant();
        r.accumulation = 1;
        r.gradientClipping = OptionalDouble.empty();
        r.weightDecay = 4e-4;
        r.predictorLearningRateFactor = 1;
        r.predictorWeightDecay = OptionalDouble.empty();
        r.predictorDecay = PredictorDecay.TORCH;
        r.decoupledPredictorDecay = 0;
        r.batchSize = 128;
        r.lastBatch = LastBatch.KEPT;
        r.epochs = 100;
        r.steps = OptionalLong.empty();
        r.views = Views.stl10();
        r.precision = Optional.of(Precision.FLOAT32);
        r.seed = 1;
        r.diagnoseEvery = 50;
        return r;
    }

    /**
     * The paper's recipe for CIFAR-10: as {@link #stl10} with the small stem on 32 x 32 and its
     * views; 391 steps in an epoch of 50,000 images, the last of 80 images. {@link #cifar10AsCoded}
     * has the authors' program's silent choices too.
     */
    public static Recipe cifar10() {
        return stl10().change(
                        r -> {
                            r.name = "CIFAR-10";
                            r.encoder = Architecture.resNet(18, Stem.CIFAR);
                            r.views = Views.cifar();
                        });
    }

    /**
     * {@link #stl10} with what the authors' program does and the paper does not say: without a
     * moving average its first step predicts an independent random target ({@link
     * FirstTarget#CODE}), and its blurred views are cut down to whole 8-bit values ({@link
     * Views#stl10AsCoded}). Its jitter, in 8-bit HSV, is not reproduced.
     */
    public static Recipe stl10AsCoded() {
        return stl10().withName("STL-10, as coded")
                .withFirstTarget(FirstTarget.CODE)
                .withViews(Views.stl10AsCoded());
    }

    /**
     * {@link #cifar10} with what the authors' program does and the paper does not say: the first
     * convolution starts from PyTorch's default, of deviation 0.111 where torchvision's is 0.059
     * ({@link Stem#CIFAR_AS_CODED}), and without a moving average the first step predicts an
     * independent random target ({@link FirstTarget#CODE}).
     */
    public static Recipe cifar10AsCoded() {
        return cifar10()
                .withName("CIFAR-10, as coded")
                .withFirstTarget(FirstTarget.CODE)
                .withEncoder(Architecture.resNet(18, Stem.CIFAR_AS_CODED));
    }

    /**
     * BYOL on ImageNet for 300 epochs, as DeepMind's program has it (Grill et al. 2020): ResNet-50,
     * {@link Projector#byol}, {@link TwoLayerPredictor#byol}, LARS of rate 0.3 x 4096 / 256 with 10
     * epochs of warm-up and a cosine, decay 1e-6 without biases and BatchNorm, m from 0.99 to 1 by
     * a cosine, batch 4096, its views. Not reproduced: that program starts the last BatchNorm of
     * each residual block from 0.
     */
    public static Recipe byolImageNet() {
        return stl10().withName("BYOL on ImageNet")
                .withEncoder(Architecture.resNet(50, Stem.IMAGENET))
                .withProjector(Projector.byol())
                .withPredictor(TwoLayerPredictor.byol())
                .withOptimiser(OptimiserChoice.lars())
                .withExcludeVectors(true)
                .withWeightDecay(1e-6)
                .withLearningRate(Schedule.scaledRate(0.3, 4096))
                .withLearningRateSchedule(Schedule.cosine().withWarmUpEpochs(10))
                .withEma(0.99)
                .withEmaSchedule(Schedule.cosine())
                .withBatchSize(4096)
                .withLastBatch(LastBatch.DROPPED)
                .withEpochs(300)
                .withViews(Views.byolImageNetAsCoded());
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
        return stl10().withName("SimSiam on ImageNet")
                .withEncoder(Architecture.resNet(50, Stem.IMAGENET))
                .withProjector(Projector.simSiam())
                .withPredictor(TwoLayerPredictor.simSiam())
                .withoutEma()
                .withWeightDecay(4e-4)
                .withLearningRate(Schedule.scaledRate(0.05, 512) / 4)
                .withLearningRateSchedule(Schedule.cosine().withEveryEpoch())
                .withPredictorLearningRateSchedule(Schedule.constant())
                .withBatchSize(512)
                .withLastBatch(LastBatch.DROPPED)
                .withViews(Views.simSiamImageNetAsCoded());
    }

    /**
     * A recipe that shows the paper's effects in seconds on two CPU cores: the small network of
     * width 16 on Fashion-MNIST, projector 64-128-32, rate 0.01, decay 0.02, m = 0.97, 800 steps of
     * 128 images, an epoch's smaller last batch dropped. The paper's own numbers do not fit into so
     * few steps: with m = 0.996 the target hardly moves and with 4e-4 the decay does nothing.
     */
    public static Recipe fashionMnist() {
        return stl10().change(
                        r -> {
                            r.name = "Fashion-MNIST";
                            r.encoder = Architecture.small(1, 16);
                            r.projector = Projector.of(128, 32);
                            r.ema = 0.97;
                            r.learningRate = 0.01;
                            r.weightDecay = 0.02;
                            r.lastBatch = LastBatch.DROPPED;
                            r.epochs = Integer.MAX_VALUE;
                            r.steps = OptionalLong.of(800);
                            r.views = Views.fashionMnist();
                        });
    }

    /** What tables call the recipe. */
    public Recipe withName(String text) {
        return change(r -> r.name = Objects.requireNonNull(text, "name"));
    }

    /**
     * The online network's encoder, images to features: one of the library's, or a DJL block of
     * your own by {@link Architecture#of}.
     */
    public Recipe withEncoder(Architecture architecture) {
        return change(r -> r.encoder = Objects.requireNonNull(architecture, "encoder"));
    }

    /** The paper's projector with other widths, {@link Projector#of(int, int)}. */
    public Recipe withProjector(int hidden, int outputs) {
        return withProjector(Projector.of(hidden, outputs));
    }

    /**
     * The projector: its widths, or no hidden layer, its biases and whether BatchNorm is affine.
     * BYOL's on ImageNet is {@link Projector#byol}.
     */
    public Recipe withProjector(Projector choice) {
        return change(r -> r.projector = Objects.requireNonNull(choice, "projector"));
    }

    /** W<sub>p</sub>: how it is made. */
    public Recipe withPredictor(PredictorChoice choice) {
        return change(r -> r.predictor = Objects.requireNonNull(choice, "predictor"));
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

    /**
     * Whether gradients stop at the target. Without the stop the target is the online network
     * itself, gradients flow through both, and by Theorem 2 the network collapses.
     */
    public Recipe withStopGradient(boolean stop) {
        return change(r -> r.stopGradient = stop);
    }

    /**
     * m, the paper's gamma<sub>a</sub>: how much of itself the target keeps each step, 0 to 1. At 0
     * the target is the online network (SimSiam) and needs no passes of its own; what its first
     * step predicts, {@link #withFirstTarget} says.
     */
    public Recipe withEma(double m) {
        if (!(m >= 0 && m <= 1)) {
            throw new IllegalArgumentException(
                    "ema, the target's memory m, must lie between 0 and 1, not " + m);
        }
        return change(r -> r.ema = m);
    }

    /**
     * SimSiam: no moving average, {@code withEma(0)} without a schedule of it. What the first step
     * predicts then, {@link #withFirstTarget} says.
     */
    public Recipe withoutEma() {
        return change(
                r -> {
                    r.ema = 0;
                    r.emaSchedule = Schedule.constant();
                });
    }

    /**
     * How m goes over the training: 1 - m is multiplied by the schedule's factor, m(k) = 1 - (1 -
     * m) factor(k). {@link Schedule#cosine} is BYOL's, from m to 1 at the end. m must be above 0
     * for a schedule other than the constant.
     */
    public Recipe withEmaSchedule(Schedule schedule) {
        return change(r -> r.emaSchedule = Objects.requireNonNull(schedule, "emaSchedule"));
    }

    /** Whether the target starts as a copy of the online network instead of weights of its own. */
    public Recipe withTargetCopied(boolean copied) {
        return change(r -> r.targetCopied = copied);
    }

    /**
     * What the first step without a moving average predicts: the online network itself, as
     * published, or an independent random network, as the authors' program does.
     */
    public Recipe withFirstTarget(FirstTarget which) {
        return change(r -> r.firstTarget = Objects.requireNonNull(which, "firstTarget"));
    }

    /** The loss: the paper's {@link Loss#COSINE}, or one of your own by {@link Loss#by}. */
    public Recipe withLoss(Loss choice) {
        return change(r -> r.loss = Objects.requireNonNull(choice, "loss"));
    }

    /** Whether each view predicts the other (true) or only the first the second. */
    public Recipe withSymmetricLoss(boolean symmetric) {
        return change(r -> r.symmetricLoss = symmetric);
    }

    /** alpha, the online network's learning rate. */
    public Recipe withLearningRate(double alpha) {
        return change(r -> r.learningRate = atLeast("learningRate", alpha, Double.MIN_VALUE));
    }

    /**
     * How the learning rates go over the training: what {@link #withLearningRate} is multiplied by
     * at each step.
     */
    public Recipe withLearningRateSchedule(Schedule schedule) {
        return change(r -> r.learningRateSchedule = Objects.requireNonNull(schedule, "schedule"));
    }

    /**
     * How the predictor's learning rate goes over the training, where it goes another way than the
     * network's: SimSiam's stays, {@code Schedule.constant()}, while the network's falls.
     */
    public Recipe withPredictorLearningRateSchedule(Schedule schedule) {
        return change(
                r ->
                        r.predictorLearningRateSchedule =
                                Optional.of(Objects.requireNonNull(schedule, "schedule")));
    }

    /** The algorithm of the network's steps, and of the predictor's, with its settings. */
    public Recipe withOptimiser(OptimiserChoice choice) {
        return change(r -> r.optimiser = Objects.requireNonNull(choice, "optimiser"));
    }

    /**
     * The optimiser's momentum, 0 or more, below 1.
     *
     * @throws IllegalArgumentException if the optimiser has none
     */
    public Recipe withMomentum(double value) {
        return withOptimiser(optimiser.withMomentum(value));
    }

    /**
     * Whether SGD takes Nesterov's momentum, which must be above 0.
     *
     * @throws IllegalArgumentException if the optimiser has no such setting
     */
    public Recipe withNesterov(boolean nesterov) {
        return withOptimiser(optimiser.withNesterov(nesterov));
    }

    /**
     * LARS's coefficient, which it calls eta; BYOL has 1e-3.
     *
     * @throws IllegalArgumentException if the optimiser has none
     */
    public Recipe withTrustCoefficient(double value) {
        return withOptimiser(optimiser.withTrustCoefficient(value));
    }

    /**
     * Whether biases and BatchNorm's scales and shifts are left out of weight decay and, by LARS,
     * of adaptation. The paper's runs leave nothing out, BYOL's do.
     */
    public Recipe withExcludeVectors(boolean exclude) {
        return change(r -> r.excludeVectors = exclude);
    }

    /**
     * In how many passes the gradients of a batch are computed, at least 1: each pass takes its
     * part of the images, so that a large batch needs the memory of a part. BatchNorm sees the
     * parts; F sees the whole batch. Parts that do not divide evenly count by their images; a last
     * batch of fewer than twice as many images takes fewer passes, of at least 2 images each.
     */
    public Recipe withAccumulation(int passes) {
        return change(r -> r.accumulation = atLeast("accumulation", passes, 1));
    }

    /**
     * The bound on the Euclidean norm of all gradients of a step together, the network's and the
     * predictor's; longer ones are shortened to it.
     */
    public Recipe withGradientClipping(double maxNorm) {
        return change(
                r ->
                        r.gradientClipping =
                                OptionalDouble.of(
                                        atLeast("gradientClipping", maxNorm, Double.MIN_VALUE)));
    }

    /** eta, the weight decay of the network, and of the predictor unless that has its own. */
    public Recipe withWeightDecay(double eta) {
        return change(r -> r.weightDecay = atLeast("weightDecay", eta, 0));
    }

    /**
     * How the weight decay goes over the training: what the network's and the predictor's, {@link
     * #withWeightDecay} and {@link #withPredictorWeightDecay}, are multiplied by at each step. The
     * decoupled decay stays.
     */
    public Recipe withWeightDecaySchedule(Schedule schedule) {
        return change(
                r ->
                        r.weightDecaySchedule =
                                Objects.requireNonNull(schedule, "weightDecaySchedule"));
    }

    /** alpha<sub>p</sub>, the predictor's learning rate over the network's. */
    public Recipe withPredictorLearningRateFactor(double alphaP) {
        return change(
                r ->
                        r.predictorLearningRateFactor =
                                atLeast("predictorLearningRateFactor", alphaP, Double.MIN_VALUE));
    }

    /**
     * eta<sub>p</sub>, a weight decay of the predictor's own; what it means with alpha_p the
     * convention says.
     */
    public Recipe withPredictorWeightDecay(double etaP) {
        return change(
                r ->
                        r.predictorWeightDecay =
                                OptionalDouble.of(atLeast("predictorWeightDecay", etaP, 0)));
    }

    /** What eta<sub>p</sub> means when alpha<sub>p</sub> is not 1. */
    public Recipe withPredictorDecay(PredictorDecay convention) {
        return change(r -> r.predictorDecay = Objects.requireNonNull(convention, "predictorDecay"));
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
        if (!(amount >= 0 && amount < 1)) {
            throw new IllegalArgumentException(
                    "decoupledPredictorDecay must be at least 0 and below 1, not " + amount);
        }
        return change(r -> r.decoupledPredictorDecay = amount);
    }

    /** Images in a batch, at least 2: BatchNorm needs a variance. */
    public Recipe withBatchSize(int images) {
        return change(r -> r.batchSize = atLeast("batchSize", images, 2));
    }

    /**
     * What becomes of an epoch's last batch where the images do not divide into batches: {@link
     * LastBatch#KEPT} gives ceil(images / batchSize) steps in an epoch, {@link LastBatch#DROPPED}
     * floor(images / batchSize). Length in epochs, schedules and logs count these steps. Batches
     * that come from {@link ViewPairs} are as they come.
     */
    public Recipe withLastBatch(LastBatch which) {
        return change(r -> r.lastBatch = Objects.requireNonNull(which, "lastBatch"));
    }

    /** Passes over the images. Replaces a number of steps. */
    public Recipe withEpochs(int number) {
        return change(
                r -> {
                    r.epochs = atLeast("epochs", number, 1);
                    r.steps = OptionalLong.empty();
                });
    }

    /** Steps in all, however many epochs that is. Replaces a number of epochs. */
    public Recipe withSteps(long number) {
        if (number < 1) {
            throw new IllegalArgumentException("steps must be at least 1, not " + number);
        }
        return change(
                r -> {
                    r.epochs = Integer.MAX_VALUE;
                    r.steps = OptionalLong.of(number);
                });
    }

    /** The random views. */
    public Recipe withViews(Views recipe) {
        return change(r -> r.views = Objects.requireNonNull(recipe, "views"));
    }

    /** In which type the network computes. */
    public Recipe withPrecision(Precision type) {
        return change(r -> r.precision = Optional.of(type));
    }

    /**
     * The network computes in float32 or bf16, whichever makes a step faster on the machine: a run
     * times a few steps of each before its first, and its log names the outcome. A run that goes on
     * from a checkpoint keeps the precision it has.
     */
    public Recipe withFastestPrecision() {
        return change(r -> r.precision = Optional.empty());
    }

    /** Where every random choice comes from. */
    public Recipe withSeed(long number) {
        return change(r -> r.seed = number);
    }

    /** Steps between two rows of diagnostics. */
    public Recipe withDiagnoseEvery(int everySteps) {
        return change(r -> r.diagnoseEvery = atLeast("diagnoseEvery", everySteps, 1));
    }

    /** What tables call the recipe. */
    public String name() {
        return name;
    }

    /**
     * What sets this run apart from the paper's baseline, in a few words: the predictor, and which
     * parts are left out.
     */
    public String method() {
        return (predictor instanceof NoPredictor ? "no predictor" : predictor.describe())
                + (stopGradient ? "" : ", no stop-gradient")
                + (stopGradient && ema == 0 ? ", no EMA" : "");
    }

    /** The encoder. */
    public Architecture encoder() {
        return encoder;
    }

    /** The projector, as it follows from the encoder. */
    public Architecture projector() {
        return projector.on(encoder.outputs());
    }

    /** The predictor. */
    public PredictorChoice predictor() {
        return predictor;
    }

    /** Whether gradients stop at the target. */
    public boolean stopGradient() {
        return stopGradient;
    }

    /** m. */
    public double ema() {
        return ema;
    }

    /** How m goes over the training. */
    public Schedule emaSchedule() {
        return emaSchedule;
    }

    /** Whether the target starts as a copy. */
    public boolean targetCopied() {
        return targetCopied;
    }

    /** What the first step without a moving average predicts. */
    public FirstTarget firstTarget() {
        return firstTarget;
    }

    /** The loss. */
    public Loss loss() {
        return loss;
    }

    /** Whether each view predicts the other. */
    public boolean symmetricLoss() {
        return symmetricLoss;
    }

    /** alpha. */
    public double learningRate() {
        return learningRate;
    }

    /** How the learning rates go over the training. */
    public Schedule learningRateSchedule() {
        return learningRateSchedule;
    }

    /** How the predictor's learning rate goes over the training. */
    public Schedule predictorLearningRateSchedule() {
        return predictorLearningRateSchedule.orElse(learningRateSchedule);
    }

    /** The algorithm of the steps with its settings. */
    public OptimiserChoice optimiser() {
        return optimiser;
    }

    /** Whether biases and BatchNorm's scales and shifts are left out of decay and adaptation. */
    public boolean excludeVectors() {
        return excludeVectors;
    }

    /** In how many passes the gradients of a batch are computed. */
    public int accumulation() {
        return accumulation;
    }

    /** The bound on the gradients' norm, if there is one. */
    public OptionalDouble gradientClipping() {
        return gradientClipping;
    }

    /** eta. */
    public double weightDecay() {
        return weightDecay;
    }

    /** How the weight decay goes over the training. */
    public Schedule weightDecaySchedule() {
        return weightDecaySchedule;
    }

    /** alpha_p. */
    public double predictorLearningRateFactor() {
        return predictorLearningRateFactor;
    }

    /** The weight decay that the predictor's optimiser gets, after the convention. */
    public double predictorGroupWeightDecay() {
        double eta = predictorWeightDecay.orElse(weightDecay);
        return predictorDecay == PredictorDecay.TORCH ? eta : eta / predictorLearningRateFactor;
    }

    /** The decay of the predictor's weights apart from the gradient. */
    public double decoupledPredictorDecay() {
        return decoupledPredictorDecay;
    }

    /** Images in a batch. */
    public int batchSize() {
        return batchSize;
    }

    /** What becomes of a smaller last batch of an epoch. */
    public LastBatch lastBatch() {
        return lastBatch;
    }

    /** The random views. */
    public Views views() {
        return views;
    }

    /**
     * The type in which the network computes.
     *
     * @throws IllegalStateException if that is not decided yet: {@link #withFastestPrecision}
     */
    public Precision precision() {
        return precision.orElseThrow(
                () ->
                        new IllegalStateException(
                                "the recipe's precision is the fastest one, which Pretraining finds out; here it must be FLOAT32 or BFLOAT16 (withPrecision)"));
    }

    /** Whether the machine is to decide the precision. */
    boolean precisionIsOpen() {
        return precision.isEmpty();
    }

    /** The seed. */
    public long seed() {
        return seed;
    }

    /** Steps between two rows of diagnostics. */
    public int diagnoseEvery() {
        return diagnoseEvery;
    }

    /**
     * Steps in all.
     *
     * @param batchesPerEpoch what the images give
     */
    public long totalSteps(long batchesPerEpoch) {
        return steps.isPresent() ? steps.getAsLong() : Math.multiplyExact(batchesPerEpoch, epochs);
    }

    /** Steps in all, of which some may have been in epochs of other batches. */
    long totalSteps(Epochs counted) {
        return steps.isPresent() ? steps.getAsLong() : counted.steps(epochs);
    }

    /** Whether there is a target network of its own. */
    boolean hasTarget() {
        return ema > 0 && stopGradient;
    }

    /** Whether a schedule looks at how long the training is. */
    boolean needsLength() {
        return learningRateSchedule.needsLength()
                || predictorLearningRateSchedule().needsLength()
                || emaSchedule.needsLength()
                || weightDecaySchedule.needsLength()
                || predictor.needsLength();
    }

    /** Every field by name, for tables, checkpoints and comparison. */
    public Map<String, String> fields() {
        Map<String, String> f = new LinkedHashMap<>();
        f.put("name", name);
        f.put("encoder", encoder.name());
        f.put("projector", projector().name());
        f.put("predictor", predictor.describe());
        f.put("stopGradient", Boolean.toString(stopGradient));
        f.put("ema", Double.toString(ema));
        f.put("emaSchedule", OlderRecipes.emaSchedule(emaSchedule));
        f.put("targetCopied", Boolean.toString(targetCopied));
        f.put("firstTarget", firstTarget.name());
        f.put("loss", loss.describe());
        f.put("symmetricLoss", Boolean.toString(symmetricLoss));
        f.put("learningRate", Double.toString(learningRate));
        f.put("learningRateSchedule", learningRateSchedule.describe());
        f.put(
                "predictorLearningRateSchedule",
                predictorLearningRateSchedule.map(Schedule::describe).orElse(THE_NETWORKS));
        f.put("algorithm", optimiser.name());
        f.putAll(OlderRecipes.settings(optimiser));
        f.put("excludeVectors", Boolean.toString(excludeVectors));
        f.put("accumulation", Integer.toString(accumulation));
        f.put(
                "gradientClipping",
                gradientClipping.isPresent()
                        ? Double.toString(gradientClipping.getAsDouble())
                        : "none");
        f.put("weightDecay", Double.toString(weightDecay));
        OlderRecipes.putWeightDecaySchedule(f, weightDecaySchedule);
        f.put("predictorLearningRateFactor", Double.toString(predictorLearningRateFactor));
        f.put("predictorWeightDecay", Double.toString(predictorGroupWeightDecay()));
        f.put("decoupledPredictorDecay", Double.toString(decoupledPredictorDecay));
        f.put("batchSize", Integer.toString(batchSize));
        f.put("lastBatch", lastBatch.name());
        f.put("length", steps.isPresent() ? steps.getAsLong() + " steps" : epochs + " epochs");
        f.put("views", views.toString());
        f.put("precision", precision.map(Precision::name).orElse("the fastest"));
        f.put("seed", Long.toString(seed));
        return f;
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
        predictor.requireName(keeper);
        loss.requireName(keeper);
        fields().entrySet().stream()
                .filter(field -> !field.getKey().equals("name"))
                .forEach(field -> Names.require(keeper, field.getKey(), field.getValue()));
    }

    /** The recipe as a table of two columns; of a field that nothing looks at, it says so. */
    public Table table() {
        Map<String, String> f = fields();
        UnusedFields.of(this)
                .forEach(
                        (field, why) -> f.merge(field, " (not used: " + why + ")", String::concat));
        return Table.create(
                name,
                StringColumn.create("hyper-parameter", f.keySet().toArray(new String[0])),
                StringColumn.create("value", f.values().toArray(new String[0])));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Recipe r && fields().equals(r.fields());
    }

    @Override
    public int hashCode() {
        return fields().hashCode();
    }

    @Override
    public String toString() {
        return fields().toString();
    }

    private Recipe change(Consumer<Recipe> edit) {
        Recipe r = new Recipe();
        r.name = name;
        r.encoder = encoder;
        r.projector = projector;
        r.predictor = predictor;
        r.stopGradient = stopGradient;
        r.ema = ema;
        r.targetCopied = targetCopied;
        r.firstTarget = firstTarget;
        r.loss = loss;
        r.symmetricLoss = symmetricLoss;
        r.learningRate = learningRate;
        r.optimiser = optimiser;
        r.excludeVectors = excludeVectors;
        r.learningRateSchedule = learningRateSchedule;
        r.predictorLearningRateSchedule = predictorLearningRateSchedule;
        r.emaSchedule = emaSchedule;
        r.weightDecaySchedule = weightDecaySchedule;
        r.accumulation = accumulation;
        r.gradientClipping = gradientClipping;
        r.weightDecay = weightDecay;
        r.predictorLearningRateFactor = predictorLearningRateFactor;
        r.predictorWeightDecay = predictorWeightDecay;
        r.predictorDecay = predictorDecay;
        r.decoupledPredictorDecay = decoupledPredictorDecay;
        r.batchSize = batchSize;
        r.lastBatch = lastBatch;
        r.epochs = epochs;
        r.steps = steps;
        r.views = views;
        r.precision = precision;
        r.seed = seed;
        r.diagnoseEvery = diagnoseEvery;
        edit.accept(r);
        r.checkTogether();
        return r;
    }

    /** Refuses settings that contradict each other. */
    private void checkTogether() {
        if (ema == 0 && !emaSchedule.equals(Schedule.constant())) {
            throw new IllegalArgumentException(
                    "emaSchedule %s needs an ema above 0: with ema 0 there is no moving average that could follow it. Use withoutEma() for none, or give the ema first"
                            .formatted(emaSchedule.describe()));
        }
        if (decoupledPredictorDecay > 0 && predictor instanceof NoPredictor) {
            throw new IllegalArgumentException(
                    "decoupledPredictorDecay %s needs a predictor, and this recipe has none"
                            .formatted(decoupledPredictorDecay));
        }
        if (batchSize < 2L * accumulation) {
            throw new IllegalArgumentException(
                    "batchSize %d is too small for accumulation %d: each pass needs at least 2 images"
                            .formatted(batchSize, accumulation));
        }
    }

    private static int atLeast(String field, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(
                    field + " must be at least " + least + ", not " + value);
        }
        return value;
    }

    private static double atLeast(String field, double value, double least) {
        if (!(value >= least && Double.isFinite(value))) {
            String bound = least == 0 ? "at least 0" : "above 0";
            throw new IllegalArgumentException(
                    field + " must be " + bound + " and finite, not " + value);
        }
        return value;
    }
}
