package org.directpred.experiment;

import java.util.Objects;

/**
 * One run of an ablation.
 *
 * @param variant the variant's name
 * @param seed its seed
 */
public record Point(String variant, long seed) {
    /** Checks that there is a name. */
    public Point {
        Objects.requireNonNull(variant, "variant");
    }

    @Override
    public String toString() {
        return "'" + variant + "', seed " + seed;
    }
}
