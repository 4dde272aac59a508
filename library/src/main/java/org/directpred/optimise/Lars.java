package org.directpred.optimise;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.directpred.require.Require;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TorchScript;

/**
 * Layer-wise adaptive rate scaling (You, Gitman and Ginsburg 2017) as BYOL's program has it, for
 * one flat array of parameters. For each adapted parameter
 *
 * <pre>
 * u &lt;- g + weightDecay w;  u &lt;- u eta |w| / |u|  (unless |w| or |u| is 0)
 * b &lt;- momentum b + u;  w &lt;- w - learningRate b
 * </pre>
 *
 * <p>The rest of the array (biases, BatchNorm's scales and shifts) gets neither decay nor
 * adaptation: b &lt;- momentum b + g. The learning rate stands outside the momentum buffer. The
 * norms stay on the device; no step waits for one.
 */
public final class Lars implements Optimiser {
    private final NDArray parameters;
    private final NDArray buffer;
    private final TorchScript script;

    /**
     * An optimiser for that array.
     *
     * @param parameters a leaf with a gradient
     * @param adapted the number of elements of each parameter that is adapted and decays, in the
     *     order in which they lie at the array's front; what follows is not adapted
     * @param momentum 0 or more, below 1; BYOL has 0.9
     * @param eta LARS's coefficient of trust, above 0; BYOL has 1e-3. Not the paper's eta.
     * @param manager the parent of what the optimiser owns
     */
    public Lars(
            NDArray parameters,
            List<Long> adapted,
            double momentum,
            double eta,
            NDManager manager) {
        Require.momentum("momentum", momentum);
        Require.positive("eta, LARS's coefficient,", eta);
        long size = parameters.size();
        long front = adapted.stream().mapToLong(Long::longValue).sum();
        if (front > size || adapted.stream().anyMatch(s -> s < 1)) {
            throw new IllegalArgumentException(
                    "the adapted parameters' sizes %s must each be at least 1 and sum to at most %d, the length of the flat array"
                            .formatted(adapted, size));
        }
        this.parameters = parameters;
        this.buffer = manager.zeros(parameters.getShape(), parameters.getDataType());
        this.script = TorchScript.compile(text(adapted, front, momentum, eta), Device.cpu());
    }

    @Override
    public void step(double learningRate, double weightDecay) {
        Require.nonNegative("weightDecay", weightDecay);
        try (NDArray gradient = parameters.getGradient()) {
            // The gradient becomes the update in place and is then dropped.
            script.run("lars", parameters, gradient, buffer, learningRate, weightDecay);
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
        script.close();
        buffer.close();
    }

    private static String text(List<Long> adapted, long front, double momentum, double eta) {
        StringBuilder s = new StringBuilder();
        s.append(
                "  def lars(self, p: Tensor, g: Tensor, b: Tensor, lr: float, wd: float) -> NoneType:\n");
        if (!adapted.isEmpty()) {
            String sizes =
                    adapted.stream()
                            .map(String::valueOf)
                            .collect(Collectors.joining(", ", "[", "]"));
            s.append(
                    """
                        w = torch.slice(p, 0, 0, %1$d)
                        u = torch.slice(g, 0, 0, %1$d)
                        _0 = torch.add_(u, w, alpha=wd)
                        us = torch.split_with_sizes(u, %2$s)
                        wn = torch.stack(torch._foreach_norm(torch.split_with_sizes(w, %2$s), 2))
                        un = torch.stack(torch._foreach_norm(us, 2))
                        trust = torch.div(torch.mul(wn, %3$s), un)
                        usable = torch.logical_and(torch.gt(wn, 0), torch.gt(un, 0))
                        factor = torch.where(usable, trust, torch.ones_like(trust))
                        _1 = torch._foreach_mul_(us, torch.unbind(factor))
                    """
                            .formatted(front, sizes, eta));
        }
        s.append(
                """
                    _2 = torch.add_(torch.mul_(b, %s), g)
                    _3 = torch.add_(p, b, alpha=torch.neg(lr))
                    return None
                """
                        .formatted(momentum));
        return s.toString();
    }
}
