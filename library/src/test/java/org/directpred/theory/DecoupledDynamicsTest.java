package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.directpred.theory.DecoupledDynamics.LeastK;
import org.directpred.theory.DecoupledDynamics.Mode;
import org.directpred.theory.ScalarReduction.Weights;
import org.junit.jupiter.api.Test;

/** Numbers from SciPy as in {@link TwoLayerModelTest}, in the variables w, w_p, w_a. */
class DecoupledDynamicsTest {
    private static final DecoupledDynamics BYOL =
            PhasePlane.of(1, .04, .0009, 1).withMovingTarget(.4);

    /** p(0), t | p, s, tau; from p(0)^2 = s(0) and tau(0) = 0. */
    private static final double[][] PAPER = {
        {.5, 1, .4242897141, .1800217615, .3500695300},
        {.5, 10, .7380323670, .5446917747, .8562672676},
        {.5, 50, .9570964594, .9160336326, .9997991953},
        {.2, 1, .1914909296, .0366687761, .3346004291},
        {.2, 10, .3950395920, .1560562792, .7839149044},
        {.2, 50, .9564438713, .9147848790, .9992958207}
    };

    @Test
    void movingTargetHasThePaperNumbers() {
        for (double[] row : PAPER) {
            Mode end = BYOL.flow(Mode.onParabola(row[0], 1, 0), row[1]);
            assertThat(end.p()).isCloseTo(row[2], within(1e-10));
            assertThat(end.s()).isCloseTo(row[3], within(1e-10));
            assertThat(end.tau()).isCloseTo(row[4], within(1e-10));
            Weights weights = ScalarReduction.of(BYOL).flow(new Weights(row[0], row[0], 0), row[1]);
            assertThat(weights.wp()).isCloseTo(row[2], within(1e-10));
            assertThat(weights.w() * weights.w()).isCloseTo(row[3], within(1e-10));
            assertThat(weights.wa() / weights.w()).isCloseTo(row[4], within(1e-10));
        }
    }

    /** p, s, tau, alpha_p, eta_p, eta_s, beta, sigma^2, t | p, s, tau. */
    private static final double[][] SCIPY = {
        {
            .3,
            .2,
            .25,
            3,
            .02,
            .02,
            .7,
            .3,
            6,
            .7054398773640743,
            .29960854323979347,
            .9590634106475702
        },
        {
            -.4,
            .5,
            0,
            .5,
            .05,
            .01,
            2,
            1.2,
            9,
            .36126876063557195,
            .4826183270741943,
            .9708086264762426
        },
        {
            .05,
            .01,
            1,
            1,
            .08,
            .08,
            .03,
            0,
            20,
            .09244959928216259,
            .008852644937270351,
            1.023522056777828
        }
    };

    @Test
    void movingTargetAgreesWithSciPy() {
        for (double[] row : SCIPY) {
            DecoupledDynamics dynamics =
                    new PhasePlane(row[3], row[4], row[5], row[7], 1).withMovingTarget(row[6]);
            Mode start = new Mode(row[0], row[1], row[2]);
            Mode end = dynamics.flow(start, row[8]);
            assertThat(end.p()).isCloseTo(row[9], within(1e-11));
            assertThat(end.s()).isCloseTo(row[10], within(1e-11));
            assertThat(end.tau()).isCloseTo(row[11], within(1e-11));
            assertThat(dynamics.tauClosedForm(start, row[8])).isCloseTo(row[11], within(1e-10));
        }
    }

    @Test
    void tauHasItsClosedForm() {
        Mode start = Mode.onParabola(.5, 1, 0);
        assertThat(BYOL.tauClosedForm(start, 2)).isCloseTo(.5689104586, within(1e-10));
        assertThat(BYOL.flow(start, 2).tau()).isCloseTo(.5689104586, within(1e-10));
        assertThat(BYOL.tauClosedForm(start, 0)).isZero();
        double held = PhasePlane.of(1, .04, .1, 1).withMovingTarget(0).tauClosedForm(start, 5);
        assertThat(held).isZero();
    }

    @Test
    void exactIntegralHoldsWhateverTheTarget() {
        assertThat(BYOL.exactIntegral(new Mode(.3, .4, .1), 7).residual()).isLessThan(1e-11);
        assertThatThrownBy(
                        () ->
                                new PhasePlane(1, .1, .2, 0, 1)
                                        .withMovingTarget(1)
                                        .exactIntegral(new Mode(1, 1, 0), 1))
                .hasMessageContaining("etaPredictor is 0.1 and etaOnline is 0.2");
    }

    /** Velocity at a fixed tau is that of the plane, and tau = 1 with s constant stays. */
    @Test
    void planeIsTheSystemAtFixedTau() {
        double[] velocity = BYOL.velocity(new Mode(.3, .4, .6));
        double[] plane = BYOL.at(.6).velocity(.3, .4);
        assertThat(velocity[0]).isCloseTo(plane[0], within(1e-15));
        assertThat(velocity[1]).isCloseTo(plane[1], within(1e-15));
        assertThat(velocity[2] * .4).isCloseTo(.4 * .4 * .4 - .3 * plane[1], within(1e-15));
        double p = BYOL.simSiam().upper();
        assertThat(BYOL.velocity(Mode.onParabola(p, 1, 1)))
                .containsExactly(new double[3], within(1e-15));
    }

    @Test
    void regularAtZeroCorrelation() {
        List<Mode> modes = BYOL.trajectory(new Mode(.3, 0, 0), 1, 2);
        assertThat(modes.get(1).s()).isZero();
        assertThat(modes.get(1).p()).isCloseTo(.3 * Math.exp(-.08), within(1e-12));
        assertThat(modes.get(1).tau()).isBetween(0.0, 1.0);
    }

    /** A plain collapse: the average follows more slowly than the net decays. */
    @Test
    void tauAboveOneIsLawful() {
        DecoupledDynamics slow = PhasePlane.of(1, .1, .0009, 1).withMovingTarget(.02);
        Mode start = Mode.onParabola(.05, 1, 1);
        Mode later = slow.flow(start, 60);
        assertThat(later.tau()).isGreaterThan(9);
        Weights weights = ScalarReduction.of(slow).flow(new Weights(.05, .05, .05), 60);
        assertThat(later.tau()).isCloseTo(weights.wa() / weights.w(), within(1e-9));
        Mode further = slow.flow(later, 40);
        Mode whole = slow.flow(start, 100);
        assertThat(further.tau() / whole.tau()).isCloseTo(1, within(1e-9));
        assertThat(further.s() / whole.s()).isCloseTo(1, within(1e-9));
        assertThat(slow.at(later.tau()).k(later.p(), later.s()))
                .isCloseTo(slow.k(later), within(1e-14));
    }

    /** Every start of Figure 5's plane, half of which pass w = 0, where tau has its pole. */
    @Test
    void thePolesOfTauArePassed() {
        int passed = 0;
        for (int i = 0; i <= 20; i++) {
            for (int j = 0; j <= 20; j++) {
                double p = -1 + .1 * i;
                double s = .05 * j;
                double w = Math.sqrt(s);
                Mode end = BYOL.flow(new Mode(p, s, 1), 50);
                Weights weights = ScalarReduction.of(BYOL).flow(new Weights(w, p, w), 50);
                assertThat(end.p()).isCloseTo(weights.wp(), within(1e-9));
                assertThat(end.s()).isCloseTo(weights.w() * weights.w(), within(1e-9));
                if (weights.w() != 0) {
                    assertThat(end.tau()).isCloseTo(weights.wa() / weights.w(), within(1e-7));
                }
                passed += weights.w() < 0 ? 1 : 0;
            }
        }
        assertThat(passed).isPositive();
    }

    @Test
    void alignmentAlongATrajectory() {
        Mode start = Mode.onParabola(.3, 1, 0);
        double[] times = IntStream.rangeClosed(0, 60_000).mapToDouble(i -> i * 1e-3).toArray();
        double[] k = BYOL.k(start, times);
        int least = 0;
        for (int i = 0; i < k.length; i++) {
            least = k[i] < k[least] ? i : least;
        }
        LeastK found = BYOL.leastK(start, 60);
        assertThat(found.time()).isCloseTo(times[least], within(1e-3));
        assertThat(found.k()).isCloseTo(k[least], within(1e-7)).isLessThanOrEqualTo(k[least]);
        Mode at = BYOL.flow(start, found.time());
        assertThat(BYOL.k(at)).isCloseTo(found.k(), within(1e-12));
        // By the matrices of Theorem 3, at a tau below and above 1.
        for (double tau : new double[] {.3, 1, 2.5}) {
            double[][] matrix =
                    Theorem3.k(
                            new CoupledDynamics(1, .04, .04, .0009, tau, true),
                            new CoupledDynamics.Pair(
                                    Matrices.diagonal(at.p()), Matrices.diagonal(at.s())));
            assertThat(BYOL.k(new Mode(at.p(), at.s(), tau)))
                    .isCloseTo(matrix[0][0], within(1e-15));
        }
        assertThat(BYOL.leastK(start, 0)).isEqualTo(new LeastK(0, k[0]));
        LeastK pole = BYOL.leastK(new Mode(-.9, .05, 1), 50);
        assertThat(pole.k()).isEqualTo(Double.NEGATIVE_INFINITY);
        double w = Math.sqrt(.05);
        assertThat(ScalarReduction.of(BYOL).flow(new Weights(w, -.9, w), pole.time()).w())
                .isCloseTo(0, within(1e-9));
    }

    @Test
    void badInputIsNamed() {
        assertThatThrownBy(() -> PhasePlane.of(1, .1, 0, 1).withMovingTarget(-.4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("beta must be finite and >= 0, not -0.4");
        assertThatThrownBy(() -> PhasePlane.of(1, .1, 0, .7).withMovingTarget(.4))
                .hasMessageContaining("the plane must have tau 1, not 0.7");
        assertThatThrownBy(() -> new Mode(1, 1, Double.POSITIVE_INFINITY))
                .hasMessageContaining("tau must be finite, not Infinity");
        assertThatThrownBy(() -> BYOL.at(-1)).hasMessageContaining("tau must be finite and >= 0");
        assertThatThrownBy(() -> new Mode(1, -1, 0)).hasMessageContaining("s must be finite");
        assertThatThrownBy(() -> BYOL.tauClosedForm(new Mode(1, 0, 0), 1))
                .hasMessageContaining("s must be finite and > 0, not 0.0");
    }
}
