package org.directpred.experiment;

import java.util.Objects;

/**
 * One run of an ablation.
 *
 * @param arm the arm's name
 * @param seed its seed
 */
public record Point(String arm, long seed) {
    /** Checks that there is a name. */
    public Point {
        Objects.requireNonNull(arm, "arm");
    }

    @Override
    public String toString() {
        return "'" + arm + "', seed " + seed;
    }
}
