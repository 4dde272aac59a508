package org.directpred.experiment;

import java.util.Locale;
import java.util.Objects;

/**
 * A number from a publication, to stand beside a measured one.
 *
 * @param variant the variant that it belongs to
 * @param measure what was measured
 * @param mean the published mean
 * @param deviation the published standard deviation; NaN where none was given
 * @param note what is not certain about it, in a few words; empty where all is
 */
public record PublishedNumber(
        String variant, String measure, double mean, double deviation, String note) {
    /** Checks that nothing is missing. */
    public PublishedNumber {
        Objects.requireNonNull(variant, "variant");
        Objects.requireNonNull(measure, "measure");
        Objects.requireNonNull(note, "note");
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.2f", mean)
                + (Double.isNaN(deviation) ? "" : String.format(Locale.ROOT, " ± %.2f", deviation))
                + (note.isEmpty() ? "" : " (" + note + ")");
    }
}
