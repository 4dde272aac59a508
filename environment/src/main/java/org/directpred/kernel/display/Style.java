package org.directpred.kernel.display;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.BasicStroke;
import java.awt.Color;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.internal.series.MarkerSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Plotly's looks in XChart's terms. */
final class Style {
    /** The colours that Plotly gives to traces, in their order. */
    private static final List<Color> TRACES =
            List.of(
                    new Color(0x1f77b4),
                    new Color(0xff7f0e),
                    new Color(0x2ca02c),
                    new Color(0xd62728),
                    new Color(0x9467bd),
                    new Color(0x8c564b),
                    new Color(0xe377c2),
                    new Color(0x7f7f7f),
                    new Color(0xbcbd22),
                    new Color(0x17becf));

    private static final Map<String, Color> NAMES =
            Map.ofEntries(
                    Map.entry("black", Color.BLACK),
                    Map.entry("white", Color.WHITE),
                    Map.entry("red", new Color(0xff0000)),
                    Map.entry("green", new Color(0x008000)),
                    Map.entry("blue", new Color(0x0000ff)),
                    Map.entry("orange", new Color(0xffa500)),
                    Map.entry("purple", new Color(0x800080)),
                    Map.entry("brown", new Color(0xa52a2a)),
                    Map.entry("pink", new Color(0xffc0cb)),
                    Map.entry("cyan", new Color(0x00ffff)),
                    Map.entry("magenta", new Color(0xff00ff)),
                    Map.entry("yellow", new Color(0xffff00)),
                    Map.entry("gray", new Color(0x808080)),
                    Map.entry("grey", new Color(0x808080)),
                    Map.entry("lightgray", new Color(0xd3d3d3)),
                    Map.entry("lightgrey", new Color(0xd3d3d3)),
                    Map.entry("darkgray", new Color(0xa9a9a9)),
                    Map.entry("darkgrey", new Color(0xa9a9a9)),
                    Map.entry("navy", new Color(0x000080)),
                    Map.entry("teal", new Color(0x008080)),
                    Map.entry("steelblue", new Color(0x4682b4)),
                    Map.entry("crimson", new Color(0xdc143c)),
                    Map.entry("darkgreen", new Color(0x006400)),
                    Map.entry("darkblue", new Color(0x00008b)),
                    Map.entry("darkred", new Color(0x8b0000)),
                    Map.entry("darkorange", new Color(0xff8c00)),
                    Map.entry("gold", new Color(0xffd700)));

    private static final Pattern RGB =
            Pattern.compile(
                    "rgba?\\(\\s*(\\d+)\\s*,\\s*(\\d+)\\s*,\\s*(\\d+)\\s*(?:,\\s*([0-9.]+)\\s*)?\\)");
    private static final Pattern LINE_END =
            Pattern.compile("\\R|<br\\s*/?>", Pattern.CASE_INSENSITIVE);
    private static final Pattern TAG =
            Pattern.compile(
                    "</?(b|i|em|sub|sup|s|u|span|a)(\\s[^<>]*)?>", Pattern.CASE_INSENSITIVE);
    private static final int FULL = 255;
    private static final int HEX_DIGITS = 6;
    private static final int HEX = 16;

    private static final Color GRID = new Color(0xe6e6e6);
    private static final Color TEXT = new Color(0x2a3f5f);
    private static final float LINE_WIDTH = 2;

    private Style() {}

    /** The colour that Plotly would give to the trace of that place in the figure. */
    static Color trace(int index) {
        return TRACES.get(index % TRACES.size());
    }

    /** A colour of CSS, or the other where there is none that is known here. */
    static Color colour(JsonNode value, Color otherwise) {
        String text = value.asText("").trim().toLowerCase(Locale.ROOT);
        Color named = NAMES.get(text);
        if (named != null) {
            return named;
        }
        if (text.startsWith("#") && text.length() == 1 + HEX_DIGITS) {
            try {
                return new Color(Integer.parseInt(text.substring(1), HEX));
            } catch (NumberFormatException e) {
                return otherwise;
            }
        }
        Matcher rgb = RGB.matcher(text);
        if (rgb.matches()) {
            double opacity = rgb.group(4) == null ? 1 : Double.parseDouble(rgb.group(4));
            return new Color(
                    Math.min(FULL, Integer.parseInt(rgb.group(1))),
                    Math.min(FULL, Integer.parseInt(rgb.group(2))),
                    Math.min(FULL, Integer.parseInt(rgb.group(3))),
                    (int) Math.round(FULL * Math.max(0, Math.min(1, opacity))));
        }
        return otherwise;
    }

    static Color withOpacity(Color colour, JsonNode opacity) {
        if (!opacity.isNumber()) {
            return colour;
        }
        double part = Math.max(0, Math.min(1, opacity.doubleValue()));
        return new Color(
                colour.getRed(),
                colour.getGreen(),
                colour.getBlue(),
                (int) Math.round(colour.getAlpha() * part));
    }

    /** The colour, line and marker of a scatter trace. */
    static void apply(MarkerSeries series, JsonNode trace, int index) {
        Color base = trace(index);
        JsonNode lineStyle = trace.path("line");
        JsonNode markerStyle = trace.path("marker");
        Color marker = colour(markerStyle.path("color"), colour(lineStyle.path("color"), base));
        Color line = colour(lineStyle.path("color"), colour(markerStyle.path("color"), base));
        String mode = trace.path("mode").asText("lines");
        series.setLineColor(withOpacity(line, trace.path("opacity")));
        series.setMarkerColor(withOpacity(marker, trace.path("opacity")));
        series.setFillColor(
                colour(
                        trace.path("fillcolor"),
                        new Color(line.getRed(), line.getGreen(), line.getBlue(), FULL / 2)));
        series.setLineStyle(mode.contains("lines") ? stroke(lineStyle) : NO_LINE);
        series.setMarker(mode.contains("markers") ? marker(markerStyle) : SeriesMarkers.NONE);
    }

    /** XChart's own stroke for no line: it is recognised by being this object. */
    private static final BasicStroke NO_LINE = org.knowm.xchart.style.lines.SeriesLines.NONE;

    static BasicStroke stroke(JsonNode line) {
        float width = (float) line.path("width").asDouble(LINE_WIDTH);
        float[] dash =
                switch (line.path("dash").asText("solid")) {
                    case "dash" -> new float[] {8, 6};
                    case "dot" -> new float[] {2, 4};
                    case "dashdot" -> new float[] {8, 4, 2, 4};
                    case "longdash" -> new float[] {14, 6};
                    case "longdashdot" -> new float[] {14, 4, 2, 4};
                    default -> null;
                };
        return new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, dash, 0);
    }

    private static Marker marker(JsonNode marker) {
        String symbol = marker.path("symbol").asText("circle");
        if (symbol.startsWith("diamond")) {
            return SeriesMarkers.DIAMOND;
        } else if (symbol.startsWith("square")) {
            return SeriesMarkers.SQUARE;
        } else if (symbol.startsWith("triangle-down")) {
            return SeriesMarkers.TRIANGLE_DOWN;
        } else if (symbol.startsWith("triangle") || symbol.startsWith("star")) {
            return SeriesMarkers.TRIANGLE_UP;
        } else if (symbol.startsWith("cross")) {
            return SeriesMarkers.PLUS;
        } else if (symbol.startsWith("x")) {
            return SeriesMarkers.CROSS;
        }
        return SeriesMarkers.CIRCLE;
    }

    /** White, with light grid lines and no frame around the legend. */
    static void apply(Chart<?, ?> chart, AxesChartStyler styler, FigurePicture.Panel panel) {
        chart.setTitle(plain(panel.title()));
        chart.setXAxisTitle(plain(FigureText.title(panel.horizontal())));
        chart.setYAxisTitle(plain(FigureText.title(panel.vertical())));
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBackgroundColor(Color.WHITE);
        styler.setPlotBorderColor(GRID);
        styler.setPlotGridLinesColor(GRID);
        styler.setPlotGridLinesStroke(new BasicStroke(1));
        styler.setChartTitleBoxVisible(false);
        styler.setChartTitleVisible(!chart.getTitle().isBlank());
        styler.setChartFontColor(TEXT);
        styler.setAxisTickLabelsColor(TEXT);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setLegendVisible(panel.legend());
        styler.setLegendPosition(Styler.LegendPosition.OutsideE);
        styler.setLocale(Locale.ROOT);
        styler.setPlotMargin(0);
    }

    /**
     * Plotly reads a few HTML tags in its texts, and a new line as a space; a bitmap shows the
     * words. Any other tag is text to both.
     */
    static String plain(String text) {
        String words = LINE_END.matcher(text).replaceAll(" ");
        return TAG.matcher(words).replaceAll("");
    }
}
