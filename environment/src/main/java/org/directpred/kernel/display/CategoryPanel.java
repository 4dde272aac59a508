package org.directpred.kernel.display;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;

/** A plot over named places: bars, and lines or points over names. */
final class CategoryPanel {
    private static final int NAMES_LEVEL = 8;
    private static final int TILTED = 45;

    private CategoryPanel() {}

    static BufferedImage draw(FigurePicture.Panel panel, int width, int height) {
        var chart = new CategoryChart(width, height);
        var styler = chart.getStyler();
        Style.apply(chart, styler, panel);
        String mode = panel.layout().path("barmode").asText("group");
        styler.setStacked(mode.equals("stack"));
        styler.setOverlapped(mode.equals("overlay"));
        styler.setYAxisLogarithmic(panel.vertical().path("type").asText("").equals("log"));

        var names = new LinkedHashSet<String>();
        for (JsonNode trace : panel.traces()) {
            names.addAll(Values.texts(trace.path(places(trace))));
        }
        if (names.size() > NAMES_LEVEL) {
            styler.setXAxisLabelRotation(TILTED);
        }
        int index = 0;
        for (JsonNode trace : panel.traces()) {
            add(chart, trace, new ArrayList<>(names), index);
            index++;
        }
        if (chart.getSeriesMap().isEmpty()) {
            // XChart draws no axes without a series; Plotly does.
            chart.addSeries("nothing", List.of(" "), List.of(0)).setShowInLegend(false);
        }
        return BitmapEncoder.getBufferedImage(chart);
    }

    /** The key of a trace's names: bars that lie on their side are stood up. */
    private static String places(JsonNode trace) {
        return isLying(trace) ? "y" : "x";
    }

    private static boolean isLying(JsonNode trace) {
        return trace.path("orientation").asText("v").equals("h");
    }

    private static void add(CategoryChart chart, JsonNode trace, List<String> names, int index) {
        List<String> places = Values.texts(trace.path(places(trace)));
        double[] numbers = Values.numbers(trace.path(isLying(trace) ? "x" : "y"));
        Map<String, Double> byName = new HashMap<>();
        for (int i = 0; i < Math.min(numbers.length, places.size()); i++) {
            byName.put(places.get(i), numbers[i]);
        }
        var values = new ArrayList<Double>();
        boolean any = false;
        for (String name : names) {
            Double value = byName.get(name);
            boolean missing = value == null || value.isNaN();
            values.add(missing ? null : value);
            any |= !missing;
        }
        if (!any) {
            return;
        }
        CategorySeries series = chart.addSeries(index + " ", names, values);
        Style.apply(series, trace, index);
        series.setLabel(Style.plain(trace.path("name").asText("")));
        series.setShowInLegend(!trace.path("name").asText("").isEmpty());
        if (FigurePicture.kind(trace).equals("bar")) {
            series.setChartCategorySeriesRenderStyle(CategorySeriesRenderStyle.Bar);
            series.setFillColor(
                    Style.withOpacity(
                            Style.colour(trace.path("marker").path("color"), Style.trace(index)),
                            trace.path("opacity")));
        } else {
            series.setChartCategorySeriesRenderStyle(
                    trace.path("mode").asText("lines").contains("lines")
                            ? CategorySeriesRenderStyle.Line
                            : CategorySeriesRenderStyle.Scatter);
        }
    }
}
