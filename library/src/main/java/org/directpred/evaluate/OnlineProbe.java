package org.directpred.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.Operators;
import org.directpred.tensor.TorchScript;

/**
 * A linear classifier that learns beside the pretraining, on the features of each batch as they
 * come: a rough accuracy at any moment for next to nothing. The network does not learn from it.
 *
 * <p>Features are standardised by the moving average of their mean and variance (over the first
 * hundred batches the plain average: nothing of what they start from stays), and the classifier is
 * trained by Adam. Its accuracy is that on augmented training images before it has seen them; it
 * stands beside {@link LinearProbe}, not in its place. All methods run on the {@link
 * org.directpred.tensor.TrainingThread}.
 */
public final class OnlineProbe implements AutoCloseable {
    private static final double RATE = 3e-3;
    private static final double MEMORY = 0.99;

    private final int classes;
    private final NDManager manager;
    private final TorchScript script;
    private final TorchScript step;
    private final NDList state;
    private final NDArray mean;
    private final NDArray variance;
    // The moving average of the accuracies, in an array like all that a checkpoint holds.
    private final NDArray accuracy;

    /**
     * A classifier that knows nothing yet.
     *
     * @param dimension of the features
     * @param classes how many, at least 2
     * @param parent on whose device it lives; it owns a manager below
     */
    public OnlineProbe(int dimension, int classes, NDManager parent) {
        if (dimension < 1 || classes < 2) {
            throw new IllegalArgumentException(
                    "an online probe needs a feature and two classes, not "
                            + dimension
                            + " and "
                            + classes);
        }
        this.classes = classes;
        this.manager = parent.newSubManager();
        AdamProbe adam = new AdamProbe(RATE, 0, Integer.MAX_VALUE, 1, 0);
        this.step = TorchScript.compile(adam.script(), parent.getDevice());
        this.script =
                TorchScript.compile(
                        """
                          def rows(self, x: Tensor, at: Tensor) -> Tensor:
                            return torch.index_select(x, 0, at)
                          def standardise(self, x: Tensor, mean: Tensor, variance: Tensor, steps: Tensor) -> Tensor:
                            v, m = torch.var_mean(x, [0], False)
                            share = torch.clamp_min(torch.reciprocal(torch.add(steps, 1)), FORGET)
                            _0 = torch.lerp_(mean, m, share)
                            _1 = torch.lerp_(variance, v, share)
                            return torch.div(torch.sub(x, mean), torch.sqrt(torch.add(variance, 1e-05)))
                        """
                                .replace("FORGET", Double.toString(1 - MEMORY)),
                        parent.getDevice());
        this.state = adam.initialState(dimension, classes, manager);
        this.mean = manager.zeros(new Shape(dimension));
        this.variance = manager.ones(new Shape(dimension));
        this.accuracy = manager.create(new double[] {Double.NaN});
    }

    /**
     * Classifies a batch, then learns from it.
     *
     * @param features {@code [batch, dimension]}, float32, outside any graph. Not modified.
     * @param labels one for each row, 0 to {@code classes - 1}, or {@link Features#UNLABELLED}:
     *     such rows are left out
     * @throws IllegalArgumentException if a shape or label does not fit or a feature is NaN or
     *     infinite; the classifier is as before
     * @return the fraction of the labelled rows that is classified rightly, 0 to 1; NaN without any
     */
    public double update(NDArray features, int[] labels) {
        Shape expected = new Shape(labels.length, mean.size());
        if (!features.getShape().equals(expected) || labels.length == 0) {
            throw new IllegalArgumentException(
                    "expected features of shape " + expected + ", not " + features.getShape());
        }
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < Features.UNLABELLED || labels[i] >= classes) {
                throw new IllegalArgumentException(
                        "label %d of row %d is none of the %d classes"
                                .formatted(labels[i], i, classes));
            }
        }
        int[] labelled =
                IntStream.range(0, labels.length)
                        .filter(i -> labels[i] != Features.UNLABELLED)
                        .toArray();
        if (labelled.length == 0) {
            return Double.NaN;
        }
        try (NDManager scope = manager.newSubManager()) {
            NDArray given = features.stopGradient();
            given.attach(scope);
            NDArray mine = given.toType(DataType.FLOAT32, false);
            if (!Double.isFinite(OnHost.number(mine.abs().max()))) {
                throw new IllegalArgumentException(
                        "the features of a batch of %d rows are not finite"
                                .formatted(labels.length));
            }
            if (labelled.length == labels.length) {
                return learn(mine, labels, scope);
            }
            NDArray at = scope.create(IntStream.of(labelled).asLongStream().toArray());
            return learn(
                    script.call("rows", mine, at).singletonOrThrow(),
                    IntStream.of(labelled).map(i -> labels[i]).toArray(),
                    scope);
        }
    }

    /** The same where every row has a label. */
    private double learn(NDArray features, int[] labels, NDManager scope) {
        float[] hot = new float[labels.length * classes];
        for (int i = 0; i < labels.length; i++) {
            hot[i * classes + labels[i]] = 1;
        }
        NDArray x =
                script.call("standardise", features, mean, variance, state.get(6))
                        .singletonOrThrow();
        NDArray weight = state.get(0).transpose();
        weight.attach(scope);
        long[] predicted = OnHost.longs(x.matMul(weight).add(state.get(1)).argMax(1));
        int right = 0;
        for (int i = 0; i < labels.length; i++) {
            right += predicted[i] == labels[i] ? 1 : 0;
        }
        NDList arguments =
                new NDList(
                        x,
                        scope.create(hot, new Shape(labels.length, classes)),
                        scope.arange(0, labels.length, 1, DataType.INT64));
        arguments.addAll(state);
        step.call("epoch", arguments.toArray(new NDArray[0])).close();
        double now = (double) right / labels.length;
        double before = accuracy();
        double after = Double.isNaN(before) ? now : MEMORY * before + (1 - MEMORY) * now;
        Operators.copy(accuracy, scope.create(new double[] {after}));
        return now;
    }

    /** The moving average of the batches' accuracies, 0 to 1; NaN before the first. */
    public double accuracy() {
        return OnHost.number(accuracy);
    }

    /**
     * Every array that its future depends on, by name: the classifier, Adam's moments and its
     * number of steps, the features' mean and variance, the accuracy. Not copies.
     */
    public Map<String, NDArray> state() {
        Map<String, NDArray> all = new TreeMap<>();
        all.put("weight", state.get(0));
        all.put("bias", state.get(1));
        all.put("weight.first", state.get(2));
        all.put("bias.first", state.get(3));
        all.put("weight.second", state.get(4));
        all.put("bias.second", state.get(5));
        all.put("steps", state.get(6));
        all.put("mean", mean);
        all.put("variance", variance);
        all.put("accuracy", accuracy);
        return all;
    }

    @Override
    public void close() {
        script.close();
        step.close();
        manager.close();
    }
}
