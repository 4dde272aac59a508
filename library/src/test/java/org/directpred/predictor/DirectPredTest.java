package org.directpred.predictor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.directpred.predictor.DirectPred.Formula;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rule against numbers computed with NumPy in float64, and its properties. */
class DirectPredTest {
    private static final double DIGITS = 1e-9;

    private static final double[] F3 = {2, .5, .1, .5, 1, .2, .1, .2, .5};

    /** H diag(4, 1, 1/4, 0) H^T with the Hadamard matrix H / 2. */
    private static final double[] F4 = {
        1.3125, 0.8125, 1.1875, 0.6875, //
        0.8125, 1.3125, 0.6875, 1.1875, //
        1.1875, 0.6875, 1.3125, 0.8125, //
        0.6875, 1.1875, 0.8125, 1.3125
    };

    @Test
    void thePapersFormula() {
        assertThat(apply(F4, DirectPred.defaults().withRho(.3).withFormula(Formula.PAPER)))
                .containsExactly(
                        new double[] {
                            1.275, 0.375, 0.625, 0.125, //
                            0.375, 1.275, 0.125, 0.625, //
                            0.625, 0.125, 1.275, 0.375, //
                            0.125, 0.625, 0.375, 1.275
                        },
                        within(DIGITS));
        assertThat(apply(F3, DirectPred.defaults().withRho(.3).withFormula(Formula.PAPER)))
                .containsExactly(
                        new double[] {
                            1.6205549233, 0.2092783487, 0.0362091812, //
                            0.2092783487, 1.1934057433, 0.1153807752, //
                            0.0362091812, 0.1153807752, 0.9190700266
                        },
                        within(DIGITS));
    }

    @Test
    void theCodesFormula() {
        assertThat(apply(F4, DirectPred.defaults().withRho(.3)))
                .containsExactly(
                        new double[] {
                            0.5375, 0.1875, 0.3125, 0.0625, //
                            0.1875, 0.5375, 0.0625, 0.3125, //
                            0.3125, 0.0625, 0.5375, 0.1875, //
                            0.0625, 0.3125, 0.1875, 0.5375
                        },
                        within(DIGITS));
        assertThat(apply(F3, DirectPred.defaults().withRho(.3)))
                .containsExactly(
                        new double[] {
                            1.0375898282, 0.1403381869, 0.0242812067, //
                            0.1403381869, 0.7511514946, 0.0773722122, //
                            0.0242812067, 0.0773722122, 0.5671870409
                        },
                        within(DIGITS));
    }

    @Test
    void theCodesFormulaWithoutEpsilonKeepsItsFloor() {
        assertThat(apply(F4, DirectPred.defaults().withRho(.3).withEpsilon(0)))
                .containsExactly(
                        new double[] {
                            0.4375250000, 0.1874750000, 0.3124750000, 0.0625250000, //
                            0.1874750000, 0.4375250000, 0.0625250000, 0.3124750000, //
                            0.3124750000, 0.0625250000, 0.4375250000, 0.1874750000, //
                            0.0625250000, 0.3124750000, 0.1874750000, 0.4375250000
                        },
                        within(DIGITS));
    }

    @Test
    void anOffsetStandsUnderTheRootWithThePapersSign() {
        assertThat(apply(F4, DirectPred.defaults().withRho(.3).withOffset(.1)))
                .containsExactly(
                        new double[] {
                            0.3389954082, 0.1403462409, 0.3289954082, 0.1403462409, //
                            0.1403462409, 0.3389954082, 0.1403462409, 0.3289954082, //
                            0.3289954082, 0.1403462409, 0.3389954082, 0.1403462409, //
                            0.1403462409, 0.3289954082, 0.1403462409, 0.3389954082
                        },
                        within(DIGITS));
    }

    @Test
    void aRuleOfTheUserIsOneLine() {
        double[] byHand = apply(F3, f -> f.power(0.5).plus(0.1 * f.largest()));
        double[] byName = apply(F3, DirectPred.defaults().withRho(.3).withFormula(Formula.PAPER));
        assertThat(byHand).containsExactly(byName, within(DIGITS));
    }

    @ParameterizedTest
    @EnumSource
    void itIsSymmetricAndCommutesWithF(Formula formula) {
        double[] f = randomCorrelation(16, 7);
        double[] w = apply(f, DirectPred.defaults().withRho(.3).withFormula(formula));
        double worst = 0;
        for (int i = 0; i < 16; i++) {
            for (int j = 0; j < 16; j++) {
                assertThat(w[16 * i + j]).isEqualTo(w[16 * j + i]);
                double commutator = 0;
                for (int k = 0; k < 16; k++) {
                    commutator += f[16 * i + k] * w[16 * k + j] - w[16 * i + k] * f[16 * k + j];
                }
                worst = Math.max(worst, Math.abs(commutator));
            }
        }
        assertThat(worst).isLessThan(1e-12);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-6, 7, 1e6})
    void theCodesFormulaDoesNotDependOnScale(double scale) {
        double[] f = randomCorrelation(8, 3);
        double[] scaled = new double[f.length];
        for (int i = 0; i < f.length; i++) {
            scaled[i] = scale * f[i];
        }
        assertThat(apply(scaled, DirectPred.defaults().withRho(.3)))
                .containsExactly(apply(f, DirectPred.defaults().withRho(.3)), within(1e-9));
    }

    @ParameterizedTest
    @EnumSource
    void aDeadNetworkGivesNoNaN(Formula formula) {
        for (double w :
                apply(new double[9], DirectPred.defaults().withRho(.3).withFormula(formula))) {
            assertThat(w).isFinite();
        }
    }

    @Test
    void theLargestEigenvalueIsOnePlusEpsilon() {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        NDArray f = manager.create(randomCorrelation(12, 5), new Shape(12, 12));
                        SpectralMatrix p =
                                DirectPred.defaults()
                                        .withRho(.3)
                                        .apply(SpectralMatrix.of(f, manager));
                        assertThat(p.largest()).isCloseTo(1.1, within(1e-12));
                        assertThat(Arrays.stream(p.eigenvalues()).min().orElseThrow())
                                .isGreaterThanOrEqualTo(1e-4);
                    }
                });
    }

    @Test
    void anOffsetIsKnownToCheckpointsByTheEpsilonThatItIs() {
        assertThat(DirectPred.defaults().withOffset(.1).describe())
                .startsWith("DirectPred (code's formula, epsilon -0.1 inside)");
        assertThat(DirectPred.defaults().withOffset(-.1).describe())
                .startsWith("DirectPred (code's formula, epsilon 0.1 inside)");
        // Not -0, which would be another text.
        assertThat(DirectPred.defaults().withOffset(0).describe())
                .startsWith("DirectPred (code's formula, epsilon 0.0 inside)");
    }

    @Test
    void noCopyLosesWhatWasSetBefore() {
        assertThat(DirectPred.defaults().withEpsilon(.5).withEvery(3).withRho(.9))
                .isEqualTo(DirectPred.defaults().withRho(.9).withEvery(3).withEpsilon(.5))
                .isNotEqualTo(DirectPred.defaults().withRho(.9));
    }

    @Test
    void badSettingsAreNamed() {
        assertThatThrownBy(() -> DirectPred.defaults().withRho(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rho")
                .hasMessageContaining("1.0");
        assertThatThrownBy(() -> DirectPred.defaults().withRho(Double.NaN))
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> DirectPred.defaults().withRho(.3).withEpsilon(-.1))
                .hasMessageContaining("-0.1");
        assertThatThrownBy(() -> DirectPred.defaults().withRho(.3).withEvery(0))
                .hasMessageContaining("every")
                .hasMessageContaining("0");
    }

    @Test
    void aNonSquareOrNonFiniteFIsRefused() {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        assertThatThrownBy(
                                        () ->
                                                SpectralMatrix.of(
                                                        manager.zeros(new Shape(3, 4)), manager))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("(3, 4)");
                        NDArray broken =
                                manager.create(new double[] {1, 0, 0, Double.NaN}, new Shape(2, 2));
                        assertThatThrownBy(() -> SpectralMatrix.of(broken, manager))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("not finite");
                    }
                });
    }

    private static double[] apply(double[] f, DirectPred rule) {
        return apply(f, rule::apply);
    }

    private static double[] apply(double[] f, UnaryOperator<SpectralMatrix> rule) {
        return TrainingThread.call(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        int n = (int) Math.sqrt(f.length);
                        NDArray array = manager.create(f, new Shape(n, n));
                        return rule.apply(SpectralMatrix.of(array, manager))
                                .matrix()
                                .toDoubleArray();
                    }
                });
    }

    private static double[] randomCorrelation(int n, long seed) {
        Random random = new Random(seed);
        double[] f = new double[n * n];
        for (int k = 0; k < 3 * n; k++) {
            double[] z = random.doubles(n, -1, 1).toArray();
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    f[n * i + j] += z[i] * z[j] / (3 * n);
                }
            }
        }
        return f;
    }
}
