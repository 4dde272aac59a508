package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.OptionalDouble;
import org.directpred.require.Require;
import org.directpred.tensor.Operators;

/**
 * The correlation between targets and outputs, E[t z<sup>T</sup>] over both views, uncentred, and
 * its moving average; F's companion in the equation of the optimal predictor. The first batch is
 * taken as it is.
 */
public final class CrossCorrelation implements AutoCloseable {
    private final NDManager manager;
    private final int dimension;
    private final OptionalDouble rho;
    private final NDArray correlation;
    private long batches;

    /**
     * An average of no batches.
     *
     * @param dimension d
     * @param type of z and t
     * @param rho how much of the past each batch keeps, 0 to below 1; empty for the plain mean over
     *     all batches
     */
    public CrossCorrelation(NDManager parent, int dimension, DataType type, OptionalDouble rho) {
        Require.atLeast("the dimension", dimension, 1);
        rho.ifPresent(FeatureCorrelation::checkRho);
        this.manager = parent.newSubManager();
        this.dimension = dimension;
        this.rho = rho;
        this.correlation = manager.zeros(new Shape(dimension, dimension), type);
    }

    /**
     * Takes a batch.
     *
     * @param z1 online output of the first view, {@code [batch, d]}
     * @param z2 online output of the second view
     * @param t1 target output that {@code z1} predicts
     * @param t2 target output that {@code z2} predicts
     * @throws IllegalArgumentException if a shape does not fit or a batch is empty
     */
    public void update(NDArray z1, NDArray z2, NDArray t1, NDArray t2) {
        take(z1, z2, t1, t2, rho.isPresent() ? rho.getAsDouble() : batches / (batches + 1.0));
    }

    /**
     * Takes a batch, keeping another share of the past than the average's own.
     *
     * @param memory rho for this batch, 0 to below 1; the first batch is taken as it is whatever it
     *     says
     */
    public void update(NDArray z1, NDArray z2, NDArray t1, NDArray t2, double memory) {
        FeatureCorrelation.checkRho(memory);
        take(z1, z2, t1, t2, memory);
    }

    private void take(NDArray z1, NDArray z2, NDArray t1, NDArray t2, double memory) {
        check(z1, t1);
        check(z2, t2);
        double keep = batches == 0 ? 0 : memory;
        try (NDManager scope = manager.newSubManager()) {
            NDArray first = product(t1, z1, scope);
            NDArray second = product(t2, z2, scope);
            long rows = z1.getShape().get(0) + z2.getShape().get(0);
            Operators.lerp(correlation, first.addi(second).divi(rows), 1 - keep);
        }
        batches++;
    }

    /** The number of batches seen. */
    public long batches() {
        return batches;
    }

    /** E[t z<sup>T</sup>], {@code [d, d]}, a row for each feature of t; not a copy. */
    public NDArray correlation() {
        return correlation;
    }

    /** Takes back {@link #batches} from a checkpoint; the array is written by its holder. */
    public void restoreBatches(long count) {
        batches = count;
    }

    @Override
    public void close() {
        manager.close();
    }

    private static NDArray product(NDArray t, NDArray z, NDManager scope) {
        NDArray a = t.stopGradient();
        a.attach(scope);
        NDArray b = z.stopGradient();
        b.attach(scope);
        return a.transpose().matMul(b);
    }

    private void check(NDArray z, NDArray t) {
        Shape shape = z.getShape();
        if (shape.dimension() != 2 || shape.get(1) != dimension || !shape.equals(t.getShape())) {
            throw new IllegalArgumentException(
                    "outputs and targets of one shape [batch, %d] are needed, not %s and %s"
                            .formatted(dimension, shape, t.getShape()));
        }
        FeatureCorrelation.requireImages(shape);
    }
}
