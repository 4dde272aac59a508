package org.directpred.predictor;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Optional;
import java.util.OptionalDouble;
import org.directpred.optimise.Schedule;
import org.directpred.optimise.TrainingLength;

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
 * @param rhoSchedule how rho goes over the training, a factor of it at each step
 * @param epsilonSchedule how epsilon goes over the training, a factor of it at each step
 */
public record DirectSet(
        double alpha,
        double rho,
        double epsilon,
        int every,
        boolean centred,
        Schedule rhoSchedule,
        Schedule epsilonSchedule)
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
        Clock.required(rhoSchedule);
        Clock.required(epsilonSchedule);
    }

    /** With a rho and an epsilon that stay as they are. */
    public DirectSet(double alpha, double rho, double epsilon, int every, boolean centred) {
        this(alpha, rho, epsilon, every, centred, Schedule.constant(), Schedule.constant());
    }

    /** DirectSet(alpha) with the defaults: rho 0.3, epsilon 0.1, every step, uncentred. */
    public static DirectSet of(double alpha) {
        return new DirectSet(alpha, 0.3, 0.1, 1, false);
    }

    /** A copy with that rho. */
    public DirectSet withRho(double value) {
        return new DirectSet(alpha, value, epsilon, every, centred, rhoSchedule, epsilonSchedule);
    }

    /** A copy with that epsilon. */
    public DirectSet withEpsilon(double value) {
        return new DirectSet(alpha, rho, value, every, centred, rhoSchedule, epsilonSchedule);
    }

    /** A copy with rho times the schedule's factor at each step. */
    public DirectSet withRho(Schedule schedule) {
        return new DirectSet(alpha, rho, epsilon, every, centred, schedule, epsilonSchedule);
    }

    /** A copy with epsilon times the schedule's factor at each step. */
    public DirectSet withEpsilon(Schedule schedule) {
        return new DirectSet(alpha, rho, epsilon, every, centred, rhoSchedule, schedule);
    }

    /** A copy whose W<sub>p</sub> is set every so many steps. */
    public DirectSet withEvery(int steps) {
        return new DirectSet(alpha, rho, epsilon, steps, centred, rhoSchedule, epsilonSchedule);
    }

    /** A copy that takes F as the covariance, or as the correlation. */
    public DirectSet withCentring(boolean centring) {
        return new DirectSet(alpha, rho, epsilon, every, centring, rhoSchedule, epsilonSchedule);
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
        return f.relative().power(alpha).plus(lift).atLeast(DirectPred.FLOOR);
    }

    /** As a {@link ClosedForm}. */
    public ClosedForm closedForm() {
        return new ClosedForm(
                "DirectSet (alpha %s, epsilon %s%s)"
                        .formatted(alpha, epsilon, Clock.words(epsilonSchedule)),
                new ClosedForm.SpectralRule(
                        new Scheduled(this), false, epsilonSchedule.needsLength()),
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
    private record Scheduled(DirectSet rule) implements ClosedForm.SpectralFunction {
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
