package org.directpred.optimise;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.directpred.tensor.Operators;

/**
 * {@code torch.optim.SGD} for one flat array of parameters:
 *
 * <pre>
 * g &lt;- g + weightDecay w;  b &lt;- momentum b + g;  w &lt;- w - learningRate (nesterov ? g + momentum b : b)
 * </pre>
 *
 * <p>The weight decay is coupled, that is, part of the gradient: in the paper's flow time it is eta
 * itself.
 */
public final class Sgd implements AutoCloseable {
    private final NDArray parameters;
    private final NDArray buffer;
    private final double momentum;
    private final double weightDecay;
    private final boolean nesterov;

    /**
     * An optimiser for that array.
     *
     * @param parameters a leaf with a gradient
     * @param momentum 0 or more, below 1
     * @param weightDecay eta, 0 or more
     */
    public Sgd(
            NDArray parameters,
            double momentum,
            double weightDecay,
            boolean nesterov,
            NDManager manager) {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException(
                    "momentum must be at least 0 and below 1, not " + momentum);
        }
        if (!(weightDecay >= 0 && Double.isFinite(weightDecay))) {
            throw new IllegalArgumentException(
                    "weightDecay must be at least 0 and finite, not " + weightDecay);
        }
        if (nesterov && momentum == 0) {
            throw new IllegalArgumentException("nesterov needs a momentum above 0");
        }
        this.parameters = parameters;
        this.momentum = momentum;
        this.weightDecay = weightDecay;
        this.nesterov = nesterov;
        this.buffer = manager.zeros(parameters.getShape(), parameters.getDataType());
    }

    /** One step along the gradient that {@code backward} left, which is then set to zero. */
    public void step(double learningRate) {
        try (NDArray gradient = parameters.getGradient()) {
            Operators.sgd(
                    parameters, gradient, buffer, learningRate, momentum, weightDecay, nesterov);
            Operators.zero(gradient);
        }
    }

    /** The momentum buffer, for checkpoints; not a copy. */
    public NDArray buffer() {
        return buffer;
    }

    @Override
    public void close() {
        buffer.close();
    }
}
