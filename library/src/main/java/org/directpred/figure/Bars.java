package org.directpred.figure;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.directpred.evaluate.Evaluation;
import tech.tablesaw.plotly.components.Axis;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Layout;
import tech.tablesaw.plotly.components.Margin;
import tech.tablesaw.plotly.components.Marker;
import tech.tablesaw.plotly.traces.BarTrace;

/** One bar for each variant, lying, so that long names can be read. */
public final class Bars {
    private Bars() {}

    /**
     * Bars in the order of the map from above.
     *
     * @param title what it shows
     * @param axis the axis' title with its unit
     * @param values for each bar its name and length, finite
     */
    public static Figure of(String title, String axis, Map<String, Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException(title + ": nothing to draw");
        }
        // Plotly draws the first bar lowest.
        List<String> names = new ArrayList<>(values.keySet());
        Collections.reverse(names);
        double[] lengths = new double[names.size()];
        String[] colours = new String[names.size()];
        int longest = 0;
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = Objects.requireNonNull(values.get(names.get(i)), names.get(i));
            if (!Double.isFinite(lengths[i])) {
                throw new IllegalArgumentException(
                        title + ": the bar of '" + names.get(i) + "' is " + lengths[i]);
            }
            colours[i] = Palette.colour(lengths.length - 1 - i);
            longest = Math.max(longest, names.get(i).length());
        }
        Layout layout =
                Layout.builder()
                        .title(title)
                        .xAxis(Axis.builder().title(axis).build())
                        .yAxis(Axis.builder().type(Axis.Type.CATEGORY).build())
                        .margin(
                                Margin.builder()
                                        .left(Math.min(320, 40 + 7 * longest))
                                        .right(40)
                                        .top(60)
                                        .bottom(60)
                                        .build())
                        .width(760)
                        .height(160 + 30 * lengths.length)
                        .showLegend(false)
                        .build();
        return new Figure(
                layout,
                BarTrace.builder(names.toArray(), lengths)
                        .orientation(BarTrace.Orientation.HORIZONTAL)
                        .marker(Marker.builder().color(colours).build())
                        .build());
    }

    /**
     * Test accuracies in percent, of the classifier as it ended.
     *
     * @param title what it shows
     * @param evaluations for each bar its name and evaluation
     */
    public static Figure ofAccuracies(String title, Map<String, Evaluation> evaluations) {
        Map<String, Double> percent = new LinkedHashMap<>();
        evaluations.forEach(
                (name, evaluation) ->
                        percent.put(name, Math.round(1e4 * evaluation.accuracy()) / 1e2));
        return of(title, "test accuracy [%]", percent);
    }
}
