package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.directpred.theory.PhasePlane.Branch;
import org.directpred.theory.PhasePlane.FixedPoint;
import org.directpred.theory.PhasePlane.Outcome;
import org.directpred.theory.PhasePlane.Point;
import org.directpred.theory.PhasePlane.Stability;
import org.hipparchus.complex.Complex;
import org.junit.jupiter.api.Test;

/** Numbers from SciPy as in {@link TwoLayerModelTest}; boundaries by bisection over its flows. */
class PhasePlaneTest {

    /** eta, tau, sigma^2 | p-, p+ | critical, alignment | slope at p-, at p+, transverse. */
    private static final double[][] FIXED_POINTS = {
        {.01, 1, 0, .0101020514, .9898979486, .25, .1111111111, .0098979486, -.9698979486, -.02},
        {
            .05,
            1,
            .5,
            .0544466578,
            .6122200088,
            .1666666667,
            .0740740741,
            .0455533422,
            -.5122200088,
            -.1
        },
        {
            .04,
            1,
            .0009,
            .0417441417,
            .9573566676,
            .2497752023,
            .1110112010,
            .0382558583,
            -.8773566676,
            -.08
        },
        {
            .04,
            .5,
            .0009,
            .1000300210,
            .3995203836,
            .0624438006,
            .0277528003,
            .0299849895,
            -.1197601918,
            -.08
        },
        {
            .15,
            1,
            .5,
            .2279240780,
            .4387425887,
            .1666666667,
            .0740740741,
            .0720759220,
            -.1387425887,
            -.3
        }
    };

    @Test
    void fixedPointsHaveThePaperNumbers() {
        for (double[] row : FIXED_POINTS) {
            for (double alphaP : new double[] {1, 3.7}) {
                PhasePlane plane = PhasePlane.of(alphaP, row[0], row[2], row[1]);
                assertThat(plane.lower()).isCloseTo(row[3], within(1e-10));
                assertThat(plane.upper()).isCloseTo(row[4], within(1e-10));
                assertThat(plane.criticalWeightDecay()).isCloseTo(row[5], within(1e-10));
                assertThat(plane.alignmentWeightDecay()).isCloseTo(row[6], within(1e-10));
                List<FixedPoint> points = plane.fixedPoints();
                assertThat(points).extracting(FixedPoint::branch).containsExactly(Branch.values());
                assertThat(points)
                        .extracting(FixedPoint::stability)
                        .containsExactly(Stability.STABLE, Stability.SADDLE, Stability.STABLE);
                assertEigenvalues(points.get(0), -row[0], -2 * row[0]);
                assertEigenvalues(points.get(1), row[7], row[9]);
                assertEigenvalues(points.get(2), row[8], row[9]);
                for (FixedPoint point : points) {
                    double[] velocity = plane.velocity(point.p(), point.s());
                    assertThat(velocity).containsExactly(new double[2], within(1e-15));
                    assertThat(point.s()).isCloseTo(point.p() * point.p() / alphaP, within(1e-15));
                }
                assertThat(plane.slopeOnParabola(plane.upper())).isCloseTo(row[8], within(1e-10));
            }
        }
    }

    private static void assertEigenvalues(FixedPoint point, double one, double two) {
        double[] real =
                point.eigenvalues().stream().mapToDouble(Complex::getReal).sorted().toArray();
        assertThat(real)
                .containsExactly(
                        new double[] {Math.min(one, two), Math.max(one, two)}, within(1e-9));
        assertThat(point.eigenvalues()).allMatch(value -> value.getImaginary() == 0);
    }

    @Test
    void aboveTheCriticalDecayOnlyTheOriginIsLeft() {
        PhasePlane plane = PhasePlane.of(1, .2, .5, 1);
        assertThat(plane.hasUsefulFixedPoint()).isFalse();
        assertThat(plane.fixedPoints()).hasSize(1);
        assertThat(plane.outcome(5, 9)).isEqualTo(Outcome.COLLAPSE);
        assertThatThrownBy(plane::upper)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no real fixed point")
                .hasMessageContaining("etaOnline is 0.2")
                .hasMessageContaining("0.1666");
        PhasePlane critical = PhasePlane.of(1, .25, 0, 1);
        assertThat(critical.fixedPoints()).hasSize(2);
        assertThat(critical.fixedPoints().get(1).stability()).isEqualTo(Stability.HALF_STABLE);
        assertThat(critical.upper()).isEqualTo(.5);
        assertThat(critical.outcome(.6, .36)).isEqualTo(Outcome.USEFUL);
        assertThat(critical.outcome(.4, .16)).isEqualTo(Outcome.COLLAPSE);
    }

    @Test
    void flowsAgreeWithSciPyAndThePaper() {
        Point one = new PhasePlane(2.5, .06, .03, .8, .7).flow(-.3, .9, 12);
        assertThat(one.p()).isCloseTo(.37911099288592837, within(1e-11));
        assertThat(one.s()).isCloseTo(.5069933726320368, within(1e-11));
        Point two = PhasePlane.of(.4, .1, .25, .9).flow(1.4, .3, 5);
        assertThat(two.p()).isCloseTo(.8229130034368731, within(1e-11));
        assertThat(two.s()).isCloseTo(.0007190986751055886, within(1e-11));
        Point c4 = PhasePlane.of(2, .05, .5, 1).flow(.2, .1, 3);
        assertThat(c4.p()).isCloseTo(.5030205670, within(1e-10));
        assertThat(c4.s()).isCloseTo(.1857803031, within(1e-10));
        assertThat(PhasePlane.of(2, .05, .5, 1).imbalance(c4.p(), c4.s()))
                .isCloseTo(.0592654577, within(1e-10));
        // Unequal decays: p+ with eta_s, s by eta_p/eta_s.
        PhasePlane unequal = new PhasePlane(1, .08, .04, .5, 1);
        Point c7 = unequal.flow(.3, .2, 400);
        assertThat(c7.p()).isCloseTo(.6239265962, within(1e-10));
        assertThat(c7.s()).isCloseTo(.7785687950, within(1e-10));
        assertThat(unequal.fixedPoints().get(2).s()).isCloseTo(c7.s(), within(1e-10));
    }

    @Property(tries = 40)
    void distanceFromTheParabolaDecaysExactly(
            @ForAll @DoubleRange(min = -1, max = 1.5) double p,
            @ForAll @DoubleRange(min = 0, max = 2) double s,
            @ForAll @DoubleRange(min = .2, max = 5) double alphaP,
            @ForAll @DoubleRange(min = 0, max = .5) double eta,
            @ForAll @DoubleRange(min = 0, max = 1) double tau) {
        PhasePlane plane = PhasePlane.of(alphaP, eta, .3, tau);
        assertThat(plane.exactIntegral(p, s, 4).residual()).isLessThan(1e-11);
        double c = plane.imbalance(p, s);
        Point now = plane.flow(p, s, 4);
        assertThat(plane.imbalance(now.p(), now.s()))
                .isCloseTo(Math.exp(-8 * eta) * c, within(1e-11));
    }

    @Test
    void withoutDecayTheLimitIsComplete() {
        double[][] starts = {
            {-.5, .1, 1},
            {-.5, .3, 1},
            {-.5, .1, 4},
            {.3, .05, 1},
            {1, .3, 1},
            {1, .8, 1},
            {.9, .2, 2},
            {0, .3, 1},
            {2, .1, 1.5},
            {.4, 0, 1},
            {-.5, .25, 1}
        };
        for (double[] start : starts) {
            PhasePlane plane = PhasePlane.of(start[2], 0, .5, 1);
            Point limit = plane.limitWithoutDecay(start[0], start[1]);
            boolean onParabola = plane.imbalance(start[0], start[1]) == 0;
            Point late = plane.flow(start[0], start[1], 3000);
            // On the parabola the origin is approached as 1/t only.
            assertThat(late.p()).isCloseTo(limit.p(), within(onParabola ? 1e-3 : 1e-8));
            assertThat(late.s()).isCloseTo(limit.s(), within(onParabola ? 1e-6 : 1e-8));
            assertThat(plane.outcome(start[0], start[1]))
                    .isEqualTo(limit.s() > 0 ? Outcome.USEFUL : Outcome.COLLAPSE);
        }
        PhasePlane plane = PhasePlane.of(1, 0, .5, 1);
        assertThat(plane.limitWithoutDecay(-.5, .1).p()).isCloseTo(-.3872983346, within(1e-10));
        assertThat(plane.limitWithoutDecay(-.5, .3).s()).isCloseTo(.4944444444, within(1e-10));
        assertThatThrownBy(() -> PhasePlane.of(1, .1, 0, 1).limitWithoutDecay(0, 1))
                .hasMessageContaining("etaPredictor is 0.1");
        assertThatThrownBy(plane::fixedPoints).hasMessageContaining("limitWithoutDecay");
    }

    @Test
    void theLowerPointSeparatesTheBasins() {
        PhasePlane plane = PhasePlane.of(1, .05, .5, 1);
        double below = .99 * plane.lower();
        double above = 1.01 * plane.lower();
        assertThat(plane.outcome(below, below * below)).isEqualTo(Outcome.COLLAPSE);
        assertThat(plane.outcome(above, above * above)).isEqualTo(Outcome.USEFUL);
        double lower = plane.lower();
        assertThat(plane.outcome(lower, plane.fixedPoints().get(1).s()))
                .isEqualTo(Outcome.BOUNDARY);
        assertThat(plane.flow(below, below * below, 600).s()).isLessThan(1e-12);
        Point useful = plane.flow(above, above * above, 600);
        assertThat(useful.p()).isCloseTo(.6122200088, within(1e-9));
        assertThat(useful.s()).isCloseTo(.3748133392, within(1e-9));
    }

    /** s falls to 1e-26 and comes back; SciPy's Radau in p and log s. */
    @Test
    void anEigenvalueThatNearlyVanishesComesBack() {
        PhasePlane plane = PhasePlane.of(1, .002, .5, 1);
        Point end = plane.flow(.95, .05, 500);
        assertThat(end.p()).isCloseTo(.663938, within(5e-7));
        assertThat(end.s()).isCloseTo(.3254, within(5e-5));
        assertThat(plane.outcome(.95, .05)).isEqualTo(Outcome.USEFUL);
        // Eqn 14 cannot see s far below p^2/alpha_p; the growth can.
        for (double t : new double[] {0, 100, 500}) {
            assertThat(plane.growthIntegral(.95, .05, t).residual()).isLessThan(1e-9);
            assertThat(plane.exactIntegral(.95, .05, t).residual()).isLessThan(1e-12);
        }
        assertThat(plane.growthIntegral(.95, .05, 100).left()[0][0]).isLessThan(-35);
        assertThat(plane.flow(.4, 0, 50)).isEqualTo(new Point(.4 * Math.exp(-.1), 0));
    }

    /** Decided long before the slow phase, of 1e8 units of time, begins. */
    @Test
    void outcomesDoNotWaitForSlowPhases() {
        assertThat(PhasePlane.of(1, 3e-7, .5, 1).outcome(-.5, .3)).isEqualTo(Outcome.USEFUL);
        assertThat(PhasePlane.of(1, 3e-7, .5, 1).outcome(-.5, .2)).isEqualTo(Outcome.COLLAPSE);
        assertThat(PhasePlane.of(1, 1e-9, .5, 1).outcome(.95, .05)).isEqualTo(Outcome.USEFUL);
    }

    @Test
    void theSeparatrixDividesTheOutcomesAtSmallDecays() {
        for (double eta : new double[] {.01, 4e-4, 1e-5}) {
            PhasePlane plane = PhasePlane.of(1, eta, 0, 1);
            List<Point> line = plane.separatrix(-1, 2, 1);
            assertThat(line).hasSizeGreaterThan(100);
            for (Point point : line) {
                if (point.s() > .02) {
                    Outcome left = plane.outcome(point.p() - .005, point.s());
                    Outcome right = plane.outcome(point.p() + .005, point.s());
                    assertThat(List.of(left, right))
                            .as(eta + " " + point)
                            .isEqualTo(
                                    point.p() < 0
                                            ? List.of(Outcome.COLLAPSE, Outcome.USEFUL)
                                            : List.of(Outcome.USEFUL, Outcome.COLLAPSE));
                }
            }
        }
    }

    /** s, alpha_p, eta_p, eta_s, sigma^2, tau, and the boundary's p by bisection in SciPy. */
    private static final double[][] BOUNDARIES = {
        {.3, 1, .05, .05, .5, 1, -.5297070172784513},
        {.6, 1, .05, .05, .5, 1, -.7616145647148187},
        {.02, 2, .03, .06, .2, .8, -.11689094256380496}
    };

    @Test
    void separatrixAndOutcomesMeetAtTheBoundary() {
        for (double[] row : BOUNDARIES) {
            PhasePlane plane = new PhasePlane(row[1], row[2], row[3], row[4], row[5]);
            assertThat(plane.outcome(row[6] - 1e-7, row[0])).isEqualTo(Outcome.COLLAPSE);
            assertThat(plane.outcome(row[6] + 1e-7, row[0])).isEqualTo(Outcome.USEFUL);
            List<Point> line = plane.separatrix(-1.5, 1.5, 1);
            assertThat(crossing(line, row[0])).isCloseTo(row[6], within(1e-4));
        }
    }

    private static double crossing(List<Point> line, double s) {
        for (int i = 1; i < line.size(); i++) {
            Point one = line.get(i - 1);
            Point two = line.get(i);
            if (one.s() >= s && two.s() < s) {
                return one.p() + (two.p() - one.p()) * (one.s() - s) / (one.s() - two.s());
            }
        }
        throw new AssertionError("the separatrix does not cross s = " + s);
    }

    @Test
    void separatrixWithoutDecayIsTwoParabolas() {
        PhasePlane plane = PhasePlane.of(2, 0, .5, 1);
        for (Point point : plane.separatrix(-2, 2, 1)) {
            double s =
                    point.p() < 0
                            ? point.p() * point.p() / 2
                            : (point.p() * point.p() - plane.goal() * plane.goal()) / 2;
            assertThat(point.s()).isCloseTo(s, within(1e-12));
        }
        assertThat(PhasePlane.of(1, .3, 0, 1).separatrix(-1, 1, 1)).isEmpty();
    }

    @Property(tries = 1000)
    void alignmentEigenvalueIsTheBoundLessDelta(
            @ForAll @DoubleRange(min = -3, max = 3) double p,
            @ForAll @DoubleRange(min = 0, max = 5) double s,
            @ForAll @DoubleRange(min = .01, max = 20) double alphaP,
            @ForAll @DoubleRange(min = 0, max = 2) double etaPredictor,
            @ForAll @DoubleRange(min = 0, max = 2) double etaOnline,
            @ForAll @DoubleRange(min = 0, max = 4) double sigmaSquared,
            @ForAll @DoubleRange(min = 0, max = 1) double tau) {
        PhasePlane plane = new PhasePlane(alphaP, etaPredictor, etaOnline, sigmaSquared, tau);
        assertThat(plane.kIdentity(p, s).relativeResidual()).isLessThan(1e-13);
        PhasePlane one = PhasePlane.of(alphaP, etaOnline, sigmaSquared, tau);
        assertThat(one.kOnParabola(p))
                .isCloseTo(one.k(p, p * p / alphaP), within(1e-12 * (1 + Math.abs(p * p * 10))));
        assertThat(one.kOnParabola(p)).isGreaterThanOrEqualTo(one.leastKOnParabola() - 1e-12);
        if (etaOnline > one.alignmentWeightDecay()) {
            assertThat(one.leastKOnParabola()).isPositive();
        }
    }

    @Test
    void conditionSeventeenHasThePaperNumbers() {
        PhasePlane simSiam = PhasePlane.of(1, .04, .0009, 1);
        PhasePlane early = PhasePlane.of(1, .04, .0009, .2);
        assertThat(simSiam.delta(.1)).isCloseTo(.0499910000, within(1e-12));
        assertThat(simSiam.alignmentBound(.01)).isCloseTo(.0250045000, within(1e-12));
        assertThat(simSiam.k(.1, .01)).isCloseTo(-.0249865000, within(1e-12));
        assertThat(early.delta(.1)).isCloseTo(-.0300090000, within(1e-12));
        assertThat(early.k(.1, .01)).isCloseTo(.0550135000, within(1e-12));
        assertThat(simSiam.alignmentBound(.05)).isCloseTo(.0450225000, within(1e-12));
        assertThat(simSiam.k(.1, .05)).isCloseTo(-.0049685000, within(1e-12));
    }

    /** In the plane's own units only h is left. */
    @Property(tries = 30)
    void planeScalesToOneParameter(
            @ForAll @DoubleRange(min = .2, max = 5) double alphaP,
            @ForAll @DoubleRange(min = 0, max = 2) double sigmaSquared,
            @ForAll @DoubleRange(min = .3, max = 1) double tau,
            @ForAll @DoubleRange(min = 0, max = .4) double h) {
        double spread = 1 + sigmaSquared;
        double goal = tau / spread;
        PhasePlane plane = PhasePlane.of(alphaP, h * tau * tau / spread, sigmaSquared, tau);
        PhasePlane unit = PhasePlane.of(1, h, 0, 1);
        assertThat(plane.scaledDecay()).isCloseTo(h, within(1e-14));
        Point scaled = unit.flow(.4, .7, 3);
        Point raw = plane.flow(.4 * goal, .7 * goal * goal / alphaP, 3 * spread / (tau * tau));
        assertThat(raw.p() / goal).isCloseTo(scaled.p(), within(1e-10));
        assertThat(raw.s() * alphaP / (goal * goal)).isCloseTo(scaled.s(), within(1e-10));
    }

    @Test
    void badInputIsNamed() {
        assertThatThrownBy(() -> PhasePlane.of(1, .1, 0, -1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tau must be finite and >= 0, not -1.5");
        assertThatThrownBy(() -> PhasePlane.of(1, -.1, 0, 1))
                .hasMessageContaining("etaPredictor must be finite and >= 0, not -0.1");
        assertThatThrownBy(() -> PhasePlane.of(1, 0, Double.NaN, 1))
                .hasMessageContaining("sigmaSquared must be finite and >= 0, not NaN");
        PhasePlane plane = PhasePlane.of(1, .1, 0, 1);
        assertThatThrownBy(() -> plane.flow(0, -1, 1))
                .hasMessageContaining("s must be finite and >= 0, not -1.0");
        assertThatThrownBy(() -> plane.flow(0, 1, -1)).hasMessageContaining("times[0] is -1.0");
        assertThatThrownBy(() -> PhasePlane.of(1, .1, 0, 0).outcome(1, 1))
                .hasMessageContaining("tau must be above 0");
        assertThatThrownBy(() -> new PhasePlane(1, .1, .2, 0, 1).kOnParabola(1))
                .hasMessageContaining("one weight decay");
        assertThatThrownBy(() -> new PhasePlane(1, 0, .2, 0, 1).fixedPoints())
                .hasMessageContaining("every (p, 0) is fixed");
        assertThatThrownBy(() -> new PhasePlane(1, .2, 0, 0, 1).fixedPoints())
                .hasMessageContaining("s grows without end");
    }

    /** An explicit method would need 1e14 steps; the limit without decay is known. */
    @Test
    void aStiffPlaneIsIntegrated() {
        PhasePlane stiff = PhasePlane.of(1e9, 0, 1, 1);
        Point limit = stiff.limitWithoutDecay(.1, 10);
        Point end = stiff.flow(.1, 10, 1e4);
        assertThat(end.p()).isCloseTo(limit.p(), within(1e-9));
        assertThat(end.s()).isCloseTo(limit.s(), within(1e-8));
    }
}
