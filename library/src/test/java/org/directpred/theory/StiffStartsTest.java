package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.directpred.theory.CoupledDynamics.Pair;
import org.directpred.theory.DecoupledDynamics.Mode;
import org.directpred.theory.PhasePlane.Outcome;
import org.directpred.theory.PhasePlane.Point;
import org.directpred.theory.ScalarReduction.Weights;
import org.directpred.theory.TwoLayerModel.State;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Everything that integrates one mode, from 200 starts above the goal with a weight decay down to
 * 1e-5, where s falls far below any absolute tolerance and may come back. {@code
 * src/test/python/theory/stiff_starts.py} wrote where SciPy's Radau ends.
 */
class StiffStartsTest {
    private static final List<Start> STARTS = new ArrayList<>();

    private record Start(
            PhasePlane plane,
            double p,
            double s,
            double t,
            double endP,
            double endS,
            JsonNode row) {
        double of(String name) {
            return row.get(name).doubleValue();
        }
    }

    @BeforeAll
    static void read() throws IOException {
        try (InputStream in = StiffStartsTest.class.getResourceAsStream("stiff-starts.json")) {
            for (JsonNode row : new ObjectMapper().readTree(in)) {
                STARTS.add(
                        new Start(
                                PhasePlane.of(
                                        row.get("alphaP").doubleValue(),
                                        row.get("eta").doubleValue(),
                                        row.get("sigmaSquared").doubleValue(),
                                        1),
                                row.get("p").doubleValue(),
                                row.get("s").doubleValue(),
                                row.get("t").doubleValue(),
                                row.get("endP").doubleValue(),
                                Math.exp(row.get("endLogS").doubleValue()),
                                row));
            }
        }
        assertThat(STARTS).hasSize(200);
    }

    private static void assertEnd(Start start, double p, double s) {
        assertThat(p).as(start.row.toString()).isCloseTo(start.endP, within(1e-6));
        assertThat(s).as(start.row.toString()).isCloseTo(start.endS, within(1e-6)).isNotNegative();
    }

    @Test
    void thePlaneAgreesWithRadau() {
        for (Start start : STARTS) {
            Point end = start.plane.flow(start.p, start.s, start.t);
            assertEnd(start, end.p(), end.s());
            assertThat(start.plane.outcome(start.p, start.s))
                    .as(start.row.toString())
                    .isEqualTo(
                            start.row.get("useful").booleanValue()
                                    ? Outcome.USEFUL
                                    : Outcome.COLLAPSE);
        }
    }

    @Test
    void theBasinMapAgreesWithRadau() {
        for (Start start : STARTS) {
            BasinMap.Grid grid =
                    new BasinMap.Grid(start.p, start.p + .1, 2, start.s, start.s + .1, 2);
            BasinMap map = BasinMap.compute(start.plane, grid, start.t, 1e-10);
            assertEnd(start, map.p()[0][0], map.s()[0][0]);
            assertThat(map.useful(0, 0)).isEqualTo(start.endP > start.plane.lower());
        }
    }

    @Test
    void theTwoLayerModelAgreesWithRadau() {
        for (Start start : STARTS) {
            State first =
                    State.simSiam(
                            new double[][] {{Math.sqrt(start.s)}}, new double[][] {{start.p}});
            State end = model(start, 0).withOnlineTarget().flow(first, start.t);
            assertEnd(start, end.predictor()[0][0], end.correlation()[0][0]);
        }
    }

    @Test
    void theCoupledDynamicsAgreeWithRadau() {
        for (Start start : STARTS) {
            for (boolean symmetric : new boolean[] {false, true}) {
                PhasePlane plane = start.plane;
                CoupledDynamics dynamics =
                        new CoupledDynamics(
                                plane.alphaP(),
                                plane.etaPredictor(),
                                plane.etaOnline(),
                                plane.sigmaSquared(),
                                1,
                                symmetric);
                // A second mode, of the order of 1 all along, from which the first is apart.
                Pair end =
                        dynamics.flow(
                                new Pair(
                                        Matrices.diagonal(start.p, plane.goal()),
                                        Matrices.diagonal(start.s, .8)),
                                start.t);
                assertEnd(start, end.predictor()[0][0], end.correlation()[0][0]);
            }
        }
    }

    @Test
    void movingTargetsAgreeWithRadau() {
        for (Start start : STARTS) {
            double w = Math.sqrt(start.s);
            double beta = start.of("beta");
            double tau = start.of("tau");
            double t = start.of("movingT");
            double p = start.of("movingP");
            double endW = Math.exp(start.of("movingLogW"));
            double endTarget = Math.exp(start.of("movingLogTarget"));
            DecoupledDynamics dynamics = start.plane.withMovingTarget(beta);
            Mode mode = dynamics.flow(new Mode(start.p, start.s, tau), t);
            assertThat(mode.p()).as(start.row.toString()).isCloseTo(p, within(1e-6));
            assertThat(mode.s()).isCloseTo(endW * endW, within(1e-6));
            assertThat(mode.tau())
                    .isCloseTo(
                            Math.exp(start.of("movingLogTarget") - start.of("movingLogW")),
                            within(1e-6));
            Weights weights =
                    ScalarReduction.of(dynamics).flow(new Weights(w, start.p, tau * w), t);
            assertThat(weights.wp()).isCloseTo(p, within(1e-6));
            assertThat(weights.w()).isCloseTo(endW, within(1e-6));
            assertThat(weights.wa()).isCloseTo(endTarget, within(1e-6));
            State state =
                    model(start, beta)
                            .flow(
                                    new State(
                                            new double[][] {{w}},
                                            new double[][] {{start.p}},
                                            new double[][] {{tau * w}}),
                                    t);
            assertThat(state.predictor()[0][0]).isCloseTo(p, within(1e-6));
            assertThat(state.online()[0][0]).isCloseTo(endW, within(1e-6));
            assertThat(state.target()[0][0]).isCloseTo(endTarget, within(1e-6));
        }
    }

    private static TwoLayerModel model(Start start, double beta) {
        PhasePlane plane = start.plane;
        return TwoLayerModel.of(
                ViewMoments.isotropic(1, plane.sigmaSquared()),
                plane.alphaP(),
                plane.etaOnline(),
                beta);
    }

    /** 120 coupled states beside the two-layer model under A1 to A3, which integrates W. */
    @Test
    void coupledStatesAreThoseOfTheTwoLayerModel() {
        Random random = new Random(120);
        for (int i = 0; i < 120; i++) {
            double eta = Math.pow(10, -4 + 3 * random.nextDouble());
            double sigmaSquared = random.nextDouble();
            double[][] wp =
                    Matrices.plus(
                            Matrices.scale(.3 + .7 * random.nextDouble(), Matrices.identity(3)),
                            Matrices.symmetricPart(Matrices.gaussian(3, 3, .2, random)));
            double[][] w = Matrices.gaussian(3, 3, .3, random);
            TwoLayerModel model =
                    TwoLayerModel.of(ViewMoments.isotropic(3, sigmaSquared), 1, eta, 0)
                            .withSymmetricPredictor()
                            .withOnlineTarget();
            State start = State.simSiam(w, wp);
            State state = model.flow(start, 200);
            Pair pair =
                    CoupledDynamics.of(1, eta, sigmaSquared, 1)
                            .flow(new Pair(wp, start.correlation()), 200);
            assertThat(Matrices.maxAbs(Matrices.minus(pair.predictor(), state.predictor())))
                    .as("state " + i)
                    .isLessThan(1e-6);
            assertThat(Matrices.maxAbs(Matrices.minus(pair.correlation(), state.correlation())))
                    .as("state " + i)
                    .isLessThan(1e-6);
            assertThat(Matrices.eigenvalues(pair.correlation())[0]).isGreaterThan(-1e-15);
        }
    }
}
