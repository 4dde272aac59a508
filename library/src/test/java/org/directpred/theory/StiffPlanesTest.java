package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import org.directpred.theory.PhasePlane.Outcome;
import org.directpred.theory.PhasePlane.Point;
import org.directpred.theory.ScalarReduction.Weights;
import org.directpred.theory.TwoLayerModel.State;
import org.junit.jupiter.api.Test;

/**
 * Planes whose fast rate is 1e5 to 1e9 times the slow one. {@code
 * src/test/python/theory/stiff_starts.py} wrote where SciPy's Radau ends.
 */
class StiffPlanesTest {
    private static JsonNode rows() throws IOException {
        try (InputStream in = StiffPlanesTest.class.getResourceAsStream("stiff-planes.json")) {
            JsonNode rows = new ObjectMapper().readTree(in);
            assertThat(rows).hasSize(12);
            return rows;
        }
    }

    private static PhasePlane plane(JsonNode row) {
        return new PhasePlane(
                row.get("alphaP").doubleValue(),
                row.get("etaPredictor").doubleValue(),
                row.get("etaOnline").doubleValue(),
                row.get("sigmaSquared").doubleValue(),
                1);
    }

    private static void assertEnd(JsonNode row, double p, double s, double tolerance) {
        String what = row.toString();
        assertThat(p / row.get("endP").doubleValue()).as(what).isCloseTo(1, within(tolerance));
        double logarithm = row.get("endLogS").doubleValue();
        if (logarithm > -700) {
            assertThat(Math.log(s)).as(what).isCloseTo(logarithm, within(tolerance * 1000));
        } else {
            assertThat(s).as(what).isLessThan(1e-300);
        }
    }

    @Test
    void flowsAgreeWithRadau() throws IOException {
        for (JsonNode row : rows()) {
            double t = row.get("t").doubleValue();
            List<Point> points =
                    plane(row)
                            .trajectory(
                                    row.get("p").doubleValue(),
                                    row.get("s").doubleValue(),
                                    t / 7,
                                    t / 2,
                                    t);
            assertEnd(row, points.get(2).p(), points.get(2).s(), 1e-7);
        }
    }

    @Test
    void basinMapsAgreeWithRadau() throws IOException {
        for (JsonNode row : rows()) {
            double p = row.get("p").doubleValue();
            double s = row.get("s").doubleValue();
            BasinMap map =
                    BasinMap.compute(
                            plane(row),
                            new BasinMap.Grid(p, p + .001, 2, s, s + .001, 2),
                            row.get("t").doubleValue(),
                            1e-10);
            assertEnd(row, map.p()[0][0], map.s()[0][0], 1e-6);
        }
    }

    @Test
    void outcomesAreThoseOfRadau() throws IOException {
        for (JsonNode row : rows()) {
            assertThat(plane(row).outcome(row.get("p").doubleValue(), row.get("s").doubleValue()))
                    .as(row.toString())
                    .isEqualTo(
                            row.get("useful").booleanValue() ? Outcome.USEFUL : Outcome.COLLAPSE);
        }
    }

    /** Unequal decays down to 1e-9 of each other: every start but the saddle has an outcome. */
    @Test
    void theBoundaryIsALine() {
        for (double small : new double[] {1e-3, 1e-6, 1e-9}) {
            for (double large : new double[] {.05, .2}) {
                for (PhasePlane plane :
                        List.of(
                                new PhasePlane(1, small, large, 0, 1),
                                new PhasePlane(1, large, small, 0, 1),
                                PhasePlane.of(1, small, 0, 1))) {
                    for (double p : new double[] {-2, -.3, 0, .4, 1.2, 3}) {
                        for (double s : new double[] {1e-4, .1, 5}) {
                            assertThat(plane.outcome(p, s))
                                    .as(plane + " from " + p + ", " + s)
                                    .isNotEqualTo(Outcome.BOUNDARY);
                        }
                    }
                    Point saddle =
                            new Point(
                                    plane.fixedPoints().get(1).p(), plane.fixedPoints().get(1).s());
                    assertThat(plane.outcome(saddle.p(), saddle.s())).isEqualTo(Outcome.BOUNDARY);
                }
            }
        }
    }

    private static JsonNode nets(String name) throws IOException {
        try (InputStream in = StiffPlanesTest.class.getResourceAsStream("stiff-nets.json")) {
            JsonNode rows = new ObjectMapper().readTree(in).get(name);
            assertThat(rows).hasSize(3);
            return rows;
        }
    }

    private static double[] numbers(JsonNode row, String name) {
        double[] numbers = new double[row.get(name).size()];
        Arrays.setAll(numbers, i -> row.get(name).get(i).doubleValue());
        return numbers;
    }

    private static double[][] matrix(double[] flat, int from) {
        return new double[][] {{flat[from], flat[from + 1]}, {flat[from + 2], flat[from + 3]}};
    }

    /** A symmetric predictor stays it; whose asymmetry grew ended far from there. */
    @Test
    void stiffTwoLayerNetsAgreeWithRadau() throws IOException {
        for (JsonNode row : nets("nets")) {
            double sigma = row.get("sigmaSquared").doubleValue();
            TwoLayerModel model =
                    TwoLayerModel.of(
                                    matrix(numbers(row, "x"), 0),
                                    Matrices.diagonal(sigma, sigma),
                                    row.get("alphaP").doubleValue(),
                                    0,
                                    row.get("beta").doubleValue())
                            .withWeightDecays(
                                    row.get("etaPredictor").doubleValue(),
                                    row.get("etaOnline").doubleValue())
                            .withSymmetricPredictor();
            State end =
                    model.flow(
                            new State(
                                    matrix(numbers(row, "online"), 0),
                                    matrix(numbers(row, "predictor"), 0),
                                    matrix(numbers(row, "target"), 0)),
                            row.get("t").doubleValue());
            double[] expected = numbers(row, "end");
            MatrixAssert.assertClose(end.predictor(), matrix(expected, 0), 1e-6);
            MatrixAssert.assertClose(end.online(), matrix(expected, 4), 1e-5);
            MatrixAssert.assertClose(end.target(), matrix(expected, 8), 1e-5);
        }
    }

    @Test
    void stiffMovingTargetsAgreeWithRadau() throws IOException {
        for (JsonNode row : nets("moving")) {
            DecoupledDynamics dynamics =
                    PhasePlane.of(
                                    row.get("alphaP").doubleValue(),
                                    row.get("eta").doubleValue(),
                                    row.get("sigmaSquared").doubleValue(),
                                    1)
                            .withMovingTarget(row.get("beta").doubleValue());
            double w = Math.sqrt(row.get("s").doubleValue());
            Weights end =
                    ScalarReduction.of(dynamics)
                            .flow(
                                    new Weights(
                                            w,
                                            row.get("p").doubleValue(),
                                            row.get("tau").doubleValue() * w),
                                    row.get("t").doubleValue());
            double[] expected = numbers(row, "end");
            assertThat(end.wp()).as(row.toString()).isCloseTo(expected[0], within(1e-7));
            assertThat(end.w()).as(row.toString()).isCloseTo(expected[1], within(1e-7));
            assertThat(end.wa()).as(row.toString()).isCloseTo(expected[2], within(1e-7));
        }
    }
}
