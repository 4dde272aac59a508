package org.directpred.experiment;

import java.util.Objects;
import java.util.Optional;

/**
 * The record of a point: one line of {@code results.jsonl}.
 *
 * @param point which
 * @param measurements what it measured
 * @param failure what went wrong with it; empty where nothing did
 * @param seconds how long it took; of a point that went on from a checkpoint, since then
 * @param ranOn engine and machine
 */
public record Row(
        Point point,
        Measurements measurements,
        Optional<String> failure,
        double seconds,
        String ranOn) {
    /** Checks that nothing is missing. */
    public Row {
        Objects.requireNonNull(point, "point");
        Objects.requireNonNull(measurements, "measurements");
        Objects.requireNonNull(failure, "failure");
        Objects.requireNonNull(ranOn, "ranOn");
    }
}
