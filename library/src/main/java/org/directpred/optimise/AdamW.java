package org.directpred.optimise;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.directpred.require.Require;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TorchScript;

/**
 * {@code torch.optim.AdamW} for one flat array of parameters (Loshchilov and Hutter 2019). With t
 * the number of steps from 1
 *
 * <pre>
 * w &lt;- w - learningRate weightDecay w
 * m &lt;- beta1 m + (1 - beta1) g;  v &lt;- beta2 v + (1 - beta2) g g
 * w &lt;- w - learningRate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 * </pre>
 *
 * <p>The decay is decoupled, that is, no part of the gradient. It may be kept to the front of the
 * array, where the matrices lie: PyTorch's two parameter groups, of which the one with the biases
 * and BatchNorm's scales and shifts has no decay.
 */
public final class AdamW implements Optimiser {
    // The fused step takes lists, and lists that are made in the text it would take for unused.
    private static final String TEXT =
            """
              def count(self, t: Tensor) -> NoneType:
                _0 = torch.add_(t, 1.)
                return None
              def adamw(self, p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], t: List[Tensor], lr: float, b1: float, b2: float, wd: float, eps: float) -> NoneType:
                _0 = torch._fused_adamw_(p, g, m, v, annotate(List[Tensor], []), t, lr=lr, beta1=b1, beta2=b2, weight_decay=wd, eps=eps, amsgrad=False, maximize=False)
                return None
            """;

    private final NDArray parameters;
    private final NDArray mean;
    private final NDArray square;
    // t as PyTorch keeps it; exact up to 2^24, where both corrections have long been 1.
    private final NDArray steps;
    private final long decayed;
    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final TorchScript script = TorchScript.compile(TEXT, Device.cpu());
    private final Optional<FrontAndBack> parts;

    /**
     * An optimiser for that array.
     *
     * @param parameters a leaf with a gradient
     * @param decayed how many elements at the front the weight decay applies to, 0 to all
     * @param beta1 memory of the gradient's average, 0 or more, below 1
     * @param beta2 memory of its square's average, 0 or more, below 1
     * @param epsilon what is added to the denominator, 0 or more
     * @param manager the parent of what the optimiser owns
     */
    public AdamW(
            NDArray parameters,
            long decayed,
            double beta1,
            double beta2,
            double epsilon,
            NDManager manager) {
        Require.momentum("beta1", beta1);
        Require.momentum("beta2", beta2);
        Require.nonNegative("epsilon, AdamW's,", epsilon);
        FrontAndBack.require(decayed, parameters.size());
        this.parameters = parameters;
        this.decayed = decayed;
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
        this.mean = manager.zeros(parameters.getShape(), parameters.getDataType());
        this.square = manager.zeros(parameters.getShape(), parameters.getDataType());
        this.steps = manager.zeros(new Shape(1), DataType.FLOAT32);
        this.parts =
                decayed > 0 && decayed < parameters.size()
                        ? Optional.of(new FrontAndBack(decayed, parameters.size()))
                        : Optional.empty();
    }

    @Override
    public void step(double learningRate, double weightDecay) {
        Require.nonNegative("weightDecay", weightDecay);
        script.run("count", steps);
        try (NDArray gradient = parameters.getGradient()) {
            if (parts.isPresent()) {
                step(parts.get(), gradient, learningRate, weightDecay);
            } else {
                double decay = decayed == 0 ? 0 : weightDecay;
                step(parameters, gradient, mean, square, learningRate, decay);
            }
        }
        dropGradient();
    }

    private void step(FrontAndBack both, NDArray gradient, double rate, double decay) {
        try (NDList p = both.of(parameters);
                NDList g = both.of(gradient);
                NDList m = both.of(mean);
                NDList v = both.of(square)) {
            for (int i = 0; i < 2; i++) {
                step(p.get(i), g.get(i), m.get(i), v.get(i), rate, i == 0 ? decay : 0);
            }
        }
    }

    private void step(NDArray p, NDArray g, NDArray m, NDArray v, double rate, double decay) {
        script.run(
                "adamw",
                List.of(p),
                List.of(g),
                List.of(m),
                List.of(v),
                List.of(steps),
                rate,
                beta1,
                beta2,
                decay,
                epsilon);
    }

    @Override
    public void dropGradient() {
        Torch.dropGradient(parameters);
    }

    /** m as {@code adam.mean}, v as {@code adam.square} and t as {@code adam.steps}. */
    @Override
    public Map<String, NDArray> state() {
        return Map.of("adam.mean", mean, "adam.square", square, "adam.steps", steps);
    }

    @Override
    public void close() {
        parts.ifPresent(FrontAndBack::close);
        script.close();
        mean.close();
        square.close();
        steps.close();
    }
}
