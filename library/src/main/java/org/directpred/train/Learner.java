package org.directpred.train;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.directpred.evaluate.Diagnostics;
import org.directpred.evaluate.OnlineProbe;
import org.directpred.loss.Loss;
import org.directpred.loss.ViewOutputs;
import org.directpred.network.OnlineAndTarget;
import org.directpred.optimise.GradientClipping;
import org.directpred.optimise.Optimiser;
import org.directpred.optimise.Schedule;
import org.directpred.optimise.TrainingLength;
import org.directpred.predictor.FeatureCorrelation;
import org.directpred.predictor.NotFinite;
import org.directpred.predictor.Predictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.Operators;
import org.directpred.tensor.ParameterGroups;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;

/**
 * What a recipe trains, one step at a time, on two views from anywhere:
 *
 * <pre>
 * try (Learner learner = Learner.of(recipe, Device.cpu())) {
 *     TrainingThread.run(() -&gt; {
 *         try (NDManager scope = learner.manager().newSubManager()) {
 *             Learner.Outcome outcome = learner.step(scope.create(...), scope.create(...), false);
 *         }
 *     });
 * }
 * </pre>
 *
 * <p>{@link Pretraining} is the loop over images around it. A step: online and target network,
 * predictor, loss, backward; F takes the batch; the optimisers step; the predictor's rule sets
 * W<sub>p</sub>, and a decoupled decay shrinks it; the target moves.
 */
public final class Learner implements AutoCloseable {
    /** What the names of the online probe's arrays begin with. */
    static final String PROBE = "onlineProbe.";

    // rho of the F that diagnostics follow where the predictor keeps none.
    private static final double RHO = 0.3;

    private final Recipe recipe;
    private final NDManager manager;
    private final OnlineAndTarget networks;
    private final Predictor predictor;
    private final Optimiser optimiser;
    private final Optional<Optimiser> predictorOptimiser;
    private final Optional<GradientClipping> clipping;
    private final Optional<TrainingLength> length;
    // For diagnostics, where the predictor keeps no F.
    private final Optional<FeatureCorrelation> ownCorrelation;
    private final Optional<OnlineProbe> probe;
    // BatchNorm's, and what they were before the step.
    private final List<NDArray> statistics = new ArrayList<>();
    private final List<NDArray> statisticsBefore = new ArrayList<>();
    // Functions of which a message has been given.
    private final Set<String> said = new HashSet<>();
    private long step;
    // Why no further step can be taken.
    private Optional<Diverged> diverged = Optional.empty();
    // What ended a step when its weights had moved already.
    private Optional<RuntimeException> halfWay = Optional.empty();

    /**
     * What a step gave.
     *
     * @param loss of the batch, before the step
     * @param learningRate the network's
     * @param look at F, W_p, the outputs and the updates, if it was asked for
     * @param onlineAccuracy the fraction of the labelled views that the online probe classified
     *     rightly before it learnt from them, 0 to 1; NaN without a probe or a label
     */
    public record Outcome(
            double loss, double learningRate, Optional<Look> look, double onlineAccuracy) {}

    /**
     * What a look at a step shows.
     *
     * @param networkUpdate |update| / |weights| of the online network in this step
     * @param predictorUpdate the same of the predictor's trained parameters; NaN without any
     */
    public record Look(Diagnostics diagnostics, double networkUpdate, double predictorUpdate) {}

    private Learner(
            Recipe recipe, Device device, Optional<TrainingLength> known, int probeClasses) {
        this.recipe = recipe;
        this.length = length(recipe, known);
        this.manager = Torch.newManager(device);
        this.networks =
                new OnlineAndTarget(
                        recipe.encoder(),
                        recipe.projector().on(recipe.encoder().outputs()),
                        recipe.targetCopied(),
                        recipe.precision(),
                        recipe.seed(),
                        manager);
        this.predictor = made(recipe.predictor());
        if (recipe.optimisation().predictor().decoupledDecay() > 0
                && predictor.weights().isEmpty()) {
            throw new IllegalArgumentException(
                    "decoupledPredictorDecay %s needs a predictor with weights of its own, which \"%s\" has not"
                            .formatted(
                                    recipe.optimisation().predictor().decoupledDecay(),
                                    recipe.predictor().describe()));
        }
        NDArray weights = networks.onlineWeights().weights();
        this.optimiser = optimiser(weights, networks.onlineWeights().layout().parameterGroups());
        this.predictorOptimiser =
                predictor
                        .parameters()
                        .map(p -> optimiser(p, predictor.parameterGroups().orElseThrow()));
        List<NDArray> trained = new ArrayList<>(List.of(weights));
        predictor.parameters().ifPresent(trained::add);
        this.clipping =
                recipe.optimisation().gradientClipping().isPresent()
                        ? Optional.of(
                                new GradientClipping(
                                        recipe.optimisation().gradientClipping().getAsDouble(),
                                        trained))
                        : Optional.empty();
        statistics.add(networks.onlineWeights().statistics());
        statistics.add(networks.targetWeights().statistics());
        predictor.statistics().ifPresent(statistics::add);
        for (NDArray array : statistics) {
            statisticsBefore.add(manager.zeros(array.getShape(), array.getDataType()));
        }
        this.ownCorrelation =
                predictor.correlation().isPresent()
                        ? Optional.empty()
                        : Optional.of(
                                FeatureCorrelation.movingAverage(
                                        manager,
                                        networks.outputs(),
                                        recipe.precision().type(),
                                        RHO));
        this.probe =
                probeClasses == 0
                        ? Optional.empty()
                        : Optional.of(
                                new OnlineProbe(recipe.encoder().outputs(), probeClasses, manager));
        // The weights' start lies in arrays and direct buffers, two to four times their size, which
        // only a collection gives back; the memory is wanted for activations.
        System.gc();
    }

    /**
     * Fresh networks, predictor and optimisers on a device; the caller closes them.
     *
     * @throws IllegalArgumentException if a schedule of the recipe needs to know how long the
     *     training is: {@link #of(Recipe, Device, long)} takes that
     */
    public static Learner of(Recipe recipe, Device device) {
        return TrainingThread.call(() -> new Learner(recipe, device, Optional.empty(), 0));
    }

    /**
     * Fresh networks, predictor and optimisers on a device; the caller closes them.
     *
     * @param batchesPerEpoch steps in a pass over the images, which schedules need to know
     */
    public static Learner of(Recipe recipe, Device device, long batchesPerEpoch) {
        return of(
                recipe,
                device,
                new TrainingLength(recipe.totalSteps(batchesPerEpoch), batchesPerEpoch),
                0);
    }

    /** The same with an online probe of so many classes, or without one (0). */
    static Learner of(Recipe recipe, Device device, TrainingLength length, int probeClasses) {
        return TrainingThread.call(
                () -> new Learner(recipe, device, Optional.of(length), probeClasses));
    }

    /**
     * One step. Called on the {@link TrainingThread}.
     *
     * @param x1 first views, {@code [batch, channels, height, width]}, float32, on the learner's
     *     device; the caller's, who closes them after the step
     * @param x2 second views of the same images
     * @param diagnose whether to look at F, W_p and the outputs
     * @throws IllegalArgumentException if the views differ in shape or the batch has fewer than 2
     *     images
     * @throws IllegalStateException if a view is closed already
     * @throws Diverged if the loss is not finite, and all is as it was before the step; or if F or
     *     W<sub>p</sub> is not, and the learner takes no further step
     */
    public Outcome step(NDArray x1, NDArray x2, boolean diagnose) {
        return step(x1, x2, diagnose, new int[0]);
    }

    /**
     * One step, from whose features the online probe learns too; the step is the same to the last
     * bit without it.
     *
     * @param labels one for each image or none at all
     */
    Outcome step(NDArray x1, NDArray x2, boolean diagnose, int[] labels) {
        requireWhole();
        check(x1, x2);
        double rate = learningRate();
        if (networks.drawsAtRandom()) {
            // From the step alone, so that a resumed run draws the same.
            Torch.engine().setRandomSeed((int) (recipe.seed() * 0x9E3779B9L + step));
        }
        copy(statistics, statisticsBefore);
        Pass pass;
        try (GradientCollector collector = Torch.engine().newGradientCollector()) {
            pass = passes(x1, x2, rate, collector);
        } catch (RuntimeException e) {
            copy(statisticsBefore, statistics);
            // What was backward before it has left its gradient.
            optimiser.dropGradient();
            predictorOptimiser.ifPresent(Optimiser::dropGradient);
            throw e;
        }
        double loss = pass.loss();
        NDList z = pass.z();
        NDList t = pass.t();
        double onlineAccuracy =
                labels.length == 0
                        ? Double.NaN
                        : probe.map(p -> probe(p, pass.features(), labels)).orElse(Double.NaN);
        Updates updates;
        try {
            updates = move(z, t, rate, loss, diagnose);
        } catch (Diverged e) {
            diverged = Optional.of(e);
            throw e;
        } catch (RuntimeException e) {
            halfWay = Optional.of(e);
            throw e;
        }
        step++;
        return new Outcome(
                loss,
                rate,
                diagnose
                        ? Optional.of(new Look(look(z), updates.network(), updates.predictor()))
                        : Optional.empty(),
                onlineAccuracy);
    }

    /** How far a step moved what is trained, over what it was. */
    private record Updates(double network, double predictor) {}

    /** All that a step does once it has its gradients. */
    private Updates move(NDList z, NDList t, double rate, double loss, boolean diagnose) {
        predictor.observe(z.get(0), z.get(1), t.get(1), t.get(0));
        ownCorrelation.ifPresent(f -> f.update(z.get(0), z.get(1)));
        clipping.ifPresent(c -> c.clip().close());
        Updates updates;
        try (Update ofNetwork = new Update(networks.onlineWeights().weights(), diagnose);
                Update ofPredictor = new Update(predictor.parameters().orElse(null), diagnose)) {
            double decays = factor(recipe.optimisation().weightDecaySchedule());
            optimiser.step(rate, decays * recipe.weightDecay());
            predictorOptimiser.ifPresent(
                    o ->
                            o.step(
                                    predictorLearningRate(),
                                    decays * recipe.optimisation().predictorGroupWeightDecay()));
            updates = new Updates(ofNetwork.relative(), ofPredictor.relative());
        }
        try {
            predictor.afterStep(step);
        } catch (NotFinite e) {
            throw Diverged.predictor(e, step, loss, rate);
        }
        if (recipe.optimisation().predictor().decoupledDecay() > 0) {
            predictor.decay(recipe.optimisation().predictor().decoupledDecay());
        }
        if (hasTarget()) {
            networks.updateTarget(targetMomentum());
        }
        return updates;
    }

    /**
     * Refuses to go on, or to keep, what a failed step has left.
     *
     * @throws Diverged if the predictor was not finite
     * @throws IllegalStateException if the predictor or an optimiser threw when the weights had
     *     moved
     */
    void requireWhole() {
        if (diverged.isPresent()) {
            throw diverged.get();
        }
        if (halfWay.isPresent()) {
            RuntimeException cause = halfWay.get();
            throw new IllegalStateException(
                    "step %d ended half way, when the weights had moved already (%s): close this run, mend the cause and start again, from the last checkpoint where there is a folder"
                            .formatted(
                                    step, cause.getMessage() == null ? cause : cause.getMessage()),
                    cause);
        }
    }

    /** The recipe. */
    public Recipe recipe() {
        return recipe;
    }

    /** The manager of all that lasts; inputs and intermediates belong to managers below it. */
    public NDManager manager() {
        return manager;
    }

    /** The online and the target network. */
    public OnlineAndTarget networks() {
        return networks;
    }

    /** The predictor. */
    public Predictor predictor() {
        return predictor;
    }

    /**
     * F, the moving average of the correlation of z, which the diagnostics report: the predictor's
     * own, with the rho of its rule, or with rho = 0.3 where the predictor keeps none.
     */
    public FeatureCorrelation correlation() {
        return predictor.correlation().or(() -> ownCorrelation).orElseThrow();
    }

    /** The classifier that learns beside it, if the run has one. */
    Optional<OnlineProbe> probe() {
        return probe;
    }

    /**
     * Every array that the future depends on, by name: weights, BatchNorm's statistics, momentum,
     * the predictor, F where the predictor keeps none of its own, and the online probe where there
     * is one. Not copies.
     */
    public Map<String, NDArray> state() {
        Map<String, NDArray> all = new TreeMap<>();
        all.put("online.weights", networks.onlineWeights().weights());
        all.put("online.statistics", networks.onlineWeights().statistics());
        all.put("target.weights", networks.targetWeights().weights());
        all.put("target.statistics", networks.targetWeights().statistics());
        all.putAll(optimiser.state());
        predictorOptimiser.ifPresent(
                o -> o.state().forEach((name, array) -> all.put("predictor." + name, array)));
        predictor.state().forEach((name, array) -> all.put("predictor." + name, array));
        ownCorrelation.ifPresent(
                f -> {
                    all.put(OlderRecipes.F, f.correlation());
                    all.put(OlderRecipes.F_MEAN, f.mean());
                });
        probe.ifPresent(p -> p.state().forEach((name, array) -> all.put(PROBE + name, array)));
        return all;
    }

    /** Every number that the future depends on, by name. */
    public Map<String, Long> counters() {
        Map<String, Long> all = new TreeMap<>();
        all.put("step", step);
        ownCorrelation.ifPresent(f -> all.put(OlderRecipes.F_BATCHES, f.batches()));
        predictor.counters().forEach((name, value) -> all.put("predictor." + name, value));
        return all;
    }

    /**
     * Takes back {@link #counters}.
     *
     * @param sameRule whether W<sub>p</sub> must be what this recipe's rule gives
     */
    void restoreCounters(Map<String, Long> counters, boolean sameRule) {
        step = counters.get("step");
        diverged = Optional.empty();
        halfWay = Optional.empty();
        ownCorrelation.ifPresent(f -> f.restoreBatches(counters.get(OlderRecipes.F_BATCHES)));
        Map<String, Long> own = new TreeMap<>();
        predictor
                .counters()
                .keySet()
                .forEach(name -> own.put(name, counters.get("predictor." + name)));
        predictor.restoreCounters(own);
        if (sameRule && recipe.optimisation().predictor().decoupledDecay() == 0) {
            // What the rule gave has not shrunk since.
            predictor.checkRestored(step);
        }
    }

    /** What schedules look at, if it is known. */
    Optional<TrainingLength> length() {
        return length;
    }

    /** Whether this is the first time that something of that name is to be said. */
    boolean saysOnce(String name) {
        return said.add(name);
    }

    /** Whether all of the state is that after its last step, as a checkpoint needs it. */
    boolean isWhole() {
        return diverged.isEmpty() && halfWay.isEmpty();
    }

    /** Steps taken. */
    public long steps() {
        return step;
    }

    @Override
    public void close() {
        TrainingThread.run(
                () -> {
                    clipping.ifPresent(GradientClipping::close);
                    predictorOptimiser.ifPresent(Optimiser::close);
                    optimiser.close();
                    probe.ifPresent(OnlineProbe::close);
                    ownCorrelation.ifPresent(FeatureCorrelation::close);
                    predictor.close();
                    networks.close();
                    manager.close();
                });
    }

    /**
     * The outputs and the loss of a batch, after their backward pass; the encoder's features of
     * both views where a probe wants them.
     */
    private record Pass(double loss, NDList z, NDList t, NDList features) {}

    /**
     * All passes of a step: one over the whole batch, or several over parts of it, whose gradients
     * add up to the mean over the batch.
     */
    private Pass passes(NDArray x1, NDArray x2, double rate, GradientCollector collector) {
        long batch = x1.getShape().get(0);
        // BatchNorm needs two images in each part, also in an epoch's last and smaller batch.
        long parts = Math.min(recipe.optimisation().gradientAccumulation(), batch / 2);
        if (parts == 1) {
            return pass(x1, x2, 1, rate, collector);
        }
        double loss = 0;
        List<NDList> z = new ArrayList<>();
        List<NDList> t = new ArrayList<>();
        List<NDList> features = new ArrayList<>();
        try (NDManager kept = manager.newSubManager()) {
            for (long part = 0; part < parts; part++) {
                long from = batch * part / parts;
                long to = batch * (part + 1) / parts;
                double share = (to - from) / (double) batch;
                try (NDManager scope = manager.newSubManager()) {
                    Pass p =
                            pass(
                                    rows(x1, from, to, scope),
                                    rows(x2, from, to, scope),
                                    share,
                                    rate,
                                    collector);
                    loss += share * p.loss();
                    z.add(detached(p.z(), kept));
                    t.add(detached(p.t(), kept));
                    features.add(detached(p.features(), kept));
                }
            }
            return new Pass(
                    loss,
                    joined(z, x1.getManager()),
                    joined(t, x1.getManager()),
                    joined(features, x1.getManager()));
        }
    }

    private Pass pass(
            NDArray x1, NDArray x2, double share, double rate, GradientCollector collector) {
        if (hasTarget() && recipe.loss() instanceof Loss.PerView loss) {
            return viewByView(loss, x1, x2, share, rate, collector);
        }
        NDList out =
                probe.isPresent() ? networks.onlineWithFeatures(x1, x2) : networks.online(x1, x2);
        NDList z = new NDList(out.get(0), out.get(1));
        NDList t = hasTarget() ? networks.target(x1, x2) : targetsWithoutAverage(x1, x2, z);
        double loss = backward(loss(z, t), new NDList(x1, x2), share, rate, collector);
        return new Pass(loss, z, t, out.subNDList(2));
    }

    private NDArray loss(NDList z, NDList t) {
        NDArray q1 = predictor.predict(z.get(0));
        if (recipe.loss() instanceof Loss.Joint joint) {
            return joint.checked(new ViewOutputs(z, List.of(q1, predictor.predict(z.get(1))), t));
        }
        Loss.PerView loss = (Loss.PerView) recipe.loss();
        NDArray first = loss.checked(q1, t.get(1));
        return recipe.method().symmetric()
                ? first.add(loss.checked(predictor.predict(z.get(1)), t.get(0)))
                : first;
    }

    /**
     * Without a moving average the target is the online network: its outputs in training mode are z
     * itself.
     */
    private NDList targetsWithoutAverage(NDArray x1, NDArray x2, NDList z) {
        if (!recipe.stopGradient()) {
            return z;
        }
        if (step == 0 && recipe.firstTarget() == FirstTarget.CODE) {
            return networks.target(x1, x2);
        }
        return new NDList(detached(z.get(0)), detached(z.get(1)));
    }

    /**
     * With a target network the loss of each view has a graph of its own: the first's is gone
     * before the second's is made, which halves the memory for activations.
     */
    private Pass viewByView(
            Loss.PerView loss,
            NDArray x1,
            NDArray x2,
            double share,
            double rate,
            GradientCollector collector) {
        NDList views = new NDList(x1, x2);
        NDList t = networks.target(x1, x2);
        NDList first = online(x1);
        NDArray z1 = first.get(0);
        double sum =
                backward(
                        loss.checked(predictor.predict(z1), t.get(1)),
                        views,
                        share,
                        rate,
                        collector);
        NDList second = online(x2);
        NDArray z2 = second.get(0);
        if (recipe.method().symmetric()) {
            sum +=
                    backward(
                            loss.checked(predictor.predict(z2), t.get(0)),
                            views,
                            share,
                            rate,
                            collector);
        }
        NDList features = first.subNDList(1);
        features.addAll(second.subNDList(1));
        return new Pass(sum, new NDList(z1, z2), t, features);
    }

    /** z of a view, and its features where a probe wants them. */
    private NDList online(NDArray x) {
        return probe.isPresent() ? networks.onlineWithFeatures(x) : new NDList(networks.online(x));
    }

    /** Both views of every image are examples for the probe. */
    private double probe(OnlineProbe p, NDList features, int[] labels) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray both = NDArrays.concat(features, 0);
            both.attach(scope);
            NDArray narrow = both.toType(DataType.FLOAT32, false);
            narrow.attach(scope);
            int[] twice = Arrays.copyOf(labels, 2 * labels.length);
            System.arraycopy(labels, 0, twice, labels.length, labels.length);
            return p.update(narrow, twice);
        }
    }

    /** Adds the gradient of a loss, times the batch's share, to what is there; returns the loss. */
    private double backward(
            NDArray total, NDList views, double share, double rate, GradientCollector collector) {
        double loss = OnHost.number(total);
        if (!Double.isFinite(loss)) {
            throw Diverged.loss(
                    recipe.loss(),
                    loss,
                    step,
                    rate,
                    notFinite("first", views.get(0))
                            .or(() -> notFinite("second", views.get(1)))
                            .orElse(
                                    "The images are finite: lower the learning rate, now %s%s."
                                            .formatted(
                                                    rate,
                                                    isLibrarys(recipe.loss())
                                                            ? ""
                                                            : ", or mend the loss")));
        }
        // An array, not a Java number: see Loss.
        NDArray part = share == 1 ? total : total.mul(total.getManager().create(share));
        try {
            collector.backward(part);
        } catch (EngineException e) {
            if (e.getMessage() == null || !e.getMessage().contains("does not require grad")) {
                throw e;
            }
            throw new IllegalArgumentException(
                    "the loss \"%s\" gives a number that no gradient flows from: compute it from q or z by NDArray's operations alone, without stopGradient() or numbers read from them"
                            .formatted(recipe.loss().describe()),
                    e);
        }
        return loss;
    }

    private static boolean isLibrarys(Loss loss) {
        return loss == Loss.COSINE || loss == Loss.EUCLIDEAN;
    }

    private static void copy(List<NDArray> from, List<NDArray> to) {
        for (int i = 0; i < from.size(); i++) {
            Operators.copy(to.get(i), from.get(i));
        }
    }

    /** Says so if views hold a NaN or an infinity. */
    private static Optional<String> notFinite(String which, NDArray views) {
        float[] values;
        try (NDArray narrow = views.toType(DataType.FLOAT32, true)) {
            values = OnHost.floats(narrow);
        }
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                long image = i / (values.length / views.getShape().get(0));
                return Optional.of(
                        "The %s view of image %d of the batch holds %s: mend the images or their normalisation."
                                .formatted(which, image, values[i]));
            }
        }
        return Optional.empty();
    }

    private static NDArray rows(NDArray x, long from, long to, NDManager scope) {
        NDArray part = x.get(new NDIndex("{}:{}", from, to));
        part.attach(scope);
        return part;
    }

    private static NDList detached(NDList outputs, NDManager to) {
        NDList result = new NDList();
        for (NDArray output : outputs) {
            NDArray d = output.stopGradient();
            d.attach(to);
            result.add(d);
        }
        return result;
    }

    /** The parts' outputs one below the other, for each view. */
    private static NDList joined(List<NDList> parts, NDManager to) {
        NDList result = new NDList();
        for (int view = 0; view < parts.get(0).size(); view++) {
            int v = view;
            NDArray all =
                    NDArrays.concat(new NDList(parts.stream().map(p -> p.get(v)).toList()), 0);
            all.attach(to);
            result.add(all);
        }
        return result;
    }

    /** The network's learning rate in the step that comes. */
    private double learningRate() {
        return recipe.learningRate() * factor(recipe.optimisation().learningRateSchedule());
    }

    /** The predictor's. */
    private double predictorLearningRate() {
        return recipe.learningRate()
                * factor(recipe.optimisation().predictorLearningRateSchedule())
                * recipe.optimisation().predictor().learningRateFactor();
    }

    /** m in the step that ends. */
    private double targetMomentum() {
        Schedule schedule = recipe.emaSchedule();
        if (schedule.equals(Schedule.constant())) {
            // 1 - (1 - m) is not m to the last bit.
            return recipe.ema();
        }
        double m = 1 - (1 - recipe.ema()) * factor(schedule);
        if (m < 0) {
            throw new IllegalArgumentException(
                    "the schedule \"%s\" of the moving average gives the factor %s at step %d, and with it m = 1 - (1 - %s) %s = %s; m must lie between 0 and 1"
                            .formatted(
                                    schedule.describe(),
                                    factor(schedule),
                                    step,
                                    recipe.ema(),
                                    factor(schedule),
                                    m));
        }
        return m;
    }

    private double factor(Schedule schedule) {
        return schedule.factorAt(step, length);
    }

    /** Empty where no schedule asks for it. */
    private static Optional<TrainingLength> length(Recipe recipe, Optional<TrainingLength> known) {
        if (!recipe.needsLength()) {
            return Optional.empty();
        }
        if (known.isEmpty()) {
            throw new IllegalArgumentException(
                    "the schedules (learning rate: %s; the predictor's: %s; moving average: %s; weight decay: %s; predictor: %s) need to know how long the training is: give batchesPerEpoch"
                            .formatted(
                                    recipe.optimisation().learningRateSchedule().describe(),
                                    recipe.optimisation()
                                            .predictorLearningRateSchedule()
                                            .describe(),
                                    recipe.emaSchedule().describe(),
                                    recipe.optimisation().weightDecaySchedule().describe(),
                                    recipe.predictor().describe()));
        }
        return known;
    }

    private Predictor made(PredictorChoice choice) {
        int d = networks.outputs();
        DataType type = recipe.precision().type();
        Predictor made =
                length.isPresent()
                        ? choice.create(d, type, recipe.seed(), length.get(), manager)
                        : choice.create(d, type, recipe.seed(), manager);
        if (made == null) {
            throw new IllegalArgumentException(
                    "the predictor \"%s\" makes null".formatted(choice.describe()));
        }
        return made;
    }

    private Optimiser optimiser(NDArray parameters, ParameterGroups groups) {
        return recipe.optimiser()
                .create(
                        parameters,
                        recipe.optimisation().excludeBiasAndNorm()
                                ? groups
                                : groups.withVectorsAsMatrices(),
                        manager);
    }

    /** Whether there is a target network of its own. */
    private boolean hasTarget() {
        return recipe.hasTarget();
    }

    private static void check(NDArray x1, NDArray x2) {
        for (NDArray view : List.of(x1, x2)) {
            Torch.requireOpen(
                    view,
                    () ->
                            "a view of the batch is closed already: its manager was, and whoever makes the views owns them until the step has ended. Views that several learners share must belong to a manager that outlives all their steps.");
        }
        if (!x1.getShape().equals(x2.getShape())) {
            throw new IllegalArgumentException(
                    "the two views must be of the same shape: "
                            + x1.getShape()
                            + " vs "
                            + x2.getShape());
        }
        if (x1.getShape().get(0) < 2) {
            throw new IllegalArgumentException(
                    "a batch needs at least 2 images, for BatchNorm takes their variance; this one has "
                            + x1.getShape().get(0));
        }
    }

    private static NDArray detached(NDArray z) {
        NDArray d = z.stopGradient();
        d.attach(z.getManager());
        return d;
    }

    /** How far a step moves an array, if that is asked for. */
    private static final class Update implements AutoCloseable {
        private final NDManager scope;
        private final NDArray parameters;
        private final NDArray before;

        Update(NDArray parameters, boolean wanted) {
            this.parameters = parameters;
            if (!wanted || parameters == null) {
                scope = null;
                before = null;
                return;
            }
            scope = parameters.getManager().newSubManager();
            NDArray now = parameters.stopGradient();
            now.attach(scope);
            before = now.duplicate();
            before.attach(scope);
        }

        /** |update| / |weights before|; NaN where nothing was asked for. */
        double relative() {
            if (before == null) {
                return Double.NaN;
            }
            NDArray now = parameters.stopGradient();
            now.attach(scope);
            double norm = Math.sqrt(OnHost.number(before.square().sum()));
            return Math.sqrt(OnHost.number(now.sub(before).square().sum())) / norm;
        }

        @Override
        public void close() {
            if (scope != null) {
                scope.close();
            }
        }
    }

    private Diagnostics look(NDList z) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray both = detached(z.get(0)).concat(detached(z.get(1)), 0);
            Optional<NDArray> matrix = predictor.matrix();
            matrix.ifPresent(m -> m.attach(scope));
            Diagnostics d = Diagnostics.of(both, correlation().correlation(), matrix.orElse(null));
            return hasTarget()
                    ? d.withTarget(
                            networks.targetWeights().weights(), networks.onlineWeights().weights())
                    : d;
        }
    }
}
