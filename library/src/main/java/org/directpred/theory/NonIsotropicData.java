package org.directpred.theory;

import org.directpred.require.Require;
import org.directpred.theory.TwoLayerModel.State;
import org.hipparchus.exception.MathIllegalArgumentException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.CholeskyDecomposition;
import org.hipparchus.linear.RealMatrix;
import org.jspecify.annotations.Nullable;

/**
 * Appendix D: data that are not isotropic. Without weight decay W<sub>a</sub> = W and W<sub>p</sub>
 * W = W &Sigma;<sup>d</sup> (&Sigma;<sup>s</sup>)<sup>-1</sup> is fixed: the net learns what two
 * views share, whatever its variance.
 *
 * @param sigmaS &Sigma;<sup>s</sup> = E[x<sub>1</sub> x<sub>1</sub><sup>T</sup>] = X + X',
 *     n<sub>1</sub> x n<sub>1</sub>, symmetric
 * @param sigmaD &Sigma;<sup>d</sup> = E[x<sub>1</sub> x<sub>2</sub><sup>T</sup>] = X, of the same
 *     shape, symmetric
 */
@SuppressWarnings("ArrayRecordComponent") // numbers to compute with, never compared
public record NonIsotropicData(double[][] sigmaS, double[][] sigmaD) {

    /** A pivot below this, in a matrix with a diagonal of ones, is rounding. */
    private static final double ROUNDING = 1e-16;

    /** Checks shapes and symmetry. */
    public NonIsotropicData {
        Checks.symmetric("sigmaS", sigmaS);
        Checks.symmetric("sigmaD", sigmaD);
        Checks.shape("sigmaD", sigmaD, sigmaS.length, sigmaS.length);
    }

    /**
     * Additive scrambling x' = x + n: &Sigma;<sup>s</sup> = &Sigma;<sup>x</sup> +
     * &Sigma;<sup>n</sup>, &Sigma;<sup>d</sup> = &Sigma;<sup>x</sup>.
     *
     * @param sigmaX &Sigma;<sup>x</sup>, correlation of the data, symmetric
     * @param sigmaN &Sigma;<sup>n</sup>, covariance of the noise, symmetric
     */
    public static NonIsotropicData additive(double[][] sigmaX, double[][] sigmaN) {
        Checks.symmetric("sigmaX", sigmaX);
        Checks.symmetric("sigmaN", sigmaN);
        return new NonIsotropicData(Matrices.plus(sigmaX, sigmaN), sigmaX);
    }

    /**
     * Multiplicative scrambling x' = (P<sup>c</sup> + U B U<sup>T</sup>) x with P<sup>c</sup> = I -
     * U U<sup>T</sup> and a fresh k x k matrix B of independent standard normal numbers for each
     * view. Exactly: &Sigma;<sup>d</sup> = P<sup>c</sup> &Sigma;<sup>x</sup> P<sup>c</sup> and
     * &Sigma;<sup>s</sup> = P<sup>c</sup> &Sigma;<sup>x</sup> P<sup>c</sup> + tr(U<sup>T</sup>
     * &Sigma;<sup>x</sup> U) U U<sup>T</sup>, with which {@link #ratio} is P<sup>c</sup> for every
     * &Sigma;<sup>x</sup> that is positive definite.
     *
     * @param sigmaX &Sigma;<sup>x</sup>, n<sub>1</sub> x n<sub>1</sub>, symmetric
     * @param u U, n<sub>1</sub> x k, the scrambled directions as orthonormal columns
     */
    public static NonIsotropicData multiplicative(double[][] sigmaX, double[][] u) {
        double[][] conserved = conserved(sigmaX, u);
        double[][] shared = Matrices.symmetricPart(Matrices.multiply(conserved, sigmaX, conserved));
        double power = Matrices.trace(Matrices.multiply(Matrices.transpose(u), sigmaX, u));
        double[][] scrambled = Matrices.multiply(u, Matrices.transpose(u));
        return new NonIsotropicData(Matrices.combine(shared, power, scrambled), shared);
    }

    /**
     * Multiplicative scrambling as the paper has it, with &Sigma;<sup>s</sup> =
     * &Sigma;<sup>x</sup>; equal to {@link #multiplicative} only in special cases. {@link #ratio}
     * is P<sup>c</sup> if P<sup>c</sup> and &Sigma;<sup>x</sup> commute.
     */
    public static NonIsotropicData multiplicativeOfThePaper(double[][] sigmaX, double[][] u) {
        double[][] conserved = conserved(sigmaX, u);
        return new NonIsotropicData(
                sigmaX, Matrices.symmetricPart(Matrices.multiply(conserved, sigmaX, conserved)));
    }

    private static double[][] conserved(double[][] sigmaX, double[][] u) {
        Checks.symmetric("sigmaX", sigmaX);
        Checks.matrix("u", u);
        Checks.shape("u", u, sigmaX.length, u[0].length);
        double[][] gram = Matrices.multiply(Matrices.transpose(u), u);
        double off = Matrices.maxAbs(Matrices.minus(gram, Matrices.identity(gram.length)));
        if (off > 1e-10) {
            throw new IllegalArgumentException(
                    "u must have orthonormal columns, but u^T u differs from I by " + off);
        }
        return Matrices.minus(
                Matrices.identity(sigmaX.length), Matrices.multiply(u, Matrices.transpose(u)));
    }

    /** The moments of the two views, for {@link TwoLayerModel}. */
    public ViewMoments moments() {
        return new ViewMoments(sigmaS, sigmaD, sigmaS);
    }

    /**
     * &Sigma;<sup>d</sup> (&Sigma;<sup>s</sup>)<sup>-1</sup>, n<sub>1</sub> x n<sub>1</sub>, in
     * general not symmetric.
     *
     * @throws IllegalArgumentException if &Sigma;<sup>s</sup> is singular
     */
    public double[][] ratio() {
        return Matrices.multiply(sigmaD, Matrices.inverse(sigmaS));
    }

    /**
     * The eigenvalues of {@link #ratio}, descending: how much of each learnable direction two views
     * share; for moments of data they lie in [-1, 1], in the population of one augmentation in [0,
     * 1].
     *
     * @throws IllegalArgumentException if &Sigma;<sup>s</sup> is not positive definite
     */
    public double[] sharedShares() {
        double[] ascending = whitened(factor()).values();
        double[] shares = new double[ascending.length];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = ascending[shares.length - 1 - i];
        }
        return shares;
    }

    /** Eigenproblem of L^-1 D L^-T with S = L L^T, which has the eigenvalues of D S^-1. */
    private Matrices.Spectrum whitened(double[][] l) {
        double[][] half = solve(l, sigmaD);
        return Matrices.spectrum(Matrices.symmetricPart(solve(l, Matrices.transpose(half))));
    }

    /**
     * Cholesky's factor of &Sigma;<sup>s</sup>, taken with a diagonal of ones: what matters is how
     * directions lean on one another, not in which units they are.
     */
    private double[][] factor() {
        int n = sigmaS.length;
        double[] deviation = new double[n];
        for (int i = 0; i < n; i++) {
            if (!(sigmaS[i][i] > 0)) {
                throw notPositive(null);
            }
            deviation[i] = Math.sqrt(sigmaS[i][i]);
        }
        double[][] unit = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                unit[i][j] = (sigmaS[i][j] + sigmaS[j][i]) / 2 / (deviation[i] * deviation[j]);
            }
        }
        try {
            RealMatrix matrix = new Array2DRowRealMatrix(unit, false);
            double[][] l = new CholeskyDecomposition(matrix, 1e-12, n * ROUNDING).getL().getData();
            for (int i = 0; i < n; i++) {
                for (int j = 0; j <= i; j++) {
                    l[i][j] *= deviation[i];
                }
            }
            return l;
        } catch (MathIllegalArgumentException e) {
            throw notPositive(e);
        }
    }

    private IllegalArgumentException notPositive(@Nullable Exception cause) {
        double[] s = Matrices.eigenvalues(sigmaS);
        return new IllegalArgumentException(
                "sigmaS must be positive definite, but its eigenvalues run from "
                        + s[0]
                        + " to "
                        + s[s.length - 1],
                cause);
    }

    /** L^-1 B. */
    private static double[][] solve(double[][] l, double[][] b) {
        double[][] x = Matrices.copy(b);
        for (int j = 0; j < x[0].length; j++) {
            for (int i = 0; i < l.length; i++) {
                for (int k = 0; k < i; k++) {
                    x[i][j] -= l[i][k] * x[k][j];
                }
                x[i][j] /= l[i][i];
            }
        }
        return x;
    }

    /** L^-T B. */
    private static double[][] solveTransposed(double[][] l, double[][] b) {
        double[][] x = Matrices.copy(b);
        for (int j = 0; j < x[0].length; j++) {
            for (int i = l.length - 1; i >= 0; i--) {
                for (int k = i + 1; k < l.length; k++) {
                    x[i][j] -= l[k][i] * x[k][j];
                }
                x[i][j] /= l[i][i];
            }
        }
        return x;
    }

    /**
     * The special fixed point: the rows of W are the leading n<sub>2</sub> left eigenvectors of
     * {@link #ratio}, of length 1, W<sub>p</sub> is the diagonal of their eigenvalues,
     * W<sub>a</sub> = W. Rows beyond n<sub>1</sub> are zero.
     *
     * @param outputs n<sub>2</sub>
     * @throws IllegalArgumentException if &Sigma;<sup>s</sup> is not positive definite
     */
    public State fixedPoint(int outputs) {
        Require.atLeast("outputs", outputs, 1);
        double[][] l = factor();
        Matrices.Spectrum e = whitened(l);
        double[][] left = solveTransposed(l, e.vectors());
        int inputs = sigmaS.length;
        double[][] w = Matrices.zeros(outputs, inputs);
        double[] shares = new double[outputs];
        for (int i = 0; i < Math.min(outputs, inputs); i++) {
            int column = inputs - 1 - i;
            shares[i] = e.values()[column];
            double length = 0;
            for (int j = 0; j < inputs; j++) {
                w[i][j] = left[j][column];
                length = Math.hypot(length, w[i][j]);
            }
            for (int j = 0; j < inputs; j++) {
                w[i][j] /= length;
            }
        }
        return State.simSiam(w, Matrices.diagonal(shares));
    }

    /**
     * The condition of the fixed points.
     *
     * @return left W<sub>p</sub> W, right W &Sigma;<sup>d</sup> (&Sigma;<sup>s</sup>)<sup>-1</sup>,
     *     both n<sub>2</sub> x n<sub>1</sub>
     */
    public Identity fixedPointCondition(State state) {
        double[][] left = Matrices.multiply(state.predictor(), state.online());
        double[][] right = Matrices.multiply(state.online(), ratio());
        return new Identity(left, right, Matrices.norm(left) + Matrices.norm(right));
    }

    /**
     * The number of directions that survive without a predictor: the eigenvalues of {@link #ratio}
     * that are 1 within the tolerance. With none, only the collapsed solution is left, and it is
     * stable.
     */
    public int survivorsWithoutPredictor(double tolerance) {
        int survivors = 0;
        for (double share : sharedShares()) {
            if (Math.abs(share - 1) <= tolerance) {
                survivors++;
            }
        }
        return survivors;
    }
}
