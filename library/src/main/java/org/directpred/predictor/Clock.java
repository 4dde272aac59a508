package org.directpred.predictor;

import java.util.Objects;
import java.util.Optional;
import org.directpred.optimise.Schedule;
import org.directpred.optimise.TrainingLength;

/** The position of a training: what schedules look at. */
record Clock(long step, Optional<TrainingLength> length) {

    /** The present value of a number with that base value. */
    double of(double base, Schedule schedule) {
        return base * schedule.factorAt(step, length);
    }

    /** The words behind a number in a choice's line: nothing where it stays as it is. */
    static String words(Schedule schedule) {
        return isConstant(schedule) ? "" : " (" + schedule.describe() + ")";
    }

    static boolean isConstant(Schedule schedule) {
        return schedule.equals(Schedule.constant());
    }

    /** Refuses a choice that cannot be made without a length. */
    static void requireLength(PredictorChoice choice, Optional<TrainingLength> length) {
        if (choice.needsLength() && length.isEmpty()) {
            throw new IllegalArgumentException(
                    "the predictor's schedules (%s) need to know how long the training is: create(dimension, type, seed, length, manager)"
                            .formatted(choice.describe()));
        }
    }

    static Schedule required(Schedule schedule) {
        return Objects.requireNonNull(schedule, "schedule");
    }
}
