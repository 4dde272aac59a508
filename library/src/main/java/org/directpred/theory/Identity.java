package org.directpred.theory;

/**
 * Both sides of an identity, as matrices, and how far they are apart.
 *
 * @param left the left side
 * @param right the right side, of the same shape
 * @param scale the size of what was added up on the way, against which rounding is measured: the
 *     sum of the Frobenius norms of the terms
 */
@SuppressWarnings("ArrayRecordComponent") // a result to be read, never compared
public record Identity(double[][] left, double[][] right, double scale) {
    /** Checks that the sides have one shape. */
    public Identity {
        Checks.matrix("left", left);
        Checks.shape("right", right, left.length, left[0].length);
        Checks.nonNegative("scale", scale);
    }

    /** The largest absolute difference of an entry. */
    public double residual() {
        return Matrices.maxAbs(Matrices.minus(left, right));
    }

    /** The Frobenius norm of the difference relative to {@link #scale()}. */
    public double relativeResidual() {
        double difference = Matrices.norm(Matrices.minus(left, right));
        return difference == 0 ? 0 : difference / scale;
    }
}
