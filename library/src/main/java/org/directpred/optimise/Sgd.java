package org.directpred.optimise;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Map;
import java.util.Optional;
import org.directpred.require.Require;
import org.directpred.tensor.Operators;
import org.directpred.tensor.Torch;

/**
 * {@code torch.optim.SGD} for one flat array of parameters:
 *
 * <pre>
 * g &lt;- g + weightDecay w;  b &lt;- momentum b + g;  w &lt;- w - learningRate (nesterov ? g + momentum b : b)
 * </pre>
 *
 * <p>The weight decay is coupled, that is, part of the gradient: in the paper's flow time it is eta
 * itself. It may be kept to the front of the array, where the matrices lie: PyTorch's two parameter
 * groups, of which the one with the biases and BatchNorm's scales and shifts has no decay.
 */
public final class Sgd implements Optimiser {
    private final NDArray parameters;
    private final NDArray buffer;
    private final double momentum;
    private final boolean decays;
    private final boolean nesterov;
    private final Optional<Groups> groups;

    /**
     * An optimiser for that array, with decay on all of it.
     *
     * @param parameters a leaf with a gradient
     * @param momentum 0 or more, below 1
     * @param nesterov whether the step looks ahead; needs a momentum
     * @param manager the parent of what the optimiser owns
     */
    public Sgd(NDArray parameters, double momentum, boolean nesterov, NDManager manager) {
        this(parameters, parameters.size(), momentum, nesterov, manager);
    }

    /**
     * An optimiser for that array, with decay on its front alone.
     *
     * @param parameters a leaf with a gradient
     * @param decayed how many elements at the front the weight decay applies to, 0 to all
     * @param momentum 0 or more, below 1
     * @param nesterov whether the step looks ahead; needs a momentum
     * @param manager the parent of what the optimiser owns
     */
    public Sgd(
            NDArray parameters,
            long decayed,
            double momentum,
            boolean nesterov,
            NDManager manager) {
        Require.momentum("momentum", momentum);
        if (nesterov && momentum == 0) {
            throw new IllegalArgumentException("nesterov needs a momentum above 0");
        }
        long size = parameters.size();
        FrontAndBack.require(decayed, size);
        this.parameters = parameters;
        this.momentum = momentum;
        this.decays = decayed > 0;
        this.nesterov = nesterov;
        this.buffer = manager.zeros(parameters.getShape(), parameters.getDataType());
        this.groups =
                decays && decayed < size
                        ? Optional.of(new Groups(parameters, buffer, decayed, size))
                        : Optional.empty();
    }

    @Override
    public void step(double learningRate, double weightDecay) {
        Require.nonNegative("weightDecay", weightDecay);
        double decay = decays ? weightDecay : 0;
        try (NDArray gradient = parameters.getGradient()) {
            if (decay > 0 && groups.isPresent()) {
                groups.get().step(gradient, learningRate, decay);
            } else {
                step(parameters, gradient, buffer, learningRate, decay);
            }
        }
        dropGradient();
    }

    @Override
    public void dropGradient() {
        Torch.dropGradient(parameters);
    }

    /** The momentum buffer as {@code momentum}. */
    @Override
    public Map<String, NDArray> state() {
        return Map.of("momentum", buffer);
    }

    @Override
    public void close() {
        groups.ifPresent(Groups::close);
        buffer.close();
    }

    private void step(NDArray p, NDArray g, NDArray b, double rate, double decay) {
        Operators.sgd(p, g, b, rate, momentum, decay, nesterov);
    }

    /** Two views of each array: what decays and the rest. */
    private final class Groups implements AutoCloseable {
        private final FrontAndBack parts;
        private final NDList parameterViews;
        private final NDList bufferViews;

        Groups(NDArray parameters, NDArray buffer, long decayed, long size) {
            this.parts = new FrontAndBack(decayed, size);
            this.parameterViews = parts.of(parameters);
            this.bufferViews = parts.of(buffer);
        }

        void step(NDArray gradient, double rate, double decay) {
            try (NDList views = parts.of(gradient)) {
                for (int i = 0; i < 2; i++) {
                    Sgd.this.step(
                            parameterViews.get(i),
                            views.get(i),
                            bufferViews.get(i),
                            rate,
                            i == 0 ? decay : 0);
                }
            }
        }

        @Override
        public void close() {
            parameterViews.close();
            bufferViews.close();
            parts.close();
        }
    }
}
