package org.directpred.predictor;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.OptionalDouble;

/**
 * DirectSet(alpha) (Wang, Chen, Du and Tian 2021, arXiv 2110.04947): W<sub>p</sub> is a power of F,
 * of which alpha = 1/2 is DirectPred and alpha = 1 DirectCopy by the spectral norm. With F = U
 * diag(s) U<sup>T</sup>, W<sub>p</sub> = U diag(p) U<sup>T</sup>,
 *
 * <pre>p = max((s / max(s))^alpha + epsilon, 1e-4),</pre>
 *
 * <p>as DirectPred's program has it for alpha = 1/2.
 *
 * @param alpha the power, above 0
 * @param rho memory of F's moving average, Eqn 19; 0 or more, below 1
 * @param epsilon what is added to the eigenvalues, 0 or more
 * @param every W<sub>p</sub> is set after steps 0, n, 2n, ... and takes gradient steps in between
 * @param centred whether F is the covariance
 */
public record DirectSet(double alpha, double rho, double epsilon, int every, boolean centred)
        implements PredictorChoice {

    public DirectSet {
        if (!(alpha > 0 && Double.isFinite(alpha))) {
            throw new IllegalArgumentException(
                    "alpha, the power of F, must be above 0 and finite, not " + alpha);
        }
        FeatureCorrelation.checkRho(rho);
        if (!(epsilon >= 0 && Double.isFinite(epsilon))) {
            throw new IllegalArgumentException(
                    "epsilon, added to the eigenvalues of W_p, must be at least 0 and finite, not "
                            + epsilon);
        }
        ClosedForm.checkEvery(every);
    }

    /** That power; rho 0.3, epsilon 0.1, every step, uncentred. */
    public static DirectSet alpha(double power) {
        return new DirectSet(power, 0.3, 0.1, 1, false);
    }

    /** The same with that rho. */
    public DirectSet rho(double value) {
        return new DirectSet(alpha, value, epsilon, every, centred);
    }

    /** The same with that epsilon. */
    public DirectSet epsilon(double value) {
        return new DirectSet(alpha, rho, value, every, centred);
    }

    /** The same, set every so many steps. */
    public DirectSet every(int steps) {
        return new DirectSet(alpha, rho, epsilon, steps, centred);
    }

    /** The same from the covariance. */
    public DirectSet centred(boolean without) {
        return new DirectSet(alpha, rho, epsilon, every, without);
    }

    /**
     * The rule itself.
     *
     * @param f F
     * @return W<sub>p</sub>
     */
    public SpectralMatrix apply(SpectralMatrix f) {
        return f.relative().power(alpha).plus(epsilon).atLeast(DirectPred.FLOOR);
    }

    /** As a {@link ClosedForm}. */
    public ClosedForm closedForm() {
        return new ClosedForm(
                "DirectSet (alpha %s, epsilon %s)".formatted(alpha, epsilon),
                new ClosedForm.SpectralRule(this::apply, false),
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
