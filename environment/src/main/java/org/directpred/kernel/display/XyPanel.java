package org.directpred.kernel.display;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;

/** A plot over numbers: curves, points, histograms, and heat maps beneath them. */
final class XyPanel {
    private static final Color CLEAR = new Color(0, 0, 0, 0);
    private static final int BINS = 20;

    private XyPanel() {}

    static boolean isHeatMap(JsonNode trace) {
        String kind = FigurePicture.kind(trace);
        return kind.equals("heatmap") || kind.equals("contour");
    }

    static BufferedImage draw(FigurePicture.Panel panel, int width, int height) {
        var chart = new XYChart(width, height);
        var styler = chart.getStyler();
        Style.apply(chart, styler, panel);
        boolean logX = panel.horizontal().path("type").asText("").equals("log");
        boolean logY = panel.vertical().path("type").asText("").equals("log");
        styler.setXAxisLogarithmic(logX);
        styler.setYAxisLogarithmic(logY);

        List<HeatMap> maps =
                panel.traces().stream().filter(XyPanel::isHeatMap).map(HeatMap::of).toList();
        int index = 0;
        for (JsonNode trace : panel.traces()) {
            if (FigurePicture.kind(trace).equals("histogram")) {
                addHistogram(chart, trace, index);
            } else if (!isHeatMap(trace)) {
                addCurve(chart, trace, index, logX, logY);
            }
            index++;
        }
        for (HeatMap map : maps) {
            map.addCorners(chart);
        }
        if (chart.getSeriesMap().isEmpty()) {
            // XChart draws no axes without a series; Plotly does.
            var nothing =
                    chart.addSeries(
                            "nothing", new double[] {logX ? 1 : 0}, new double[] {logY ? 1 : 0});
            nothing.setEnabled(false);
            nothing.setShowInLegend(false);
        }
        setRange(panel, chart, maps, logX, logY);
        if (!maps.isEmpty()) {
            styler.setPlotGridLinesVisible(false);
            maps.get(0).label(chart, panel);
        }
        return paint(chart, maps, width, height);
    }

    private static BufferedImage paint(XYChart chart, List<HeatMap> maps, int width, int height) {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            // The first painting lays the axes out; then the maps are put under the second one.
            chart.paint(graphics, width, height);
            if (!maps.isEmpty()) {
                graphics.setColor(Color.WHITE);
                graphics.fillRect(0, 0, width, height);
                for (HeatMap map : maps) {
                    map.paint(chart, graphics);
                }
                chart.getStyler().setChartBackgroundColor(CLEAR).setPlotBackgroundColor(CLEAR);
                chart.paint(graphics, width, height);
            }
        } finally {
            graphics.dispose();
        }
        return image;
    }

    private static void addCurve(
            XYChart chart, JsonNode trace, int index, boolean logX, boolean logY) {
        double[] y = Values.numbers(trace.path("y"));
        double[] x =
                trace.path("x").isArray()
                        ? Values.numbers(trace.path("x"))
                        : Values.indices(y.length);
        int length = Math.min(x.length, y.length);
        var keptX = new double[length];
        var keptY = new double[length];
        int kept = 0;
        boolean any = false;
        for (int i = 0; i < length; i++) {
            boolean placeable = !Double.isNaN(x[i]) && (!logX || x[i] > 0);
            if (placeable) {
                keptX[kept] = x[i];
                keptY[kept] = logY && !(y[i] > 0) ? Double.NaN : y[i];
                any |= !Double.isNaN(keptY[kept]);
                kept++;
            }
        }
        if (!any) {
            return;
        }
        XYSeries series =
                chart.addSeries(
                        index + " ", Arrays.copyOf(keptX, kept), Arrays.copyOf(keptY, kept));
        Style.apply(series, trace, index);
        nameIt(series, trace);
        boolean filled = !trace.path("fill").asText("none").equals("none");
        boolean lines = trace.path("mode").asText("lines").contains("lines");
        series.setXYSeriesRenderStyle(
                !lines
                        ? XYSeriesRenderStyle.Scatter
                        : filled ? XYSeriesRenderStyle.Area : XYSeriesRenderStyle.Line);
    }

    private static void addHistogram(XYChart chart, JsonNode trace, int index) {
        double[] values =
                Arrays.stream(Values.numbers(trace.path("x"))).filter(Double::isFinite).toArray();
        if (values.length == 0) {
            return;
        }
        int wanted = trace.path("nbinsx").asInt(0);
        int bins = wanted > 0 ? wanted : BINS;
        double low = Arrays.stream(values).min().getAsDouble();
        double high = Arrays.stream(values).max().getAsDouble();
        double width = high > low ? (high - low) / bins : 1;
        // A step for each bin and one down to zero at either end.
        var x = new double[bins + 2];
        var y = new double[bins + 2];
        for (int i = 0; i < x.length; i++) {
            x[i] = low + (Math.max(1, i) - 1) * width;
        }
        for (double value : values) {
            y[1 + Math.min(bins - 1, (int) ((value - low) / width))]++;
        }
        double unit =
                switch (trace.path("histnorm").asText("")) {
                    case "percent" -> 100.0 / values.length;
                    case "probability" -> 1.0 / values.length;
                    case "density" -> 1 / width;
                    case "probability density" -> 1 / (width * values.length);
                    default -> 1;
                };
        for (int i = 0; i < y.length; i++) {
            y[i] *= unit;
        }
        XYSeries series = chart.addSeries(index + " ", x, y);
        Color colour =
                Style.withOpacity(
                        Style.colour(trace.path("marker").path("color"), Style.trace(index)),
                        trace.path("opacity"));
        Style.apply(series, trace, index);
        nameIt(series, trace);
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.StepArea);
        series.setLineColor(colour);
        series.setFillColor(colour);
        series.setMarker(org.knowm.xchart.style.markers.SeriesMarkers.NONE);
    }

    private static void nameIt(XYSeries series, JsonNode trace) {
        String name = trace.path("name").asText("");
        series.setLabel(Style.plain(name));
        series.setShowInLegend(!name.isEmpty() && trace.path("showlegend").asBoolean(true));
    }

    private static void setRange(
            FigurePicture.Panel panel,
            XYChart chart,
            List<HeatMap> maps,
            boolean logX,
            boolean logY) {
        var styler = chart.getStyler();
        double[] x = range(panel.horizontal(), logX);
        double[] y = range(panel.vertical(), logY);
        if (x != null) {
            styler.setXAxisMin(x[0]).setXAxisMax(x[1]);
        } else if (!maps.isEmpty()) {
            styler.setXAxisMin(maps.get(0).left()).setXAxisMax(maps.get(0).right());
        }
        if (y != null) {
            styler.setYAxisMin(y[0]).setYAxisMax(y[1]);
        } else if (!maps.isEmpty()) {
            styler.setYAxisMin(maps.get(0).bottom()).setYAxisMax(maps.get(0).top());
        }
    }

    /** An axis' range, or null; Plotly gives a logarithmic one's in exponents. */
    private static double[] range(JsonNode axis, boolean logarithmic) {
        JsonNode range = axis.path("range");
        if (range.size() != 2 || !range.get(0).isNumber() || !range.get(1).isNumber()) {
            return null;
        }
        double from = range.get(0).doubleValue();
        double to = range.get(1).doubleValue();
        if (!(from < to)) {
            return null;
        }
        return logarithmic
                ? new double[] {Math.pow(10, from), Math.pow(10, to)}
                : new double[] {from, to};
    }
}
