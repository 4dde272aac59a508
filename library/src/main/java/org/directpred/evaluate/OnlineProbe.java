package org.directpred.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.directpred.tensor.TorchScript;

/**
 * A linear classifier that learns beside the pretraining, on the features of each batch as they
 * come: a rough accuracy at any moment for next to nothing. The network does not learn from it.
 *
 * <p>Features are standardised by the moving average of their mean and variance, and the classifier
 * is trained by Adam. Its accuracy is that on augmented training images before it has seen them; it
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
    private double accuracy = Double.NaN;

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
                          def standardise(self, x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
                            v, m = torch.var_mean(x, [0], False)
                            _0 = torch.lerp_(mean, m, FORGET)
                            _1 = torch.lerp_(variance, v, FORGET)
                            return torch.div(torch.sub(x, mean), torch.sqrt(torch.add(variance, 1e-05)))
                        """
                                .replace("FORGET", Double.toString(1 - MEMORY)),
                        parent.getDevice());
        this.state = adam.initialState(dimension, classes, manager);
        this.mean = manager.zeros(new Shape(dimension));
        this.variance = manager.ones(new Shape(dimension));
    }

    /**
     * Classifies a batch, then learns from it.
     *
     * @param features {@code [batch, dimension]}, float32, outside any graph. Not modified.
     * @param labels one for each row, 0 to {@code classes - 1}
     * @return the fraction classified rightly
     */
    public double update(NDArray features, int[] labels) {
        Shape expected = new Shape(labels.length, mean.size());
        if (!features.getShape().equals(expected) || labels.length == 0) {
            throw new IllegalArgumentException(
                    "expected features of shape " + expected + ", not " + features.getShape());
        }
        float[] hot = new float[labels.length * classes];
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new IllegalArgumentException(
                        "label %d of row %d is none of the %d classes"
                                .formatted(labels[i], i, classes));
            }
            hot[i * classes + labels[i]] = 1;
        }
        try (NDManager scope = manager.newSubManager()) {
            NDArray mine = features.stopGradient();
            mine.attach(scope);
            NDArray x = script.call("standardise", mine, mean, variance).singletonOrThrow();
            NDArray weight = state.get(0).transpose();
            weight.attach(scope);
            long[] predicted = x.matMul(weight).add(state.get(1)).argMax(1).toLongArray();
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
            accuracy = Double.isNaN(accuracy) ? now : MEMORY * accuracy + (1 - MEMORY) * now;
            return now;
        }
    }

    /** The moving average of the batches' accuracies, 0 to 1; NaN before the first. */
    public double accuracy() {
        return accuracy;
    }

    @Override
    public void close() {
        script.close();
        step.close();
        manager.close();
    }
}
