package org.directpred.figure;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import org.directpred.figure.AnimatedFigure.Curve;
import org.directpred.figure.AnimatedFigure.Range;
import tech.tablesaw.plotly.components.Axis;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Layout;
import tech.tablesaw.plotly.components.Line;
import tech.tablesaw.plotly.traces.Trace;

/** Colours, arrows and axes of the theory's figures. */
final class TheoryPlot {
    static final String BLUE = Palette.colour(0);
    static final String ORANGE = Palette.colour(1);
    static final String GREEN = Palette.colour(2);
    static final String PINK = Palette.colour(3);
    static final String BLACK = Palette.colour(6);
    static final String GREY = Palette.colour(7);

    /** Colours there are; a line beyond them is dashed. */
    private static final int ROUND = 8;

    private static final int WIDTH = 760;
    private static final int HEIGHT = 460;

    private TheoryPlot() {}

    /** A line in the style of its place among several. */
    static Curve line(String name, double[] x, double[] y, int place) {
        return Curve.line(
                name,
                x,
                y,
                Palette.colour(place),
                2,
                place < ROUND ? Line.Dash.SOLID : Line.Dash.DASH);
    }

    /** A number as a person writes it, with four digits at most. */
    static String number(double value) {
        return Math.abs(value) < 1e-12
                ? "0"
                : BigDecimal.valueOf(value)
                        .round(new MathContext(4))
                        .stripTrailingZeros()
                        .toPlainString();
    }

    /** The velocity in a plane. */
    @FunctionalInterface
    interface Flow {
        double[] velocity(double x, double y);
    }

    /** Arrows of one length on a grid, along the flow. */
    static Curve arrows(Flow flow, Range x, Range y, int columns, int rows) {
        double width = (x.to() - x.from()) / columns;
        double height = (y.to() - y.from()) / rows;
        List<double[]> strokes = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                double cx = x.from() + (column + 0.5) * width;
                double cy = y.from() + (row + 0.5) * height;
                double[] v = flow.velocity(cx, cy);
                double speed = Math.hypot(v[0] / width, v[1] / height);
                if (speed > 0) {
                    arrow(strokes, cx, cy, 0.36 * v[0] / speed, 0.36 * v[1] / speed, width, height);
                }
            }
        }
        double[][] line = columns(strokes);
        return Curve.line("flow", line[0], line[1], "#B0B0B0", 1, Line.Dash.SOLID).withoutLegend();
    }

    private static void arrow(
            List<double[]> strokes,
            double cx,
            double cy,
            double dx,
            double dy,
            double width,
            double height) {
        double tipX = cx + dx;
        double tipY = cy + dy;
        // The head's barbs, turned in units of the cell so that they look alike everywhere.
        double ux = dx / width;
        double uy = dy / height;
        strokes.add(new double[] {cx - dx, cy - dy});
        strokes.add(new double[] {tipX, tipY});
        strokes.add(
                new double[] {
                    tipX - (0.45 * ux - 0.3 * uy) * width, tipY - (0.45 * uy + 0.3 * ux) * height
                });
        strokes.add(new double[] {tipX, tipY});
        strokes.add(
                new double[] {
                    tipX - (0.45 * ux + 0.3 * uy) * width, tipY - (0.45 * uy - 0.3 * ux) * height
                });
        strokes.add(gap(tipX));
    }

    /** A gap in a line that stays in place along x, for drawing programs that want every x. */
    static double[] gap(double x) {
        return new double[] {x, Double.NaN};
    }

    /** Points as two columns, x and y. */
    static double[][] columns(List<double[]> points) {
        double[][] columns = new double[2][points.size()];
        for (int i = 0; i < points.size(); i++) {
            columns[0][i] = points.get(i)[0];
            columns[1][i] = points.get(i)[1];
        }
        return columns;
    }

    /** Curves on fixed axes; those without a point are left out. */
    static Figure figure(String title, Range x, Range y, List<Curve> curves) {
        Axis horizontal = Axis.builder().title(x.title()).range(x.from(), x.to()).build();
        Axis vertical = Axis.builder().title(y.title()).range(y.from(), y.to()).build();
        return figure(title, horizontal, vertical, curves);
    }

    /** Curves on axes that fit them; the vertical one may be logarithmic. */
    static Figure figure(
            String title, String x, String y, boolean logarithmic, List<Curve> curves) {
        Axis horizontal = Axis.builder().title(x).build();
        Axis.AxisBuilder vertical = Axis.builder().title(y);
        if (logarithmic) {
            vertical.type(Axis.Type.LOG);
        }
        return figure(title, horizontal, vertical.build(), curves);
    }

    private static Figure figure(String title, Axis horizontal, Axis vertical, List<Curve> curves) {
        Trace[] traces =
                curves.stream()
                        .filter(curve -> curve.x().length > 0)
                        .map(Curve::trace)
                        .toArray(Trace[]::new);
        return new Figure(layout(title, horizontal, vertical), traces);
    }

    static Layout layout(String title, Axis horizontal, Axis vertical) {
        return Layout.builder()
                .title(title)
                .xAxis(horizontal)
                .yAxis(vertical)
                .width(WIDTH)
                .height(HEIGHT)
                .showLegend(true)
                .build();
    }
}
