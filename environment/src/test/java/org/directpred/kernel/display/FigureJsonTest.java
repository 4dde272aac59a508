package org.directpred.kernel.display;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import org.directpred.evaluate.ConfusionMatrix;
import org.directpred.figure.Bars;
import org.directpred.figure.ConfusionFigure;
import org.junit.jupiter.api.Test;
import tech.tablesaw.plotly.components.Axis;
import tech.tablesaw.plotly.components.Config;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Font;
import tech.tablesaw.plotly.components.Layout;
import tech.tablesaw.plotly.components.Line;
import tech.tablesaw.plotly.components.Marker;
import tech.tablesaw.plotly.components.TickSettings;
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

    /** What people call their variants, classes, files and titles. */
    static final List<String> TEXTS =
            List.of(
                    "\\rho",
                    "C:\\runs\\new\\table",
                    "ends in \\",
                    "\\u0041 \\x41 \\' \\\"",
                    "it's \"quoted\"",
                    "a & b &amp; &lt;c&gt; &#39;d&#39; &quot;",
                    "<bias> < 1 </script><!-- ",
                    "W_p's <sub>F</sub>",
                    "two\nlines\r\nand a\ttab",
                    "{% if x %} {{name}} {# no #}",
                    "; var layout = {title: 'x'}; var trace0 = {",
                    "$\\rho$ 100 % $1",
                    "=1+1",
                    "ρ → 0, naïve 日本 🙂",
                    "\u05e9\u05dc\u05d5\u05dd \u202e",
                    "\u0001\u2028\u00a0",
                    "null",
                    "NaN",
                    "true",
                    "1",
                    "007",
                    "1d",
                    "0x10",
                    "1E5",
                    " ");

    @Test
    void everyTextArrivesAsItWasGiven() {
        for (String text : TEXTS) {
            var layout =
                    Layout.builder()
                            .title(text)
                            .xAxis(
                                    Axis.builder()
                                            .title(text)
                                            .tickSettings(
                                                    TickSettings.builder()
                                                            .arrayTicks(
                                                                    new double[] {1, 2},
                                                                    new String[] {text, "b"})
                                                            .prefix(text)
                                                            .build())
                                            .build())
                            .yAxis(Axis.builder().title(text).type(Axis.Type.CATEGORY).build())
                            .build();
            var figure =
                    new Figure(
                            layout,
                            ScatterTrace.builder(X, X)
                                    .name(text)
                                    .text(new String[] {text, "b", text})
                                    .build(),
                            BarTrace.builder(new Object[] {text, "c"}, new double[] {1, 2})
                                    .orientation(BarTrace.Orientation.HORIZONTAL)
                                    .name(text)
                                    .build());
            JsonNode json = FigureJson.of(figure);
            assertThat(
                            List.of(
                                    json.at("/layout/title/text"),
                                    json.at("/layout/xaxis/title/text"),
                                    json.at("/layout/yaxis/title/text"),
                                    json.at("/layout/xaxis/ticktext/0"),
                                    json.at("/layout/xaxis/tickprefix"),
                                    json.at("/data/0/name"),
                                    json.at("/data/0/text/0"),
                                    json.at("/data/0/text/2"),
                                    json.at("/data/1/name"),
                                    json.at("/data/1/y/0")))
                    .as(text)
                    .extracting(JsonNode::textValue)
                    .containsOnly(text);
            assertThat(json.path("data")).hasSize(2);
            // The bitmap has fewer letters, but it is drawn.
            assertThat(FigurePicture.draw((ObjectNode) json).getWidth()).isPositive();
        }
    }

    @Test
    void everyCharacterArrivesAsItWasGiven() {
        var all = new StringBuilder();
        for (int c = 0; c <= Character.MAX_VALUE; c++) {
            if (!Character.isSurrogate((char) c)) {
                all.append((char) c);
            }
        }
        var figure =
                new Figure(
                        Layout.builder(all.toString()).build(),
                        ScatterTrace.builder(X, X).name(all.toString()).build());
        JsonNode json = FigureJson.of(figure);
        assertThat(json.at("/layout/title/text").textValue().equals(all.toString())).isTrue();
        assertThat(json.at("/data/0/name").textValue().equals(all.toString())).isTrue();
    }

    @Test
    void classesAndVariantsThatAreCalledByNumbersKeepTheirNames() throws Exception {
        var means = new LinkedHashMap<String, Double>();
        List.of("2", "10", "007", "none").forEach(name -> means.put(name, 1.0));
        JsonNode bars = FigureJson.of(Bars.of("variants", "accuracy", means));
        assertThat(bars.at("/data/0/y")).isEqualTo(json("[\"none\", \"007\", \"10\", \"2\"]"));
        assertThat(bars.at("/layout/yaxis/type").textValue()).isEqualTo("category");

        var confusion = new ConfusionMatrix(List.of("0", "01"), new int[] {0, 1}, new int[] {0, 1});
        JsonNode matrix = FigureJson.of(ConfusionFigure.of("classes", confusion));
        assertThat(matrix.at("/data/0/x")).isEqualTo(json("[\"0\", \"01\"]"));
        assertThat(matrix.at("/data/0/y")).isEqualTo(json("[\"01\", \"0\"]"));
        assertThat(matrix.at("/layout/xaxis/type").textValue()).isEqualTo("category");
    }

    @Test
    void anAxisThatGotNamesTakesThemAsNames() throws Exception {
        // Plotly itself would take the axis as one of numbers, and leave out "none".
        var figure =
                new Figure(
                        BarTrace.builder(
                                        new Object[] {"1", "2", "4", "none"},
                                        new double[] {1, 2, 3, 4})
                                .build());
        JsonNode json = FigureJson.of(figure);
        assertThat(json.at("/layout/xaxis/type").textValue()).isEqualTo("category");
        assertThat(json.at("/data/0/x/0").textValue()).isEqualTo("1");
        var dates =
                new Figure(
                        BarTrace.builder(
                                        new Object[] {"2026-11-25", "2026-11-26"},
                                        new double[] {1, 2})
                                .build());
        assertThat(FigureJson.of(dates).at("/layout/xaxis").has("type")).isFalse();
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
