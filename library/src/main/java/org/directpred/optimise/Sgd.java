package org.directpred.optimise;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.directpred.require.Require;
import org.directpred.tensor.Operators;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TorchScript;

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
    private final double weightDecay;
    private final boolean nesterov;
    private final Optional<Groups> groups;

    /**
     * An optimiser for that array, with decay on all of it.
     *
     * @param parameters a leaf with a gradient
     * @param momentum 0 or more, below 1
     * @param weightDecay eta, 0 or more
     * @param nesterov whether the step looks ahead; needs a momentum
     * @param manager the parent of what the optimiser owns
     */
    public Sgd(
            NDArray parameters,
            double momentum,
            double weightDecay,
            boolean nesterov,
            NDManager manager) {
        this(parameters, parameters.size(), momentum, weightDecay, nesterov, manager);
    }

    /**
     * An optimiser for that array, with decay on its front alone.
     *
     * @param parameters a leaf with a gradient
     * @param decayed how many elements at the front the weight decay applies to, 0 to all
     * @param momentum 0 or more, below 1
     * @param weightDecay eta, 0 or more
     * @param nesterov whether the step looks ahead; needs a momentum
     * @param manager the parent of what the optimiser owns
     */
    public Sgd(
            NDArray parameters,
            long decayed,
            double momentum,
            double weightDecay,
            boolean nesterov,
            NDManager manager) {
        Require.momentum("momentum", momentum);
        Require.nonNegative("weightDecay", weightDecay);
        if (nesterov && momentum == 0) {
            throw new IllegalArgumentException("nesterov needs a momentum above 0");
        }
        long size = parameters.size();
        if (decayed < 0 || decayed > size) {
            throw new IllegalArgumentException(
                    "decayed, the number of elements with weight decay, must lie between 0 and %d, not be %d"
                            .formatted(size, decayed));
        }
        this.parameters = parameters;
        this.momentum = momentum;
        this.weightDecay = decayed == 0 ? 0 : weightDecay;
        this.nesterov = nesterov;
        this.buffer = manager.zeros(parameters.getShape(), parameters.getDataType());
        this.groups =
                this.weightDecay > 0 && decayed < size
                        ? Optional.of(new Groups(parameters, buffer, decayed, size))
                        : Optional.empty();
    }

    @Override
    public void step(double learningRate) {
        try (NDArray gradient = parameters.getGradient()) {
            if (groups.isPresent()) {
                groups.get().step(gradient, learningRate);
            } else {
                step(parameters, gradient, buffer, learningRate, weightDecay);
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
        private final TorchScript script;
        private final NDList parameterViews;
        private final NDList bufferViews;

        Groups(NDArray parameters, NDArray buffer, long decayed, long size) {
            this.script =
                    TorchScript.compile(
                            String.format(
                                    Locale.ROOT,
                                    """
                              def split(self, x: Tensor) -> List[Tensor]:
                                return torch.split_with_sizes(x, [%d, %d])
                            """,
                                    decayed,
                                    size - decayed),
                            Device.cpu());
            // Of the same memory, but no leaf: it may be changed in place.
            try (NDArray plain = parameters.stopGradient()) {
                this.parameterViews = script.call("split", plain);
            }
            this.bufferViews = script.call("split", buffer);
        }

        void step(NDArray gradient, double rate) {
            try (NDList views = script.call("split", gradient)) {
                for (int i = 0; i < 2; i++) {
                    Sgd.this.step(
                            parameterViews.get(i),
                            views.get(i),
                            bufferViews.get(i),
                            rate,
                            i == 0 ? weightDecay : 0);
                }
            }
        }

        @Override
        public void close() {
            parameterViews.close();
            bufferViews.close();
            script.close();
        }
    }
}
