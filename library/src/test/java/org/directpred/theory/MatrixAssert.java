package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;

/** Comparison of matrices entry by entry. */
final class MatrixAssert {
    private MatrixAssert() {}

    static void assertClose(double[][] actual, double[][] expected, double tolerance) {
        assertThat(Matrices.shape(actual)).isEqualTo(Matrices.shape(expected));
        for (int i = 0; i < actual.length; i++) {
            for (int j = 0; j < actual[i].length; j++) {
                assertThat(actual[i][j])
                        .as("[%d][%d]", i, j)
                        .isCloseTo(expected[i][j], Offset.offset(tolerance));
            }
        }
    }
}
