package org.directpred.experiment;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The measurements of a point.
 *
 * @param values the measured numbers by name, in the order in which tables show them; NaN where a
 *     number does not apply
 * @param curves numbers over the steps by name
 */
public record Measurements(Map<String, Double> values, Map<String, Series> curves) {
    /** Copies the maps. */
    public Measurements {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
        curves = Collections.unmodifiableMap(new LinkedHashMap<>(curves));
    }

    /** Measurements without curves. */
    public static Measurements of(Map<String, Double> values) {
        return new Measurements(values, Map.of());
    }

    /**
     * A number over the steps.
     *
     * @param steps when
     * @param values how much, one for each step
     */
    public record Series(List<Double> steps, List<Double> values) {
        /** Copies the lists. */
        public Series {
            steps = List.copyOf(steps);
            values = List.copyOf(values);
            if (steps.size() != values.size()) {
                throw new IllegalArgumentException(
                        steps.size() + " steps but " + values.size() + " values");
            }
        }
    }
}
