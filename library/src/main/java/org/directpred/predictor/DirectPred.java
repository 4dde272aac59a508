package org.directpred.predictor;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.directpred.optimise.Schedule;
import org.directpred.optimise.TrainingLength;

/**
 * DirectPred (Tian, Chen and Ganguli 2021, section 5): with F = U diag(s) U<sup>T</sup>,
 * W<sub>p</sub> = U diag(p) U<sup>T</sup> has F's eigenvectors (Theorem 3) and eigenvalues p on the
 * invariant parabola s ~ p<sup>2</sup> (Eqn 14).
 *
 * <pre>
 * DirectPred.defaults().withRho(0.3).withEpsilon(0.1).withEvery(1)
 * DirectPred.defaults().withRho(0.3).withEpsilon(0.1).withEpsilon(Schedule.cosine())    // from 0.1 to 0
 * </pre>
 *
 * @param rho memory of F's moving average, Eqn 19; 0 or more, below 1; the paper uses 0.3 and 0.5
 * @param epsilon what is added to the eigenvalues: it lifts small ones. 0 or more for {@link
 *     Placement#OUTSIDE}, where a negative one would turn small eigenvalues of W<sub>p</sub>
 *     negative in Eqn 18; Table 7 subtracts c<sub>j</sub> = -epsilon {@link Placement#INSIDE} the
 *     root.
 * @param every W<sub>p</sub> is set after steps 0, n, 2n, ... and takes gradient steps in between
 *     ({@code freq})
 * @param formula which of the two formulas
 * @param placement where epsilon stands
 * @param centred whether F is the covariance; the paper says that centring hurts
 * @param diagonalOnly whether F's diagonal stands for its eigenvalues and the axes for its
 *     eigenvectors, without an eigendecomposition ({@code corr_eigen_decomp=false})
 * @param rhoSchedule how rho goes over the training, a factor of it at each step
 * @param epsilonSchedule how epsilon goes over the training, a factor of it at each step
 */
public record DirectPred(
        double rho,
        double epsilon,
        int every,
        Formula formula,
        Placement placement,
        boolean centred,
        boolean diagonalOnly,
        Schedule rhoSchedule,
        Schedule epsilonSchedule)
        implements PredictorChoice {

    /** The least eigenvalue that the official code lets W<sub>p</sub> have. */
    public static final double FLOOR = 1e-4;

    /** The paper and its code differ by more than a scale. */
    public enum Formula {
        /** Eqn 18: p = sqrt(s) + epsilon max(s). */
        PAPER,
        /**
         * The authors' program: p = max(sqrt(s / max(s)) + epsilon, 1e-4); does not depend on the
         * scale of F.
         */
        CODE
    }

    /** The place of epsilon in the formula. */
    public enum Placement {
        /** Added to the root: p = sqrt(s) + epsilon. */
        OUTSIDE,
        /**
         * Added under the root: p = sqrt(max(s + epsilon, floor)), the study of c<sub>j</sub> in
         * Table 7.
         */
        INSIDE
    }

    public DirectPred {
        FeatureCorrelation.checkRho(rho);
        Objects.requireNonNull(formula, "formula");
        Objects.requireNonNull(placement, "placement");
        boolean valid =
                placement == Placement.INSIDE
                        ? Double.isFinite(epsilon)
                        : epsilon >= 0 && epsilon < 1e6;
        if (!valid) {
            throw new IllegalArgumentException(
                    "epsilon, added to the eigenvalues of W_p, must be at least 0 and finite, not "
                            + epsilon
                            + (placement == Placement.OUTSIDE
                                    ? "; an offset inside the root, withOffset, may have either sign"
                                    : ""));
        }
        ClosedForm.checkEvery(every);
        Clock.required(rhoSchedule);
        Clock.required(epsilonSchedule);
    }

    /** With a rho and an epsilon that stay as they are. */
    public DirectPred(
            double rho,
            double epsilon,
            int every,
            Formula formula,
            Placement placement,
            boolean centred,
            boolean diagonalOnly) {
        this(
                rho,
                epsilon,
                every,
                formula,
                placement,
                centred,
                diagonalOnly,
                Schedule.constant(),
                Schedule.constant());
    }

    /** The defaults: rho 0.3, epsilon 0.1, every step, the code's formula. */
    public static DirectPred defaults() {
        return new DirectPred(0.3, 0.1, 1, Formula.CODE, Placement.OUTSIDE, false, false);
    }

    /** A copy with that rho. */
    public DirectPred withRho(double value) {
        return with(value, epsilon, every, formula, placement, centred, diagonalOnly);
    }

    /** A copy with that epsilon. */
    public DirectPred withEpsilon(double value) {
        return with(rho, value, every, formula, placement, centred, diagonalOnly);
    }

    /** A copy with epsilon times the schedule's factor at each step. */
    public DirectPred withEpsilon(Schedule schedule) {
        return new DirectPred(
                rho,
                epsilon,
                every,
                formula,
                placement,
                centred,
                diagonalOnly,
                rhoSchedule,
                schedule);
    }

    /** A copy with rho times the schedule's factor at each step. */
    public DirectPred withRho(Schedule schedule) {
        return new DirectPred(
                rho,
                epsilon,
                every,
                formula,
                placement,
                centred,
                diagonalOnly,
                schedule,
                epsilonSchedule);
    }

    /**
     * A copy with Table 7's offset c<sub>j</sub> under the root, p = sqrt(max(s - c<sub>j</sub>,
     * floor)), in place of an epsilon beside it.
     *
     * @param offset c<sub>j</sub> with the paper's sign: above 0 it lowers the eigenvalues, below 0
     *     it lifts them; {@link #epsilon} is then -c<sub>j</sub>
     */
    public DirectPred withOffset(double offset) {
        // 0 - c, so that an offset of 0 is an epsilon of 0 and not of -0.
        return with(rho, 0 - offset, every, formula, Placement.INSIDE, centred, diagonalOnly);
    }

    /** A copy whose W<sub>p</sub> is set every so many steps. */
    public DirectPred withEvery(int steps) {
        return with(rho, epsilon, steps, formula, placement, centred, diagonalOnly);
    }

    /** A copy with that formula. */
    public DirectPred withFormula(Formula which) {
        return with(rho, epsilon, every, which, placement, centred, diagonalOnly);
    }

    /** A copy that takes F as the covariance, or as the correlation. */
    public DirectPred withCentring(boolean centring) {
        return with(rho, epsilon, every, formula, placement, centring, diagonalOnly);
    }

    /** A copy that looks at F's diagonal alone, or at all of F. */
    public DirectPred withDiagonalOnly(boolean alone) {
        return with(rho, epsilon, every, formula, placement, centred, alone);
    }

    /** With these and the schedules as they are. */
    private DirectPred with(
            double memory,
            double lift,
            int steps,
            Formula which,
            Placement place,
            boolean without,
            boolean alone) {
        return new DirectPred(
                memory, lift, steps, which, place, without, alone, rhoSchedule, epsilonSchedule);
    }

    /**
     * The rule itself, with epsilon's base value.
     *
     * @param f F
     * @return W<sub>p</sub>
     */
    public SpectralMatrix apply(SpectralMatrix f) {
        return apply(f, epsilon);
    }

    private SpectralMatrix apply(SpectralMatrix f, double lift) {
        boolean inside = placement == Placement.INSIDE;
        return switch (formula) {
            case CODE ->
                    inside
                            ? f.relative().plus(lift).atLeast(FLOOR).power(0.5)
                            : f.relative().power(0.5).plus(lift).atLeast(FLOOR);
            case PAPER ->
                    inside
                            ? f.atLeast(0).plus(lift * Math.max(f.largest(), 0)).power(0.5)
                            : f.power(0.5).plus(lift * Math.max(f.largest(), 0));
        };
    }

    /** As a {@link ClosedForm}. */
    public ClosedForm closedForm() {
        return new ClosedForm(
                "DirectPred (%s formula, epsilon %s%s%s%s)"
                        .formatted(
                                formula == Formula.CODE ? "code's" : "paper's",
                                epsilon,
                                Clock.words(epsilonSchedule),
                                placement == Placement.INSIDE ? " inside" : "",
                                diagonalOnly ? ", diagonal only" : ""),
                new ClosedForm.SpectralRule(
                        new Scheduled(this), diagonalOnly, epsilonSchedule.needsLength()),
                OptionalDouble.of(rho),
                rhoSchedule,
                every,
                centred);
    }

    @Override
    public Predictor create(int dimension, DataType type, long seed, NDManager manager) {
        return closedForm().create(dimension, type, seed, manager);
    }

    @Override
    public Predictor create(
            int dimension, DataType type, long seed, TrainingLength length, NDManager manager) {
        return closedForm().create(dimension, type, seed, length, manager);
    }

    @Override
    public boolean needsLength() {
        return closedForm().needsLength();
    }

    @Override
    public boolean isTrained() {
        return every > 1;
    }

    @Override
    public String describe() {
        return closedForm().describe();
    }

    /** The rule with epsilon as it is in a step. */
    private record Scheduled(DirectPred rule) implements ClosedForm.SpectralFunction {
        @Override
        public SpectralMatrix apply(SpectralMatrix f, Clock at) {
            return rule.apply(f, at.of(rule.epsilon, rule.epsilonSchedule));
        }

        @Override
        public Optional<PredictorChoice> madeBy() {
            return Optional.of(rule);
        }
    }
}
