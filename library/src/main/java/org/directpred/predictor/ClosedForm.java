package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import org.directpred.optimise.Schedule;
import org.directpred.optimise.TrainingLength;
import org.directpred.require.Require;

/**
 * A predictor that is set in closed form: every n steps W<sub>p</sub> becomes a function of F, the
 * moving average of the correlation of its inputs; in between it takes gradient steps.
 *
 * <pre>
 * ClosedForm.by("root", F -&gt; F.power(0.5).plus(0.1 * F.largest()))
 * ClosedForm.by("falling epsilon", (F, step) -&gt; F.relative().power(0.5).plus(1 / (10. + step)))
 * ClosedForm.by("least squares", (F, C, step) -&gt; C.matMul(F.plus(1e-3).power(-1).matrix()))
 * </pre>
 *
 * <p>F, C and the step are all that a rule may depend on. Nothing else survives a stop: a rule that
 * counts its calls, remembers its last W<sub>p</sub> or draws random numbers trains, and a run that
 * resumes would go on with another rule. So a checkpoint keeps a sketch of what the rule gives for
 * the F, C and step that it holds, and a resumed run asks the rule again and refuses to go on if
 * the outcome is another. State of your own belongs in a {@link Predictor} of your own.
 *
 * @param name what tables and checkpoints call the rule
 * @param rule F to W<sub>p</sub>
 * @param rho memory of the moving average (Eqn 19); empty for the plain mean over all batches
 * @param rhoSchedule how rho goes over the training, a factor of it
 * @param every n: the rule is applied after steps 0, n, 2n, ...
 * @param centred whether F is taken without the mean; the paper says that centring hurts. C never
 *     is.
 */
public record ClosedForm(
        String name,
        Rule rule,
        OptionalDouble rho,
        Schedule rhoSchedule,
        int every,
        boolean centred)
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

    /** From F's spectrum and the step to W<sub>p</sub>. */
    @FunctionalInterface
    public interface SteppedRule {
        /**
         * Computes W<sub>p</sub>.
         *
         * @param f F
         * @param step the step that ends, from 0
         * @return W<sub>p</sub>
         */
        SpectralMatrix apply(SpectralMatrix f, long step);
    }

    /** From F's spectrum, the correlation C between targets and outputs, and the step. */
    @FunctionalInterface
    public interface CrossRule {
        /**
         * Computes W<sub>p</sub>.
         *
         * @param f F
         * @param cross C = E[t z<sup>T</sup>], {@code [d, d]}, a moving average of F's memory; a
         *     copy, in whose manager results may stay
         * @param step the step that ends, from 0
         * @return W<sub>p</sub>, {@code [d, d]}, of any floating type
         */
        NDArray apply(SpectralMatrix f, NDArray cross, long step);
    }

    /** A rule that looks at more than F. */
    interface TimedRule extends Rule {
        /**
         * Computes W<sub>p</sub>.
         *
         * @param cross C; null where it is not needed
         */
        NDArray apply(NDArray f, NDArray cross, Clock at, NDManager scope);

        /** Whether it looks at C. */
        default boolean needsCross() {
            return false;
        }

        /** The predictor of this library that the rule belongs to; empty for a user's rule. */
        default Optional<PredictorChoice> madeBy() {
            return Optional.empty();
        }

        /** Whether a schedule of it looks at how long the training is. */
        default boolean needsLength() {
            return false;
        }

        @Override
        default NDArray apply(NDArray f, NDManager scope) {
            throw new UnsupportedOperationException("this rule looks at more than F");
        }
    }

    /** The function of a {@link SpectralRule}. */
    @FunctionalInterface
    interface SpectralFunction {
        SpectralMatrix apply(SpectralMatrix f, Clock at);

        /** The predictor of this library that it belongs to. */
        default Optional<PredictorChoice> madeBy() {
            return Optional.empty();
        }
    }

    /** A rule that keeps F's eigenvectors: W<sub>p</sub> is written where it belongs, uncopied. */
    record SpectralRule(SpectralFunction function, boolean diagonalOnly, boolean needsLength)
            implements TimedRule {
        /** W<sub>p</sub> by its eigendecomposition. */
        SpectralMatrix spectrum(NDArray f, Clock at, NDManager scope) {
            return function.apply(
                    diagonalOnly
                            ? SpectralMatrix.ofDiagonal(f, scope)
                            : SpectralMatrix.ofSymmetric(f, scope),
                    at);
        }

        @Override
        public Optional<PredictorChoice> madeBy() {
            return function.madeBy();
        }

        @Override
        public NDArray apply(NDArray f, NDArray cross, Clock at, NDManager scope) {
            return spectrum(f, at, scope).matrix();
        }
    }

    /** The rule of a user that looks at C too. */
    private record WithCross(CrossRule function) implements TimedRule {
        @Override
        public NDArray apply(NDArray f, NDArray cross, Clock at, NDManager scope) {
            SpectralMatrix.requireFinite("C", cross, scope);
            NDArray copy = cross.duplicate();
            copy.attach(scope);
            return function.apply(SpectralMatrix.ofSymmetric(f, scope), copy, at.step());
        }

        @Override
        public boolean needsCross() {
            return true;
        }
    }

    public ClosedForm {
        Objects.requireNonNull(name, "name");
        if (name.isBlank()) {
            throw new IllegalArgumentException("a rule needs a name that is not blank");
        }
        Objects.requireNonNull(rule, "rule");
        rho.ifPresent(FeatureCorrelation::checkRho);
        Clock.required(rhoSchedule);
        if (rho.isEmpty() && !Clock.isConstant(rhoSchedule)) {
            throw new IllegalArgumentException(
                    "a plain mean over all batches has no rho that could follow a schedule: withRho first");
        }
        checkEvery(every);
    }

    /** With a rho that stays as it is. */
    public ClosedForm(String name, Rule rule, OptionalDouble rho, int every, boolean centred) {
        this(name, rule, rho, Schedule.constant(), every, centred);
    }

    static void checkEvery(int every) {
        Require.atLeast("every, the number of steps between two settings of W_p,", every, 1);
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
        return by(name, (f, step) -> rule.apply(f));
    }

    /** {@link #by(String, UnaryOperator)} of a rule that changes with the step. */
    public static ClosedForm by(String name, SteppedRule rule) {
        Objects.requireNonNull(rule, "rule");
        return of(name, new SpectralRule((f, at) -> rule.apply(f, at.step()), false, false));
    }

    /**
     * {@link #by(String, UnaryOperator)} of a rule that looks at F, at the correlation C between
     * targets and outputs and at the step, and need not keep F's eigenvectors.
     */
    public static ClosedForm by(String name, CrossRule rule) {
        Objects.requireNonNull(rule, "rule");
        return of(name, new WithCross(rule));
    }

    private static ClosedForm of(String name, Rule rule) {
        return new ClosedForm(name, rule, OptionalDouble.of(0.3), 1, false);
    }

    /** A copy with another memory of the moving average. */
    public ClosedForm withRho(double memory) {
        return new ClosedForm(name, rule, OptionalDouble.of(memory), rhoSchedule, every, centred);
    }

    /** A copy with rho times the schedule's factor at each step. */
    public ClosedForm withRho(Schedule schedule) {
        return new ClosedForm(name, rule, rho, schedule, every, centred);
    }

    /** A copy with the plain mean over all batches. */
    public ClosedForm withRunningMean() {
        return new ClosedForm(name, rule, OptionalDouble.empty(), every, centred);
    }

    /** A copy whose rule is applied every so many steps. */
    public ClosedForm withEvery(int steps) {
        return new ClosedForm(name, rule, rho, rhoSchedule, steps, centred);
    }

    /** A copy that takes F as the covariance, or as the correlation. */
    public ClosedForm withCentring(boolean without) {
        return new ClosedForm(name, rule, rho, rhoSchedule, every, without);
    }

    /**
     * The predictor of this library whose rule this is, for instance a {@link DirectPred}; empty
     * for a rule of your own, which is known by its name.
     */
    public Optional<PredictorChoice> madeBy() {
        return rule instanceof TimedRule timed ? timed.madeBy() : Optional.empty();
    }

    /** Whether it is a rule of your own that has no name. */
    public boolean isUnnamed() {
        return name.equals(UNNAMED);
    }

    /** Rules of your own are equal if their names are: a changed rule needs another name. */
    @Override
    public boolean equals(Object other) {
        return other instanceof ClosedForm form
                && name.equals(form.name)
                && madeBy().equals(form.madeBy())
                && (!isUnnamed() || rule.equals(form.rule))
                && rho.equals(form.rho)
                && rhoSchedule.equals(form.rhoSchedule)
                && every == form.every
                && centred == form.centred;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, rho, rhoSchedule, every, centred);
    }

    /** Whether the rule looks at C. */
    boolean needsCross() {
        return rule instanceof TimedRule timed && timed.needsCross();
    }

    @Override
    public boolean needsLength() {
        return rhoSchedule.needsLength()
                || (rule instanceof TimedRule timed && timed.needsLength());
    }

    @Override
    public Predictor create(int dimension, DataType type, long seed, NDManager manager) {
        return new ClosedFormPredictor(
                this, Optional.empty(), false, false, dimension, type, seed, manager);
    }

    @Override
    public Predictor create(
            int dimension, DataType type, long seed, TrainingLength length, NDManager manager) {
        return new ClosedFormPredictor(
                this, Optional.of(length), false, false, dimension, type, seed, manager);
    }

    @Override
    public void requireName(String keeper) {
        if (isUnnamed()) {
            throw new IllegalArgumentException(
                    keeper
                            + " cannot tell one rule without a name from another: make it with ClosedForm.by(\"a name\", rule), and give a changed rule another name");
        }
    }

    @Override
    public boolean isTrained() {
        return every > 1;
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "%s, %s, every %d%s",
                name,
                rho.isPresent()
                        ? "rho " + rho.getAsDouble() + Clock.words(rhoSchedule)
                        : "running mean",
                every,
                centred ? ", centred" : "");
    }
}
