package org.directpred.kernel.display;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import tech.tablesaw.plotly.components.Axis;
import tech.tablesaw.plotly.components.Config;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Font;
import tech.tablesaw.plotly.components.Layout;
import tech.tablesaw.plotly.components.Line;
import tech.tablesaw.plotly.components.Marker;
import tech.tablesaw.plotly.traces.BarTrace;
import tech.tablesaw.plotly.traces.HeatmapTrace;
import tech.tablesaw.plotly.traces.HistogramTrace;
import tech.tablesaw.plotly.traces.ScatterTrace;

class FigureJsonTest {
    private static final double[] X = {1, 2.5, 1e-7};

    @Test
    void quotedNumbersBecomeNumbersAndMissingOnesNull() throws Exception {
        double[] y = {Double.NaN, Double.POSITIVE_INFINITY, -3};
        JsonNode trace =
                FigureJson.of(new Figure(ScatterTrace.builder(X, y).build())).at("/data/0");
        assertThat(trace.path("x")).isEqualTo(json("[1.0, 2.5, 1.0E-7]"));
        assertThat(trace.path("y")).isEqualTo(json("[null, null, -3.0]"));
    }

    @Test
    void namesThatLookLikeTextStayText() throws Exception {
        var figure =
                new Figure(
                        BarTrace.builder(new Object[] {"1", "two"}, new double[] {1, 2}).build());
        assertThat(FigureJson.of(figure).at("/data/0/x")).isEqualTo(json("[\"1\", \"two\"]"));
    }

    @Test
    void textLosesTablesawsEscapes() {
        String name = "W_p's <sub>F</sub> & \"rank\"";
        var figure = new Figure(ScatterTrace.builder(X, X).name(name).build());
        assertThat(FigureJson.of(figure).at("/data/0/name").textValue()).isEqualTo(name);
    }

    @Test
    void titlesAreObjectsWithTheirFont() {
        var layout =
                Layout.builder()
                        .title("Loss")
                        .titleFont(Font.builder().size(20).build())
                        .xAxis(Axis.builder().title("step").build())
                        .yAxis(Axis.builder().title("loss").type(Axis.Type.LOG).build())
                        .build();
        JsonNode json = FigureJson.of(new Figure(layout, ScatterTrace.builder(X, X).build()));
        assertThat(json.at("/layout/title/text").textValue()).isEqualTo("Loss");
        assertThat(json.at("/layout/title/font/size").intValue()).isEqualTo(20);
        assertThat(json.at("/layout/xaxis/title/text").textValue()).isEqualTo("step");
        assertThat(json.at("/layout/yaxis/type").textValue()).isEqualTo("log");
        assertThat(json.at("/layout").has("titlefont")).isFalse();
    }

    @Test
    void anAxisWithARangeIsNotScaledByItself() {
        var layout = Layout.builder().xAxis(Axis.builder().range(0, 1).build()).build();
        JsonNode axis =
                FigureJson.of(new Figure(layout, ScatterTrace.builder(X, X).build()))
                        .at("/layout/xaxis");
        // Plotly's schema has no word "false" here.
        assertThat(axis.path("autorange").isBoolean()).isTrue();
        assertThat(axis.path("autorange").booleanValue()).isFalse();
    }

    @Test
    void everyTraceIsThereInItsOrder() {
        var figure =
                new Figure(
                        Layout.builder("two").build(),
                        ScatterTrace.builder(X, X)
                                .name("first; var layout = {")
                                .mode(ScatterTrace.Mode.LINE)
                                .line(Line.builder().color("red").dash(Line.Dash.DOT).build())
                                .build(),
                        ScatterTrace.builder(X, X)
                                .name("second")
                                .marker(Marker.builder().size(3).color("#00ff00").build())
                                .build());
        JsonNode json = FigureJson.of(figure);
        assertThat(json.path("data")).hasSize(2);
        assertThat(json.at("/data/0/name").textValue()).isEqualTo("first; var layout = {");
        assertThat(json.at("/data/0/line/dash").textValue()).isEqualTo("dot");
        assertThat(json.at("/data/1/marker/color").textValue()).isEqualTo("#00ff00");
        assertThat(json.at("/layout/title/text").textValue()).isEqualTo("two");
    }

    @Test
    void heatMapsKeepTheirHoles() throws Exception {
        var figure =
                new Figure(
                        HeatmapTrace.builder(
                                        new Object[] {1, 2},
                                        new Object[] {"a", "b"},
                                        new double[][] {{1, 2}, {3, Double.NaN}})
                                .build());
        JsonNode trace = FigureJson.of(figure).at("/data/0");
        assertThat(trace.path("z")).isEqualTo(json("[[1.0, 2.0], [3.0, null]]"));
        assertThat(trace.path("x")).isEqualTo(json("[1.0, 2.0]"));
        assertThat(trace.path("y")).isEqualTo(json("[\"a\", \"b\"]"));
    }

    @Test
    void opacityIsANumberAndTheConfigurationComesAlong() {
        var trace = HistogramTrace.builder(X).opacity(0.5).build();
        var figure =
                new Figure(
                        Layout.builder("h").build(),
                        Config.builder().displayModeBar(false).build(),
                        trace);
        JsonNode json = FigureJson.of(figure);
        assertThat(json.at("/data/0/opacity").doubleValue()).isEqualTo(0.5);
        assertThat(json.path("config").path("displayModeBar").booleanValue()).isFalse();
        assertThat(json.path("config").has("displayModeBar")).isTrue();
    }

    @Test
    void jsonIsTakenAsItIsAndAnythingElseRefused() {
        ObjectNode figure = FigureJson.of("{\"data\": [], \"frames\": []}");
        assertThat(figure.has("frames")).isTrue();
        assertThatThrownBy(() -> FigureJson.of("{\"layout\": {}}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no array named data");
        assertThatThrownBy(() -> FigureJson.of("var x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not JSON");
    }

    private static JsonNode json(String text) throws Exception {
        return new ObjectMapper().readTree(text);
    }
}
