package org.directpred.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Something that goes wrong in a run, said once.
 *
 * @param name of the alarm
 * @param step after which it was raised
 * @param numbers that it follows from, by name
 * @param advice what to do
 */
public record Alarm(String name, long step, Map<String, Double> numbers, String advice) {

    /** Copies the numbers in their order. */
    public Alarm {
        numbers = Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
    }

    /** The alarm in one line. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s at step %d (%s): %s",
                name,
                step,
                numbers.entrySet().stream()
                        .map(n -> String.format(Locale.ROOT, "%s %.3g", n.getKey(), n.getValue()))
                        .collect(Collectors.joining(", ")),
                advice);
    }
}
