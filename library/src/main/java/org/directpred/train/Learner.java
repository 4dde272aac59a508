package org.directpred.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.GradientCollector;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.directpred.evaluate.Diagnostics;
import org.directpred.network.OnlineAndTarget;
import org.directpred.optimise.Sgd;
import org.directpred.predictor.FeatureCorrelation;
import org.directpred.predictor.Predictor;
import org.directpred.tensor.Operators;
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
 * W<sub>p</sub>; the target moves.
 */
public final class Learner implements AutoCloseable {
    private static final double CORRELATION_MEMORY = 0.3;

    private final Recipe recipe;
    private final NDManager manager;
    private final OnlineAndTarget networks;
    private final Predictor predictor;
    private final Sgd optimiser;
    private final Optional<Sgd> predictorOptimiser;
    private final FeatureCorrelation correlation;
    private long step;

    /**
     * What a step gave.
     *
     * @param loss of the batch, before the step
     * @param learningRate the network's
     * @param diagnostics a look at F, W_p and the outputs, if it was asked for
     */
    public record Outcome(double loss, double learningRate, Optional<Diagnostics> diagnostics) {}

    private Learner(Recipe recipe, Device device) {
        this.recipe = recipe;
        this.manager = Torch.newManager(device);
        this.networks =
                new OnlineAndTarget(
                        recipe.encoder(),
                        recipe.projector(),
                        recipe.targetCopied(),
                        recipe.precision(),
                        recipe.seed(),
                        manager);
        this.predictor =
                recipe.predictor()
                        .create(
                                networks.outputs(),
                                recipe.precision().type(),
                                recipe.seed(),
                                manager);
        this.optimiser =
                new Sgd(
                        networks.onlineWeights().weights(),
                        recipe.momentum(),
                        recipe.weightDecay(),
                        false,
                        manager);
        this.predictorOptimiser =
                predictor
                        .parameters()
                        .map(
                                p ->
                                        new Sgd(
                                                p,
                                                recipe.momentum(),
                                                recipe.predictorGroupWeightDecay(),
                                                false,
                                                manager));
        this.correlation =
                FeatureCorrelation.movingAverage(
                        manager, networks.outputs(), recipe.precision().type(), CORRELATION_MEMORY);
    }

    /** Fresh networks, predictor and optimisers on a device; the caller closes them. */
    public static Learner of(Recipe recipe, Device device) {
        return TrainingThread.call(() -> new Learner(recipe, device));
    }

    /**
     * One step. Called on the {@link TrainingThread}.
     *
     * @param x1 first views, {@code [batch, channels, height, width]}, float32, on the learner's
     *     device
     * @param x2 second views of the same images
     * @param diagnose whether to look at F, W_p and the outputs
     * @throws IllegalArgumentException if the views differ in shape or the batch has fewer than 2
     *     images
     * @throws IllegalStateException if the loss is not finite; nothing has been changed by then but
     *     BatchNorm's statistics
     */
    public Outcome step(NDArray x1, NDArray x2, boolean diagnose) {
        check(x1, x2);
        NDList z;
        NDList t;
        double loss;
        try (GradientCollector collector = Torch.engine().newGradientCollector()) {
            z = networks.online(x1, x2);
            t = targets(x1, x2, z);
            NDArray total = loss(predictor.predict(z.get(0)), t.get(1));
            if (recipe.symmetricLoss()) {
                total = total.add(loss(predictor.predict(z.get(1)), t.get(0)));
            }
            loss = scalar(total);
            if (!Double.isFinite(loss)) {
                throw new IllegalStateException(
                        "the loss is %s at step %d; the weights are those of the step before. Lower the learning rate (now %s) or look for NaN in the images."
                                .formatted(loss, step, recipe.learningRate()));
            }
            collector.backward(total);
        }
        predictor.observe(z.get(0), z.get(1), t.get(1), t.get(0));
        correlation.update(z.get(0), z.get(1));
        double rate = recipe.learningRate();
        optimiser.step(rate);
        predictorOptimiser.ifPresent(o -> o.step(rate * recipe.predictorLearningRateFactor()));
        predictor.afterStep(step);
        if (hasTarget()) {
            networks.moveTarget(recipe.ema());
        }
        step++;
        return new Outcome(loss, rate, diagnose ? Optional.of(look(z)) : Optional.empty());
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

    /** F, as the diagnostics follow it whatever the predictor is, with rho = 0.3. */
    public FeatureCorrelation correlation() {
        return correlation;
    }

    /**
     * Every array that the future depends on, by name: weights, BatchNorm's statistics, momentum,
     * the predictor and F. Not copies.
     */
    public Map<String, NDArray> state() {
        Map<String, NDArray> all = new TreeMap<>();
        all.put("online.weights", networks.onlineWeights().weights());
        all.put("online.statistics", networks.onlineWeights().statistics());
        all.put("target.weights", networks.targetWeights().weights());
        all.put("target.statistics", networks.targetWeights().statistics());
        all.put("momentum", optimiser.buffer());
        predictorOptimiser.ifPresent(o -> all.put("predictor.momentum", o.buffer()));
        predictor.state().forEach((name, array) -> all.put("predictor." + name, array));
        all.put("F", correlation.correlation());
        all.put("F.mean", correlation.mean());
        return all;
    }

    /** Every number that the future depends on, by name. */
    public Map<String, Long> counters() {
        Map<String, Long> all = new TreeMap<>();
        all.put("step", step);
        all.put("F.batches", correlation.batches());
        predictor.counters().forEach((name, value) -> all.put("predictor." + name, value));
        return all;
    }

    /** Takes back {@link #counters}. */
    void restoreCounters(Map<String, Long> counters) {
        step = counters.get("step");
        correlation.restoreBatches(counters.get("F.batches"));
        Map<String, Long> own = new TreeMap<>();
        predictor
                .counters()
                .keySet()
                .forEach(name -> own.put(name, counters.get("predictor." + name)));
        predictor.restoreCounters(own);
    }

    /** Steps taken. */
    public long steps() {
        return step;
    }

    @Override
    public void close() {
        TrainingThread.run(
                () -> {
                    correlation.close();
                    predictor.close();
                    networks.close();
                    manager.close();
                });
    }

    /** Whether there is a target network of its own. */
    private boolean hasTarget() {
        return recipe.ema() > 0 && recipe.stopGradient();
    }

    private static void check(NDArray x1, NDArray x2) {
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

    private static double scalar(NDArray x) {
        return x.getDataType() == DataType.FLOAT64 ? x.getDouble() : x.getFloat();
    }

    /** What each view's prediction is compared with: the outputs for view 1 and view 2. */
    private NDList targets(NDArray x1, NDArray x2, NDList z) {
        if (!recipe.stopGradient()) {
            return z;
        }
        if (!hasTarget()) {
            // The target is the online network: its outputs in training mode are z itself.
            return new NDList(detached(z.get(0)), detached(z.get(1)));
        }
        return networks.target(x1, x2);
    }

    private static NDArray detached(NDArray z) {
        NDArray d = z.stopGradient();
        d.attach(z.getManager());
        return d;
    }

    /**
     * No operation here may take a Java number: DJL passes it as an array on memory that it frees
     * at once, while autograd still keeps it for the backward pass. A garbage collection in between
     * then multiplies the gradient by whatever lies there.
     */
    private NDArray loss(NDArray q, NDArray t) {
        return switch (recipe.loss()) {
            case COSINE -> {
                NDArray cosine = Operators.cosine(q, t).mean();
                yield cosine.add(cosine).neg();
            }
            case EUCLIDEAN -> q.sub(t).square().sum(new int[] {1}).mean();
        };
    }

    private Diagnostics look(NDList z) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray both = detached(z.get(0)).concat(detached(z.get(1)), 0);
            Optional<NDArray> matrix = predictor.matrix();
            matrix.ifPresent(m -> m.attach(scope));
            Diagnostics d = Diagnostics.of(both, correlation.correlation(), matrix.orElse(null));
            return hasTarget()
                    ? d.withTarget(
                            networks.targetWeights().weights(), networks.onlineWeights().weights())
                    : d;
        }
    }
}
