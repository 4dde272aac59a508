package org.directpred.require;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class RequireTest {
    @Test
    void numbersThatFitComeBack() {
        assertThat(Require.atLeast("k", 1, 1)).isEqualTo(1);
        assertThat(Require.atLeast("k", 1L << 40, 1)).isEqualTo(1L << 40);
        assertThat(Require.nonNegative("x", 0)).isZero();
        assertThat(Require.positive("x", Double.MIN_VALUE)).isEqualTo(Double.MIN_VALUE);
        assertThat(Require.above("x", Double.POSITIVE_INFINITY, 0)).isInfinite();
        assertThat(Require.momentum("m", 0)).isZero();
        assertThat(Require.between("x", 2, 2, 3)).isEqualTo(2);
        assertThat(Require.probability("p", 1)).isEqualTo(1);
    }

    @Test
    void othersAreRefusedInOneWording() {
        refused(() -> Require.atLeast("k", 0, 1), "k must be at least 1, not 0");
        // Not cut down to 32 bits on the way.
        refused(
                () -> Require.atLeast("k", Integer.MIN_VALUE, Integer.MAX_VALUE),
                "k must be at least 2147483647, not -2147483648");
        refused(
                () -> Require.atLeast("k", -1L << 40, 0),
                "k must be at least 0, not -1099511627776");
        for (double wrong : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            refused(
                    () -> Require.nonNegative("x", wrong),
                    "x must be at least 0 and finite, not " + wrong);
            refused(
                    () -> Require.positive("x", wrong),
                    "x must be above 0 and finite, not " + wrong);
            refused(
                    () -> Require.momentum("m", wrong),
                    "m must be at least 0 and below 1, not " + wrong);
            refused(
                    () -> Require.probability("p", wrong),
                    "p must lie between 0.0 and 1.0, not " + wrong);
        }
        refused(() -> Require.positive("x", 0), "x must be above 0 and finite, not 0.0");
        refused(() -> Require.above("x", 0, 0), "x must be above 0.0, not 0.0");
        refused(() -> Require.above("x", Double.NaN, 0), "x must be above 0.0, not NaN");
        refused(() -> Require.momentum("m", 1), "m must be at least 0 and below 1, not 1.0");
    }

    private static void refused(ThrowingCallable check, String message) {
        assertThatThrownBy(check).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }
}
