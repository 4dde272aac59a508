package org.directpred.theory;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.hipparchus.analysis.integration.gauss.GaussIntegrator;
import org.hipparchus.analysis.integration.gauss.GaussIntegratorFactory;

/**
 * Integrals over the time of a trajectory, by Gauss's rule on the integrator's own steps: these are
 * short where the trajectory turns, be it ever so short against the whole time. A step on which the
 * rule is not accurate yet is halved.
 */
final class Quadrature {
    private static final GaussIntegrator RULE = new GaussIntegratorFactory().legendre(6);

    private static final int MOST_HALVINGS = 12;

    /**
     * After so many halvings an error that does not fall is the trajectory's rounding, which no
     * halving mends and which is independent from panel to panel.
     */
    private static final int UNTIL_NOISE = 2;

    /** What a panel may err without being halved, relative to the integral's size. */
    private static final double GOAL = 1e-13;

    /** What the integral may err, relative to its size. */
    private static final double ACCURACY = 1e-7;

    private Quadrature() {}

    /**
     * An integral.
     *
     * @param value its value
     * @param size the integral of the function's absolute value
     * @param error about what the value errs
     */
    record Integral(double value, double size, double error) {}

    private record Span(double from, double to) {}

    private record Panel(Span span, Integral integral, double lastError) {}

    /**
     * The integral over a trajectory.
     *
     * @param ends where the integrator's steps end, ascending, the first time before them
     * @param least size of an integral below which its error does not count
     * @param values of the function at ascending times
     * @throws IntegrationException if the value is not accurate
     */
    static Integral integral(double[] ends, double least, UnaryOperator<double[]> values) {
        List<Span> steps = new ArrayList<>();
        for (int i = 0; i + 1 < ends.length; i++) {
            steps.add(new Span(ends[i], ends[i + 1]));
        }
        List<Integral> first = integrals(steps, values);
        List<Panel> open = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            open.add(new Panel(steps.get(i), first.get(i), Double.POSITIVE_INFINITY));
        }
        double estimate = open.stream().mapToDouble(panel -> panel.integral.size).sum();
        double goal = GOAL * Math.max(least, estimate);
        double value = 0;
        double size = 0;
        double error = 0;
        double squares = 0;
        for (int halvings = 1; !open.isEmpty(); halvings++) {
            List<Span> halves = halved(open);
            List<Integral> parts = integrals(halves, values);
            List<Panel> next = new ArrayList<>();
            for (int i = 0; i < open.size(); i++) {
                Panel whole = open.get(i);
                Integral left = parts.get(2 * i);
                Integral right = parts.get(2 * i + 1);
                double both = left.value + right.value;
                double apart = Math.abs(both - whole.integral.value);
                boolean noise = halvings > UNTIL_NOISE && apart > whole.lastError / 2;
                if (apart <= goal || noise || halvings == MOST_HALVINGS) {
                    value += both;
                    size += left.size + right.size;
                    error += noise ? 0 : apart;
                    squares += noise ? apart * apart : 0;
                } else {
                    next.add(new Panel(halves.get(2 * i), left, apart));
                    next.add(new Panel(halves.get(2 * i + 1), right, apart));
                }
            }
            open = next;
        }
        error += Math.sqrt(squares);
        if (!(error <= ACCURACY * Math.max(least, size))) {
            throw new IntegrationException(
                    "the integral over the trajectory's time, "
                            + value
                            + ", errs by about "
                            + error
                            + "; take a shorter time",
                    ends[ends.length - 1],
                    new double[] {value});
        }
        return new Integral(value, size, error);
    }

    private static List<Span> halved(List<Panel> panels) {
        List<Span> halves = new ArrayList<>();
        for (Panel panel : panels) {
            Span span = panel.span;
            double middle = span.from + (span.to - span.from) / 2;
            halves.add(new Span(span.from, middle));
            halves.add(new Span(middle, span.to));
        }
        return halves;
    }

    private static List<Integral> integrals(List<Span> spans, UnaryOperator<double[]> values) {
        if (spans.isEmpty()) {
            return List.of(); // from a time to itself
        }
        int points = RULE.getNumberOfPoints();
        double[] times = new double[spans.size() * points];
        for (int i = 0; i < times.length; i++) {
            Span span = spans.get(i / points);
            double inside = (1 + RULE.getPoint(i % points)) / 2;
            double t = span.from + inside * (span.to - span.from);
            // In a span of a few ulps rounding could put a point before the one before it.
            times[i] = i == 0 ? t : Math.max(t, times[i - 1]);
        }
        double[] at = values.apply(times);
        List<Integral> all = new ArrayList<>();
        for (int i = 0; i < spans.size(); i++) {
            double half = (spans.get(i).to - spans.get(i).from) / 2;
            double value = 0;
            double size = 0;
            for (int k = 0; k < points; k++) {
                double term = RULE.getWeight(k) * half * at[i * points + k];
                value += term;
                size += Math.abs(term);
            }
            all.add(new Integral(value, size, 0));
        }
        return all;
    }
}
