package org.directpred.optimise;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.directpred.require.Require;
import org.directpred.tensor.TorchScript;

/**
 * {@code torch.nn.utils.clip_grad_norm_}: shortens the gradients of several flat arrays together so
 * that their common Euclidean norm is at most a bound,
 *
 * <pre>g &lt;- g min(1, maxNorm / (|g| + 1e-6))</pre>
 *
 * <p>A norm that is not finite makes the gradients not finite, as in PyTorch.
 */
public final class GradientClipping implements AutoCloseable {
    private final List<NDArray> parameters;
    private final TorchScript script;

    /**
     * Clips the gradients of those arrays.
     *
     * @param maxNorm the bound, above 0
     * @param parameters leaves with gradients, at least one. Not owned.
     */
    public GradientClipping(double maxNorm, List<NDArray> parameters) {
        Require.positive("maxNorm, the bound of the gradient's norm,", maxNorm);
        if (parameters.isEmpty()) {
            throw new IllegalArgumentException("clipping needs at least one array of parameters");
        }
        this.parameters = List.copyOf(parameters);
        this.script = TorchScript.compile(text(maxNorm), Device.cpu());
    }

    /**
     * Shortens the gradients where their norm is above the bound. Called between {@code backward}
     * and the optimisers' steps, outside every gradient collector.
     *
     * @return the norm before, a scalar on the device; the caller closes it
     */
    public NDArray clip() {
        NDArray[] gradients = parameters.stream().map(NDArray::getGradient).toArray(NDArray[]::new);
        try {
            return script.call("clip", gradients).singletonOrThrow();
        } finally {
            for (NDArray gradient : gradients) {
                gradient.close();
            }
        }
    }

    @Override
    public void close() {
        script.close();
    }

    private String text(double maxNorm) {
        // A list made in the text must not be changed in place: TorchScript takes that for dead
        // code.
        return """
                 def clip(self, %s) -> Tensor:
                   n = torch.linalg_vector_norm(torch.stack([%s]))
                   c = torch.clamp_max(torch.mul(torch.reciprocal(torch.add(n, 1e-6)), %s), 1.)
               %s    return n
               """
                .formatted(
                        each("g%1$d: Tensor", ", "),
                        each("torch.linalg_vector_norm(g%1$d)", ", "),
                        maxNorm,
                        each("    _%1$d = torch.mul_(g%1$d, c)%n", ""));
    }

    private String each(String pattern, String between) {
        return IntStream.range(0, parameters.size())
                .mapToObj(pattern::formatted)
                .collect(Collectors.joining(between));
    }
}
