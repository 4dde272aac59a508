package org.directpred.figure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.function.ToDoubleFunction;
import org.directpred.figure.AnimatedFigure.Curve;
import org.directpred.figure.AnimatedFigure.Range;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;
import org.directpred.theory.CoupledDynamics;
import org.directpred.theory.CoupledDynamics.Pair;
import org.directpred.theory.DecayBound;
import org.directpred.theory.DecoupledDynamics;
import org.directpred.theory.DecoupledDynamics.Mode;
import org.directpred.theory.Matrices;
import org.directpred.theory.PhasePlane;
import org.directpred.theory.ScalarReduction;
import org.directpred.theory.ScalarReduction.Weights;
import org.directpred.theory.TwoLayerModel;
import org.directpred.theory.TwoLayerModel.State;
import org.directpred.theory.ViewMoments;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Line;
import tech.tablesaw.plotly.components.Symbol;

/**
 * The paper's figures of trajectories over time, 5 and 7 to 10, computed. What the paper does not
 * state (initial values, sizes, sigma in Figure 5) is stated here with each.
 */
public final class TheoryFigures {
    /** The modes of Figure 5 start here, on the invariant parabola with tau = 0. */
    private static final double[] MODES = {0.1, 0.2, 0.3, 0.5};

    private static final double LEARNING_RATE = 0.01;

    /** Figure 7 is looked at so often, each time after so many steps. */
    private static final int LOOKS = 100;

    private static final int STEPS = 20;

    private TheoryFigures() {}

    private static double[] times(double end, int pieces) {
        double[] times = new double[pieces + 1];
        Arrays.setAll(times, i -> end * i / pieces);
        return times;
    }

    private static double[] map(int length, java.util.function.IntToDoubleFunction f) {
        double[] values = new double[length];
        Arrays.setAll(values, f);
        return values;
    }

    /**
     * Figure 5, top: decoupled modes with a symmetric predictor for several weight decays. Modes
     * start on the parabola at p = 0.1, 0.2, 0.3 and 0.5 with tau = 0; alphaP = 1, beta = 0.4
     * (gamma 0.996 at learning rate 0.01), sigma^2 = 0.0009.
     *
     * @param etas the weight decays, the paper's among them 0.04
     * @return p of the mode from 0.3, its s, and the least K<sub>jj</sub> of all modes, over time
     */
    public static List<Figure> figure5ByWeightDecay(double... etas) {
        List<String> names = new ArrayList<>();
        List<DecoupledDynamics> systems = new ArrayList<>();
        for (double eta : etas) {
            names.add("eta = " + TheoryPlot.number(eta));
            systems.add(PhasePlane.of(1, eta, 0.0009, 1).withMovingTarget(0.4));
        }
        return figure5(names, systems, 60);
    }

    /**
     * Figure 5, bottom: the same for several rates of the moving average, at eta = 0.04.
     *
     * @param betas the rates
     */
    public static List<Figure> figure5ByRate(double... betas) {
        List<String> names = new ArrayList<>();
        List<DecoupledDynamics> systems = new ArrayList<>();
        for (double beta : betas) {
            names.add("beta = " + TheoryPlot.number(beta));
            systems.add(PhasePlane.of(1, 0.04, 0.0009, 1).withMovingTarget(beta));
        }
        return figure5(names, systems, 60);
    }

    private static List<Figure> figure5(
            List<String> names, List<DecoupledDynamics> systems, double end) {
        double[] times = times(end, 150);
        List<Curve> predictors = new ArrayList<>();
        List<Curve> correlations = new ArrayList<>();
        List<Curve> alignments = new ArrayList<>();
        for (int i = 0; i < systems.size(); i++) {
            DecoupledDynamics system = systems.get(i);
            double[] least = new double[times.length];
            Arrays.fill(least, Double.POSITIVE_INFINITY);
            for (double start : MODES) {
                List<Mode> modes = system.trajectory(Mode.onParabola(start, 1, 0), times);
                for (int k = 0; k < times.length; k++) {
                    least[k] = Math.min(least[k], system.k(modes.get(k)));
                }
                if (start == 0.3) {
                    predictors.add(
                            TheoryPlot.line(
                                    names.get(i),
                                    times,
                                    map(times.length, k -> modes.get(k).p()),
                                    i));
                    correlations.add(
                            TheoryPlot.line(
                                    names.get(i),
                                    times,
                                    map(times.length, k -> modes.get(k).s()),
                                    i));
                }
            }
            alignments.add(TheoryPlot.line(names.get(i), times, least, i));
        }
        double[] ends = {0, end};
        alignments.add(
                Curve.line("0", ends, new double[2], TheoryPlot.GREY, 1, Line.Dash.DOT)
                        .withoutLegend());
        return List.of(
                TheoryPlot.figure("Predictor's mode", "t", "p", false, predictors),
                TheoryPlot.figure("Correlation's mode", "t", "s", false, correlations),
                TheoryPlot.figure(
                        "Alignment: positive is safe", "t", "least K_jj", false, alignments));
    }

    /**
     * Figure 7, validity of assumption A1: {@link #targetCorrelation} over time for several
     * momenta.
     *
     * @param eta the weight decay; the paper has 0, 0.01 and 0.1
     * @param runs the number of random starts; the paper has 10
     * @param momenta the momenta gamma_a of the moving average
     * @throws CancellationException if the thread is interrupted
     */
    public static Figure figure7(double eta, int runs, double... momenta) {
        double[] times = map(LOOKS, k -> (k + 1) * STEPS * LEARNING_RATE);
        List<Curve> curves = new ArrayList<>();
        try (Bar bar = Progress.bar("Figure 7, eta = " + eta, momenta.length)) {
            for (int i = 0; i < momenta.length; i++) {
                curves.add(
                        TheoryPlot.line(
                                "gamma_a = " + TheoryPlot.number(momenta[i]),
                                times,
                                targetCorrelation(eta, runs, momenta[i]),
                                i));
                bar.update(i + 1, "");
            }
        }
        return TheoryPlot.figure(
                "Correlation of W_a and W, eta = " + TheoryPlot.number(eta),
                "t",
                "normalised correlation",
                false,
                curves);
    }

    /**
     * The normalised correlation &lt;W_a, W&gt;/(||W_a|| ||W||) over gradient descent from W_a = 0,
     * averaged over random starts; sigma = 0.03, alphaP = 1, learning rate 0.01, W and W_p 8 x 8
     * with normal entries of deviation 0.35.
     *
     * @param eta the weight decay
     * @param runs the number of random starts, of seeds 0, 1, ...
     * @param momentum the momentum gamma_a of the moving average
     * @return the mean at t = 0.2, 0.4, ..., 20; at 0 the target is zero and has no direction
     * @throws CancellationException if the thread is interrupted
     */
    public static double[] targetCorrelation(double eta, int runs, double momentum) {
        TwoLayerModel model =
                TwoLayerModel.of(
                        ViewMoments.isotropic(8, 0.0009), 1, eta, (1 - momentum) / LEARNING_RATE);
        double[] mean = new double[LOOKS];
        for (int run = 0; run < runs; run++) {
            Random random = new Random(run);
            State state =
                    State.zeroTarget(
                            Matrices.gaussian(8, 8, 0.35, random),
                            Matrices.gaussian(8, 8, 0.35, random));
            for (int k = 0; k < LOOKS; k++) {
                state = model.descend(state, LEARNING_RATE, STEPS);
                mean[k] += cosine(state.target(), state.online()) / runs;
            }
        }
        return mean;
    }

    private static double cosine(double[][] a, double[][] b) {
        return Matrices.inner(a, b) / (Matrices.norm(a) * Matrices.norm(b));
    }

    /**
     * Figure 8: the skew part of a predictor that nobody symmetrises vanishes. ||W_p - W_p^T|| /
     * ||W_p|| under Eqns 62 and 63 with a constant tau and F = W_p^T W_p at first; alphaP = 1,
     * sigma^2 = 0.0009, W_p 6 x 6: 0.3 I and normal entries of deviation 0.1.
     *
     * @param tau the constant tau
     * @param etas the weight decays; the paper has 0.001, 0.01 and 0.05
     */
    public static Figure figure8(double tau, double... etas) {
        Random random = new Random(8);
        double[][] predictor =
                Matrices.plus(
                        Matrices.scale(0.3, Matrices.identity(6)),
                        Matrices.gaussian(6, 6, 0.1, random));
        double[] times = times(20, 80);
        List<Curve> curves = new ArrayList<>();
        for (int i = 0; i < etas.length; i++) {
            List<Pair> pairs =
                    CoupledDynamics.regular(1, etas[i], 0.0009, tau)
                            .trajectory(Pair.balanced(predictor, 1), times);
            curves.add(
                    TheoryPlot.line(
                            "eta = " + TheoryPlot.number(etas[i]),
                            times,
                            map(times.length, k -> pairs.get(k).asymmetry()),
                            i));
        }
        return TheoryPlot.figure(
                "Asymmetry of the predictor, tau = " + TheoryPlot.number(tau),
                "t",
                "||W_p - W_p^T|| / ||W_p||",
                true,
                curves);
    }

    /**
     * Figure 9: the commutator ||[F, W_p]|| under the symmetric dynamics (7), relative to its first
     * value; alphaP = 1, sigma^2 = 0.0009, W_p 4 x 4: diag(0.02, 0.05, 0.08, 0.11) and a symmetric
     * normal part of deviation 0.003, F another of W_p^2.
     *
     * @param etas the weight decays
     * @param taus the values of tau
     */
    public static Figure figure9(double[] etas, double[] taus) {
        Pair start = misaligned();
        double first = Matrices.norm(start.commutator());
        double[] times = times(60, 120);
        List<Curve> curves = new ArrayList<>();
        for (double tau : taus) {
            for (double eta : etas) {
                DecayBound bound =
                        org.directpred.theory.Theorem3.bound(
                                CoupledDynamics.of(1, eta, 0.0009, tau), start, times);
                curves.add(
                        TheoryPlot.line(
                                "tau = "
                                        + TheoryPlot.number(tau)
                                        + ", eta = "
                                        + TheoryPlot.number(eta),
                                times,
                                map(times.length, k -> bound.norms()[k] / first),
                                curves.size()));
            }
        }
        return TheoryPlot.figure(
                "Commutator of F and W_p", "t", "||[F, W_p]|| / first", true, curves);
    }

    private static Pair misaligned() {
        Random random = new Random(9);
        double[][] one = Matrices.symmetricPart(Matrices.gaussian(4, 4, 0.003, random));
        double[][] two = Matrices.symmetricPart(Matrices.gaussian(4, 4, 0.003, random));
        double[][] diagonal = Matrices.diagonal(0.02, 0.05, 0.08, 0.11);
        double[][] other = Matrices.plus(diagonal, two);
        return new Pair(
                Matrices.plus(diagonal, one),
                Matrices.symmetricPart(Matrices.multiply(other, other)));
    }

    /**
     * Figure 10, left: the flow in (w, w_p) at w_a = 1; it hugs the hyperbola w_p w = w_a
     * lambda_d/lambda_s. The paper has lambda_s = 1, lambda_d = 1/2, alphaP = beta = 1.
     */
    public static Figure figure10Predictor(ScalarReduction reduction) {
        Range x = new Range("w", -1.5, 1.5);
        Range y = new Range("w_p", -1.5, 1.5);
        List<Curve> curves = new ArrayList<>();
        curves.add(
                TheoryPlot.arrows(
                        (w, wp) -> {
                            double[] v = reduction.velocity(new Weights(w, wp, 1));
                            return new double[] {v[0], v[1]};
                        },
                        x,
                        y,
                        19,
                        15));
        List<double[]> hyperbola = new ArrayList<>();
        for (int sign = -1; sign <= 1; sign += 2) {
            for (int i = 0; i <= 60; i++) {
                double w = sign * (1.5 - (1.5 - reduction.ratio() / 1.5) * i / 60);
                hyperbola.add(new double[] {w, reduction.ratio() / w});
            }
            hyperbola.add(TheoryPlot.gap(0));
        }
        double[][] line = TheoryPlot.columns(hyperbola);
        curves.add(
                Curve.line(
                        "w_p w = lambda_d/lambda_s",
                        line[0],
                        line[1],
                        TheoryPlot.BLUE,
                        2,
                        Line.Dash.SOLID));
        curves.add(point("saddle", 0, 0, TheoryPlot.GREEN, Symbol.DIAMOND));
        return TheoryPlot.figure("The flow at w_a = 1", x, y, curves);
    }

    /**
     * Figure 10, right: the flow in (w, w_a) with the predictor tied to the net, w_p = w, where the
     * origin repels and w = w_a = lambda_d/lambda_s attracts.
     */
    public static Figure figure10Target(ScalarReduction reduction) {
        return target(
                "With a predictor, w_p = w",
                reduction,
                (w, wa) -> {
                    double[] v = reduction.velocity(new Weights(w, w, wa));
                    return new double[] {v[0], v[2]};
                },
                true);
    }

    /** Figure 10, right, without a predictor, w_p = 1: only the origin, and it attracts. */
    public static Figure figure10WithoutPredictor(ScalarReduction reduction) {
        return target(
                "Without a predictor, w_p = 1",
                reduction,
                (w, wa) -> {
                    double[] v = reduction.velocity(new Weights(w, 1, wa));
                    return new double[] {v[0], v[2]};
                },
                false);
    }

    private static Figure target(
            String title, ScalarReduction reduction, TheoryPlot.Flow flow, boolean predictor) {
        Range x = new Range("w", -0.3, 1.2);
        Range y = new Range("w_a", -0.3, 1.2);
        List<Curve> curves = new ArrayList<>();
        curves.add(TheoryPlot.arrows(flow, x, y, 19, 15));
        if (predictor) {
            curves.add(point("unstable", 0, 0, TheoryPlot.GREEN, Symbol.DIAMOND));
            double fixed = reduction.ratio();
            curves.add(point("stable", fixed, fixed, "#D62728", Symbol.CIRCLE));
        } else {
            curves.add(point("stable", 0, 0, "#D62728", Symbol.CIRCLE));
        }
        return TheoryPlot.figure(title, x, y, curves);
    }

    private static Curve point(String name, double x, double y, String colour, Symbol symbol) {
        return Curve.points(name, new double[] {x}, new double[] {y}, colour, 11, symbol);
    }

    /**
     * Curves of one quantity over time for several trajectories, for a notebook's own experiments.
     *
     * @param title what it shows
     * @param quantity the vertical axis
     * @param logarithmic whether that axis is logarithmic
     * @param times the horizontal axis
     * @param names one for each curve
     * @param values one row for each curve, as long as the times
     */
    public static Figure overTime(
            String title,
            String quantity,
            boolean logarithmic,
            double[] times,
            List<String> names,
            double[]... values) {
        if (names.size() != values.length) {
            throw new IllegalArgumentException(
                    names.size() + " names for " + values.length + " curves");
        }
        List<Curve> curves = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            curves.add(TheoryPlot.line(names.get(i), times, values[i], i));
        }
        return TheoryPlot.figure(title, "t", quantity, logarithmic, curves);
    }

    /** The norm that a theorem bounds beside its bound, on a logarithmic axis. */
    public static Figure bound(String title, String norm, DecayBound bound) {
        return overTime(
                title,
                norm,
                true,
                bound.times(),
                List.of(norm, "bound"),
                bound.norms(),
                bound.bounds());
    }

    /** A number of every state of a trajectory, as a row for {@link #overTime}. */
    public static <T> double[] each(List<T> trajectory, ToDoubleFunction<T> number) {
        return trajectory.stream().mapToDouble(number).toArray();
    }
}
