package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.directpred.theory.CoupledDynamics.Pair;
import org.directpred.theory.DecoupledDynamics.LeastK;
import org.directpred.theory.DecoupledDynamics.Mode;
import org.directpred.theory.PhasePlane.Point;
import org.directpred.theory.ScalarReduction.Weights;
import org.directpred.theory.TwoLayerModel.State;
import org.junit.jupiter.api.Test;

/**
 * Modes that collapse while their target stays behind: p and s fall and &tau; grows by hundreds of
 * orders of magnitude, with signs that the dynamics keep. {@code
 * src/test/python/theory/collapsing_targets.py} wrote the logarithms by SciPy.
 */
class CollapsingTargetsTest {
    private static final DecoupledDynamics SLOW = PhasePlane.of(1, .5, .5, 1).withMovingTarget(.1);

    private static double[] numbers(JsonNode row, String name) {
        double[] values = new double[row.get(name).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = row.get(name).get(i).doubleValue();
        }
        return values;
    }

    @Test
    void collapsesAgreeWithSciPy() throws IOException {
        JsonNode rows;
        try (InputStream in =
                CollapsingTargetsTest.class.getResourceAsStream("collapsing-targets.json")) {
            rows = new ObjectMapper().readTree(in);
        }
        assertThat(rows).hasSize(9);
        for (JsonNode row : rows) {
            DecoupledDynamics dynamics =
                    new PhasePlane(
                                    row.get("alphaP").doubleValue(),
                                    row.get("etaPredictor").doubleValue(),
                                    row.get("etaOnline").doubleValue(),
                                    row.get("sigmaSquared").doubleValue(),
                                    1)
                            .withMovingTarget(row.get("beta").doubleValue());
            Mode start =
                    new Mode(
                            row.get("p").doubleValue(),
                            row.get("s").doubleValue(),
                            row.get("tau").doubleValue());
            double[] times = numbers(row, "times");
            List<Mode> modes = dynamics.trajectory(start, times);
            for (int i = 0; i < times.length; i++) {
                Mode mode = modes.get(i);
                String what = row + " at " + times[i];
                assertThat(Math.signum(mode.p())).as(what).isEqualTo(Math.signum(start.p()));
                assertThat(Math.log(Math.abs(mode.p())))
                        .as(what)
                        .isCloseTo(numbers(row, "logAbsP")[i], within(1e-7));
                assertThat(Math.log(mode.s()) / 2)
                        .as(what)
                        .isCloseTo(numbers(row, "logW")[i], within(1e-7));
                double tau = numbers(row, "logTau")[i];
                assertThat(mode.tau()).as(what).isPositive();
                assertThat(Math.log(mode.tau())).as(what).isCloseTo(tau, within(1e-7));
                assertThat(Math.log(dynamics.flow(start, times[i]).tau()))
                        .as(what)
                        .isCloseTo(tau, within(1e-7));
                assertThat(Math.log(dynamics.tauClosedForm(start, times[i])))
                        .as(what)
                        .isCloseTo(tau, within(1e-7));
                Weights weights = weights(dynamics, start, times[i]);
                assertThat(weights.wp() / mode.p()).isCloseTo(1, within(1e-7));
                assertThat(weights.w() / Math.sqrt(mode.s())).isCloseTo(1, within(1e-7));
                assertThat(weights.wa() / weights.w() / mode.tau()).isCloseTo(1, within(1e-7));
            }
        }
    }

    private static Weights weights(DecoupledDynamics dynamics, Mode start, double t) {
        double w = Math.sqrt(start.s());
        return ScalarReduction.of(dynamics).flow(new Weights(w, start.p(), start.tau() * w), t);
    }

    /** p = sqrt(alpha_p) w for ever, and log tau rises at the rate eta - beta. */
    @Test
    void theParabolaIsNeverLeft() {
        for (double alphaP : new double[] {1, .3, 2, 7.1}) {
            for (double first : new double[] {.5, .31, -.5, -.31}) {
                for (double beta : new double[] {.1, .01, 1e-3}) {
                    DecoupledDynamics dynamics =
                            PhasePlane.of(alphaP, .5, .5, 1).withMovingTarget(beta);
                    Mode start = Mode.onParabola(first, alphaP, 1);
                    double before = 0;
                    for (double t : new double[] {1, 30, 200, 300, 500}) {
                        Mode mode = dynamics.flow(start, t);
                        Weights weights = weights(dynamics, start, t);
                        double side = Math.copySign(Math.sqrt(alphaP), first);
                        assertThat(mode.p() / (side * weights.w())).isCloseTo(1, within(1e-9));
                        if (Math.abs(mode.p()) > 1e-150) { // else s leaves the range of numbers
                            assertThat(mode.p() * mode.p() / alphaP / mode.s())
                                    .isCloseTo(1, within(1e-9));
                        }
                        assertThat(weights.w()).isPositive();
                        assertThat(mode.tau()).isPositive();
                        if (t == 500 && beta == .1) {
                            double slope = (Math.log(mode.tau()) - before) / 200;
                            assertThat(slope).isCloseTo(.4, within(1e-9));
                        }
                        before = Math.log(mode.tau());
                    }
                }
            }
        }
    }

    @Test
    void tauBeyondTheRangeOfNumbersIsNamed() {
        Mode start = new Mode(.5, .25, 1);
        assertThat(SLOW.flow(start, 760).tau()).isBetween(1e127, 1e132);
        assertThatThrownBy(() -> SLOW.flow(start, 2000))
                .isInstanceOf(IntegrationException.class)
                .hasMessageContaining("tau = W_a/W has left the range of numbers");
        assertThatThrownBy(() -> SLOW.tauClosedForm(start, 2000))
                .isInstanceOf(IntegrationException.class)
                .hasMessageContaining("tau = W_a/W has left the range of numbers");
        Weights weights = weights(SLOW, start, 2000);
        assertThat(Math.log(weights.wa()) / 2000).isCloseTo(-.1, within(2e-3));
        assertThat(weights.wp()).isZero();
    }

    /** Wherever one mode is integrated, its p keeps its sign and its relation to w. */
    @Test
    void everyFlowOfOneModeKeepsTheSigns() {
        PhasePlane plane = PhasePlane.of(1, .5, .5, 1);
        TwoLayerModel model = TwoLayerModel.of(ViewMoments.isotropic(1, .5), 1, .5, .1);
        for (double t : new double[] {100, 250, 500}) {
            for (double p : new double[] {.5, -.5}) {
                Point point = plane.flow(p, .25, t);
                assertThat(point.p() / (2 * p) / Math.sqrt(point.s())).isCloseTo(1, within(1e-8));
                Pair pair =
                        new CoupledDynamics(1, .5, .5, .5, 1, false)
                                .flow(new Pair(new double[][] {{p}}, new double[][] {{.25}}), t);
                assertThat(pair.predictor()[0][0] / point.p()).isCloseTo(1, within(1e-8));
                State state =
                        model.flow(
                                new State(
                                        new double[][] {{.5}},
                                        new double[][] {{p}},
                                        new double[][] {{.5}}),
                                t);
                Mode mode = SLOW.flow(new Mode(p, .25, 1), t);
                assertThat(state.predictor()[0][0] / mode.p()).isCloseTo(1, within(1e-7));
                assertThat(state.online()[0][0] / Math.sqrt(mode.s())).isCloseTo(1, within(1e-7));
            }
        }
    }

    @Test
    void leastAlignmentOfACollapse() {
        LeastK pole = SLOW.leastK(new Mode(-.5, .3, 1), 200);
        assertLeast(SLOW, new Mode(-.5, .3, 1), 200, pole);
        assertLeast(SLOW, new Mode(.5, .25, 1), 500, SLOW.leastK(new Mode(.5, .25, 1), 500));
        DecoupledDynamics held = PhasePlane.of(6.158, .3665, .6806, 1).withMovingTarget(0);
        Mode start = new Mode(.49007, 1.50823, 1);
        assertLeast(held, start, 88.27, held.leastK(start, 88.27));
        DecoupledDynamics late = PhasePlane.of(1, .204, 0, 1).withMovingTarget(.0389);
        LeastK far = late.leastK(new Mode(-.309, 7.9e-5, 1), 5314);
        assertThat(far.time()).isBetween(0.0, 5314.0);
        assertThat(far.k()).isNotNaN();
        assertLeast(late, new Mode(-.309, 7.9e-5, 1), 1000, far);
    }

    /**
     * No value along the way lies below, the one found is taken at its time, and minus infinity is
     * found only where w passes zero.
     */
    private static void assertLeast(
            DecoupledDynamics dynamics, Mode start, double until, LeastK found) {
        String what = dynamics + ", " + start + " until " + until + ": " + found;
        double w = Math.sqrt(start.s());
        Weights first = new Weights(w, start.p(), start.tau() * w);
        ScalarReduction scalar = ScalarReduction.of(dynamics);
        if (found.k() == Double.NEGATIVE_INFINITY) {
            double[] around = {found.time() * (1 - 1e-6), found.time() * (1 + 1e-6)};
            List<Weights> weights = scalar.trajectory(first, around);
            assertThat(weights.get(0).w()).as(what).isPositive();
            assertThat(weights.get(1).w()).as(what).isNegative();
            return;
        }
        double[] times =
                DoubleStream.iterate(0, i -> i + 1)
                        .limit(1001)
                        .map(i -> until * i / 1000)
                        .toArray();
        List<Weights> all = scalar.trajectory(first, times);
        double least = Double.POSITIVE_INFINITY;
        for (Weights at : all) {
            assertThat(at.w()).as(what).isNotNegative();
            if (at.w() > 0 && at.wa() / at.w() < 1e290) {
                double k = dynamics.k(new Mode(at.wp(), at.w() * at.w(), at.wa() / at.w()));
                least = Math.min(least, k);
            }
        }
        assertThat(found.k()).as(what).isLessThanOrEqualTo(least + 1e-9 * (1 + Math.abs(least)));
        Mode mode = dynamics.flow(start, found.time());
        assertThat(dynamics.k(mode)).as(what).isCloseTo(found.k(), within(1e-8));
    }

    @Test
    void leastAlignmentOfModerateStarts() {
        Random random = new Random(400);
        int passed = 0;
        for (int i = 0; i < 400; i++) {
            double alphaP = Math.exp(4 * random.nextDouble() - 2);
            double eta = .6 * random.nextDouble();
            double etaOnline = random.nextBoolean() ? eta : .6 * random.nextDouble();
            double beta = random.nextInt(5) == 0 ? 0 : .6 * random.nextDouble();
            DecoupledDynamics dynamics =
                    new PhasePlane(alphaP, eta, etaOnline, random.nextDouble(), 1)
                            .withMovingTarget(beta);
            Mode start =
                    new Mode(
                            3 * random.nextDouble() - 1.5,
                            2 * random.nextDouble() * random.nextDouble(),
                            2 * random.nextDouble());
            double until = 10 + 490 * random.nextDouble();
            LeastK found = dynamics.leastK(start, until);
            assertLeast(dynamics, start, until, found);
            passed += found.k() == Double.NEGATIVE_INFINITY ? 1 : 0;
        }
        assertThat(passed).isBetween(40, 200);
    }
}
