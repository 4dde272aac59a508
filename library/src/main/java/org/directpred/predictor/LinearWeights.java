package org.directpred.predictor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.directpred.require.Require;
import org.directpred.tensor.ParameterGroups;
import org.directpred.tensor.TorchScript;

/**
 * W<sub>p</sub> of a linear predictor and, if there is one, its bias in one flat leaf array, with
 * {@code torch.nn.Linear}'s start: what a {@link Predictor} of your own can be made of.
 */
public final class LinearWeights implements AutoCloseable {
    private final NDManager manager;
    private final TorchScript script;
    private final int dimension;
    private final NDArray flat;

    /**
     * Starts as {@code torch.nn.Linear} does.
     *
     * @param dimension d, at least 1
     * @param bias whether there is a bias
     * @param trained whether {@link #flat} takes gradients
     * @param type float32 or float64: that of z
     * @param seed where the random start comes from
     * @param parent on whose device it lives; it owns a manager below and is closed by the caller
     */
    public LinearWeights(
            int dimension,
            boolean bias,
            boolean trained,
            DataType type,
            long seed,
            NDManager parent) {
        Require.atLeast("the dimension", dimension, 1);
        this.dimension = dimension;
        this.manager = parent.newSubManager();
        int matrix = dimension * dimension;
        String b =
                bias
                        ? String.format(
                                Locale.ROOT,
                                "torch.slice(w, 0, %d, %d)",
                                matrix,
                                matrix + dimension)
                        : "None";
        // z comes first: the result belongs to its manager, not to the weights'.
        this.script =
                TorchScript.compile(
                        String.format(
                                Locale.ROOT,
                                """
                          def predict(self, z: Tensor, w: Tensor) -> Tensor:
                            m = torch.view(torch.slice(w, 0, 0, %d), [%d, %d])
                            return torch.linear(z, m, %s)
                          def matrix(self, w: Tensor) -> Tensor:
                            return torch.clone(torch.view(torch.slice(w, 0, 0, %d), [%d, %d]))
                          def set(self, w: Tensor, m: Tensor) -> Tensor:
                            return torch.copy_(torch.view(torch.slice(w, 0, 0, %d), [%d, %d]), m)
                        """,
                                matrix,
                                dimension,
                                dimension,
                                b,
                                matrix,
                                dimension,
                                dimension,
                                matrix,
                                dimension,
                                dimension),
                        Device.cpu());
        float[] start = start(matrix + (bias ? dimension : 0), dimension, seed);
        NDArray narrow = manager.create(start, new Shape(start.length));
        this.flat = narrow.toType(type, false);
        if (flat != narrow) {
            narrow.close();
        }
        if (trained) {
            flat.setRequiresGradient(true);
        }
    }

    /** {@code torch.nn.Linear}'s start: uniform within 1 / sqrt(inputs). */
    static float[] start(int size, int inputs, long seed) {
        float[] start = new float[size];
        double bound = 1 / Math.sqrt(inputs);
        Random random = new Random(seed);
        for (int i = 0; i < size; i++) {
            start[i] = (float) ((2 * random.nextDouble() - 1) * bound);
        }
        return start;
    }

    /** W<sub>p</sub> row by row, then the bias: {@link Predictor#parameters}; not a copy. */
    public NDArray flat() {
        return flat;
    }

    /** W<sub>p</sub>, then its bias: {@link Predictor#parameterGroups}. */
    public ParameterGroups parameterGroups() {
        long matrix = (long) dimension * dimension;
        return flat.size() == matrix
                ? ParameterGroups.ofMatrix(matrix)
                : new ParameterGroups(List.of(matrix), List.of((long) dimension));
    }

    /** The manager that owns it; moving averages beside it may live there too. */
    public NDManager manager() {
        return manager;
    }

    /**
     * q = W<sub>p</sub> z (+ b).
     *
     * @param z {@code [batch, d]}
     * @return {@code [batch, d]}, belonging to the manager of z
     */
    public NDArray predict(NDArray z) {
        if (z.getShape().dimension() != 2 || z.getShape().get(1) != dimension) {
            throw new IllegalArgumentException(
                    "the predictor takes outputs of shape [batch, "
                            + dimension
                            + "], not "
                            + z.getShape());
        }
        return script.call("predict", z, flat).singletonOrThrow();
    }

    /** A copy of W<sub>p</sub>, outside the graph; the caller closes it. */
    public NDArray matrix() {
        try (NDArray copy = script.call("matrix", flat).singletonOrThrow()) {
            return copy.stopGradient();
        }
    }

    /**
     * Sets W<sub>p</sub>; the bias stays. Called outside every gradient collector.
     *
     * @param matrix {@code [d, d]}, of any floating type. Not modified.
     * @throws IllegalArgumentException if it is of another shape
     */
    public void set(NDArray matrix) {
        requireShape(matrix.getShape());
        try (NDArray view = flat.stopGradient()) {
            script.call("set", view, matrix).close();
        }
    }

    /**
     * Sets W<sub>p</sub> from an eigendecomposition, without a copy in between.
     *
     * @throws IllegalStateException if there is a bias
     */
    public void set(SpectralMatrix matrix) {
        requireShape(new Shape(matrix.dimension(), matrix.dimension()));
        if (flat.size() != (long) dimension * dimension) {
            throw new IllegalStateException(
                    "there is a bias behind W_p: set(matrix.matrix()) leaves it as it is");
        }
        matrix.writeTo(flat);
    }

    private void requireShape(Shape shape) {
        if (!shape.equals(new Shape(dimension, dimension))) {
            throw new IllegalArgumentException(
                    "W_p is of shape (%d, %d), not %s".formatted(dimension, dimension, shape));
        }
    }

    /** W &lt;- (W + W<sup>T</sup>) / 2. */
    public void symmetrise() {
        try (NDManager scope = manager.newSubManager()) {
            NDArray w = matrix();
            w.attach(scope);
            set(w.add(w.transpose()).muli(0.5));
        }
    }

    @Override
    public void close() {
        script.close();
        manager.close();
    }
}
