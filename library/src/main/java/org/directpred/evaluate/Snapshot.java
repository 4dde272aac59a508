package org.directpred.evaluate;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The state of a training after one of its steps, in numbers: what a log keeps every so many steps,
 * and what a {@link Measure} is computed from.
 *
 * @param step after which it was taken
 * @param loss of that step
 * @param diagnostics the spectra and alignments after that step
 * @param networkUpdate |update| / |weights| of the online network in that step
 * @param predictorUpdate the same of the predictor's trained parameters; NaN without any
 */
public record Snapshot(
        long step,
        double loss,
        Diagnostics diagnostics,
        double networkUpdate,
        double predictorUpdate) {

    /** Checks that there are diagnostics. */
    public Snapshot {
        Objects.requireNonNull(diagnostics, "diagnostics");
    }

    /** The value of every one of {@link Measure#ALL}, by its name; NaN where one does not apply. */
    public Map<String, Double> values() {
        Map<String, Double> values = new LinkedHashMap<>();
        Measure.ALL.forEach(measure -> values.put(measure.name(), measure.of(this)));
        return Collections.unmodifiableMap(values);
    }
}
