package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * DirectCopy (Wang, Chen, Du and Tian 2021, arXiv 2110.04947): the predictor is the correlation
 * matrix itself, without an eigendecomposition,
 *
 * <pre>W_p = F / ||F|| + epsilon I</pre>
 *
 * @param rho memory of F's moving average, Eqn 19; 0 or more, below 1
 * @param epsilon what is added to the diagonal, 0 or more
 * @param every W<sub>p</sub> is set after steps 0, n, 2n, ... and takes gradient steps in between
 * @param norm which norm F is divided by: the paper does not say, programs differ
 * @param centred whether F is the covariance
 */
public record DirectCopy(double rho, double epsilon, int every, Norm norm, boolean centred)
        implements PredictorChoice {

    /** The norm that F is divided by. A matrix of zeros stays one. */
    public enum Norm {
        /** The root of the sum of squares, as in the replication of Hoppe et al. (2022). */
        FROBENIUS,
        /** The largest eigenvalue; needs an eigendecomposition. */
        SPECTRAL,
        /** None: what the authors' program does. */
        NONE
    }

    public DirectCopy {
        FeatureCorrelation.checkRho(rho);
        Objects.requireNonNull(norm, "norm");
        if (!(epsilon >= 0 && Double.isFinite(epsilon))) {
            throw new IllegalArgumentException(
                    "epsilon, added to W_p's diagonal, must be at least 0 and finite, not "
                            + epsilon);
        }
        ClosedForm.checkEvery(every);
    }

    /** The defaults: rho 0.5, epsilon 0.3, every step, the Frobenius norm, uncentred. */
    public static DirectCopy defaults() {
        return new DirectCopy(0.5, 0.3, 1, Norm.FROBENIUS, false);
    }

    /** The same with that rho. */
    public DirectCopy rho(double value) {
        return new DirectCopy(value, epsilon, every, norm, centred);
    }

    /** The same with that epsilon. */
    public DirectCopy epsilon(double value) {
        return new DirectCopy(rho, value, every, norm, centred);
    }

    /** The same, set every so many steps. */
    public DirectCopy every(int steps) {
        return new DirectCopy(rho, epsilon, steps, norm, centred);
    }

    /** The same by another norm. */
    public DirectCopy norm(Norm which) {
        return new DirectCopy(rho, epsilon, every, which, centred);
    }

    /** The same from the covariance. */
    public DirectCopy centred(boolean without) {
        return new DirectCopy(rho, epsilon, every, norm, without);
    }

    /**
     * The rule itself.
     *
     * @param f F, {@code [d, d]}. Not modified.
     * @param scope the manager of the result and of what is made on the way
     * @return W<sub>p</sub>, {@code [d, d]}, float64
     */
    public NDArray apply(NDArray f, NDManager scope) {
        NDArray wide = SpectralMatrix.symmetric(f, scope);
        NDArray scaled =
                switch (norm) {
                    case FROBENIUS ->
                            // The bound keeps zeros zeros.
                            wide.div(wide.square().sum().sqrt().maximum(Double.MIN_NORMAL));
                    case SPECTRAL -> {
                        double largest = SpectralMatrix.of(f, scope).largest();
                        yield wide.div(Math.max(largest, Double.MIN_NORMAL));
                    }
                    case NONE -> wide;
                };
        return scaled.add(
                scope.eye((int) wide.getShape().get(0))
                        .toType(DataType.FLOAT64, false)
                        .mul(epsilon));
    }

    /** As a {@link ClosedForm}. */
    public ClosedForm closedForm() {
        return new ClosedForm(
                "DirectCopy (%s, epsilon %s)"
                        .formatted(
                                switch (norm) {
                                    case FROBENIUS -> "Frobenius norm";
                                    case SPECTRAL -> "spectral norm";
                                    case NONE -> "not normalised";
                                },
                                epsilon),
                this::apply,
                OptionalDouble.of(rho),
                every,
                centred);
    }

    @Override
    public Predictor create(int dimension, DataType type, long seed, NDManager manager) {
        return closedForm().create(dimension, type, seed, manager);
    }

    @Override
    public String describe() {
        return closedForm().describe();
    }
}
