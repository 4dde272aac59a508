package org.directpred.kernel.display;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A heat map's cells, painted into the axes of a chart, which may draw curves over them.
 *
 * <p>XChart's own heat map takes nothing over it, and a map with trajectories is what the theory
 * draws.
 */
final class HeatMap {
    private final double[] columnEdges;
    private final double[] rowEdges;
    private final double[][] values;
    private final List<String> columnNames;
    private final List<String> rowNames;
    private final ColourScale scale;

    private HeatMap(
            double[] columnEdges,
            double[] rowEdges,
            double[][] values,
            List<String> columnNames,
            List<String> rowNames,
            ColourScale scale) {
        this.columnEdges = columnEdges;
        this.rowEdges = rowEdges;
        this.values = values;
        this.columnNames = columnNames;
        this.rowNames = rowNames;
        this.scale = scale;
    }

    static HeatMap of(JsonNode trace) {
        JsonNode z = trace.path("z");
        var values = new double[z.size()][];
        double smallest = Double.POSITIVE_INFINITY;
        double largest = Double.NEGATIVE_INFINITY;
        int columns = 0;
        for (int row = 0; row < values.length; row++) {
            values[row] = Values.numbers(z.get(row));
            columns = Math.max(columns, values[row].length);
            for (double value : values[row]) {
                if (!Double.isNaN(value)) {
                    smallest = Math.min(smallest, value);
                    largest = Math.max(largest, value);
                }
            }
        }
        if (smallest > largest) {
            throw new IllegalArgumentException("a heat map has no number in it");
        }
        return new HeatMap(
                edges(trace.path("x"), columns),
                edges(trace.path("y"), values.length),
                values,
                names(trace.path("x")),
                names(trace.path("y")),
                ColourScale.of(trace, smallest, largest));
    }

    private static List<String> names(JsonNode array) {
        return Values.hasText(array) ? Values.texts(array) : List.of();
    }

    /** Edges half-way between the cells' places; cells with names stand at 0, 1, ... */
    private static double[] edges(JsonNode places, int count) {
        double[] centres =
                places.size() == count && !Values.hasText(places)
                        ? Values.numbers(places)
                        : Values.indices(count);
        var edges = new double[count + 1];
        for (int i = 1; i < count; i++) {
            edges[i] = (centres[i - 1] + centres[i]) / 2;
        }
        double first = count > 1 ? centres[1] - centres[0] : 1;
        double last = count > 1 ? centres[count - 1] - centres[count - 2] : 1;
        edges[0] = centres[0] - first / 2;
        edges[count] = centres[count - 1] + last / 2;
        return edges;
    }

    double left() {
        return Math.min(columnEdges[0], columnEdges[columnEdges.length - 1]);
    }

    double right() {
        return Math.max(columnEdges[0], columnEdges[columnEdges.length - 1]);
    }

    double bottom() {
        return Math.min(rowEdges[0], rowEdges[rowEdges.length - 1]);
    }

    double top() {
        return Math.max(rowEdges[0], rowEdges[rowEdges.length - 1]);
    }

    /** A series that is not seen and makes the axes as long as the map. */
    void addCorners(XYChart chart) {
        XYSeries corners =
                chart.addSeries(
                        "corners " + chart.getSeriesMap().size(),
                        new double[] {left(), right()},
                        new double[] {bottom(), top()});
        corners.setMarker(SeriesMarkers.NONE);
        corners.setLineColor(new Color(0, 0, 0, 0));
        corners.setShowInLegend(false);
    }

    /** Puts names on the axes, and the range of the colours into the title. */
    void label(XYChart chart, FigurePicture.Panel panel) {
        if (!columnNames.isEmpty()) {
            chart.setCustomXAxisTickLabelsFormatter(place -> name(columnNames, place));
        }
        if (!rowNames.isEmpty()) {
            chart.setCustomYAxisTickLabelsFormatter(place -> name(rowNames, place));
        }
        String range =
                String.format(Locale.ROOT, "colour: %.4g to %.4g", scale.low(), scale.high());
        String title = Style.plain(panel.title());
        chart.setTitle(title.isEmpty() ? range : title + " (" + range + ")");
        chart.getStyler().setChartTitleVisible(true);
    }

    private static String name(List<String> names, double place) {
        int index = (int) Math.round(place);
        boolean there = index >= 0 && index < names.size() && Math.abs(place - index) < 1e-9;
        return there ? names.get(index) : "";
    }

    /** Paints the cells where the chart, already painted once, has their places. */
    void paint(XYChart chart, Graphics2D graphics) {
        double[] columns =
                IntStream.range(0, columnEdges.length)
                        .mapToDouble(i -> chart.getScreenXFromChart(columnEdges[i]))
                        .toArray();
        double[] rows =
                IntStream.range(0, rowEdges.length)
                        .mapToDouble(i -> chart.getScreenYFromChart(rowEdges[i]))
                        .toArray();
        for (int row = 0; row < values.length; row++) {
            int top = (int) Math.round(Math.min(rows[row], rows[row + 1]));
            int bottom = (int) Math.round(Math.max(rows[row], rows[row + 1]));
            for (int column = 0; column < values[row].length; column++) {
                if (!Double.isNaN(values[row][column])) {
                    int left = (int) Math.round(Math.min(columns[column], columns[column + 1]));
                    int right = (int) Math.round(Math.max(columns[column], columns[column + 1]));
                    graphics.setColor(scale.at(values[row][column]));
                    graphics.fillRect(left, top, right - left, bottom - top);
                }
            }
        }
    }
}
