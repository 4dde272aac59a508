package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.IntStream;
import org.directpred.theory.DecoupledDynamics.LeastK;
import org.directpred.theory.DecoupledDynamics.Mode;
import org.directpred.theory.ScalarReduction.Weights;
import org.directpred.theory.TwoLayerModel.State;
import org.junit.jupiter.api.Test;

/**
 * Integrals over long times, of which the mode moves but for a short while, and collapses to their
 * end. The numbers are those of SciPy's Radau.
 */
class LongTimesTest {
    private static JsonNode rows(String name) throws IOException {
        try (InputStream in = LongTimesTest.class.getResourceAsStream(name)) {
            return new ObjectMapper().readTree(in);
        }
    }

    private static void assertGrowth(
            PhasePlane plane, double p, double s, double t, double logarithm) {
        String what = plane + " from " + p + ", " + s + " to " + t;
        Identity growth = plane.growthIntegral(p, s, t);
        assertThat(growth.relativeResidual()).as(what).isLessThan(1e-8);
        assertThat(growth.right()[0][0])
                .as(what)
                .isCloseTo(logarithm, within(1e-6 * Math.max(1, Math.abs(logarithm))));
    }

    /** Every fifth of the 200. */
    private static List<JsonNode> starts() throws IOException {
        JsonNode all = rows("stiff-starts.json");
        return IntStream.range(0, 40).mapToObj(i -> all.get(5 * i)).toList();
    }

    @Test
    void growthIntegralsAgreeWithRadau() throws IOException {
        for (JsonNode row : rows("stiff-planes.json")) {
            PhasePlane plane =
                    new PhasePlane(
                            row.get("alphaP").doubleValue(),
                            row.get("etaPredictor").doubleValue(),
                            row.get("etaOnline").doubleValue(),
                            row.get("sigmaSquared").doubleValue(),
                            1);
            assertGrowth(
                    plane,
                    row.get("p").doubleValue(),
                    row.get("s").doubleValue(),
                    row.get("t").doubleValue(),
                    row.get("endLogS").doubleValue());
        }
        for (JsonNode row : starts()) {
            PhasePlane plane =
                    PhasePlane.of(
                            row.get("alphaP").doubleValue(),
                            row.get("eta").doubleValue(),
                            row.get("sigmaSquared").doubleValue(),
                            1);
            assertGrowth(
                    plane,
                    row.get("p").doubleValue(),
                    row.get("s").doubleValue(),
                    row.get("t").doubleValue(),
                    row.get("endLogS").doubleValue());
        }
    }

    @Test
    void closedFormsOfTauAgreeWithRadau() throws IOException {
        for (JsonNode row : starts()) {
            DecoupledDynamics dynamics =
                    PhasePlane.of(
                                    row.get("alphaP").doubleValue(),
                                    row.get("eta").doubleValue(),
                                    row.get("sigmaSquared").doubleValue(),
                                    1)
                            .withMovingTarget(row.get("beta").doubleValue());
            Mode start =
                    new Mode(
                            row.get("p").doubleValue(),
                            row.get("s").doubleValue(),
                            row.get("tau").doubleValue());
            double logarithm =
                    row.get("movingLogTarget").doubleValue() - row.get("movingLogW").doubleValue();
            assertThat(dynamics.tauClosedForm(start, row.get("movingT").doubleValue()))
                    .as(row.toString())
                    .isCloseTo(Math.exp(logarithm), within(1e-6));
        }
        // A target that stands still at 0, while w falls by hundreds of orders of magnitude.
        DecoupledDynamics still = PhasePlane.of(70.01, 1.483e-7, .7113, 1).withMovingTarget(0);
        assertThat(still.tauClosedForm(new Mode(3.55, .04373, 0), 100)).isZero();
    }

    @Test
    void closedFormsThatCancelAreNotReturned() {
        DecoupledDynamics dynamics = PhasePlane.of(1, .5, .5, 1).withMovingTarget(.1);
        double low = -5;
        double high = 0;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            boolean below = dynamics.flow(new Mode(.01, 4, middle), 60).tau() < 0;
            low = below ? middle : low;
            high = below ? high : middle;
        }
        Mode start = new Mode(.01, 4, low);
        assertThat(Math.abs(dynamics.flow(start, 60).tau())).isLessThan(1e5);
        assertThatThrownBy(() -> dynamics.tauClosedForm(start, 60))
                .isInstanceOf(IntegrationException.class)
                .hasMessageContaining("cancel to less than they are accurate to; ask flow for tau");
    }

    /** p falls below 1e-305 long before w/W_a, which at eta - beta = 2e-4 falls slowly. */
    @Test
    void collapsesAreFollowedToTheirEnd() {
        DecoupledDynamics dynamics =
                PhasePlane.of(43.947433345053916, 0.010512378217913981, 0.01629811311334673, 1)
                        .withMovingTarget(0.010270029912652691);
        double s = 0.0007666694773667851;
        Mode start = new Mode(-0.21400478070495568, s, 0.6553507426040293);
        double w = Math.sqrt(s);
        Weights first = new Weights(w, start.p(), start.tau() * w);
        double t = 7271935.4686933495;
        Weights end = ScalarReduction.of(dynamics).flow(first, t);
        assertThat(Math.abs(end.wp())).isLessThan(1e-305);
        assertThat(end.w()).isZero();
        assertThat(end.wa()).isZero();
        double earlier = 30_000;
        Weights before = ScalarReduction.of(dynamics).flow(first, earlier);
        Weights later = ScalarReduction.of(dynamics).flow(first, 2 * earlier);
        assertThat(Math.log(later.wa() / before.wa()) / earlier)
                .isCloseTo(-dynamics.beta(), within(1e-7));
        LeastK least = dynamics.leastK(start, t);
        assertThat(least.k()).isEqualTo(dynamics.leastK(start, 1000).k());
        assertThat(least.time()).isCloseTo(dynamics.leastK(start, 1000).time(), within(1e-8));
        assertThatThrownBy(() -> dynamics.flow(start, t))
                .hasMessageContaining("tau = W_a/W has left the range of numbers");
    }

    /** A predictor whose pull is 1e6 times its decay, which must not round it. */
    @Test
    void aNetOfOneWeightIsFollowedToItsEnd() {
        double sigmaSquared = 0.4358635572246603;
        double beta = 0.001152597975514593;
        TwoLayerModel model =
                TwoLayerModel.of(
                                ViewMoments.isotropic(1, sigmaSquared),
                                0.001266829104150103,
                                0,
                                beta)
                        .withWeightDecays(1.072231316436451, 3.521544338874425e-07);
        double w = Math.sqrt(0.006758361853070752);
        State end =
                model.flow(
                        new State(
                                new double[][] {{w}},
                                new double[][] {{-1.6188104030155657}},
                                new double[][] {{-0.45328633075836033 * w}}),
                        3775944.9266676577);
        assertThat(end.predictor()[0][0]).isCloseTo(0.6964259354382003, within(1e-9));
        double length = Math.exp(10.742796451658412);
        assertThat(end.online()[0][0] / length).isCloseTo(0.7071162667215319, within(1e-7));
        assertThat(end.target()[0][0] / length).isCloseTo(0.707097295524317, within(1e-7));
    }
}
