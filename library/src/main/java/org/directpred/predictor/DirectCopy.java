package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.directpred.optimise.Schedule;
import org.directpred.optimise.TrainingLength;

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
 * @param rhoSchedule how rho goes over the training, a factor of it at each step
 * @param epsilonSchedule how epsilon goes over the training, a factor of it at each step
 */
public record DirectCopy(
        double rho,
        double epsilon,
        int every,
        Norm norm,
        boolean centred,
        Schedule rhoSchedule,
        Schedule epsilonSchedule)
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
        Clock.required(rhoSchedule);
        Clock.required(epsilonSchedule);
    }

    /** With a rho and an epsilon that stay as they are. */
    public DirectCopy(double rho, double epsilon, int every, Norm norm, boolean centred) {
        this(rho, epsilon, every, norm, centred, Schedule.constant(), Schedule.constant());
    }

    /** The defaults: rho 0.5, epsilon 0.3, every step, the Frobenius norm, uncentred. */
    public static DirectCopy defaults() {
        return new DirectCopy(0.5, 0.3, 1, Norm.FROBENIUS, false);
    }

    /** A copy with that rho. */
    public DirectCopy withRho(double value) {
        return new DirectCopy(value, epsilon, every, norm, centred, rhoSchedule, epsilonSchedule);
    }

    /** A copy with that epsilon. */
    public DirectCopy withEpsilon(double value) {
        return new DirectCopy(rho, value, every, norm, centred, rhoSchedule, epsilonSchedule);
    }

    /** A copy with rho times the schedule's factor at each step. */
    public DirectCopy withRho(Schedule schedule) {
        return new DirectCopy(rho, epsilon, every, norm, centred, schedule, epsilonSchedule);
    }

    /** A copy with epsilon times the schedule's factor at each step. */
    public DirectCopy withEpsilon(Schedule schedule) {
        return new DirectCopy(rho, epsilon, every, norm, centred, rhoSchedule, schedule);
    }

    /** A copy whose W<sub>p</sub> is set every so many steps. */
    public DirectCopy withEvery(int steps) {
        return new DirectCopy(rho, epsilon, steps, norm, centred, rhoSchedule, epsilonSchedule);
    }

    /** A copy that divides F by that norm. */
    public DirectCopy withNorm(Norm which) {
        return new DirectCopy(rho, epsilon, every, which, centred, rhoSchedule, epsilonSchedule);
    }

    /** A copy that takes F as the covariance, or as the correlation. */
    public DirectCopy withCentring(boolean centring) {
        return new DirectCopy(rho, epsilon, every, norm, centring, rhoSchedule, epsilonSchedule);
    }

    /**
     * The rule itself, with epsilon's base value.
     *
     * @param f F, {@code [d, d]}. Not modified.
     * @param scope the manager of the result and of what is made on the way
     * @return W<sub>p</sub>, {@code [d, d]}, float64
     */
    public NDArray apply(NDArray f, NDManager scope) {
        return apply(f, epsilon, scope);
    }

    private NDArray apply(NDArray f, double lift, NDManager scope) {
        NDArray wide = SpectralMatrix.symmetric("F", f, scope);
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
                scope.eye((int) wide.getShape().get(0)).toType(DataType.FLOAT64, false).mul(lift));
    }

    /** As a {@link ClosedForm}. */
    public ClosedForm closedForm() {
        return new ClosedForm(
                "DirectCopy (%s, epsilon %s%s)"
                        .formatted(
                                switch (norm) {
                                    case FROBENIUS -> "Frobenius norm";
                                    case SPECTRAL -> "spectral norm";
                                    case NONE -> "not normalised";
                                },
                                epsilon,
                                Clock.words(epsilonSchedule)),
                new Scheduled(this),
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
    private record Scheduled(DirectCopy copy) implements ClosedForm.TimedRule {
        @Override
        public NDArray apply(NDArray f, NDArray cross, Clock at, NDManager scope) {
            return copy.apply(f, at.of(copy.epsilon, copy.epsilonSchedule), scope);
        }

        @Override
        public Optional<PredictorChoice> madeBy() {
            return Optional.of(copy);
        }

        @Override
        public boolean needsLength() {
            return copy.epsilonSchedule.needsLength();
        }
    }
}
