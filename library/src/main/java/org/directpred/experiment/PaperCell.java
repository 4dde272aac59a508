package org.directpred.experiment;

import java.util.Locale;

/**
 * A published number.
 *
 * @param arm the arm that it belongs to
 * @param measure what was measured
 * @param mean the published mean
 * @param deviation the published standard deviation; NaN where none was given
 */
public record PaperCell(String arm, String measure, double mean, double deviation) {
    @Override
    public String toString() {
        return Double.isNaN(deviation)
                ? String.format(Locale.ROOT, "%.2f", mean)
                : String.format(Locale.ROOT, "%.2f ± %.2f", mean, deviation);
    }
}
