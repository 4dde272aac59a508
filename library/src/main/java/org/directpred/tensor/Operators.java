package org.directpred.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.Arrays;

/**
 * PyTorch's operators that DJL does not offer. They run on the device where their arguments are.
 */
public final class Operators {
    private static final String METHODS =
            """
              def eigh(self, a: Tensor) -> Tuple[Tensor, Tensor]:
                s, u = torch.linalg_eigh(a)
                return (s, u)
              def cosine(self, q: Tensor, t: Tensor) -> Tensor:
                qn = torch.div(q, torch.clamp_min(torch.norm(q, 2, [1], True), 1e-12))
                tn = torch.div(t, torch.clamp_min(torch.norm(t, 2, [1], True), 1e-12))
                return torch.sum(torch.mul(qn, tn), [1])
              def sgd(self, p: List[Tensor], g: List[Tensor], b: List[Tensor], lr: float, mu: float, wd: float, nesterov: bool) -> NoneType:
                _0 = torch._fused_sgd_(p, g, b, weight_decay=wd, momentum=mu, lr=lr, dampening=0., nesterov=nesterov, maximize=False, is_first_step=False)
                return None
              def lerp(self, t: Tensor, w: Tensor, amount: float) -> NoneType:
                _0 = torch.lerp_(t, w, amount)
                return None
              def copy(self, to: Tensor, source: Tensor) -> NoneType:
                _0 = torch.copy_(to, source)
                return None
            """;

    private Operators() {}

    /**
     * Eigendecomposition of a symmetric matrix, A = U diag(s) U<sup>T</sup> ({@code
     * torch.linalg.eigh}).
     *
     * @param a the matrix, {@code [n, n]}; its lower triangle is read. Not modified.
     * @return s, ascending, {@code [n]}, and U, {@code [n, n]}, eigenvectors in columns; both
     *     belong to the manager of {@code a}
     */
    public static NDList eigh(NDArray a) {
        if (a.getShape().dimension() != 2 || a.getShape().get(0) != a.getShape().get(1)) {
            throw new IllegalArgumentException(
                    "a square matrix is needed, not one of shape " + a.getShape());
        }
        return script().call("eigh", a);
    }

    /**
     * The cosine of the angle between the rows of two arrays, {@code q.t / (|q| |t|)},
     * differentiable ({@code torch.nn.functional.normalize} with its epsilon of 1e-12).
     *
     * @param q {@code [batch, d]}
     * @param t {@code [batch, d]}
     * @return {@code [batch]}, belonging to the manager of {@code q}
     * @throws IllegalArgumentException if the shapes differ or the batch is empty
     */
    public static NDArray cosine(NDArray q, NDArray t) {
        if (!q.getShape().equals(t.getShape())) {
            throw new IllegalArgumentException(
                    "must be of the same shape: " + q.getShape() + " vs " + t.getShape());
        }
        if (q.getShape().dimension() > 0 && q.getShape().get(0) == 0) {
            throw new IllegalArgumentException(
                    "a batch without rows has no cosines: its shape is " + q.getShape());
        }
        return script().call("cosine", q, t).singletonOrThrow();
    }

    /**
     * One step of {@code torch.optim.SGD} without dampening, in place: {@code g += wd p; b = mu b +
     * g; p -= lr (nesterov ? g + mu b : b)}. With b = 0 the first step is torch's first step.
     *
     * @param p parameters. Modified.
     * @param g their gradient. Not modified.
     * @param b momentum buffer. Modified, unless the momentum is 0.
     */
    public static void sgd(
            NDArray p,
            NDArray g,
            NDArray b,
            double lr,
            double momentum,
            double weightDecay,
            boolean nesterov) {
        script().callInPlace(
                        "sgd",
                        list(p),
                        list(g),
                        // Torch wants no buffers where there is no momentum.
                        momentum == 0 ? list() : list(b),
                        IValue.from(lr),
                        IValue.from(momentum),
                        IValue.from(weightDecay),
                        IValue.from(nesterov));
    }

    /**
     * {@code t += amount (w - t)} in place: one step of an exponential moving average with 1 - m =
     * amount.
     *
     * @param t Modified.
     * @param w of the same shape. Not modified.
     */
    public static void lerp(NDArray t, NDArray w, double amount) {
        script().callInPlace("lerp", value(t), value(w), IValue.from(amount));
    }

    /**
     * Copies values in place, also across devices and types.
     *
     * @param to Modified.
     * @param source of the same shape. Not modified.
     */
    public static void copy(NDArray to, NDArray source) {
        if (!to.getShape().equals(source.getShape())) {
            throw new IllegalArgumentException(
                    "must be of the same shape: " + to.getShape() + " vs " + source.getShape());
        }
        script().callInPlace("copy", value(to), value(source));
    }

    /** A handle on an array for a method of a script. */
    static IValue value(NDArray array) {
        return IValue.from((PtNDArray) array);
    }

    /** A handle on a list of arrays for a method of a script. */
    static IValue list(NDArray... arrays) {
        return IValue.listFrom(Arrays.copyOf(arrays, arrays.length, PtNDArray[].class));
    }

    private static TorchScript script() {
        return Holder.SCRIPT;
    }

    private static final class Holder {
        // Lives as long as the process, like the engine.
        static final TorchScript SCRIPT = TorchScript.compile(METHODS, Device.cpu());
    }
}
