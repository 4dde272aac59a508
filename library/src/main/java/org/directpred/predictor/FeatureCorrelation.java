package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.OptionalDouble;
import org.directpred.require.Require;
import org.directpred.tensor.Operators;

/**
 * F, the correlation matrix of the predictor's input, and its moving average (Eqn 19):
 *
 * <pre>F &lt;- rho F + (1 - rho) E_B[z z^T]</pre>
 *
 * <p>The expectation is over both views of the batch, uncentred, of z as it is (not normalised).
 * The first batch is taken as it is; there is no start at zero and no correction for one. The mean
 * of z is followed in the same way.
 */
public final class FeatureCorrelation implements AutoCloseable {
    private final NDManager manager;
    private final int dimension;
    private final OptionalDouble rho;
    private final NDArray correlation;
    private final NDArray mean;
    private long batches;

    private FeatureCorrelation(NDManager parent, int dimension, DataType type, OptionalDouble rho) {
        Require.atLeast("the dimension", dimension, 1);
        this.manager = parent.newSubManager();
        this.dimension = dimension;
        this.rho = rho;
        this.correlation = manager.zeros(new Shape(dimension, dimension), type);
        this.mean = manager.zeros(new Shape(dimension), type);
    }

    /**
     * A moving average.
     *
     * @param dimension d
     * @param type of z
     * @param rho how much of the past each batch keeps, 0 (the last batch alone) to below 1
     */
    public static FeatureCorrelation movingAverage(
            NDManager parent, int dimension, DataType type, double rho) {
        checkRho(rho);
        return new FeatureCorrelation(parent, dimension, type, OptionalDouble.of(rho));
    }

    /** The plain mean over all batches seen. */
    public static FeatureCorrelation runningMean(NDManager parent, int dimension, DataType type) {
        return new FeatureCorrelation(parent, dimension, type, OptionalDouble.empty());
    }

    static void checkRho(double rho) {
        Require.momentum("rho, the moving average's memory,", rho);
    }

    /**
     * Takes a batch.
     *
     * @param z1 the first view's outputs, {@code [batch, d]}
     * @param z2 the second view's
     * @throws IllegalArgumentException if a shape does not fit or a batch is empty
     */
    public void update(NDArray z1, NDArray z2) {
        take(z1, z2, rho.isPresent() ? rho.getAsDouble() : batches / (batches + 1.0));
    }

    /**
     * Takes a batch, keeping another share of the past than the average's own.
     *
     * @param memory rho for this batch, 0 to below 1; the first batch is taken as it is whatever it
     *     says
     */
    public void update(NDArray z1, NDArray z2, double memory) {
        checkRho(memory);
        take(z1, z2, memory);
    }

    private void take(NDArray z1, NDArray z2, double memory) {
        check(z1);
        check(z2);
        double keep = batches == 0 ? 0 : memory;
        try (NDManager scope = manager.newSubManager()) {
            NDArray a = detached(z1, scope);
            NDArray b = detached(z2, scope);
            long rows = a.getShape().get(0) + b.getShape().get(0);
            NDArray e = a.transpose().matMul(a).addi(b.transpose().matMul(b)).divi(rows);
            Operators.lerp(correlation, e, 1 - keep);
            NDArray m = a.sum(new int[] {0}).addi(b.sum(new int[] {0})).divi(rows);
            Operators.lerp(mean, m, 1 - keep);
        }
        batches++;
    }

    /** The number of batches seen. */
    public long batches() {
        return batches;
    }

    /** The dimension d of the outputs. */
    public int dimension() {
        return dimension;
    }

    /** F itself, {@code [d, d]}; not a copy. */
    public NDArray correlation() {
        return correlation;
    }

    /** The mean of z, {@code [d]}; not a copy. */
    public NDArray mean() {
        return mean;
    }

    /** F minus the outer product of the mean, {@code [d, d]}, belonging to the given manager. */
    public NDArray covariance(NDManager scope) {
        NDArray m = mean.duplicate();
        m.attach(scope);
        NDArray f = correlation.duplicate();
        f.attach(scope);
        return f.sub(m.expandDims(1).mul(m.expandDims(0)));
    }

    /** Takes back {@link #batches} from a checkpoint; the arrays are written by their holder. */
    public void restoreBatches(long count) {
        batches = count;
    }

    @Override
    public void close() {
        manager.close();
    }

    private static NDArray detached(NDArray z, NDManager scope) {
        NDArray d = z.stopGradient();
        d.attach(scope);
        return d;
    }

    private void check(NDArray z) {
        Shape shape = z.getShape();
        if (shape.dimension() != 2 || shape.get(1) != dimension) {
            throw new IllegalArgumentException(
                    "outputs of shape [batch, " + dimension + "] are needed, not " + shape);
        }
        requireImages(shape);
    }

    /** The mean over no images is NaN, and would stay in every average. */
    static void requireImages(Shape shape) {
        if (shape.get(0) == 0) {
            throw new IllegalArgumentException(
                    "a batch without images has no correlation: its outputs are of shape " + shape);
        }
    }
}
