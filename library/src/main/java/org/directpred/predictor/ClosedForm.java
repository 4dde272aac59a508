package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/**
 * A predictor that is set in closed form: every n steps W<sub>p</sub> becomes a function of F, the
 * moving average of the correlation of its inputs; in between it takes gradient steps.
 *
 * <pre>ClosedForm.by(F -&gt; F.power(0.5).plus(0.1 * F.largest()))</pre>
 *
 * @param name what tables call the rule
 * @param rule F to W<sub>p</sub>
 * @param rho memory of the moving average (Eqn 19); empty for the plain mean over all batches
 * @param every n: the rule is applied after steps 0, n, 2n, ...
 * @param centred whether F is taken without the mean; the paper says that centring hurts
 */
public record ClosedForm(String name, Rule rule, OptionalDouble rho, int every, boolean centred)
        implements PredictorChoice {
    private static final String UNNAMED = "rule of the user";

    /** From F to W<sub>p</sub>. */
    @FunctionalInterface
    public interface Rule {
        /**
         * Computes W<sub>p</sub>.
         *
         * @param f F, {@code [d, d]}. Not modified.
         * @param scope the manager of the result and of what is made on the way
         * @return W<sub>p</sub>, {@code [d, d]}, of any floating type
         */
        NDArray apply(NDArray f, NDManager scope);
    }

    /** A rule that keeps F's eigenvectors: W<sub>p</sub> is written where it belongs, uncopied. */
    record SpectralRule(UnaryOperator<SpectralMatrix> function, boolean diagonalOnly)
            implements Rule {
        /** W<sub>p</sub> by its eigendecomposition. */
        SpectralMatrix spectrum(NDArray f, NDManager scope) {
            return function.apply(
                    diagonalOnly
                            ? SpectralMatrix.ofDiagonal(f, scope)
                            : SpectralMatrix.ofSymmetric(f, scope));
        }

        @Override
        public NDArray apply(NDArray f, NDManager scope) {
            return spectrum(f, scope).matrix();
        }
    }

    public ClosedForm {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(rule, "rule");
        rho.ifPresent(FeatureCorrelation::checkRho);
        checkEvery(every);
    }

    static void checkEvery(int every) {
        if (every < 1) {
            throw new IllegalArgumentException(
                    "every, the number of steps between two settings of W_p, must be at least 1, not "
                            + every);
        }
    }

    /**
     * A rule written as a function of F's spectrum; rho 0.3, every step, uncentred. A run that
     * keeps checkpoints needs one {@linkplain #by(String, UnaryOperator) with a name}.
     */
    public static ClosedForm by(UnaryOperator<SpectralMatrix> rule) {
        return by(UNNAMED, rule);
    }

    /** {@link #by(UnaryOperator)} with a name, which a checkpoint needs to know the rule again. */
    public static ClosedForm by(String name, UnaryOperator<SpectralMatrix> rule) {
        Objects.requireNonNull(rule, "rule");
        return new ClosedForm(
                name, new SpectralRule(rule, false), OptionalDouble.of(0.3), 1, false);
    }

    /** The same with another memory of the moving average. */
    public ClosedForm withRho(double memory) {
        return new ClosedForm(name, rule, OptionalDouble.of(memory), every, centred);
    }

    /** The same with the plain mean over all batches. */
    public ClosedForm withRunningMean() {
        return new ClosedForm(name, rule, OptionalDouble.empty(), every, centred);
    }

    /** The same, applied every so many steps. */
    public ClosedForm withEvery(int steps) {
        return new ClosedForm(name, rule, rho, steps, centred);
    }

    /** The same from the covariance instead of the correlation. */
    public ClosedForm withCentring(boolean without) {
        return new ClosedForm(name, rule, rho, every, without);
    }

    @Override
    public Predictor create(int dimension, DataType type, long seed, NDManager manager) {
        return ClosedFormPredictor.of(this, dimension, type, seed, manager);
    }

    @Override
    public void requireName(String keeper) {
        if (name.equals(UNNAMED)) {
            throw new IllegalArgumentException(
                    keeper
                            + " cannot tell one rule without a name from another: make it with ClosedForm.by(\"a name\", rule), and give a changed rule another name");
        }
    }

    @Override
    public String describe() {
        return "%s, %s, every %d%s"
                .formatted(
                        name,
                        rho.isPresent() ? "rho " + rho.getAsDouble() : "running mean",
                        every,
                        centred ? ", centred" : "");
    }
}
