package org.directpred.kernel.display;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.util.ArrayList;
import java.util.List;

/**
 * The colours of a heat map, as Plotly chooses them: by the signs of the values, unless it is told.
 */
final class ColourScale {
    private static final List<Stop> REDS =
            List.of(
                    new Stop(0, new Color(220, 220, 220)),
                    new Stop(0.2, new Color(245, 195, 157)),
                    new Stop(0.4, new Color(245, 160, 105)),
                    new Stop(1, new Color(178, 10, 28)));
    private static final List<Stop> BLUES =
            List.of(
                    new Stop(0, new Color(5, 10, 172)),
                    new Stop(0.4, new Color(40, 60, 190)),
                    new Stop(0.6, new Color(90, 120, 245)),
                    new Stop(0.7, new Color(106, 137, 247)),
                    new Stop(1, new Color(220, 220, 220)));
    private static final List<Stop> BLUE_TO_RED =
            List.of(
                    new Stop(0, new Color(5, 10, 172)),
                    new Stop(0.35, new Color(106, 137, 247)),
                    new Stop(0.5, new Color(190, 190, 190)),
                    new Stop(0.6, new Color(220, 170, 132)),
                    new Stop(0.7, new Color(230, 145, 90)),
                    new Stop(1, new Color(178, 10, 28)));
    private static final List<Stop> VIRIDIS =
            List.of(
                    new Stop(0, new Color(68, 1, 84)),
                    new Stop(0.25, new Color(59, 82, 139)),
                    new Stop(0.5, new Color(33, 145, 140)),
                    new Stop(0.75, new Color(94, 201, 98)),
                    new Stop(1, new Color(253, 231, 37)));
    private static final List<Stop> GREYS =
            List.of(new Stop(0, Color.BLACK), new Stop(1, Color.WHITE));

    private record Stop(double at, Color colour) {}

    private final List<Stop> stops;
    private final double low;
    private final double high;

    private ColourScale(List<Stop> stops, double low, double high) {
        this.stops = stops;
        this.low = low;
        this.high = high;
    }

    /**
     * The scale of a heat map.
     *
     * @param trace Plotly's
     * @param smallest its smallest value
     * @param largest its largest value
     */
    static ColourScale of(JsonNode trace, double smallest, double largest) {
        double low = trace.path("zmin").asDouble(smallest);
        double high = trace.path("zmax").asDouble(largest);
        JsonNode given = trace.path("colorscale");
        List<Stop> stops;
        if (given.isArray() && given.size() > 1) {
            stops = new ArrayList<>();
            for (JsonNode stop : given) {
                stops.add(
                        new Stop(
                                stop.path(0).asDouble(),
                                Style.colour(stop.path(1), Color.LIGHT_GRAY)));
            }
        } else {
            stops =
                    switch (given.asText("")) {
                        case "Viridis" -> VIRIDIS;
                        case "Greys" -> GREYS;
                        case "RdBu" -> BLUE_TO_RED;
                        case "Reds" -> REDS;
                        case "Blues" -> BLUES;
                        default -> low >= 0 ? REDS : high <= 0 ? BLUES : BLUE_TO_RED;
                    };
        }
        boolean reversed = trace.path("reversescale").asBoolean();
        return new ColourScale(reversed ? reversed(stops) : stops, low, high);
    }

    private static List<Stop> reversed(List<Stop> stops) {
        var result = new ArrayList<Stop>();
        for (int i = stops.size() - 1; i >= 0; i--) {
            result.add(new Stop(1 - stops.get(i).at(), stops.get(i).colour()));
        }
        return result;
    }

    double low() {
        return low;
    }

    double high() {
        return high;
    }

    /** The colour of a value; values outside the scale have its ends' colours. */
    Color at(double value) {
        double place = high > low ? (value - low) / (high - low) : 0.5;
        Stop before = stops.get(0);
        for (Stop stop : stops) {
            if (place <= stop.at()) {
                double width = stop.at() - before.at();
                return between(
                        before.colour(),
                        stop.colour(),
                        width > 0 ? Math.max(0, place - before.at()) / width : 1);
            }
            before = stop;
        }
        return before.colour();
    }

    private static Color between(Color from, Color to, double part) {
        return new Color(
                between(from.getRed(), to.getRed(), part),
                between(from.getGreen(), to.getGreen(), part),
                between(from.getBlue(), to.getBlue(), part));
    }

    private static int between(int from, int to, double part) {
        return (int) Math.round(from + (to - from) * part);
    }
}
