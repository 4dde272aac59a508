package org.directpred.image;

/**
 * A resampling filter as Pillow has it (up to version 12; 13 takes the two passes in another order
 * for some sizes, which moves a pixel by at most one level): widened by the scale where an image
 * shrinks, so that every source pixel counts.
 */
public enum Filter {
    /** A triangle of half-width 1. */
    BILINEAR(1) {
        @Override
        double weight(double x) {
            return Math.max(0, 1 - Math.abs(x));
        }
    },
    /** Keys' cubic with a = -1/2, of half-width 2. */
    BICUBIC(2) {
        @Override
        double weight(double x) {
            double t = Math.abs(x);
            if (t < 1) {
                return ((CUBIC + 2) * t - (CUBIC + 3)) * t * t + 1;
            }
            return t < 2 ? (((t - 5) * t + 8) * t - 4) * CUBIC : 0;
        }
    };

    private static final double CUBIC = -0.5;

    private final double support;

    Filter(double support) {
        this.support = support;
    }

    abstract double weight(double x);

    double support() {
        return support;
    }
}
