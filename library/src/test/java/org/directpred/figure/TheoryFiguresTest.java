package org.directpred.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.directpred.figure.AnimatedFigure.Curve;
import org.directpred.figure.AnimatedFigure.Frame;
import org.directpred.theory.BasinMap;
import org.directpred.theory.CoupledDynamics;
import org.directpred.theory.CoupledDynamics.Pair;
import org.directpred.theory.Observations;
import org.directpred.theory.PhasePlane;
import org.directpred.theory.ScalarReduction;
import org.directpred.theory.Theorem3;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;
import tech.tablesaw.plotly.components.Figure;

class TheoryFiguresTest {

    private static void assertDraws(Figure figure, int traces) {
        assertThat(figure.getTraces()).hasSize(traces);
        assertThat(figure.asJavascript("plot")).contains("Plotly").hasSizeGreaterThan(500);
    }

    @Test
    void portraitShowsWhatThereIs() {
        // Arrows, two kinds of trajectory, parabola, alignment, boundary, stable and unstable.
        assertDraws(PhasePortraits.figure3(PhasePlane.of(1, .01, 0, 1)), 8);
        assertDraws(PhasePortraits.figure3(PhasePlane.of(1, 0, .3, 1)), 8);
        // Above the critical decay: no useful trajectory, no boundary, nothing unstable.
        assertDraws(PhasePortraits.figure3(PhasePlane.of(1, 1, 0, 1)), 4);
        assertDraws(
                PhasePortraits.figure4(
                        PhasePlane.of(1, 0, 0, 1),
                        PhasePlane.of(1, .1, 0, 1),
                        PhasePlane.of(1, .3, 0, 1)),
                5);
    }

    @Test
    void explorablePortraitIsSmallEnoughToEmbed() throws Exception {
        AnimatedFigure figure = PhasePortraits.explorable();
        assertThat(figure.frames()).hasSizeBetween(20, 40);
        String json = figure.plotlyJson();
        assertThat(json.getBytes(StandardCharsets.UTF_8).length).isLessThan(1_000_000);
        JsonNode root = new ObjectMapper().readTree(json);
        assertThat(root.path("frames")).hasSameSizeAs(figure.frames());
        assertThat(root.path("layout").path("sliders").get(0).path("steps"))
                .hasSameSizeAs(figure.frames());
        List<String> labels = figure.frames().stream().map(Frame::label).toList();
        assertThat(labels).contains("0", "0.1111", "0.25").doesNotHaveDuplicates();
        // Above h = 1/4 nothing is useful; the curve is there, without points.
        Frame last = figure.frames().get(figure.frames().size() - 1);
        Curve useful =
                last.curves().stream().filter(c -> c.name().equals("useful")).findFirst().get();
        assertThat(useful.x()).isEmpty();
        assertThat(figure.fallback().getTraces()).hasSize(8);
    }

    @Test
    void basinsCarryTheirBoundary() {
        BasinMap map =
                BasinMap.compute(
                        PhasePlane.of(1, .05, .5, 1), new BasinMap.Grid(-1, 1, 20, 0, 1, 15), 50);
        assertDraws(PhasePortraits.basins(map), 3);
    }

    @Test
    void trajectoriesAreDrawn() {
        for (Figure figure : TheoryFigures.figure5ByWeightDecay(0, .04)) {
            assertThat(figure.getTraces()).hasSizeGreaterThanOrEqualTo(2);
        }
        assertDraws(TheoryFigures.figure5ByRate(.1, .4, 2).get(2), 4);
        assertDraws(TheoryFigures.figure7(.1, 1, .9, .996), 2);
        assertDraws(TheoryFigures.figure8(1, .01, .05), 2);
        assertDraws(TheoryFigures.figure9(new double[] {.001, .1}, new double[] {.3, 1}), 4);
        ScalarReduction reduction = ScalarReduction.of(1, .5, 1, 1);
        assertDraws(TheoryFigures.figure10Predictor(reduction), 3);
        assertDraws(TheoryFigures.figure10Target(reduction), 3);
        assertDraws(TheoryFigures.figure10WithoutPredictor(reduction), 2);
        Pair pair =
                new Pair(new double[][] {{.6, .1}, {.1, .5}}, new double[][] {{.5, 0}, {0, .3}});
        assertDraws(
                TheoryFigures.bound(
                        "Theorem 3",
                        "||L||",
                        Theorem3.bound(CoupledDynamics.of(1, .2, .5, 1), pair, 1, 2)),
                2);
        assertThatThrownBy(
                        () -> TheoryFigures.overTime("t", "q", false, new double[1], List.of("a")))
                .hasMessageContaining("1 names for 0 curves");
    }

    @Test
    void tablesHoldWhatWasComputed() {
        Table observations =
                TheoryTables.observations(
                        List.of(Observations.basinGrows(), Observations.imbalanceIsForgotten()));
        assertThat(observations.rowCount()).isEqualTo(2);
        assertThat(observations.booleanColumn("holds").countTrue()).isEqualTo(2);
        assertThat(observations.stringColumn("before").get(1)).isEqualTo("0.260");
        Table points = TheoryTables.fixedPoints(PhasePlane.of(1, .05, .5, 1));
        assertThat(points.stringColumn("stability").asList())
                .containsExactly("stable", "saddle", "stable");
        assertThat(points.doubleColumn("p").getDouble(2))
                .isEqualTo(PhasePlane.of(1, .05, .5, 1).upper());
    }
}
