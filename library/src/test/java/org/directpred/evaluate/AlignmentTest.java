package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.hipparchus.linear.EigenDecompositionSymmetric;
import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;
import org.junit.jupiter.api.Test;

class AlignmentTest {
    private static final double[] F = {2, .5, .1, .5, 1, .2, .1, .2, .5};
    private static final double[] W = {1, .3, 0, .1, .8, .2, 0, .1, .5};

    /** U with eigenvectors in columns, ascending like {@code eigh}; Hipparchus is the oracle. */
    private static double[] eigenvectors(double[] f) {
        int d = Alignment.order(f);
        RealMatrix matrix = MatrixUtils.createRealMatrix(d, d);
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                matrix.setEntry(i, j, f[i * d + j]);
            }
        }
        RealMatrix v = new EigenDecompositionSymmetric(matrix).getV();
        double[] u = new double[d * d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                u[i * d + j] = v.getEntry(i, d - 1 - j);
            }
        }
        return u;
    }

    @Test
    void alignmentHasTheReferenceValues() {
        // numpy: s, U = eigh(F); |u @ (W @ u)| / |W @ u| for u in U.T
        double[] cosines = Alignment.cosines(eigenvectors(F), W);
        assertThat(cosines)
                .containsExactly(
                        new double[] {0.9751239708, 0.9750611160, 0.9997130657}, within(1e-9));
    }

    @Test
    void asymmetryHasTheReferenceValue() {
        assertThat(Alignment.asymmetry(W)).isCloseTo(0.2214037214, within(1e-9));
    }

    @Test
    void aFunctionOfFIsAlignedAndCommutes() {
        double[] f = gram(new Random(3), 12);
        double[] u = eigenvectors(f);
        double[] square = product(f, f);
        assertThat(Arrays.stream(Alignment.cosines(u, square)).boxed())
                .allMatch(c -> c > 1 - 1e-9 && c <= 1);
        assertThat(Alignment.commutator(f, square)).isLessThan(1e-12);
        assertThat(Alignment.asymmetry(square)).isLessThan(1e-12);
        assertThat(Alignment.asymmetryWithin(u, new int[] {11, 10, 9}, square)).isLessThan(1e-9);
    }

    @Test
    void asymmetryWithinTheWholeSpaceIsTheAsymmetry() {
        Random random = new Random(4);
        double[] u = eigenvectors(gram(random, 6));
        double[] w = random.doubles(36, -1, 1).toArray();
        assertThat(Alignment.asymmetryWithin(u, new int[] {0, 1, 2, 3, 4, 5}, w))
                .isCloseTo(Alignment.asymmetry(w), within(1e-10));
    }

    @Test
    void asymmetryRunsFromSymmetricToSkew() {
        assertThat(Alignment.asymmetry(new double[] {1, 2, 2, 5})).isZero();
        assertThat(Alignment.asymmetry(new double[] {0, 3, -3, 0})).isCloseTo(2, within(1e-12));
        assertThat(Alignment.asymmetry(new double[] {0, 1, 0, 0}))
                .isCloseTo(Math.sqrt(2), within(1e-12));
        assertThat(Alignment.asymmetry(new double[4])).isZero();
    }

    @Test
    void symmetricPartIsSymmetricAndLeavesTheRestOut() {
        assertThat(Alignment.symmetricPart(new double[] {1, 4, 2, 7})).containsExactly(1, 3, 3, 7);
    }

    @Test
    void aPredictorThatMapsToZeroIsNotAligned() {
        assertThat(Alignment.cosines(eigenvectors(F), new double[9])).containsOnly(0);
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> Alignment.cosines(new double[9], new double[16]))
                .hasMessageContaining("9")
                .hasMessageContaining("16");
        assertThatThrownBy(() -> Alignment.asymmetry(new double[6]))
                .hasMessageContaining("square")
                .hasMessageContaining("6");
    }

    private static double[] gram(Random random, int d) {
        double[] a = random.doubles((long) d * d, -1, 1).toArray();
        double[] f = new double[d * d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                for (int k = 0; k < d; k++) {
                    f[i * d + j] += a[i * d + k] * a[j * d + k];
                }
            }
        }
        return f;
    }

    private static double[] product(double[] a, double[] b) {
        int d = Alignment.order(a);
        double[] c = new double[d * d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j < d; j++) {
                for (int k = 0; k < d; k++) {
                    c[i * d + j] += a[i * d + k] * b[k * d + j];
                }
            }
        }
        return c;
    }
}
