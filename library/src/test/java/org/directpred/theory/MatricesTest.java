package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.directpred.theory.MatrixAssert.assertClose;

import org.junit.jupiter.api.Test;

class MatricesTest {
    private static final double[][] A = {{1, 2, 3}, {4, 5, 6}};
    private static final double[][] B = {{2, 0}, {1, -1}};

    @Test
    void productsSumsAndParts() {
        assertThat(Matrices.multiply(B, A)).isDeepEqualTo(new double[][] {{2, 4, 6}, {-3, -3, -3}});
        assertThat(Matrices.multiply(B, B, A))
                .isDeepEqualTo(new double[][] {{4, 8, 12}, {5, 7, 9}});
        assertThat(Matrices.commutator(B, B)).isDeepEqualTo(Matrices.zeros(2, 2));
        assertThat(Matrices.anticommutator(B, B)).isDeepEqualTo(new double[][] {{8, 0}, {2, 2}});
        assertThat(Matrices.plus(Matrices.symmetricPart(B), Matrices.skewPart(B))).isDeepEqualTo(B);
        assertThat(Matrices.trace(B)).isEqualTo(1);
        assertThat(Matrices.norm(B)).isCloseTo(Math.sqrt(6), within(1e-15));
    }

    /** vec(AXB) = (B^T (x) A) vec(X). */
    @Test
    void kroneckerAndVecFit() {
        double[][] x = {{1, 2}, {-3, .5}};
        double[][] left = Matrices.vec(Matrices.multiply(B, x, A));
        double[][] right =
                Matrices.multiply(Matrices.kronecker(Matrices.transpose(A), B), Matrices.vec(x));
        assertClose(left, right, 1e-14);
    }

    @Test
    void spectrumOfDifficultMatrices() {
        double[][][] all = {
            Sines.gram(Sines.matrix(6, 6, 1), 1),
            Matrices.identity(4),
            Matrices.zeros(3, 3),
            Matrices.diagonal(1e-300, 1, 1e-8),
            {{7}},
            Sines.gram(Sines.matrix(5, 2, 0), 1)
        };
        for (double[][] a : all) {
            Matrices.Spectrum e = Matrices.spectrum(a);
            double[][] u = e.vectors();
            double[][] back =
                    Matrices.multiply(u, Matrices.diagonal(e.values()), Matrices.transpose(u));
            assertClose(back, a, 1e-13 * Math.max(1, Matrices.maxAbs(a)));
            assertClose(
                    Matrices.multiply(Matrices.transpose(u), u),
                    Matrices.identity(a.length),
                    1e-13);
            assertThat(e.values()).isSorted();
        }
        assertThat(Matrices.eigenvalues(new double[][] {{2, .5, .1}, {.5, 1, .2}, {.1, .2, .5}}))
                .containsExactly(
                        new double[] {.4255510029, .8506431028, 2.2238058943}, within(1e-10));
    }

    @Test
    void functionsAndInverses() {
        double[][] a = Sines.gram(Sines.matrix(4, 4, 0), 1);
        double[][] root = Matrices.function(a, s -> Math.sqrt(Math.max(s, 0)));
        assertClose(Matrices.multiply(root, root), a, 1e-12);
        assertClose(Matrices.multiply(B, Matrices.inverse(B)), Matrices.identity(2), 1e-15);
    }

    @Test
    void misfitsAreNamed() {
        assertThatThrownBy(() -> Matrices.multiply(A, B))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2x3 by 2x2");
        assertThatThrownBy(() -> Matrices.plus(A, B)).hasMessageContaining("2x3 against 2x2");
        assertThatThrownBy(() -> Matrices.inverse(Matrices.zeros(2, 2)))
                .hasMessageContaining("singular");
        assertThatThrownBy(() -> Matrices.eigenvalues(B)).hasMessageContaining("symmetric");
        assertThatThrownBy(() -> Matrices.eigenvalues(new double[][] {{1, 2}, {1}}))
                .hasMessageContaining("row 1 has 1");
    }
}
