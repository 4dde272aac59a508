package org.directpred.kernel.display;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A figure as a bitmap, drawn by XChart from the same JSON that Plotly draws: what a reader without
 * JavaScript sees, and every frame of a live picture.
 *
 * <p>It knows the kinds scatter, bar, histogram, heatmap and contour (drawn as a heat map), several
 * of them in one plot, and figures of several plots.
 */
final class FigurePicture {
    private static final int WIDTH = 700;
    private static final int HEIGHT = 450;
    private static final int LARGEST = 2000;
    private static final Set<String> KINDS =
            Set.of("scatter", "scattergl", "bar", "histogram", "heatmap", "contour");

    private FigurePicture() {}

    /**
     * Draws a figure.
     *
     * @throws IllegalArgumentException if it holds a kind of trace that is not drawn here
     */
    static BufferedImage draw(ObjectNode figure) {
        JsonNode layout = figure.path("layout");
        for (JsonNode trace : figure.path("data")) {
            if (!KINDS.contains(kind(trace))) {
                throw new IllegalArgumentException(
                        "traces of kind '" + kind(trace) + "' are drawn by JupyterLab alone");
            }
        }
        int width = size(layout.path("width"), WIDTH);
        int height = size(layout.path("height"), HEIGHT);
        List<Panel> panels = panels(figure);
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, width, height);
            int columns = columns(layout, panels.size());
            int rows = (panels.size() + columns - 1) / columns;
            for (int i = 0; i < panels.size(); i++) {
                graphics.drawImage(
                        panels.get(i).draw(width / columns, height / rows),
                        i % columns * (width / columns),
                        i / columns * (height / rows),
                        null);
            }
        } finally {
            graphics.dispose();
        }
        return image;
    }

    static String kind(JsonNode trace) {
        return trace.path("type").asText("scatter");
    }

    /**
     * One plot of a figure.
     *
     * @param title its title, may be empty
     * @param horizontal Plotly's x axis
     * @param vertical Plotly's y axis
     * @param layout the whole figure's
     * @param traces what is drawn in it
     */
    record Panel(
            String title,
            JsonNode horizontal,
            JsonNode vertical,
            JsonNode layout,
            List<JsonNode> traces) {

        BufferedImage draw(int width, int height) {
            boolean categories =
                    traces.stream()
                            .anyMatch(
                                    trace ->
                                            kind(trace).equals("bar")
                                                    || (!XyPanel.isHeatMap(trace)
                                                            && Values.hasText(trace.path("x"))));
            return categories
                    ? CategoryPanel.draw(this, width, height)
                    : XyPanel.draw(this, width, height);
        }

        boolean legend() {
            if (layout.has("showlegend")) {
                return layout.path("showlegend").asBoolean();
            }
            return traces.size() > 1;
        }
    }

    /** The short names of a plot's axes, as in x2 and y2. */
    private record Axes(String horizontal, String vertical) {}

    private static List<Panel> panels(ObjectNode figure) {
        JsonNode layout = figure.path("layout");
        Map<Axes, List<JsonNode>> groups = new LinkedHashMap<>();
        for (JsonNode trace : figure.path("data")) {
            String x = trace.path("xaxis").asText("x");
            String y = trace.path("yaxis").asText("y");
            // A second scale over the same plot belongs to that plot.
            String under = layout.path(FigureJson.axis(y)).path("overlaying").asText(y);
            groups.computeIfAbsent(new Axes(x, under), key -> new ArrayList<>()).add(trace);
        }
        var panels = new ArrayList<Panel>();
        for (Map.Entry<Axes, List<JsonNode>> group : groups.entrySet()) {
            panels.add(
                    new Panel(
                            panels.isEmpty() ? FigureText.title(layout) : "",
                            layout.path(FigureJson.axis(group.getKey().horizontal())),
                            layout.path(FigureJson.axis(group.getKey().vertical())),
                            layout,
                            group.getValue()));
        }
        if (panels.isEmpty()) {
            panels.add(
                    new Panel(
                            FigureText.title(layout),
                            layout.path("xaxis"),
                            layout.path("yaxis"),
                            layout,
                            List.of()));
        }
        return panels;
    }

    private static int columns(JsonNode layout, int panels) {
        int columns = layout.path("grid").path("columns").asInt(panels);
        return Math.max(1, Math.min(columns, panels));
    }

    private static int size(JsonNode value, int otherwise) {
        int pixels = value.asInt(otherwise);
        return Math.max(1, Math.min(pixels, LARGEST));
    }
}
