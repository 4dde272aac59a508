package org.directpred.kernel.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.directpred.figure.AnimatedFigure;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Layout;
import tech.tablesaw.plotly.components.Line;
import tech.tablesaw.plotly.traces.Scatter3DTrace;
import tech.tablesaw.plotly.traces.ScatterTrace;

class OutputsTest {
    private static final MIMEType PLOTLY = MIMEType.parse("application/vnd.plotly.v1+json");

    @Test
    void aFigureIsJsonPictureAndWords() {
        double[] x = {1, 2};
        DisplayData data =
                Outputs.ofFigure(
                        new Figure(
                                Layout.builder("Loss", "step", "loss").build(),
                                ScatterTrace.builder(x, x).name("DirectPred").build()));
        assertThat(((Map<?, ?>) data.getData(PLOTLY)).containsKey("data")).isTrue();
        assertThat(data.hasDataForType(MIMEType.IMAGE_PNG)).isTrue();
        assertThat(data.getData(MIMEType.TEXT_PLAIN))
                .isEqualTo("figure \"Loss\", loss over step: DirectPred");
    }

    @Test
    void aFigureThatHasNoBitmapSaysWhy() {
        var column = DoubleColumn.create("c", 1, 2);
        DisplayData data =
                Outputs.ofFigure(
                        new Figure(Scatter3DTrace.builder(column, column, column).build()));
        assertThat(data.hasDataForType(PLOTLY)).isTrue();
        assertThat(data.hasDataForType(MIMEType.IMAGE_PNG)).isFalse();
        assertThat((String) data.getData(MIMEType.TEXT_PLAIN)).contains("scatter3d");
    }

    @Test
    void anAnimatedFigureKeepsItsFramesAndShowsAStill() {
        double[] ends = {0, 1};
        var curve = AnimatedFigure.Curve.line("w", ends, ends, "red", 2, Line.Dash.SOLID);
        var range = new AnimatedFigure.Range("t", 0, 1);
        var animated =
                new AnimatedFigure(
                        "basins",
                        range,
                        range,
                        "h",
                        List.of(
                                new AnimatedFigure.Frame("1", "", List.of(curve)),
                                new AnimatedFigure.Frame("2", "", List.of(curve))),
                        0);
        DisplayData data = Outputs.ofAnimatedFigure(animated);
        assertThat(((Map<?, ?>) data.getData(PLOTLY)).containsKey("frames")).isTrue();
        assertThat(data.hasDataForType(MIMEType.IMAGE_PNG)).isTrue();
    }

    @Test
    void aTableIsHtmlWithEverythingEscaped() {
        Table table =
                Table.create("variants & ranks")
                        .addColumns(
                                StringColumn.create("variant", "a<b", "\"c\""),
                                DoubleColumn.create("rank", 1.5, Double.NaN),
                                IntColumn.create("n", 1, 2));
        String html = (String) Outputs.ofTable(table).getData(MIMEType.TEXT_HTML);
        assertThat(html)
                .contains("<caption>variants &amp; ranks</caption>")
                .contains("<td>a&lt;b</td>")
                .contains("<td>&quot;c&quot;</td>")
                .contains("<td style=\"text-align: right\">1.5</td>");
        assertThat((String) Outputs.ofTable(table).getData(MIMEType.TEXT_PLAIN)).contains("1.5");
    }

    @Test
    void aTableKeepsLinesSpacesAndDollars() {
        Table table =
                Table.create("t").addColumns(StringColumn.create("$a$", "two\nlines", " b", "c d"));
        String html = (String) Outputs.ofTable(table).getData(MIMEType.TEXT_HTML);
        assertThat(html)
                .contains("mathjax_ignore")
                .contains("<th>$a$</th>")
                .contains("<td style=\"white-space: pre-wrap\">two\nlines</td>")
                .contains("<td style=\"white-space: pre-wrap\"> b</td>")
                .contains("<td>c d</td>");
    }

    @Test
    void aLongTableIsCutWithAWordAboutIt() {
        Table table = Table.create("t").addColumns(IntColumn.indexColumn("i", 120, 0));
        String html = (String) Outputs.ofTable(table).getData(MIMEType.TEXT_HTML);
        assertThat(html).contains(">49<").doesNotContain(">50<").contains("70 more of 120 rows");
    }

    @Test
    void aPictureIsAPng() {
        DisplayData data = Outputs.ofImage(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB));
        assertThat((String) data.getData(MIMEType.IMAGE_PNG)).startsWith("iVBORw0KGgo");
        assertThat(data.getData(MIMEType.TEXT_PLAIN)).isEqualTo("picture, 3 x 2");
    }

    @Test
    void arraysHaveTheirShapeAndTheirFirstEntries() {
        assertThat(ArrayText.of(new double[] {1, 2.5})).isEqualTo("double[2] [1.0, 2.5]");
        assertThat(ArrayText.of(new int[0])).isEqualTo("int[0] []");
        assertThat(ArrayText.of(new int[0][3])).isEqualTo("int[0][] []");
        assertThat(ArrayText.of(new float[][] {{1, 2}, {3, 4}, {5, 6}}))
                .isEqualTo("float[3][2] [[1.0, 2.0],\n [3.0, 4.0],\n [5.0, 6.0]]");
        assertThat(ArrayText.of(new String[] {"a", null})).isEqualTo("String[2] [a, null]");
        assertThat(ArrayText.of(new long[20])).endsWith("0, ... 8 more]");
    }
}
