package org.directpred.optimise;

import java.util.Objects;
import java.util.function.ToDoubleBiFunction;

/** A user's function as a schedule, known by its name. */
record NamedSchedule(
        String name, ToDoubleBiFunction<Long, TrainingLength> function, boolean needsLength)
        implements Schedule {
    NamedSchedule {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(function, "factor");
        if (name.isBlank()) {
            throw new IllegalArgumentException("a schedule needs a name that is not blank");
        }
    }

    @Override
    public double factor(long step, TrainingLength length) {
        return function.applyAsDouble(step, length);
    }

    @Override
    public String describe() {
        return name;
    }

    /** By the name: a changed function needs another. */
    @Override
    public boolean equals(Object other) {
        return other instanceof NamedSchedule schedule
                && name.equals(schedule.name)
                && needsLength == schedule.needsLength;
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }
}
