package org.directpred.predictor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.directpred.optimise.Schedule;
import org.directpred.optimise.TrainingLength;

/**
 * The "optimal" predictor of Table 1: every n steps the W<sub>p</sub> that solves the least squares
 * problem of Eqn 1 for the networks as they are. The paper shows that it trains badly: learning
 * W<sub>p</sub> much faster than W keeps W from growing.
 *
 * <p>With F = E[z z<sup>T</sup>] = U diag(s) U<sup>T</sup>, C = E[t z<sup>T</sup>] and S = (C +
 * C<sup>T</sup>)/2, both moving averages of the same memory, the {@link Solver} says which equation
 * is solved. Where the equation leaves W<sub>p</sub> open (F singular and no ridge) the smallest
 * solution is taken.
 *
 * @param rho memory of both moving averages; empty for the plain mean over all batches
 * @param ridge the regularisation, 0 or more; Table 1's is not stated, and the outcome depends on
 *     it
 * @param scaling what the ridge is a multiple of
 * @param solver which equation
 * @param every W<sub>p</sub> is set after steps 0, n, 2n, ... and takes gradient steps in between;
 *     N of Table 1
 * @param restarting whether both averages start anew after each setting, as {@code minimal_space}
 *     of the authors' program does
 * @param keptSymmetric whether W<sub>p</sub> is made symmetric after each of the gradient steps in
 *     between, W<sub>p</sub> &lt;- (W<sub>p</sub> + W<sub>p</sub><sup>T</sup>)/2: {@code dyn_sym}
 *     of that program, whose default is yes; of {@link Solver#LYAPUNOV} alone. After two steps
 *     between settings W<sub>p</sub> differs by some 10 % with and without
 * @param rhoSchedule how rho goes over the training, a factor of it at each step
 */
public record OptimalPredictor(
        OptionalDouble rho,
        double ridge,
        Scaling scaling,
        Solver solver,
        int every,
        boolean restarting,
        boolean keptSymmetric,
        Schedule rhoSchedule)
        implements PredictorChoice {

    /** The equation that W<sub>p</sub> solves. */
    public enum Solver {
        /** W<sub>p</sub> F = S: the paper's, W<sub>p</sub> = S (F + r I)<sup>-1</sup>. */
        SYMMETRIC_CROSS,
        /**
         * W<sub>p</sub> F = C: plain least squares, the minimum of Eqn 1; W<sub>p</sub> = C (F + r
         * I)<sup>-1</sup>. {@code solve} to the right in the authors' program.
         */
        RIGHT,
        /**
         * F W<sub>p</sub> = C, W<sub>p</sub> = (F + r I)<sup>-1</sup> C. {@code solve} to the left,
         * that program's default; not what Eqn 1 asks for.
         */
        LEFT,
        /**
         * (W<sub>p</sub> F + F W<sub>p</sub>)/2 = S, the Lyapunov equation, whose solution is
         * symmetric: in F's eigenbasis S<sub>ij</sub> / ((s<sub>i</sub> + s<sub>j</sub> + r)/2).
         * {@code minimal_space} in the authors' program, which keeps W<sub>p</sub> symmetric
         * between two settings too: {@link #keptSymmetric}.
         */
        LYAPUNOV
    }

    /** The meaning of the ridge r in the {@link Solver}'s equation. */
    public enum Scaling {
        /** r = ridge: the authors' {@code dyn_reg}. */
        ABSOLUTE,
        /** r = ridge tr(F)/d: a multiple of the mean eigenvalue, so that F's scale drops out. */
        MEAN_EIGENVALUE
    }

    public OptimalPredictor {
        rho.ifPresent(FeatureCorrelation::checkRho);
        if (!(ridge >= 0 && Double.isFinite(ridge))) {
            throw new IllegalArgumentException(
                    "ridge, added to F's eigenvalues, must be at least 0 and finite, not " + ridge);
        }
        Objects.requireNonNull(scaling, "scaling");
        Objects.requireNonNull(solver, "solver");
        ClosedForm.checkEvery(every);
        if (keptSymmetric && solver != Solver.LYAPUNOV) {
            throw new IllegalArgumentException(
                    "keptSymmetric goes with the solver LYAPUNOV, whose solution is symmetric, not with "
                            + solver);
        }
        Clock.required(rhoSchedule);
        if (rho.isEmpty() && !Clock.isConstant(rhoSchedule)) {
            throw new IllegalArgumentException(
                    "a plain mean over all batches has no rho that could follow a schedule: withRho(value) first");
        }
    }

    /** With a rho that stays as it is. */
    public OptimalPredictor(
            OptionalDouble rho,
            double ridge,
            Scaling scaling,
            Solver solver,
            int every,
            boolean restarting,
            boolean keptSymmetric) {
        this(rho, ridge, scaling, solver, every, restarting, keptSymmetric, Schedule.constant());
    }

    /** The paper's equation; rho 0.3, a ridge of 1e-3 of the mean eigenvalue, every step. */
    public static OptimalPredictor defaults() {
        return new OptimalPredictor(
                OptionalDouble.of(0.3),
                1e-3,
                Scaling.MEAN_EIGENVALUE,
                Solver.SYMMETRIC_CROSS,
                1,
                false,
                false);
    }

    /** A copy with that memory of both moving averages. */
    public OptimalPredictor withRho(double value) {
        return new OptimalPredictor(
                OptionalDouble.of(value),
                ridge,
                scaling,
                solver,
                every,
                restarting,
                keptSymmetric,
                rhoSchedule);
    }

    /** A copy with rho times the schedule's factor at each step. */
    public OptimalPredictor withRho(Schedule schedule) {
        return new OptimalPredictor(
                rho, ridge, scaling, solver, every, restarting, keptSymmetric, schedule);
    }

    /** A copy with plain means over all batches. */
    public OptimalPredictor withRunningMean() {
        return new OptimalPredictor(
                OptionalDouble.empty(), ridge, scaling, solver, every, restarting, keptSymmetric);
    }

    /** A copy with that ridge. */
    public OptimalPredictor withRidge(double value, Scaling of) {
        return new OptimalPredictor(
                rho, value, of, solver, every, restarting, keptSymmetric, rhoSchedule);
    }

    /**
     * A copy that solves that equation; with {@link Solver#LYAPUNOV} W<sub>p</sub> is kept
     * symmetric between two settings, as in the authors' program.
     */
    public OptimalPredictor withSolver(Solver which) {
        return new OptimalPredictor(
                rho,
                ridge,
                scaling,
                which,
                every,
                restarting,
                which == Solver.LYAPUNOV,
                rhoSchedule);
    }

    /**
     * A copy whose W<sub>p</sub> is kept symmetric in the gradient steps between two settings, or
     * left to them.
     */
    public OptimalPredictor withSymmetry(boolean kept) {
        return new OptimalPredictor(
                rho, ridge, scaling, solver, every, restarting, kept, rhoSchedule);
    }

    /** A copy whose W<sub>p</sub> is set every so many steps. */
    public OptimalPredictor withEvery(int steps) {
        return new OptimalPredictor(
                rho, ridge, scaling, solver, steps, restarting, keptSymmetric, rhoSchedule);
    }

    /** A copy with averages over the steps since the last setting alone, or over all. */
    public OptimalPredictor withRestarting(boolean anew) {
        return new OptimalPredictor(
                rho, ridge, scaling, solver, every, anew, keptSymmetric, rhoSchedule);
    }

    /**
     * The solution itself.
     *
     * @param f F, {@code [d, d]}. Not modified.
     * @param cross C = E[t z<sup>T</sup>], {@code [d, d]}. Not modified.
     * @param scope the manager of the result and of what is made on the way
     * @return W<sub>p</sub>, {@code [d, d]}, float64
     */
    public NDArray apply(NDArray f, NDArray cross, NDManager scope) {
        SpectralMatrix spectrum = SpectralMatrix.of(f, scope).atLeast(0);
        double[] s = spectrum.eigenvalues();
        int d = s.length;
        double trace = 0;
        for (double value : s) {
            trace += value;
        }
        double r = scaling == Scaling.ABSOLUTE ? ridge : ridge * trace / d;
        // Sums below this are rounding of zero: the usual bound of a pseudo-inverse.
        double least = d * Math.ulp(1.0) * spectrum.largest();
        double[] weights = new double[d * d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                double divisor =
                        switch (solver) {
                            case SYMMETRIC_CROSS, RIGHT -> s[j] + r;
                            case LEFT -> s[i] + r;
                            case LYAPUNOV -> (s[i] + s[j] + r) / 2;
                        };
                weights[i * d + j] = divisor > least ? 1 / divisor : 0;
            }
        }
        NDArray u = spectrum.eigenvectors();
        NDArray c =
                solver == Solver.SYMMETRIC_CROSS || solver == Solver.LYAPUNOV
                        ? SpectralMatrix.symmetric("C", cross, scope)
                        : SpectralMatrix.wide("C", cross, scope);
        NDArray rotated = u.transpose().matMul(c).matMul(u);
        NDArray solved = rotated.mul(scope.create(weights, rotated.getShape()));
        return u.matMul(solved).matMul(u.transpose());
    }

    @Override
    public Predictor create(int dimension, DataType type, long seed, NDManager manager) {
        return create(Optional.empty(), dimension, type, seed, manager);
    }

    @Override
    public Predictor create(
            int dimension, DataType type, long seed, TrainingLength length, NDManager manager) {
        return create(Optional.of(length), dimension, type, seed, manager);
    }

    private Predictor create(
            Optional<TrainingLength> length,
            int dimension,
            DataType type,
            long seed,
            NDManager manager) {
        return new ClosedFormPredictor(
                new ClosedForm("optimal", new Solving(this), rho, rhoSchedule, every, false),
                length,
                restarting,
                keptSymmetric,
                dimension,
                type,
                seed,
                manager);
    }

    @Override
    public boolean needsLength() {
        return rhoSchedule.needsLength();
    }

    @Override
    public boolean isTrained() {
        return every > 1;
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "optimal (%s, ridge %s%s), %s, every %d%s%s",
                solver.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                ridge,
                scaling == Scaling.ABSOLUTE ? "" : " of the mean eigenvalue",
                rho.isPresent()
                        ? "rho " + rho.getAsDouble() + Clock.words(rhoSchedule)
                        : "running mean",
                every,
                restarting ? ", restarting" : "",
                // Set after every step, it has no step in between.
                keptSymmetric && every > 1 ? ", kept symmetric" : "");
    }

    /** The solution as a rule. */
    private record Solving(OptimalPredictor choice) implements ClosedForm.TimedRule {
        @Override
        public NDArray apply(NDArray f, NDArray cross, Clock at, NDManager scope) {
            return choice.apply(f, cross, scope);
        }

        @Override
        public boolean needsCross() {
            return true;
        }
    }
}
