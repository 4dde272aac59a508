package org.directpred.predictor;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.function.DoubleUnaryOperator;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.TorchScript;

/**
 * A symmetric matrix by its eigendecomposition, U diag(s) U<sup>T</sup>. Functions of it keep U:
 * they share eigenvectors, which is what Theorem 3 asks of W<sub>p</sub> and F.
 *
 * <pre>F -&gt; F.power(0.5).plus(0.1 * F.largest())     // Eqn 18</pre>
 */
public final class SpectralMatrix {
    // A call for each half: at d = 128 calls one by one would take as long as eigh itself. The sums
    // with the transposes, which make a matrix symmetric, double the eigenvalues; halving those in
    // Java is exact and free. LAPACK takes columns: a transposed view spares it a transposed copy.
    // The product in float32 costs half of the one in float64. What is added to the eigenvalues is
    // 0,
    // and NaN where any element is not finite: of one infinity eigh may make finite eigenvalues (d
    // =
    // 2), and of a symmetric matrix it reads one triangle alone.
    private static final String METHODS =
            """
              def decompose(self, a: Tensor) -> Tuple[Tensor, Tensor]:
                w = torch.to(torch.detach(a), 7)
                s, u = torch.linalg_eigh(torch.t(torch.add(w, torch.t(w))))
                return (torch.add(s, torch.sum(torch.mul(w, 0))), u)
              def decompose_symmetric(self, a: Tensor) -> Tuple[Tensor, Tensor]:
                w = torch.to(torch.detach(a), 7)
                s, u = torch.linalg_eigh(torch.t(w))
                return (torch.add(s, torch.sum(torch.mul(w, 0))), u)
              def write(self, target: Tensor, u: Tensor, s: Tensor) -> NoneType:
                v = torch.type_as(u, target)
                m = torch.matmul(torch.mul(v, torch.type_as(s, target)), torch.t(v))
                _0 = torch.add(m, torch.t(m), alpha=1, out=torch.view_as(target, m))
                return None
            """;

    private final NDArray eigenvectors;
    private final double[] eigenvalues;
    private final DataType type;

    private SpectralMatrix(NDArray eigenvectors, double[] eigenvalues, DataType type) {
        this.eigenvectors = eigenvectors;
        this.eigenvalues = eigenvalues;
        this.type = type;
    }

    /**
     * Decomposes the symmetric part of a matrix, in double precision.
     *
     * @param matrix {@code [d, d]}. Not modified.
     * @param scope the manager that owns the eigenvectors; the result is valid while it is open
     * @throws IllegalArgumentException if the matrix is not square or has an element that is not
     *     finite
     */
    public static SpectralMatrix of(NDArray matrix, NDManager scope) {
        return decomposed("decompose", 0.5, matrix, scope);
    }

    /**
     * The eigendecomposition of a matrix that is symmetric but for rounding, as every F that was
     * measured is: one of its triangles is read. A little faster than {@link #of}.
     */
    public static SpectralMatrix ofSymmetric(NDArray matrix, NDManager scope) {
        return decomposed("decompose_symmetric", 1, matrix, scope);
    }

    private static SpectralMatrix decomposed(
            String method, double scale, NDArray matrix, NDManager scope) {
        requireSquare("F", matrix);
        NDList pair;
        try {
            pair = Holder.SCRIPT.call(method, matrix);
        } catch (EngineException e) {
            requireFinite("F", matrix, scope);
            throw e;
        }
        pair.attach(scope);
        double[] s = OnHost.doubles(pair.get(0));
        // Looked for afterwards, for it costs nothing there: eigh throws, or the script passes it
        // on.
        if (!Double.isFinite(Arrays.stream(s).sum())) {
            requireFinite("F", matrix, scope);
        }
        // What is rounding beside the largest eigenvalue is 0: its root would be far from 0.
        double grain = s.length * Math.ulp(Math.max(Math.abs(s[0]), Math.abs(s[s.length - 1])));
        for (int i = 0; i < s.length; i++) {
            s[i] = Math.abs(s[i]) <= grain ? 0 : scale * s[i];
        }
        return new SpectralMatrix(pair.get(1), s, matrix.getDataType());
    }

    /**
     * The diagonal of a matrix alone, as if its eigenvectors were the axes: without an
     * eigendecomposition.
     *
     * @param matrix {@code [d, d]}. Not modified.
     * @param scope the manager that owns the eigenvectors, the identity
     * @throws IllegalArgumentException as {@link #of}
     */
    public static SpectralMatrix ofDiagonal(NDArray matrix, NDManager scope) {
        requireSquare("F", matrix);
        NDArray identity =
                scope.eye((int) matrix.getShape().get(0)).toType(DataType.FLOAT64, false);
        double[] diagonal =
                OnHost.doubles(wide("F", matrix, scope).mul(identity).sum(new int[] {1}));
        return new SpectralMatrix(identity, diagonal, matrix.getDataType());
    }

    /** The symmetric part of a matrix in double precision, checked as {@link #of} says. */
    static NDArray symmetric(String name, NDArray matrix, NDManager scope) {
        NDArray wide = wide(name, matrix, scope);
        return wide.add(wide.transpose()).muli(0.5);
    }

    /** A matrix in double precision, outside the graph, checked as {@link #of} says. */
    static NDArray wide(String name, NDArray matrix, NDManager scope) {
        requireSquare(name, matrix);
        requireFinite(name, matrix, scope);
        NDArray a = matrix.stopGradient();
        a.attach(scope);
        return a.toType(DataType.FLOAT64, false);
    }

    private static void requireSquare(String name, NDArray matrix) {
        Shape shape = matrix.getShape();
        if (shape.dimension() != 2 || shape.get(0) != shape.get(1)) {
            throw new IllegalArgumentException(name + " must be square, not of shape " + shape);
        }
    }

    /** Refuses a NaN or an infinity in a statistic of the outputs. */
    static void requireFinite(String name, NDArray matrix, NDManager scope) {
        NDArray a = matrix.stopGradient();
        a.attach(scope);
        if (!Double.isFinite(OnHost.number(a.toType(DataType.FLOAT64, false).mul(0).sum()))) {
            throw new NotFinite(
                    name
                            + " has an element that is not finite: the network's outputs have diverged. Lower the learning rate.");
        }
    }

    /**
     * s, ascending as they were decomposed; functions applied since may have changed their order. A
     * copy.
     */
    public double[] eigenvalues() {
        return eigenvalues.clone();
    }

    /** U, {@code [d, d]}, eigenvectors in columns, float64; not a copy. */
    public NDArray eigenvectors() {
        return eigenvectors;
    }

    /** The largest eigenvalue. */
    public double largest() {
        double largest = eigenvalues[0];
        for (double s : eigenvalues) {
            largest = Math.max(largest, s);
        }
        return largest;
    }

    /** A matrix of the same eigenvectors, each eigenvalue replaced by a function of it. */
    public SpectralMatrix map(DoubleUnaryOperator function) {
        double[] mapped = new double[eigenvalues.length];
        for (int i = 0; i < mapped.length; i++) {
            mapped[i] = function.applyAsDouble(eigenvalues[i]);
        }
        return new SpectralMatrix(eigenvectors, mapped, type);
    }

    /**
     * max(s, 0)<sup>exponent</sup>: a correlation matrix has no negative eigenvalues but for
     * rounding.
     */
    public SpectralMatrix power(double exponent) {
        return exponent == 0.5
                ? map(s -> Math.sqrt(Math.max(s, 0)))
                : map(s -> Math.pow(Math.max(s, 0), exponent));
    }

    /** Adds a multiple of the identity. */
    public SpectralMatrix plus(double multiple) {
        return map(s -> s + multiple);
    }

    /** Multiplies by a number. */
    public SpectralMatrix times(double factor) {
        return map(s -> s * factor);
    }

    /** Raises eigenvalues that are smaller. */
    public SpectralMatrix atLeast(double smallest) {
        return map(s -> Math.max(s, smallest));
    }

    /**
     * max(s, 0) divided by the largest eigenvalue; zeros if that is not positive (a dead network).
     */
    public SpectralMatrix relative() {
        double largest = largest();
        return map(s -> largest > 0 ? Math.max(s, 0) / largest : 0);
    }

    /**
     * The matrix, {@code [d, d]}, symmetric to the last digit, of the type of the one that was
     * decomposed, belonging to the scope's manager.
     */
    public NDArray matrix() {
        int d = eigenvalues.length;
        NDArray result = eigenvectors.getManager().create(new Shape(d, d), type);
        writeTo(result);
        return result;
    }

    /**
     * Writes the matrix over d<sup>2</sup> elements of any floating type, row by row, without a
     * copy in between. A leaf may be written to, outside every gradient collector.
     *
     * @throws IllegalArgumentException if the target has another number of elements
     */
    public void writeTo(NDArray target) {
        if (target.size() != (long) eigenvalues.length * eigenvalues.length) {
            throw new IllegalArgumentException(
                    "%d x %d elements are needed to write to, not the shape %s"
                            .formatted(eigenvalues.length, eigenvalues.length, target.getShape()));
        }
        double[] halves = new double[eigenvalues.length];
        for (int i = 0; i < halves.length; i++) {
            halves[i] = eigenvalues[i] / 2;
        }
        Holder.SCRIPT.run("write", target, eigenvectors, eigenvectors.getManager().create(halves));
    }

    /** d, the number of rows. */
    public int dimension() {
        return eigenvalues.length;
    }

    /** The first eigenvalue that is not finite in float32, if there is one. */
    OptionalDouble notFinite() {
        for (double s : eigenvalues) {
            if (!Float.isFinite((float) s)) {
                return OptionalDouble.of(s);
            }
        }
        return OptionalDouble.empty();
    }

    private static final class Holder {
        // Lives as long as the process, like the engine.
        static final TorchScript SCRIPT = TorchScript.compile(METHODS, Device.cpu());
    }
}
