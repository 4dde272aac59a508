package org.directpred.train;

import java.util.Objects;
import org.directpred.optimise.Schedule;

/** The target of the predictions: what stands behind the loss's t. */
public sealed interface Target {

    /**
     * No target of its own and no stop-gradient: t is the online network's output, and gradients
     * flow through both. By Theorem 2 the network collapses.
     */
    record None() implements Target {}

    /**
     * The online network behind a stop-gradient, without a moving average: SimSiam.
     *
     * @param first what the first step predicts
     */
    record Shared(FirstTarget first) implements Target {
        public Shared {
            Objects.requireNonNull(first, "firstTarget");
        }
    }

    /**
     * A network behind a stop-gradient whose weights are a moving average of the online network's:
     * BYOL.
     *
     * @param m the paper's gamma<sub>a</sub>, how much of itself the average keeps each step; above
     *     0, at most 1
     * @param schedule how m goes over the training, from its value at the first step
     * @param startsFromOnline whether it starts as a copy of the online network instead of weights
     *     of its own
     * @param firstWithout what the first step predicts where {@link Recipe#withoutEma} leaves the
     *     average out
     */
    record MovingAverage(
            double m, Schedule schedule, boolean startsFromOnline, FirstTarget firstWithout)
            implements Target {
        public MovingAverage {
            if (!(m > 0 && m <= 1)) {
                throw new IllegalArgumentException(
                        "ema, the moving average's m, must be above 0 and at most 1, not " + m);
            }
            Objects.requireNonNull(schedule, "emaSchedule");
            Objects.requireNonNull(firstWithout, "firstTarget");
        }

        /** With an m that stays, starting from weights of its own, as in the paper. */
        public MovingAverage(double m) {
            this(m, Schedule.constant(), false, FirstTarget.PAPER);
        }
    }
}
