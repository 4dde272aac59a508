package org.directpred.figure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.directpred.figure.AnimatedFigure.Curve;
import org.directpred.figure.AnimatedFigure.Frame;
import org.directpred.figure.AnimatedFigure.Range;
import org.directpred.theory.BasinMap;
import org.directpred.theory.PhasePlane;
import org.directpred.theory.PhasePlane.FixedPoint;
import org.directpred.theory.PhasePlane.Outcome;
import org.directpred.theory.PhasePlane.Point;
import org.directpred.theory.PhasePlane.Stability;
import tech.tablesaw.plotly.components.Axis;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Line;
import tech.tablesaw.plotly.components.Symbol;
import tech.tablesaw.plotly.traces.HeatmapTrace;
import tech.tablesaw.plotly.traces.Trace;

/**
 * Pictures of the plane (p, s): the paper's Figures 3 and 4, the portrait with a slider, and the
 * map of the two basins.
 */
public final class PhasePortraits {
    /** The box in units of the goal p* = tau/(1 + sigma^2), and of p*^2/alpha_p. */
    private static final double P_FROM = -0.6;

    private static final double P_TO = 1.4;
    private static final double S_TO = 1.3;

    /** Starts of the trajectories that are drawn, in the same units. */
    private static final double[][] STARTS = {
        {-.55, .1}, {-.55, .28}, {-.55, .6}, {-.5, 1.2}, {-.15, .1}, {-.1, .4}, {.05, .9},
        {.15, .01}, {.3, .03}, {.45, .02}, {.7, .05}, {1.35, .3}, {1.35, .8}, {1.3, 1.25}
    };

    private PhasePortraits() {}

    /** Dense at first, where the flow is fast, and long enough to arrive, in the plane's unit. */
    private static double[] durations(double h) {
        double end = Math.min(200, Math.max(34, 3 / h));
        double growth = Math.pow(1 + end / 0.05, 1.0 / 50);
        double[] times = new double[50];
        Arrays.setAll(times, i -> 0.05 * (Math.pow(growth, i + 1) - 1));
        return times;
    }

    /**
     * Figure 3: the flow in the plane (p, s), its fixed points, the invariant parabola, the
     * boundary between the basins, and where alignment fails (K<sub>jj</sub> &lt; 0). The paper has
     * it at tau = alphaP = 1 for eta = 0, 0.01 and 1; its sigma^2 is not stated.
     *
     * @param plane with one weight decay and tau above 0
     */
    public static Figure figure3(PhasePlane plane) {
        String title =
                "alphaP = "
                        + TheoryPlot.number(plane.alphaP())
                        + ", eta = "
                        + TheoryPlot.number(plane.etaOnline())
                        + ", sigma^2 = "
                        + TheoryPlot.number(plane.sigmaSquared())
                        + ", tau = "
                        + TheoryPlot.number(plane.tau())
                        + " (h = "
                        + TheoryPlot.number(plane.scaledDecay())
                        + ")";
        double goal = plane.goal();
        double unit = goal * goal / plane.alphaP();
        Range x = new Range("p, eigenvalue of the predictor", P_FROM * goal, P_TO * goal);
        Range y = new Range("s, eigenvalue of F", -0.03 * S_TO * unit, S_TO * unit);
        return TheoryPlot.figure(title, x, y, curves(plane, 18, 13));
    }

    /**
     * The whole family of portraits behind one slider. At fixed tau and one weight decay the plane
     * depends on h = eta (1 + sigma^2)/tau^2 alone, once p is measured in tau/(1 + sigma^2), s in
     * (tau/(1 + sigma^2))^2/alphaP and time in (1 + sigma^2)/tau^2.
     */
    public static AnimatedFigure explorable() {
        List<Double> values = new ArrayList<>();
        for (int i = 0; i <= 24; i++) {
            values.add(0.0125 * i);
        }
        values.add(1.0 / 9);
        values.sort(Double::compare);
        List<Frame> frames = new ArrayList<>();
        for (double h : values) {
            String title =
                    h == 0
                            ? "no weight decay: lines of fixed points"
                            : h < 1.0 / 9
                                    ? "three fixed points; alignment can fail on the parabola"
                                    : h < 0.25
                                            ? "three fixed points; alignment on the whole parabola"
                                            : h == 0.25
                                                    ? "critical: the useful point is half stable"
                                                    : "collapse is unavoidable";
            frames.add(
                    new Frame(
                            TheoryPlot.number(h), title, curves(PhasePlane.of(1, h, 0, 1), 13, 9)));
        }
        return new AnimatedFigure(
                "The phase portrait",
                new Range("p (1 + sigma^2) / tau", P_FROM, P_TO),
                new Range("s alphaP (1 + sigma^2)^2 / tau^2", -0.03 * S_TO, S_TO),
                "h = eta (1 + sigma^2) / tau^2",
                frames,
                4);
    }

    /** Everything a portrait shows, always the same curves in the same order. */
    private static List<Curve> curves(PhasePlane plane, int columns, int rows) {
        double goal = plane.goal();
        double unit = goal * goal / plane.alphaP();
        Range x = new Range("p", P_FROM * goal, P_TO * goal);
        Range y = new Range("s", 0, S_TO * unit);
        List<Curve> curves = new ArrayList<>();
        curves.add(TheoryPlot.arrows(plane::velocity, x, y, columns, rows));
        curves.addAll(trajectories(plane, x, y));
        curves.add(graph("s = p^2/alphaP", x, y, p -> p * p / plane.alphaP(), Line.Dash.DASH));
        double spread = 1 + plane.sigmaSquared();
        curves.add(
                graph(
                        "below: K < 0",
                        x,
                        y,
                        p -> -2 * plane.k(p, 0) / (plane.alphaP() * spread),
                        Line.Dash.DOT));
        List<double[]> boundary = new ArrayList<>();
        for (Point point : plane.separatrix(x.from(), x.to(), y.to())) {
            boundary.add(new double[] {point.p(), point.s()});
        }
        double[][] line = TheoryPlot.columns(boundary);
        curves.add(Curve.line("boundary", line[0], line[1], TheoryPlot.PINK, 2.5, Line.Dash.SOLID));
        curves.addAll(fixedPoints(plane, x, y));
        return curves;
    }

    private static List<Curve> trajectories(PhasePlane plane, Range x, Range y) {
        List<double[]> useful = new ArrayList<>();
        List<double[]> collapsing = new ArrayList<>();
        double goal = plane.goal();
        double slow = (1 + plane.sigmaSquared()) / (plane.tau() * plane.tau());
        double[] times = Arrays.stream(durations(plane.scaledDecay())).map(t -> t * slow).toArray();
        for (double[] start : STARTS) {
            double p = start[0] * goal;
            double s = start[1] * y.to() / S_TO;
            List<double[]> path = plane.outcome(p, s) == Outcome.USEFUL ? useful : collapsing;
            path.add(new double[] {p, s});
            double[] before = {p, s};
            for (Point point : plane.trajectory(p, s, times)) {
                if (point.s() > y.to()) {
                    path.add(TheoryPlot.gap(point.p()));
                    continue;
                }
                double moved =
                        Math.hypot(
                                (point.p() - before[0]) / (x.to() - x.from()),
                                (point.s() - before[1]) / y.to());
                // A point that has hardly moved is not worth its bytes.
                if (moved > 0.01) {
                    before = new double[] {point.p(), point.s()};
                    path.add(before);
                }
            }
            path.add(TheoryPlot.gap(before[0]));
        }
        double[][] one = TheoryPlot.columns(useful);
        double[][] two = TheoryPlot.columns(collapsing);
        return List.of(
                Curve.line("useful", one[0], one[1], TheoryPlot.BLUE, 1.5, Line.Dash.SOLID),
                Curve.line("collapse", two[0], two[1], TheoryPlot.ORANGE, 1.5, Line.Dash.SOLID));
    }

    private static Curve graph(
            String name,
            Range x,
            Range y,
            java.util.function.DoubleUnaryOperator s,
            Line.Dash dash) {
        List<double[]> points = new ArrayList<>();
        int pieces = 60;
        for (int i = 0; i <= pieces; i++) {
            double p = x.from() + (x.to() - x.from()) * i / pieces;
            double value = s.applyAsDouble(p);
            if (value >= 0 && value <= y.to()) {
                points.add(new double[] {p, value});
            }
        }
        double[][] line = TheoryPlot.columns(points);
        return Curve.line(name, line[0], line[1], TheoryPlot.BLACK, 1.5, dash);
    }

    /** Stable and unstable fixed points; without weight decay they fill lines. */
    private static List<Curve> fixedPoints(PhasePlane plane, Range x, Range y) {
        List<double[]> stable = new ArrayList<>();
        List<double[]> unstable = new ArrayList<>();
        double goal = plane.goal();
        if (plane.etaOnline() == 0) {
            int pieces = 40;
            for (int i = 0; i <= pieces; i++) {
                double p = x.from() + (x.to() - x.from()) * i / pieces;
                (p > 0 && p < goal ? unstable : stable).add(new double[] {p, 0});
                stable.add(new double[] {goal, y.to() * i / pieces});
            }
        } else {
            for (FixedPoint point : plane.fixedPoints()) {
                (point.stability() == Stability.STABLE ? stable : unstable)
                        .add(new double[] {point.p(), point.s()});
            }
        }
        double[][] one = TheoryPlot.columns(stable);
        double[][] two = TheoryPlot.columns(unstable);
        return List.of(
                Curve.points("stable", one[0], one[1], "#D62728", 9, Symbol.CIRCLE),
                Curve.points("unstable", two[0], two[1], TheoryPlot.GREEN, 9, Symbol.DIAMOND));
    }

    /**
     * Figure 4: dp/dt on the invariant parabola, whose zeros are the fixed points. (The paper's
     * caption leaves out the factor 1 + sigma^2.)
     *
     * @param planes one curve each, with one weight decay
     */
    public static Figure figure4(PhasePlane... planes) {
        List<Curve> curves = new ArrayList<>();
        List<double[]> stable = new ArrayList<>();
        List<double[]> unstable = new ArrayList<>();
        int place = 0;
        for (PhasePlane plane : planes) {
            double[] p = new double[121];
            Arrays.setAll(p, i -> plane.goal() * (-0.2 + 1.3 * i / 120));
            double[] rate = Arrays.stream(p).map(plane::velocityOnParabola).toArray();
            String name = "eta = " + TheoryPlot.number(plane.etaOnline());
            curves.add(TheoryPlot.line(name, p, rate, place++));
            if (plane.etaOnline() == 0) {
                unstable.add(new double[] {0, 0});
                stable.add(new double[] {plane.goal(), 0});
            } else {
                for (FixedPoint point : plane.fixedPoints()) {
                    (point.stability() == Stability.STABLE ? stable : unstable)
                            .add(new double[] {point.p(), 0});
                }
            }
        }
        double[][] one = TheoryPlot.columns(stable);
        double[][] two = TheoryPlot.columns(unstable);
        curves.add(Curve.points("stable", one[0], one[1], "#D62728", 9, Symbol.CIRCLE));
        curves.add(Curve.points("unstable", two[0], two[1], TheoryPlot.GREEN, 9, Symbol.DIAMOND));
        return TheoryPlot.figure(
                "Fixed points on the invariant parabola", "p", "dp/dt", false, curves);
    }

    /**
     * The end of the flow from each start: p at the map's time as colour, under it the boundary
     * that the saddle's stable manifold draws, and the invariant parabola.
     */
    public static Figure basins(BasinMap map) {
        BasinMap.Grid grid = map.grid();
        Double[] p = new Double[grid.columns()];
        Arrays.setAll(p, i -> AnimatedFigure.rounded(grid.p(i)));
        Double[] s = new Double[grid.rows()];
        Arrays.setAll(s, i -> AnimatedFigure.rounded(grid.s(i)));
        PhasePlane plane = map.plane();
        List<Trace> traces = new ArrayList<>();
        traces.add(HeatmapTrace.builder(p, s, rounded(map.p())).build());
        Range x = new Range("p(0)", grid.pFrom(), grid.pTo());
        Range y = new Range("s(0)", grid.sFrom(), grid.sTo());
        List<double[]> boundary = new ArrayList<>();
        for (Point point : plane.separatrix(x.from(), x.to(), y.to())) {
            boundary.add(new double[] {point.p(), point.s()});
        }
        if (!boundary.isEmpty()) {
            double[][] line = TheoryPlot.columns(boundary);
            traces.add(
                    Curve.line("boundary", line[0], line[1], "#F0E442", 3, Line.Dash.SOLID)
                            .trace());
        }
        traces.add(
                graph("s = p^2/alphaP", x, y, at -> at * at / plane.alphaP(), Line.Dash.DASH)
                        .trace());
        String title =
                String.format(
                        Locale.ROOT,
                        "p at t = %.3g; %.1f %% of the starts collapse",
                        map.time(),
                        100 * map.collapsedShare());
        Axis horizontal = Axis.builder().title(x.title()).range(x.from(), x.to()).build();
        Axis vertical = Axis.builder().title(y.title()).range(y.from(), y.to()).build();
        return new Figure(
                TheoryPlot.layout(title, horizontal, vertical), traces.toArray(Trace[]::new));
    }

    /** Four decimals are finer than a colour. */
    private static double[][] rounded(double[][] values) {
        double[][] result = new double[values.length][];
        for (int i = 0; i < values.length; i++) {
            result[i] = Arrays.stream(values[i]).map(v -> Math.rint(1e4 * v) / 1e4).toArray();
        }
        return result;
    }
}
