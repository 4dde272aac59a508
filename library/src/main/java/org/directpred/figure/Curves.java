package org.directpred.figure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.plotly.components.Axis;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Layout;
import tech.tablesaw.plotly.components.Line;
import tech.tablesaw.plotly.traces.ScatterTrace;
import tech.tablesaw.plotly.traces.Trace;

/**
 * Curves of several variants over one axis: loss, effective rank, standard deviation over the steps
 * of a training. Points may be added while the figure is drawn from another thread:
 *
 * <pre>{@code
 * var rank = Curves.of("Effective rank of F", "step", "effective rank");
 * try (LivePicture live = Progress.picture("effective rank")) {
 *     ...
 *     rank.add("DirectPred", step, diagnostics.effectiveRank());
 *     live.update(rank::figure);
 * }
 * rank.figure()
 * }</pre>
 */
public final class Curves {
    /** More points than a screen has columns make a figure slow and not finer. */
    private static final int MOST_POINTS = 1000;

    private final String title;
    private final String horizontal;
    private final String vertical;
    private boolean logarithmic;
    private double from = Double.NaN;
    private double to = Double.NaN;
    private final Map<String, List<double[]>> variants = new LinkedHashMap<>();
    private final Map<String, Double> levels = new LinkedHashMap<>();

    private Curves(String title, String horizontal, String vertical) {
        this.title = Objects.requireNonNull(title, "title");
        this.horizontal = Objects.requireNonNull(horizontal, "horizontal");
        this.vertical = Objects.requireNonNull(vertical, "vertical");
    }

    /**
     * A figure without curves yet.
     *
     * @param title what it shows
     * @param horizontal the horizontal axis' title
     * @param vertical the vertical axis' title
     */
    public static Curves of(String title, String horizontal, String vertical) {
        return new Curves(title, horizontal, vertical);
    }

    /**
     * The curves of a table with one row for each point.
     *
     * @param table holds the columns; a missing number makes a gap
     * @param horizontal the numeric column along the horizontal axis
     * @param vertical the numeric column along the vertical axis
     * @param variant the column that names the curve
     */
    public static Curves of(Table table, String horizontal, String vertical, String variant) {
        Curves curves =
                new Curves(table.name() == null ? vertical : table.name(), horizontal, vertical);
        for (int row = 0; row < table.rowCount(); row++) {
            curves.add(
                    table.column(variant).getString(row),
                    table.numberColumn(horizontal).getDouble(row),
                    table.numberColumn(vertical).getDouble(row));
        }
        return curves;
    }

    /** Makes the vertical axis logarithmic; values of 0 and below become gaps. */
    public synchronized Curves logarithmic() {
        logarithmic = true;
        return this;
    }

    /** Fixes the vertical axis, so that a live figure does not jump. */
    public synchronized Curves between(double lower, double upper) {
        if (!(lower < upper)) {
            throw new IllegalArgumentException(
                    "the axis must run upwards, not from " + lower + " to " + upper);
        }
        from = lower;
        to = upper;
        return this;
    }

    /**
     * Adds a point to a variant's curve. A new name starts a new curve.
     *
     * @param variant the curve's name in the legend
     * @param x along the horizontal axis, finite
     * @param y NaN or infinite makes a gap
     */
    public synchronized Curves add(String variant, double x, double y) {
        if (!Double.isFinite(x)) {
            throw new IllegalArgumentException("point " + x + " of '" + variant + "' lies nowhere");
        }
        variants.computeIfAbsent(variant, name -> new ArrayList<>()).add(new double[] {x, y});
        return this;
    }

    /** Adds points to a variant's curve. */
    public synchronized Curves add(String variant, double[] x, double[] y) {
        if (x.length != y.length) {
            throw new IllegalArgumentException(
                    "curve '" + variant + "' has " + x.length + " x but " + y.length + " y");
        }
        for (int i = 0; i < x.length; i++) {
            add(variant, x[i], y[i]);
        }
        return this;
    }

    /** Adds a level to compare with, a dotted line over the whole width. */
    public synchronized Curves level(String name, double y) {
        levels.put(name, y);
        return this;
    }

    /** The figure of the points so far. */
    public synchronized Figure figure() {
        List<Trace> traces = new ArrayList<>();
        double first = Double.POSITIVE_INFINITY;
        double last = Double.NEGATIVE_INFINITY;
        int place = 0;
        for (Map.Entry<String, List<double[]>> variant : variants.entrySet()) {
            List<double[]> points = variant.getValue();
            int stride = (points.size() + MOST_POINTS - 1) / MOST_POINTS;
            List<double[]> drawn = new ArrayList<>();
            for (int i = 0; i < points.size(); i++) {
                // Counted from the end, so that the newest point is always there.
                if ((points.size() - 1 - i) % stride == 0) {
                    drawn.add(points.get(i));
                }
                first = Math.min(first, points.get(i)[0]);
                last = Math.max(last, points.get(i)[0]);
            }
            traces.add(trace(variant.getKey(), drawn, Palette.line(place)));
            place++;
        }
        if (first <= last) {
            for (Map.Entry<String, Double> level : levels.entrySet()) {
                Line line =
                        Line.builder()
                                .color(Palette.colour(place++))
                                .dash(Line.Dash.DOT)
                                .width(1)
                                .build();
                traces.add(
                        trace(
                                level.getKey(),
                                List.of(
                                        new double[] {first, level.getValue()},
                                        new double[] {last, level.getValue()}),
                                line));
            }
        }
        Axis.AxisBuilder yAxis = Axis.builder().title(vertical);
        if (logarithmic) {
            yAxis.type(Axis.Type.LOG);
        }
        if (from < to) {
            // Plotly wants the exponents of a logarithmic axis.
            yAxis.range(logarithmic ? Math.log10(from) : from, logarithmic ? Math.log10(to) : to);
        }
        Layout layout =
                Layout.builder()
                        .title(title)
                        .xAxis(Axis.builder().title(horizontal).build())
                        .yAxis(yAxis.build())
                        .width(760)
                        .height(420)
                        .showLegend(true)
                        .build();
        return new Figure(layout, traces.toArray(new Trace[0]));
    }

    private ScatterTrace trace(String name, List<double[]> points, Line line) {
        double[] x = new double[points.size()];
        double[] y = new double[points.size()];
        for (int i = 0; i < x.length; i++) {
            x[i] = points.get(i)[0];
            double value = points.get(i)[1];
            y[i] = Double.isInfinite(value) || (logarithmic && value <= 0) ? Double.NaN : value;
        }
        return ScatterTrace.builder(x, y)
                .name(name)
                .showLegend(true)
                .mode(x.length == 1 ? ScatterTrace.Mode.MARKERS : ScatterTrace.Mode.LINE)
                .line(line)
                .build();
    }

    /** All points, one row each: variant, horizontal, vertical. */
    public synchronized Table table() {
        StringColumn variant = StringColumn.create("variant");
        DoubleColumn x = DoubleColumn.create(horizontal);
        DoubleColumn y = DoubleColumn.create(vertical);
        variants.forEach(
                (name, points) -> {
                    for (double[] point : points) {
                        variant.append(name);
                        x.append(point[0]);
                        y.append(point[1]);
                    }
                });
        return Table.create(title, variant, x, y);
    }
}
