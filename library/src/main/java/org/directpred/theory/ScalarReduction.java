package org.directpred.theory;

import java.util.ArrayList;
import java.util.List;

/**
 * One mode of appendix D, where &Sigma;<sup>s</sup> and &Sigma;<sup>d</sup> commute and the start
 * is decoupled (Eqns 104 to 106):
 *
 * <pre>
 *  dw_p/dt = alpha_p [w_a lambda_d - w_p w lambda_s] w - eta_p w_p
 *  dw/dt   = w_p [w_a lambda_d - w_p w lambda_s] - eta_s w
 *  dw_a/dt = beta (w - w_a) </pre>
 *
 * <p>With &lambda;<sub>s</sub> = 1 + &sigma;<sup>2</sup> and &lambda;<sub>d</sub> = 1 it is {@link
 * DecoupledDynamics} in the variables w = sqrt(s), w<sub>p</sub> = p, w<sub>a</sub> = &tau;w. The
 * fixed points without weight decay are the origin and w<sub>a</sub> = w, w<sub>p</sub> =
 * &lambda;<sub>d</sub>/&lambda;<sub>s</sub>, w arbitrary.
 *
 * @param lambdaS &lambda;<sub>s</sub> &gt; 0, the mode's eigenvalue of &Sigma;<sup>s</sup>
 * @param lambdaD &lambda;<sub>d</sub> &ge; 0, the mode's eigenvalue of &Sigma;<sup>d</sup>
 * @param alphaP &alpha;<sub>p</sub> &gt; 0, relative learning rate of the predictor
 * @param etaPredictor &eta;<sub>p</sub> &ge; 0, the predictor's weight decay
 * @param etaOnline &eta;<sub>s</sub> &ge; 0, the online net's weight decay
 * @param beta &beta; &ge; 0, rate of the moving average
 */
public record ScalarReduction(
        double lambdaS,
        double lambdaD,
        double alphaP,
        double etaPredictor,
        double etaOnline,
        double beta) {

    /** Checks the parameters. */
    public ScalarReduction {
        Checks.positive("lambdaS", lambdaS);
        Checks.nonNegative("lambdaD", lambdaD);
        Checks.positive("alphaP", alphaP);
        Checks.nonNegative("etaPredictor", etaPredictor);
        Checks.nonNegative("etaOnline", etaOnline);
        Checks.nonNegative("beta", beta);
    }

    /** The appendix's system, without weight decay. */
    public static ScalarReduction of(double lambdaS, double lambdaD, double alphaP, double beta) {
        return new ScalarReduction(lambdaS, lambdaD, alphaP, 0, 0, beta);
    }

    /**
     * The main text's mode: &lambda;<sub>s</sub> = 1 + &sigma;<sup>2</sup>, &lambda;<sub>d</sub> =
     * 1.
     */
    public static ScalarReduction of(DecoupledDynamics mode) {
        return new ScalarReduction(
                1 + mode.sigmaSquared(),
                1,
                mode.alphaP(),
                mode.etaPredictor(),
                mode.etaOnline(),
                mode.beta());
    }

    /**
     * The three scalar weights.
     *
     * @param w the online net
     * @param wp the predictor
     * @param wa the target
     */
    public record Weights(double w, double wp, double wa) {
        /** Checks the numbers. */
        public Weights {
            Checks.finite("w", w);
            Checks.finite("wp", wp);
            Checks.finite("wa", wa);
        }
    }

    /** &lambda;<sub>d</sub>/&lambda;<sub>s</sub>, the predictor's value at the fixed points. */
    public double ratio() {
        return lambdaD / lambdaS;
    }

    /**
     * E = (&lambda;<sub>s</sub>/2)(w<sub>a</sub> &lambda;<sub>d</sub>/&lambda;<sub>s</sub> -
     * w<sub>p</sub> w)<sup>2</sup>: with a target that stands still and no weight decay, w and
     * w<sub>p</sub> descend its gradient; zero on the hyperbola w<sub>p</sub> w = w<sub>a</sub>
     * &lambda;<sub>d</sub>/&lambda;<sub>s</sub>.
     */
    public double energy(Weights weights) {
        double error = weights.wa * ratio() - weights.wp * weights.w;
        return lambdaS / 2 * error * error;
    }

    /** dw/dt, dw<sub>p</sub>/dt and dw<sub>a</sub>/dt, in this order. */
    public double[] velocity(Weights weights) {
        double error = weights.wa * lambdaD - weights.wp * weights.w * lambdaS;
        return new double[] {
            weights.wp * error - etaOnline * weights.w,
            alphaP * error * weights.w - etaPredictor * weights.wp,
            beta * (weights.w - weights.wa)
        };
    }

    /**
     * The weights after time t.
     *
     * @throws IntegrationException if the flow diverges
     */
    public Weights flow(Weights start, double t) {
        return trajectory(start, t).get(0);
    }

    /**
     * The weights at ascending times.
     *
     * @throws IntegrationException if the flow diverges
     */
    public List<Weights> trajectory(Weights start, double... times) {
        MovingTarget mode = new MovingTarget(this, start.wp, start.w, start.wa, 1);
        List<Weights> all = new ArrayList<>();
        for (double[] y : mode.trajectory(times)) {
            all.add(new Weights(mode.w(y), mode.p(y), mode.wa(y)));
        }
        return List.copyOf(all);
    }

    /**
     * dw/dt without a predictor, w<sub>p</sub> = 1, and with w<sub>a</sub> = w: w (lambda_d -
     * lambda_s) - eta_s w. Only the origin is fixed unless &lambda;<sub>d</sub> =
     * &lambda;<sub>s</sub>, and it attracts.
     */
    public double velocityWithoutPredictor(double w) {
        return w * (lambdaD - lambdaS) - etaOnline * w;
    }
}
