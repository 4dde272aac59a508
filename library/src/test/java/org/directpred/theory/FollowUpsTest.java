package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.directpred.theory.MatrixAssert.assertClose;

import org.junit.jupiter.api.Test;

/** DirectSetDynamics(alpha) and IsoLoss; numbers from the paper's closed forms and SciPy 1.17.1. */
class FollowUpsTest {

    @Test
    void weightDecayIsAThreshold() {
        ViewMoments moments =
                ViewMoments.population(Matrices.identity(4), Matrices.diagonal(0, 0, 1, 1));
        double[] limits = {.7236067977, .8506508084};
        double[] exponents = {.5, 1};
        for (int i = 0; i < 2; i++) {
            DirectSetDynamics rule = new DirectSetDynamics(exponents[i], .2, 1);
            double[][] end = rule.flow(moments, Matrices.scale(.9, Matrices.identity(4)), 200);
            assertClose(end, Matrices.diagonal(limits[i], limits[i], 0, 0), 1e-9);
            assertThat(rule.singularValueLimit(.81, 0)).isCloseTo(limits[i], within(1e-10));
            assertThat(rule.singularValueLimit(.81, 1)).isZero();
            assertThat(rule.criticalWeightDecay(1)).isEqualTo(.125);
            assertThat(rule.criticalWeightDecay(0)).isEqualTo(.25);
        }
    }

    @Test
    void limitsAgreeWithSciPy() {
        assertThat(new DirectSetDynamics(.75, .12, .9).limit(.3, .4))
                .isCloseTo(.3490360368868818, within(1e-11));
        DirectSetDynamics other = new DirectSetDynamics(2, .05, 1);
        assertThat(other.limit(.6, .1)).isCloseTo(.9251968062459079, within(1e-11));
        assertThat(other.rate(other.limit(.6, .1), .1)).isCloseTo(0, within(1e-14));
        double threshold = other.threshold(.1);
        assertThat(other.limit(.999 * threshold, .1)).isZero();
        assertThat(other.limit(1.001 * threshold, .1)).isPositive();
    }

    /** Any orthogonal start rotates with the data. */
    @Test
    void matrixFlowFollowsTheEigenvalueEquation() {
        DirectSetDynamics rule = new DirectSetDynamics(1, .1, 1);
        double[][] w = Matrices.diagonal(.8, .6);
        ViewMoments moments =
                ViewMoments.population(Matrices.identity(2), Matrices.diagonal(.2, .5));
        double[][] velocity = rule.velocity(moments, w);
        assertThat(2 * .8 * velocity[0][0]).isCloseTo(rule.rate(.64, .2), within(1e-14));
        assertThat(2 * .6 * velocity[1][1]).isCloseTo(rule.rate(.36, .5), within(1e-14));
    }

    @Test
    void isoLossDropsTheEigenvaluesOwnFactor() {
        IsoLoss half = new IsoLoss(.5);
        assertThat(half.standard(.04, 3)).isCloseTo(.12763846027636036, within(1e-11));
        double step = 1e-5;
        for (double lambda : new double[] {.01, .3, 1, 1.7}) {
            double slope =
                    (half.isotropic(lambda, 1 + step) - half.isotropic(lambda, 1 - step))
                            / (2 * step);
            assertThat(slope)
                    .isCloseTo(half.isotropicRate(half.isotropic(lambda, 1)), within(1e-9));
            assertThat(half.standardRate(lambda))
                    .isCloseTo(Math.sqrt(lambda) * half.isotropicRate(lambda), within(1e-15));
        }
        assertThat(half.isotropic(.01, 60)).isCloseTo(1, within(1e-12));
        assertThat(half.isotropic(0, 5)).isZero();
    }

    /** A mode far below every absolute tolerance, and above the threshold: it grows. */
    @Test
    void tinyModesGrow() {
        DirectSetDynamics rule = new DirectSetDynamics(.1, 1e-3, 1);
        ViewMoments moments = ViewMoments.isotropic(1, .2);
        double start = 4 * rule.threshold(.2);
        assertThat(start).isLessThan(1e-28);
        double[][] end = rule.flow(moments, new double[][] {{Math.sqrt(start)}}, 3e5);
        assertThat(end[0][0]).isCloseTo(rule.singularValueLimit(start, .2), within(1e-9));
        // With the exponent 1/2, 1/u + log((1 - u)/u) of u = sqrt(lambda) falls by t.
        IsoLoss half = new IsoLoss(.5);
        double u = 1e-10;
        double later = Math.sqrt(half.standard(u * u, 1 / u - 40));
        double fallen = 1 / u + Math.log((1 - u) / u) - (1 / later + Math.log((1 - later) / later));
        assertThat(fallen / (1 / u - 40)).isCloseTo(1, within(1e-9));
        assertThat(half.standard(0, 5)).isZero();
    }

    @Test
    void badInputIsNamed() {
        assertThatThrownBy(() -> new DirectSetDynamics(0, .1, 1))
                .hasMessageContaining("exponent must be finite and > 0, not 0.0");
        assertThatThrownBy(() -> new DirectSetDynamics(1, .1, 1.4))
                .hasMessageContaining("tau must lie in [0, 1], not 1.4");
        assertThatThrownBy(() -> new DirectSetDynamics(1, .3, 1).threshold(0))
                .hasMessageContaining("no real fixed point");
        assertThatThrownBy(() -> new IsoLoss(-1)).hasMessageContaining("not -1.0");
        assertThatThrownBy(() -> new IsoLoss(1).standard(-1, 1))
                .hasMessageContaining("lambda must be finite and >= 0, not -1.0");
    }
}
