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
 * DirectPred.rho(0.3).epsilon(0.1).every(1)
 * DirectPred.rho(0.3).epsilon(0.1).epsilon(Schedule.cosine())    // from 0.1 to 0
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
 * @param epsilonSchedule the same of epsilon
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

    /** Where epsilon stands in the formula. */
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
                                    ? "; inside the root it may be negative"
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

    /** The defaults with that rho. */
    public static DirectPred rho(double rho) {
        return new DirectPred(rho, 0.1, 1, Formula.CODE, Placement.OUTSIDE, false, false);
    }

    /** The same with that epsilon. */
    public DirectPred epsilon(double value) {
        return with(rho, value, every, formula, placement, centred, diagonalOnly);
    }

    /** The same with epsilon times the schedule's factor at each step. */
    public DirectPred epsilon(Schedule schedule) {
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

    /** The same with rho times the schedule's factor at each step. */
    public DirectPred rho(Schedule schedule) {
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

    /** The same with epsilon under the root, where it may be negative. */
    public DirectPred epsilonInside(double value) {
        return with(rho, value, every, formula, Placement.INSIDE, centred, diagonalOnly);
    }

    /** The same, set every so many steps. */
    public DirectPred every(int steps) {
        return with(rho, epsilon, steps, formula, placement, centred, diagonalOnly);
    }

    /** The same by the other formula. */
    public DirectPred formula(Formula which) {
        return with(rho, epsilon, every, which, placement, centred, diagonalOnly);
    }

    /** The same from the covariance. */
    public DirectPred centred(boolean without) {
        return with(rho, epsilon, every, formula, placement, without, diagonalOnly);
    }

    /** The same from F's diagonal alone. */
    public DirectPred diagonalOnly(boolean alone) {
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
