package org.directpred.figure;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.plotly.components.Axis;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Layout;
import tech.tablesaw.plotly.components.Line;
import tech.tablesaw.plotly.components.Marker;
import tech.tablesaw.plotly.components.Symbol;
import tech.tablesaw.plotly.traces.ScatterTrace;
import tech.tablesaw.plotly.traces.Trace;

/**
 * A picture with a slider: one frame of curves for each value of a number, computed beforehand, so
 * that the picture can be explored in a page that runs no code of ours.
 *
 * <p>Tablesaw has no class for Plotly's sliders and frames. {@link #plotlyJson()} is the whole
 * figure for Plotly; {@link #fallback()} is one frame of it as a still picture, for readers that
 * show pictures only.
 */
public final class AnimatedFigure {
    /** The largest number of frames: more make a notebook heavy and a slider hard to hit. */
    public static final int MAX_FRAMES = 40;

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final MathContext DIGITS = new MathContext(4);
    private static final MathContext SIX = new MathContext(6);

    private final String title;
    private final Range horizontal;
    private final Range vertical;
    private final String sliderName;
    private final List<Frame> frames;
    private final int shown;

    /**
     * A figure whose slider walks through the frames.
     *
     * @param title what it shows
     * @param horizontal the horizontal axis, the same in every frame
     * @param vertical the vertical axis, the same in every frame
     * @param sliderName the number under the slider, for instance {@code "h"}
     * @param frames 1 to {@value #MAX_FRAMES} frames with different labels; each has the same
     *     number of curves, and curves at the same place in two frames are the same curve at two
     *     values of the slider
     * @param shown the index of the frame that is shown first and in {@link #fallback()}
     * @throws IllegalArgumentException if there are no or too many frames, two have one label, or
     *     their curves differ in number
     * @throws IndexOutOfBoundsException if {@code shown} is none of them
     */
    public AnimatedFigure(
            String title,
            Range horizontal,
            Range vertical,
            String sliderName,
            List<Frame> frames,
            int shown) {
        this.title = Objects.requireNonNull(title, "title");
        this.horizontal = Objects.requireNonNull(horizontal, "horizontal");
        this.vertical = Objects.requireNonNull(vertical, "vertical");
        this.sliderName = Objects.requireNonNull(sliderName, "sliderName");
        this.frames = List.copyOf(frames);
        if (frames.isEmpty() || frames.size() > MAX_FRAMES) {
            throw new IllegalArgumentException(
                    "an animated figure has 1 to "
                            + MAX_FRAMES
                            + " frames, not "
                            + frames.size()
                            + ": take fewer values of "
                            + sliderName);
        }
        Set<String> labels = new HashSet<>();
        for (Frame frame : this.frames) {
            if (!labels.add(frame.label())) {
                throw new IllegalArgumentException(
                        "two frames have the label '"
                                + frame.label()
                                + "': the slider finds a frame by its label, so give each its own");
            }
            if (frame.curves().size() != this.frames.get(0).curves().size()) {
                throw new IllegalArgumentException(
                        "frame '"
                                + frame.label()
                                + "' has "
                                + frame.curves().size()
                                + " curves, frame '"
                                + this.frames.get(0).label()
                                + "' has "
                                + this.frames.get(0).curves().size()
                                + "; every frame must have the same curves (empty ones may stand"
                                + " in)");
            }
        }
        this.shown = Objects.checkIndex(shown, frames.size());
    }

    /**
     * An axis.
     *
     * @param title its title
     * @param from its lower end
     * @param to its upper end
     */
    public record Range(String title, double from, double to) {
        /** Checks that the range is not empty. */
        public Range {
            Objects.requireNonNull(title, "title");
            if (!(from < to) || !Double.isFinite(to - from)) {
                throw new IllegalArgumentException(
                        "axis '" + title + "' must run upwards, not from " + from + " to " + to);
            }
        }
    }

    /**
     * The picture at one position of the slider.
     *
     * @param label the slider's value, as it is written beside it, not empty
     * @param title the figure's title at this value, or empty for the figure's own
     * @param curves the curves, drawn in this order
     */
    public record Frame(String label, String title, List<Curve> curves) {
        /** Copies the list. */
        public Frame {
            Objects.requireNonNull(title, "title");
            if (label.isEmpty()) {
                throw new IllegalArgumentException(
                        "a frame needs a label: it is what the slider shows and finds it by");
            }
            curves = List.copyOf(curves);
        }
    }

    /** The figure's frames, in the slider's order. */
    public List<Frame> frames() {
        return frames;
    }

    /**
     * The figure for Plotly: a JSON object with {@code data}, {@code layout} and {@code frames};
     * NaN becomes {@code null} (a gap in the line), numbers have four digits.
     */
    public String plotlyJson() {
        ObjectNode root = JSON.objectNode();
        root.set("data", data(frames.get(shown)));
        root.set("layout", layout());
        ArrayNode all = root.putArray("frames");
        for (Frame frame : frames) {
            ObjectNode node = all.addObject();
            node.put("name", frame.label());
            // Plotly keeps what a frame leaves out as the frame before had it. So each says all.
            node.set("data", data(frame));
            node.putObject("layout").putObject("title").put("text", title(frame));
        }
        try {
            return MAPPER.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain nodes did not serialise", e);
        }
    }

    /** The frame that is shown first, as a still figure. */
    public Figure fallback() {
        Frame frame = frames.get(shown);
        List<Trace> traces = new ArrayList<>();
        for (Curve curve : frame.curves()) {
            if (curve.x().length > 0) {
                traces.add(curve.trace());
            }
        }
        Layout layout =
                Layout.builder()
                        .title(title(frame))
                        .xAxis(axis(horizontal))
                        .yAxis(axis(vertical))
                        .width(760)
                        .height(560)
                        .build();
        return new Figure(layout, traces.toArray(Trace[]::new));
    }

    private String title(Frame frame) {
        return frame.title().isEmpty() ? title : frame.title();
    }

    private static Axis axis(Range range) {
        return Axis.builder().title(range.title()).range(range.from(), range.to()).build();
    }

    private static ArrayNode data(Frame frame) {
        ArrayNode data = JSON.arrayNode();
        for (Curve curve : frame.curves()) {
            ObjectNode trace = data.addObject();
            trace.put("type", "scatter");
            trace.put("mode", curve.line() == null ? "markers" : "lines");
            trace.put("name", curve.name());
            trace.put("showlegend", curve.inLegend());
            if (curve.line() != null) {
                ObjectNode line = trace.putObject("line");
                line.put("color", curve.colour());
                line.put("width", curve.size());
                line.put("dash", curve.line().toString());
            } else {
                ObjectNode marker = trace.putObject("marker");
                marker.put("color", curve.colour());
                marker.put("size", curve.size());
                marker.put("symbol", String.valueOf(curve.symbol()));
            }
            trace.set("x", numbers(curve.x()));
            trace.set("y", numbers(curve.y()));
        }
        return data;
    }

    private ObjectNode layout() {
        ObjectNode layout = JSON.objectNode();
        layout.putObject("title").put("text", title(frames.get(shown)));
        layout.put("width", 760);
        layout.put("height", 620);
        layout.put("hovermode", "closest");
        layout.putObject("hoverlabel").put("namelength", -1);
        axis(layout.putObject("xaxis"), horizontal);
        axis(layout.putObject("yaxis"), vertical);
        ObjectNode slider = layout.putArray("sliders").addObject();
        slider.put("active", shown);
        slider.putObject("currentvalue").put("prefix", sliderName + " = ");
        slider.putObject("pad").put("t", 45);
        ArrayNode steps = slider.putArray("steps");
        for (Frame frame : frames) {
            ObjectNode step = steps.addObject();
            step.put("label", frame.label());
            step.put("method", "animate");
            ArrayNode arguments = step.putArray("args");
            arguments.addArray().add(frame.label());
            ObjectNode how = arguments.addObject();
            how.put("mode", "immediate");
            // Without it Plotly moves the points of curves that have some, and nothing else: no
            // curve comes back that one frame left empty, and no title changes.
            how.putObject("frame").put("duration", 0).put("redraw", true);
            how.putObject("transition").put("duration", 0);
        }
        return layout;
    }

    private static void axis(ObjectNode axis, Range range) {
        axis.putObject("title").put("text", range.title());
        axis.putArray("range").add(range.from()).add(range.to());
        axis.put("zeroline", true);
    }

    /** Four digits are finer than a screen, and a third of the size. */
    static double rounded(double value) {
        return new BigDecimal(value).round(DIGITS).doubleValue();
    }

    private static ArrayNode numbers(double[] values) {
        ArrayNode array = JSON.arrayNode(values.length);
        for (double value : values) {
            if (Double.isFinite(value)) {
                array.add(rounded(value));
            } else {
                array.addNull();
            }
        }
        return array;
    }

    /** A line or a set of points. */
    public static final class Curve {
        private final String name;
        private final double[] x;
        private final double[] y;
        private final String colour;
        private final double size;
        private final Line.@Nullable Dash line;
        private final @Nullable Symbol symbol;
        private final boolean inLegend;

        private Curve(
                String name,
                double[] x,
                double[] y,
                String colour,
                double size,
                Line.@Nullable Dash line,
                @Nullable Symbol symbol,
                boolean inLegend) {
            if (x.length != y.length) {
                throw new IllegalArgumentException(
                        "curve '" + name + "' has " + x.length + " x but " + y.length + " y");
            }
            this.name = Objects.requireNonNull(name, "name");
            this.x = x.clone();
            this.y = y.clone();
            this.colour = Objects.requireNonNull(colour, "colour");
            this.size = size;
            this.line = line;
            this.symbol = symbol;
            this.inLegend = inLegend;
        }

        /**
         * A line; NaN makes a gap.
         *
         * @param name its name in the legend
         * @param x where it goes, with as many {@code y}
         * @param y where it goes
         * @param colour a CSS colour
         * @param width in pixels
         * @param dash solid, dashed or dotted
         */
        public static Curve line(
                String name, double[] x, double[] y, String colour, double width, Line.Dash dash) {
            return new Curve(
                    name, x, y, colour, width, Objects.requireNonNull(dash, "dash"), null, true);
        }

        /**
         * A set of points.
         *
         * @param name its name in the legend
         * @param x where they lie, with as many {@code y}
         * @param y where they lie
         * @param colour a CSS colour
         * @param size in pixels
         * @param symbol what is drawn at each
         */
        public static Curve points(
                String name, double[] x, double[] y, String colour, double size, Symbol symbol) {
            return new Curve(
                    name, x, y, colour, size, null, Objects.requireNonNull(symbol, "symbol"), true);
        }

        /** This curve without an entry in the legend. */
        public Curve withoutLegend() {
            return new Curve(name, x, y, colour, size, line, symbol, false);
        }

        /** This curve as a trace of a still figure. */
        public Trace trace() {
            ScatterTrace.ScatterBuilder builder =
                    ScatterTrace.builder(zoomable(x), zoomable(y)).name(name).showLegend(inLegend);
            if (line != null) {
                Line drawn = Line.builder().color(colour).width(size).dash(line).build();
                return builder.mode(ScatterTrace.Mode.LINE).line(drawn).build();
            }
            Marker drawn = Marker.builder().color(colour).size(size).symbol(symbol).build();
            return builder.mode(ScatterTrace.Mode.MARKERS).marker(drawn).build();
        }

        /** Six digits: enough to zoom in, a third of the bytes. */
        private static double[] zoomable(double[] values) {
            return Arrays.stream(values)
                    .map(
                            value ->
                                    Double.isFinite(value)
                                            ? new BigDecimal(value).round(SIX).doubleValue()
                                            : value)
                    .toArray();
        }

        String name() {
            return name;
        }

        double[] x() {
            return x;
        }

        double[] y() {
            return y;
        }

        String colour() {
            return colour;
        }

        double size() {
            return size;
        }

        Line.@Nullable Dash line() {
            return line;
        }

        @Nullable Symbol symbol() {
            return symbol;
        }

        boolean inLegend() {
            return inLegend;
        }
    }
}
