package org.directpred.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import org.directpred.figure.AnimatedFigure.Curve;
import org.directpred.figure.AnimatedFigure.Frame;
import org.directpred.figure.AnimatedFigure.Range;
import org.junit.jupiter.api.Test;
import tech.tablesaw.plotly.components.Line;
import tech.tablesaw.plotly.components.Symbol;

class AnimatedFigureTest {
    private static final Range AXIS = new Range("p", 0, 1);

    private static Frame frame(String label, Curve... curves) {
        return new Frame(label, "", List.of(curves));
    }

    private static Curve curve(double... values) {
        return Curve.line("a \"name\" & more", values, values, "#d62728", 1.5, Line.Dash.DASH);
    }

    @Test
    void jsonIsWhatPlotlyExpects() throws Exception {
        Curve points =
                Curve.points("q", new double[] {1}, new double[] {2}, "black", 9, Symbol.CIRCLE)
                        .withoutLegend();
        AnimatedFigure figure =
                new AnimatedFigure(
                        "title",
                        AXIS,
                        AXIS,
                        "h",
                        List.of(
                                frame("0.1", curve(1, Double.NaN, 1.0 / 3), points),
                                frame("0.2", curve(), points)),
                        0);
        JsonNode json = new ObjectMapper().readTree(figure.plotlyJson());
        assertThat(json.at("/data/0/name").asText()).isEqualTo("a \"name\" & more");
        assertThat(json.at("/data/0/line/dash").asText()).isEqualTo("dash");
        assertThat(json.at("/data/0/x/1").isNull()).isTrue();
        assertThat(json.at("/data/0/x/2").asDouble()).isEqualTo(0.3333);
        assertThat(json.at("/data/1/marker/symbol").asText()).isEqualTo("circle");
        assertThat(json.at("/data/1/showlegend").asBoolean()).isFalse();
        assertThat(json.at("/frames/1/data/0/x").size()).isZero();
        assertThat(json.at("/frames/1/name").asText()).isEqualTo("0.2");
        assertThat(json.at("/layout/sliders/0/steps/1/args/0/0").asText()).isEqualTo("0.2");
        assertThat(json.at("/layout/sliders/0/steps/1/method").asText()).isEqualTo("animate");
        assertThat(json.at("/layout/xaxis/title/text").asText()).isEqualTo("p");
        assertThat(figure.fallback().getTraces()).hasSize(2);
    }

    @Test
    void everyFrameSaysAllOfItself() throws Exception {
        Curve red = Curve.line("one", new double[] {0}, new double[] {1}, "red", 1, Line.Dash.DOT);
        Curve blue =
                Curve.points("two", new double[] {0}, new double[] {1}, "blue", 7, Symbol.SQUARE);
        AnimatedFigure figure =
                new AnimatedFigure(
                        "the figure's",
                        AXIS,
                        AXIS,
                        "h",
                        List.of(
                                new Frame("0", "the frame's", List.of(red)),
                                new Frame("1", "", List.of(blue)),
                                new Frame("2", "", List.of(blue.withoutLegend()))),
                        0);
        JsonNode json = new ObjectMapper().readTree(figure.plotlyJson());
        // What a frame leaves out Plotly keeps from the frame before, so back is not where it was.
        assertThat(json.at("/frames/0/layout/title/text").asText()).isEqualTo("the frame's");
        assertThat(json.at("/frames/1/layout/title/text").asText()).isEqualTo("the figure's");
        assertThat(json.at("/frames/0/data")).isEqualTo(json.path("data"));
        assertThat(json.at("/frames/0/data/0/line/dash").asText()).isEqualTo("dot");
        assertThat(json.at("/frames/1/data/0/mode").asText()).isEqualTo("markers");
        assertThat(json.at("/frames/1/data/0/name").asText()).isEqualTo("two");
        assertThat(json.at("/frames/1/data/0/showlegend").asBoolean()).isTrue();
        assertThat(json.at("/frames/2/data/0/showlegend").asBoolean()).isFalse();
        for (JsonNode step : json.at("/layout/sliders/0/steps")) {
            assertThat(step.at("/args/1/frame/redraw").asBoolean()).isTrue();
        }
    }

    @Test
    void badFramesAreRefused() {
        assertThatThrownBy(() -> new AnimatedFigure("t", AXIS, AXIS, "h", List.of(), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 to 40 frames, not 0");
        List<Frame> many = new ArrayList<>();
        for (int i = 0; i <= AnimatedFigure.MAX_FRAMES; i++) {
            many.add(frame("" + i));
        }
        assertThatThrownBy(() -> new AnimatedFigure("t", AXIS, AXIS, "h", many, 0))
                .hasMessageContaining("not 41");
        assertThatThrownBy(
                        () ->
                                new AnimatedFigure(
                                        "t",
                                        AXIS,
                                        AXIS,
                                        "h",
                                        List.of(frame("a"), frame("b", curve(1))),
                                        0))
                .hasMessageContaining("'b' has 1 curves");
        assertThatThrownBy(
                        () ->
                                new AnimatedFigure(
                                        "t", AXIS, AXIS, "h", List.of(frame("a"), frame("a")), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("two frames have the label 'a'");
        assertThatThrownBy(() -> frame(""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("needs a label");
        assertThatThrownBy(() -> new AnimatedFigure("t", AXIS, AXIS, "h", List.of(frame("a")), 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(
                        () -> Curve.points("c", new double[2], new double[1], "red", 1, Symbol.X))
                .hasMessageContaining("2 x but 1 y");
        assertThatThrownBy(() -> new Range("p", 1, 1)).hasMessageContaining("from 1.0 to 1.0");
    }
}
