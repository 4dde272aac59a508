package org.directpred.theory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One eigenmode with a moving target, the three-dimensional system (Eqns 11 to 13):
 *
 * <pre>
 *  dp/dt = alpha_p s [tau - (1 + sigma^2) p] - eta_p p              (11)
 *  ds/dt = 2 p s [tau - (1 + sigma^2) p] - 2 eta_s s                (12)
 *  s dtau/dt = beta (1 - tau) s - (tau/2) ds/dt                     (13) </pre>
 *
 * <p>The same system in the variables w = sqrt(s), w<sub>p</sub> = p, w<sub>a</sub> = &tau;w is
 * {@link ScalarReduction} with &lambda;<sub>s</sub> = 1 + &sigma;<sup>2</sup>, &lambda;<sub>d</sub>
 * = 1, and it is integrated in those: where p &lt; 0 the online net passes w = 0, where &tau; has a
 * pole and changes its sign. Each mode has its own &tau;.
 *
 * @param simSiam the mode's plane (p, s) at &tau; = 1, with &alpha;<sub>p</sub>, the weight decays
 *     and &sigma;<sup>2</sup>
 * @param beta &beta; &ge; 0, rate of the moving average; &alpha;&beta; = 1 - &gamma;<sub>a</sub>
 */
public record DecoupledDynamics(PhasePlane simSiam, double beta) {
    /** What &tau; may err by its closed form, relative to itself and 1. */
    private static final double ACCURACY = 1e-6;

    /** What the terms of the closed form err, relative to themselves, along a trajectory. */
    private static final double TERMS = 1e-10;

    /** Checks the parameters. */
    public DecoupledDynamics {
        Checks.nonNegative("beta", beta);
        if (simSiam.tau() != 1) {
            throw new IllegalArgumentException(
                    "a moving target begins at the tau of each start, so the plane must have tau 1,"
                            + " not "
                            + simSiam.tau());
        }
    }

    /** &alpha;<sub>p</sub>. */
    public double alphaP() {
        return simSiam.alphaP();
    }

    /** &eta;<sub>p</sub>. */
    public double etaPredictor() {
        return simSiam.etaPredictor();
    }

    /** &eta;<sub>s</sub>. */
    public double etaOnline() {
        return simSiam.etaOnline();
    }

    /** &sigma;<sup>2</sup>. */
    public double sigmaSquared() {
        return simSiam.sigmaSquared();
    }

    /**
     * The state of one mode.
     *
     * @param p eigenvalue of the predictor
     * @param s eigenvalue of the correlation, &ge; 0
     * @param tau the target's share W<sub>a</sub>/W; above 1 where the online net decays faster
     *     than the average follows, below 0 after the online net has passed zero before it
     */
    public record Mode(double p, double s, double tau) {
        /** Checks the numbers. */
        public Mode {
            Checks.finite("p", p);
            Checks.nonNegative("s", s);
            Checks.finite("tau", tau);
        }

        /** A mode on the invariant parabola s = p<sup>2</sup>/&alpha;<sub>p</sub>. */
        public static Mode onParabola(double p, double alphaP, double tau) {
            Checks.positive("alphaP", alphaP);
            return new Mode(p, p * p / alphaP, tau);
        }
    }

    /** The plane (p, s) at a fixed &tau; &ge; 0. */
    public PhasePlane at(double tau) {
        return simSiam.withTau(tau);
    }

    /** dp/dt, ds/dt and d&tau;/dt, Eqns 11 to 13. */
    public double[] velocity(Mode mode) {
        double pull = mode.tau - (1 + sigmaSquared()) * mode.p;
        double growth = mode.p * pull - etaOnline(); // (ds/dt) / (2 s)
        return new double[] {
            alphaP() * mode.s * pull - etaPredictor() * mode.p,
            2 * mode.s * growth,
            beta * (1 - mode.tau) - mode.tau * growth
        };
    }

    /**
     * The mode after time t.
     *
     * @throws IntegrationException if the flow diverges, or &tau; has left the range of numbers at
     *     that time
     */
    public Mode flow(Mode start, double t) {
        return trajectory(start, t).get(0);
    }

    /**
     * The mode at ascending times.
     *
     * @throws IntegrationException if the flow diverges, or &tau; has left the range of numbers at
     *     one of the times
     */
    public List<Mode> trajectory(Mode start, double... times) {
        MovingTarget target = target(start);
        List<Mode> modes = new ArrayList<>();
        double[][] states = target.trajectory(times);
        for (int i = 0; i < times.length; i++) {
            modes.add(mode(target, times[i], states[i]));
        }
        return List.copyOf(modes);
    }

    MovingTarget target(Mode start) {
        return new MovingTarget(
                ScalarReduction.of(this), start.p, 1, start.tau, Math.sqrt(start.s));
    }

    static Mode mode(MovingTarget target, double t, double[] y) {
        if (!target.hasTau(y)) {
            throw outOfRange(t, y);
        }
        return new Mode(target.p(y), target.s(y), y[2] / y[1]);
    }

    private static IntegrationException outOfRange(double t, double[] y) {
        return new IntegrationException(
                "tau = W_a/W has left the range of numbers; ask ScalarReduction for W and W_a",
                t,
                y);
    }

    /**
     * K<sub>jj</sub>, the mode's eigenvalue of Theorem 3's K at the mode's own &tau;: (1 + sigma^2)
     * (alpha_p s / 2 + p^2) - tau p + eta_p / 2 + eta_s. Where it is positive, the mode aligns.
     */
    public double k(Mode mode) {
        // The plane is linear in tau, and takes none below 0.
        return simSiam.k(mode.p, mode.s) + (1 - mode.tau) * mode.p;
    }

    /** K<sub>jj</sub> along the trajectory of a start, at ascending times. */
    public double[] k(Mode start, double... times) {
        return trajectory(start, times).stream().mapToDouble(this::k).toArray();
    }

    /**
     * The least K<sub>jj</sub> of a trajectory.
     *
     * @param time when it is taken
     * @param k its value; positive: the mode has aligned all the way. Minus infinity where the
     *     online net passes zero, beyond which &tau; comes back from minus infinity
     */
    public record LeastK(double time, double k) {}

    /**
     * The least K<sub>jj</sub> along the trajectory of a start, and when it is taken: at an end or
     * between the integrator's steps. In a collapse &tau; may leave the range of numbers, where
     * K<sub>jj</sub> has long come to rest: times after that do not count.
     *
     * @param start the mode at time 0
     * @param until the last time, &ge; 0
     * @throws IntegrationException if the flow diverges
     */
    public LeastK leastK(Mode start, double until) {
        Checks.nonNegative("until", until);
        return new LeastAlignment(this, target(start)).until(until);
    }

    /**
     * The exact integral (14) after the flow has run from {@code start} for the time t; it holds
     * whatever &tau; does.
     *
     * @return left s(t), right p(t)<sup>2</sup>/&alpha;<sub>p</sub> + e<sup>-2 &eta; t</sup> c,
     *     each 1 x 1
     * @throws IllegalArgumentException if the weight decays differ
     */
    public Identity exactIntegral(Mode start, double t) {
        if (etaPredictor() != etaOnline()) {
            throw new IllegalArgumentException(
                    "the exact integral (14) needs one weight decay, but etaPredictor is "
                            + etaPredictor()
                            + " and etaOnline is "
                            + etaOnline());
        }
        Mode now = flow(start, t);
        double parabola = now.p * now.p / alphaP();
        double remembered =
                Math.exp(-2 * etaOnline() * t) * (start.s - start.p * start.p / alphaP());
        return new Identity(
                new double[][] {{now.s}},
                new double[][] {{parabola + remembered}},
                now.s + parabola + Math.abs(remembered));
    }

    /**
     * &tau;(t) by its closed form (15), from the trajectory of w = sqrt(s) alone: {w(0) &tau;(0)
     * e<sup>-&beta; t</sup> + &beta; &int;<sub>0</sub><sup>t</sup> w(t') e<sup>-&beta;(t -
     * t')</sup> dt'} / w(t). On the invariant parabola w is p/sqrt(&alpha;<sub>p</sub>), and
     * &tau;(0) = 0 gives the paper's form.
     *
     * @param start the mode at time 0, with s &gt; 0
     * @param t &ge; 0
     * @throws IntegrationException if the flow diverges, &tau; has left the range of numbers at
     *     that time, or the form's terms cancel to less than they are accurate to
     */
    public double tauClosedForm(Mode start, double t) {
        Checks.positive("the start's s", start.s);
        Checks.nonNegative("t", t);
        if (t == 0) {
            return start.tau;
        }
        MovingTarget target = target(start);
        double[] end = target.trajectory(new double[] {t})[0];
        if (!target.hasTau(end)) {
            throw outOfRange(t, end);
        }
        double sign = Math.signum(end[1]);
        double last = target.logarithmOfW(end);
        double grown = Math.exp(Math.log(start.s) / 2 - last - beta * t);
        double first = start.tau == 0 ? 0 : sign * start.tau * grown;
        if (beta == 0) {
            return first;
        }
        // In units of w(t), which in a collapse is no number long before tau is none.
        Quadrature.Integral integral =
                Quadrature.integral(
                        target.steps(t),
                        Double.MIN_NORMAL,
                        times -> {
                            double[][] all = target.trajectory(times);
                            double[] values = new double[times.length];
                            Arrays.setAll(
                                    values,
                                    i ->
                                            sign
                                                    * Math.signum(all[i][1])
                                                    * Math.exp(
                                                            target.logarithmOfW(all[i])
                                                                    - last
                                                                    - beta * (t - times[i])));
                            return values;
                        });
        double tau = first + beta * integral.value();
        double terms = Math.abs(first) + beta * integral.size();
        double error = beta * integral.error() + TERMS * terms;
        if (!(error <= ACCURACY * Math.max(1, Math.abs(tau)))) {
            throw new IntegrationException(
                    "the terms of the closed form (15) cancel to less than they are accurate to;"
                            + " ask flow for tau",
                    t,
                    end);
        }
        return tau;
    }
}
