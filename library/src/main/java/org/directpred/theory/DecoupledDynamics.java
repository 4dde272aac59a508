package org.directpred.theory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.hipparchus.analysis.integration.gauss.GaussIntegrator;
import org.hipparchus.analysis.integration.gauss.GaussIntegratorFactory;

/**
 * One eigenmode with a moving target, the three-dimensional system (Eqns 11 to 13):
 *
 * <pre>
 *  dp/dt = alpha_p s [tau - (1 + sigma^2) p] - eta_p p              (11)
 *  ds/dt = 2 p s [tau - (1 + sigma^2) p] - 2 eta_s s                (12)
 *  s dtau/dt = beta (1 - tau) s - (tau/2) ds/dt                     (13) </pre>
 *
 * <p>It is integrated with (13) divided by s, which is a polynomial because ds/dt has the factor s:
 * regular at s = 0 and at &tau; = 0. The same system in the variables w = sqrt(s), w<sub>p</sub> =
 * p, w<sub>a</sub> = &tau;w is {@link ScalarReduction} with &lambda;<sub>s</sub> = 1 +
 * &sigma;<sup>2</sup>, &lambda;<sub>d</sub> = 1. Each mode has its own &tau;.
 *
 * @param alphaP &alpha;<sub>p</sub> &gt; 0, relative learning rate of the predictor
 * @param etaPredictor &eta;<sub>p</sub> &ge; 0, the predictor's weight decay
 * @param etaOnline &eta;<sub>s</sub> &ge; 0, the online net's weight decay
 * @param beta &beta; &ge; 0, rate of the moving average; &alpha;&beta; = 1 - &gamma;<sub>a</sub>
 * @param sigmaSquared &sigma;<sup>2</sup> &ge; 0, variance of the augmentation
 */
public record DecoupledDynamics(
        double alphaP, double etaPredictor, double etaOnline, double beta, double sigmaSquared) {

    private static final int GAUSS_POINTS = 12;
    private static final int FEWEST_PANELS = 8;
    private static final int MOST_PANELS = 1 << 12;

    /** Checks the parameters. */
    public DecoupledDynamics {
        Checks.positive("alphaP", alphaP);
        Checks.nonNegative("etaPredictor", etaPredictor);
        Checks.nonNegative("etaOnline", etaOnline);
        Checks.nonNegative("beta", beta);
        Checks.nonNegative("sigmaSquared", sigmaSquared);
    }

    /** The paper's system with one weight decay. */
    public static DecoupledDynamics of(
            double alphaP, double eta, double beta, double sigmaSquared) {
        return new DecoupledDynamics(alphaP, eta, eta, beta, sigmaSquared);
    }

    /**
     * The state of one mode.
     *
     * @param p eigenvalue of the predictor
     * @param s eigenvalue of the correlation, &ge; 0
     * @param tau the target's share W<sub>a</sub>/W, &ge; 0; above 1 where the online net decays
     *     faster than the average follows
     */
    public record Mode(double p, double s, double tau) {
        /** Checks the numbers. */
        public Mode {
            Checks.finite("p", p);
            Checks.nonNegative("s", s);
            Checks.nonNegative("tau", tau);
        }

        /** A mode on the invariant parabola s = p<sup>2</sup>/&alpha;<sub>p</sub>. */
        public static Mode onParabola(double p, double alphaP, double tau) {
            Checks.positive("alphaP", alphaP);
            return new Mode(p, p * p / alphaP, tau);
        }
    }

    /** The plane (p, s) at a fixed &tau;. */
    public PhasePlane at(double tau) {
        return new PhasePlane(alphaP, etaPredictor, etaOnline, sigmaSquared, tau);
    }

    /** SimSiam: the plane (p, s) at &tau; = 1. */
    public PhasePlane simSiam() {
        return at(1);
    }

    /** dp/dt, ds/dt and d&tau;/dt, Eqns 11 to 13. */
    public double[] velocity(Mode mode) {
        return field(new double[] {mode.p, mode.s, mode.tau});
    }

    private double[] field(double[] y) {
        double p = y[0];
        double s = y[1];
        double tau = y[2];
        double pull = tau - (1 + sigmaSquared) * p;
        double growth = p * pull - etaOnline; // (ds/dt) / (2 s)
        return new double[] {
            alphaP * s * pull - etaPredictor * p, 2 * s * growth, beta * (1 - tau) - tau * growth
        };
    }

    /**
     * The mode after time t.
     *
     * @param start the mode at time 0, its &tau; in [0, 1]
     * @throws IntegrationException if the flow diverges or is stiff
     */
    public Mode flow(Mode start, double t) {
        return trajectory(start, t).get(0);
    }

    /**
     * The mode at ascending times.
     *
     * @param start the mode at time 0, its &tau; in [0, 1]
     * @throws IntegrationException if the flow diverges or is stiff
     */
    public List<Mode> trajectory(Mode start, double... times) {
        Checks.unitInterval("the start's tau", start.tau);
        List<Mode> modes = new ArrayList<>();
        double[] first = {start.p, start.s, start.tau};
        for (double[] y : Integrator.trajectory(this::field, first, times)) {
            // Neither can leave its range; an integrator may, by its absolute tolerance.
            modes.add(new Mode(y[0], Math.max(y[1], 0), Math.max(y[2], 0)));
        }
        return List.copyOf(modes);
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
        if (etaPredictor != etaOnline) {
            throw new IllegalArgumentException(
                    "the exact integral (14) needs one weight decay, but etaPredictor is "
                            + etaPredictor
                            + " and etaOnline is "
                            + etaOnline);
        }
        Mode now = flow(start, t);
        double parabola = now.p * now.p / alphaP;
        double remembered = Math.exp(-2 * etaOnline * t) * (start.s - start.p * start.p / alphaP);
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
     */
    public double tauClosedForm(Mode start, double t) {
        Checks.positive("the start's s", start.s);
        Checks.nonNegative("t", t);
        if (t == 0) {
            return start.tau;
        }
        double before = Double.NaN;
        for (int panels = FEWEST_PANELS; panels <= MOST_PANELS; panels *= 2) {
            double value = tauClosedForm(start, t, panels);
            if (Math.abs(value - before) <= 1e-12 * Math.max(1, Math.abs(value))) {
                return value;
            }
            before = value;
        }
        throw new IntegrationException(
                "the quadrature of tau(t) does not converge: take a shorter time",
                t,
                new double[] {start.p, start.s, start.tau});
    }

    private double tauClosedForm(Mode start, double t, int panels) {
        GaussIntegratorFactory factory = new GaussIntegratorFactory();
        double[] times = new double[panels * GAUSS_POINTS + 1];
        double[] weights = new double[times.length];
        for (int i = 0; i < panels; i++) {
            GaussIntegrator rule =
                    factory.legendre(GAUSS_POINTS, t * i / panels, t * (i + 1) / panels);
            for (int k = 0; k < GAUSS_POINTS; k++) {
                times[i * GAUSS_POINTS + k] = rule.getPoint(k);
                weights[i * GAUSS_POINTS + k] = rule.getWeight(k);
            }
        }
        times[times.length - 1] = t;
        double[] w =
                trajectory(start, times).stream().mapToDouble(mode -> Math.sqrt(mode.s)).toArray();
        double[] terms = new double[times.length];
        for (int i = 0; i < times.length; i++) {
            terms[i] = weights[i] * w[i] * Math.exp(-beta * (t - times[i]));
        }
        double integral = Arrays.stream(terms).sum();
        double remembered = Math.sqrt(start.s) * start.tau * Math.exp(-beta * t);
        return (remembered + beta * integral) / w[w.length - 1];
    }
}
