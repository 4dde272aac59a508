package org.directpred.kernel.display;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is drawn is looked for by its colours, which nothing else in the picture has. */
class FigurePictureTest {
    private static final int RED = 0xff0000;
    private static final int BLUE = 0x0000ff;

    @Test
    void curvesHaveTheirColoursAndTheFigureItsSize() {
        BufferedImage image =
                draw(
                        """
                        {"data": [
                          {"type": "scatter", "mode": "lines", "x": [1, 2, 3], "y": [1, 3, null],
                           "line": {"color": "red", "width": 3}, "name": "a"},
                          {"mode": "markers", "y": [3, 2, 1], "marker": {"color": "rgb(0,0,255)"}}],
                         "layout": {"width": 500, "height": 300, "title": {"text": "t"}}}
                        """);
        assertThat(image.getWidth()).isEqualTo(500);
        assertThat(image.getHeight()).isEqualTo(300);
        assertThat(colours(image)).contains(RED, BLUE);
    }

    @Test
    void aLogarithmicAxisLeavesOutWhatItCannotPlace() {
        String curve =
                "{\"mode\": \"lines\", \"x\": [1, 2, 3, 4], \"y\": [%s, 10, 1000, 5],"
                        + " \"line\": {\"color\": \"red\"}}";
        String figure = "{\"data\": [%s], \"layout\": {\"yaxis\": {\"type\": \"log\"}}}";
        assertThat(colours(draw(figure.formatted(curve.formatted("0"))))).contains(RED);
        assertThat(colours(draw(figure.formatted(curve.formatted("-1"))))).contains(RED);
    }

    @Test
    void barsStandUpWhateverTheirOrientation() {
        for (String data :
                new String[] {
                    "\"x\": [\"a\", \"b\"], \"y\": [1, 2], \"orientation\": \"v\"",
                    "\"y\": [\"a\", \"b\"], \"x\": [1, 2], \"orientation\": \"h\""
                }) {
            BufferedImage image =
                    draw(
                            "{\"data\": [{\"type\": \"bar\", "
                                    + data
                                    + ", \"marker\": {\"color\": \"#ff0000\"}}]}");
            assertThat(count(image, RED)).isGreaterThan(1000);
        }
    }

    @Test
    void aHistogramCountsEveryValue() {
        BufferedImage image =
                draw(
                        """
                        {"data": [{"type": "histogram", "x": [1, 1, 1, 2, 3, null], "nbinsx": 4,
                          "marker": {"color": "red"}}]}
                        """);
        assertThat(count(image, RED)).isGreaterThan(1000);
    }

    @Test
    void aCurveIsDrawnOverAHeatMapAndHolesStayWhite() {
        BufferedImage image =
                draw(
                        """
                        {"data": [
                          {"type": "heatmap", "x": [0, 1], "y": [0, 1], "z": [[0, 1], [2, null]],
                           "colorscale": [[0, "rgb(0,255,0)"], [1, "rgb(0,0,255)"]]},
                          {"mode": "lines", "x": [0, 1], "y": [0, 1],
                           "line": {"color": "red", "width": 4}}]}
                        """);
        assertThat(count(image, 0x00ff00)).isGreaterThan(10_000);
        assertThat(count(image, BLUE)).isGreaterThan(10_000);
        assertThat(count(image, RED)).isGreaterThan(300);
        // A quarter of the map is a hole.
        assertThat(count(image, 0xffffff)).isGreaterThan(10_000);
    }

    @Test
    void aContourPlotIsDrawnAsAMap() {
        BufferedImage image =
                draw("{\"data\": [{\"type\": \"contour\", \"z\": [[0, 1], [1, 2]]}]}");
        assertThat(count(image, 0xb20a1c)).as("the largest value's red").isGreaterThan(1000);
    }

    @Test
    void twoPlotsLieSideBySide() {
        BufferedImage image =
                draw(
                        """
                        {"data": [
                          {"type": "heatmap", "z": [[0, 1]], "colorscale": [[0, "red"], [1, "red"]]},
                          {"type": "heatmap", "z": [[0, 1]], "xaxis": "x2", "yaxis": "y2",
                           "colorscale": [[0, "blue"], [1, "blue"]]}],
                         "layout": {"width": 600, "height": 300, "grid": {"rows": 1, "columns": 2}}}
                        """);
        assertThat(colours(image.getSubimage(0, 0, 300, 300))).contains(RED).doesNotContain(BLUE);
        assertThat(colours(image.getSubimage(300, 0, 300, 300))).contains(BLUE).doesNotContain(RED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "[{\"x\": [], \"y\": []}]",
                "[{\"y\": [null, null]}]",
                "[{\"x\": [1], \"y\": [1]}]",
                "[{\"type\": \"bar\", \"x\": [], \"y\": []}]",
                "[{\"type\": \"bar\", \"x\": [\"\", \"a\"], \"y\": [1, 2]}]",
                "[{\"type\": \"histogram\", \"x\": []}]",
                "[{\"type\": \"histogram\", \"x\": [2, 2]}]",
                "[{\"type\": \"heatmap\", \"z\": [[1]]}]"
            })
    void littleOrNothingToDrawIsAPictureToo(String data) {
        assertThat(draw("{\"data\": " + data + "}").getWidth()).isEqualTo(700);
    }

    @Test
    void aKindThatIsNotDrawnIsNamed() {
        assertThatThrownBy(() -> draw("{\"data\": [{\"type\": \"scatter3d\"}]}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'scatter3d'");
    }

    private static BufferedImage draw(String figure) {
        try {
            return FigurePicture.draw((ObjectNode) new ObjectMapper().readTree(figure));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Set<Integer> colours(BufferedImage image) {
        var colours = new HashSet<Integer>();
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                colours.add(image.getRGB(x, y) & 0xffffff);
            }
        }
        return colours;
    }

    private static int count(BufferedImage image, int colour) {
        int count = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                if ((image.getRGB(x, y) & 0xffffff) == colour) {
                    count++;
                }
            }
        }
        return count;
    }
}
