package org.directpred.theory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.hipparchus.exception.MathIllegalArgumentException;
import org.hipparchus.exception.MathIllegalStateException;
import org.hipparchus.ode.ODEState;
import org.hipparchus.ode.ODEStateAndDerivative;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.nonstiff.DormandPrince853Integrator;
import org.hipparchus.ode.sampling.ODEStateInterpolator;
import org.hipparchus.ode.sampling.ODEStepHandler;
import org.jspecify.annotations.Nullable;

/**
 * Single trajectories of autonomous systems, by Dormand and Prince's method of order 8 with
 * adaptive steps.
 */
final class Integrator {
    /** Tighter than any number of the paper needs, looser than rounding. */
    private static final double RELATIVE = 1e-12;

    private static final double ABSOLUTE = 1e-15;

    /**
     * The absolute tolerance of a variable that has none, but for the least numbers: it may fall as
     * far as it will, and where it passes zero a step is judged by the larger of its two ends.
     */
    static final double NONE = Double.MIN_NORMAL;

    /**
     * What a step may err in each variable: the absolute tolerance and the relative one times the
     * variable. A variable that may fall far below the others and come back is integrated as a
     * logarithm, or without an absolute tolerance: else it ends as noise of either sign.
     */
    @SuppressWarnings("ArrayRecordComponent") // constants, never compared
    record Tolerance(double[] absolute, double[] relative) {
        /** The same for all variables, of the order of 1. */
        static Tolerance uniform(int variables) {
            double[] absolute = new double[variables];
            double[] relative = new double[variables];
            Arrays.fill(absolute, ABSOLUTE);
            Arrays.fill(relative, RELATIVE);
            return new Tolerance(absolute, relative);
        }
    }

    /**
     * After more than this many evaluations the system is taken for stiff, and an implicit method
     * goes on.
     */
    private static final int EVALUATIONS = 100_000;

    /** Each time on the way that is asked for is worth as many more, up to those. */
    private static final int EVALUATIONS_PER_TIME = 100;

    /** A bounded flow of this paper never comes near it. */
    static final double DIVERGED = 1e50;

    /** Points within each step that an observer sees, for infima along a trajectory. */
    static final int OBSERVED = 8;

    /**
     * Times closer than this many ulps, which the method would refuse, are one Euler step apart.
     */
    private static final double SHORTEST = 2000;

    private static final String ADVICE =
            "take a smaller start, more weight decay or a shorter time";

    static final String DIVERGES = "the solution diverges or jumps; " + ADVICE;

    private Integrator() {}

    /** The right-hand side dy/dt = f(y). */
    @FunctionalInterface
    interface Field {
        double[] velocity(double[] y);
    }

    /** Sees a trajectory at the integrator's own steps and in between. */
    @FunctionalInterface
    interface Observer {
        void see(double t, double[] y);
    }

    /** The state at time t from a start at time 0. */
    static double[] flow(Field field, double[] start, double t) {
        return trajectory(field, start, new double[] {t})[0];
    }

    /** The states at ascending times from a start at time 0. */
    static double[][] trajectory(Field field, double[] start, double[] times) {
        return trajectory(field, start, times, null);
    }

    static double[][] trajectory(
            Field field, double[] start, double[] times, @Nullable Observer observer) {
        return trajectory(field, start, times, Tolerance.uniform(start.length), observer);
    }

    static double[][] trajectory(
            Field field,
            double[] start,
            double[] times,
            Tolerance tolerance,
            @Nullable Observer observer) {
        Checks.times(times);
        double[][] states = new double[times.length][];
        Watch watch = new Watch(start, 0, observer);
        if (observer != null) {
            observer.see(0, start.clone());
        }
        StiffIntegrator implicit = null;
        for (int i = 0; i < times.length; i++) {
            watch.left = Math.min(EVALUATIONS, watch.left + EVALUATIONS_PER_TIME);
            if (implicit == null && !explicit(field, watch, times[i], tolerance)) {
                implicit = new StiffIntegrator(field, watch.state, watch.time, tolerance);
            }
            states[i] = implicit == null ? watch.state.clone() : implicit.flow(times[i], observer);
        }
        return states;
    }

    /** Where the method's own steps end up to a time, the start, 0, before them. */
    static double[] steps(Field field, double[] start, double last, Tolerance tolerance) {
        List<Double> seen = new ArrayList<>();
        double[] end = {last};
        trajectory(field, start, end, tolerance, (t, y) -> seen.add(t));
        // The start, and of every step some points and its end.
        return IntStream.rangeClosed(0, (seen.size() - 1) / OBSERVED)
                .mapToDouble(i -> seen.get(i * OBSERVED))
                .toArray();
    }

    /**
     * The first of the method's own steps at which the state satisfies the condition, or the state
     * at the last time.
     */
    static double[] until(
            Field field,
            double[] start,
            double last,
            Tolerance tolerance,
            Predicate<double[]> met) {
        if (met.test(start)) {
            return start.clone();
        }
        try {
            return trajectory(
                    field,
                    start,
                    new double[] {last},
                    tolerance,
                    (t, y) -> {
                        if (met.test(y)) {
                            throw new Met(y);
                        }
                    })[0];
        } catch (Met e) {
            return e.state;
        }
    }

    /** Leaves an integration whose question is answered, which may be far before it turns stiff. */
    private static final class Met extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient double[] state;

        Met(double[] state) {
            super(null, null, false, false);
            this.state = state;
        }
    }

    /** Moves on to a time; whether the explicit method got there. */
    private static boolean explicit(Field field, Watch watch, double to, Tolerance tolerance) {
        if (to <= watch.time) {
            return true;
        }
        double span = to - watch.time;
        if (span <= SHORTEST * Math.ulp(to)) {
            double[] velocity = field.velocity(watch.state);
            double[] end = watch.state.clone();
            for (int i = 0; i < end.length; i++) {
                end[i] += span * velocity[i];
            }
            watch.state = end;
            watch.time = to;
            return true;
        }
        while (true) {
            double reached = watch.time;
            DormandPrince853Integrator method =
                    // No smallest step: the evaluations and the size of the state are the limits.
                    new DormandPrince853Integrator(
                            Double.MIN_NORMAL, span, tolerance.absolute, tolerance.relative);
            method.setMaxEvaluations(watch.left);
            method.setInitialStepSize(firstStep(field, watch.state, tolerance, to - reached));
            method.addStepHandler(watch);
            try {
                ODEStateAndDerivative end =
                        method.integrate(
                                equation(field, watch.state.length),
                                new ODEState(reached, watch.state),
                                to);
                watch.state = end.getPrimaryState();
                watch.time = to;
                watch.left -= method.getEvaluations();
                return true;
            } catch (MathIllegalArgumentException | MathIllegalStateException e) {
                // Hipparchus's words for a step that shrank to nothing, a NaN, and too much work.
                watch.left -= method.getEvaluations();
                // A long trial step that overflows is no divergence: go on with a short one.
                if (watch.left <= 0
                        || !(watch.time > reached && to - watch.time > SHORTEST * Math.ulp(to))) {
                    return false;
                }
            }
        }
    }

    /**
     * A step that is short against every rate, from which the method soon finds its own, where a
     * variable without an absolute tolerance stands at zero: the method would choose its first step
     * against that tolerance, and no number is that short. Else negative, and the method chooses.
     */
    private static double firstStep(
            Field field, double[] state, Tolerance tolerance, double longest) {
        double[] velocity = field.velocity(state);
        double fastest = 1 / longest;
        boolean choose = false;
        for (int i = 0; i < state.length; i++) {
            double rate = Math.abs(velocity[i]);
            double size = Math.abs(state[i]);
            double scaled = rate / (tolerance.absolute[i] + tolerance.relative[i] * size);
            boolean endless = scaled * scaled == Double.POSITIVE_INFINITY;
            choose |= endless;
            fastest = Math.max(fastest, endless || size == 0 ? rate : rate / size);
        }
        return choose ? 1e-6 / fastest : -1;
    }

    private static OrdinaryDifferentialEquation equation(Field field, int dimension) {
        return new OrdinaryDifferentialEquation() {
            @Override
            public int getDimension() {
                return dimension;
            }

            @Override
            public double[] computeDerivatives(double t, double[] y) {
                return field.velocity(y);
            }
        };
    }

    /** Follows the accepted steps: keeps the last good state, stops on interrupt and on NaN. */
    private static final class Watch implements ODEStepHandler {
        private final @Nullable Observer observer;
        private double time;
        private double[] state;
        private int left = EVALUATIONS;

        Watch(double[] state, double time, @Nullable Observer observer) {
            this.state = state.clone();
            this.time = time;
            this.observer = observer;
        }

        @Override
        public void handleStep(ODEStateInterpolator step) {
            if (Thread.interrupted()) {
                throw new CancellationException("integration stopped at t = " + time);
            }
            ODEStateAndDerivative reached = step.getCurrentState();
            double[] y = reached.getPrimaryState();
            for (double value : y) {
                if (!(Math.abs(value) < DIVERGED)) {
                    throw new IntegrationException("the solution diverges; " + ADVICE, time, state);
                }
            }
            if (observer != null) {
                double before = time;
                for (int i = 1; i < OBSERVED; i++) {
                    double t = before + (reached.getTime() - before) * i / OBSERVED;
                    observer.see(t, step.getInterpolatedState(t).getPrimaryState());
                }
                observer.see(reached.getTime(), y);
            }
            time = reached.getTime();
            state = y;
        }
    }
}
