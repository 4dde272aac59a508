package org.directpred.theory;

import java.util.ArrayList;
import java.util.List;

/**
 * The coupled dynamics of the predictor W<sub>p</sub> and of the correlation F = W X W<sup>T</sup>
 * of its input, under a target W<sub>a</sub> = &tau;W in proportion to the online net (A1) and
 * isotropic data X = I, X' = &sigma;<sup>2</sup> I (A2). With a symmetric predictor (A3, Eqn 7):
 *
 * <pre>
 *  dW_p/dt = -(alpha_p/2)(1 + sigma^2) {W_p, F} + alpha_p tau F - eta_p W_p
 *  dF/dt   = -(1 + sigma^2) {W_p^2, F} + tau {W_p, F} - 2 eta_s F </pre>
 *
 * <p>and without it (Eqns 62 and 63):
 *
 * <pre>
 *  dW_p/dt = -alpha_p (1 + sigma^2) W_p F + alpha_p tau F - eta_p W_p
 *  dF/dt   = -(1 + sigma^2)(W_p^T W_p F + F W_p^T W_p) + tau (W_p^T F + F W_p) - 2 eta_s F </pre>
 *
 * @param alphaP &alpha;<sub>p</sub> &gt; 0, relative learning rate of the predictor
 * @param etaPredictor &eta;<sub>p</sub> &ge; 0, the predictor's weight decay
 * @param etaOnline &eta;<sub>s</sub> &ge; 0, the online net's weight decay
 * @param sigmaSquared &sigma;<sup>2</sup> &ge; 0, variance of the augmentation
 * @param tau &tau; &ge; 0, held constant; 1 is SimSiam, above 1 a net that has decayed faster than
 *     its average follows. It is not the momentum &gamma;<sub>a</sub> of the moving average
 * @param symmetric whether the predictor is kept symmetric (A3)
 */
public record CoupledDynamics(
        double alphaP,
        double etaPredictor,
        double etaOnline,
        double sigmaSquared,
        double tau,
        boolean symmetric) {

    /**
     * Predictor and correlation.
     *
     * @param predictor W<sub>p</sub>, n<sub>2</sub> x n<sub>2</sub>
     * @param correlation F, n<sub>2</sub> x n<sub>2</sub>, symmetric
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers to compute with, never compared
    public record Pair(double[][] predictor, double[][] correlation) {
        /** Checks the shapes; numbers are checked where a system takes the pair. */
        public Pair {
            Checks.rectangular("predictor", predictor);
            Checks.hasShape("predictor", predictor, predictor.length, predictor.length);
            Checks.hasShape("correlation", correlation, predictor.length, predictor.length);
        }

        /** The predictor with the correlation that balance gives it, F = W_p^T W_p / alpha_p. */
        public static Pair balanced(double[][] predictor, double alphaP) {
            Checks.positive("alphaP", alphaP);
            return new Pair(
                    predictor,
                    Matrices.scale(
                            1 / alphaP,
                            Matrices.multiply(Matrices.transpose(predictor), predictor)));
        }

        /** The commutator L = [F, W<sub>p</sub>]; zero if and only if they share eigenvectors. */
        public double[][] commutator() {
            return Matrices.commutator(correlation, predictor);
        }

        /** ||W<sub>p</sub> - W<sub>p</sub><sup>T</sup>|| / ||W<sub>p</sub>||. */
        public double asymmetry() {
            double norm = Matrices.norm(predictor);
            return norm == 0 ? 0 : 2 * Matrices.norm(Matrices.skewPart(predictor)) / norm;
        }
    }

    /** Checks the parameters. */
    public CoupledDynamics {
        Checks.positive("alphaP", alphaP);
        Checks.nonNegative("etaPredictor", etaPredictor);
        Checks.nonNegative("etaOnline", etaOnline);
        Checks.nonNegative("sigmaSquared", sigmaSquared);
        Checks.nonNegative("tau", tau);
    }

    /** Eqn 7: a symmetric predictor and one weight decay. */
    public static CoupledDynamics of(double alphaP, double eta, double sigmaSquared, double tau) {
        return new CoupledDynamics(alphaP, eta, eta, sigmaSquared, tau, true);
    }

    /** Eqns 62 and 63: a predictor that follows its whole gradient, and one weight decay. */
    public static CoupledDynamics regular(
            double alphaP, double eta, double sigmaSquared, double tau) {
        return new CoupledDynamics(alphaP, eta, eta, sigmaSquared, tau, false);
    }

    /**
     * The velocity of predictor and correlation.
     *
     * @throws IllegalArgumentException if the correlation, or the predictor that must be, is not
     *     symmetric
     */
    public Pair velocity(Pair pair) {
        return rates(admitted(pair));
    }

    private Pair rates(Pair pair) {
        double[][] half = Matrices.multiply(onlineRate(pair.predictor()), pair.correlation());
        return new Pair(predictorRate(pair), Matrices.plus(half, Matrices.transpose(half)));
    }

    double[][] predictorRate(Pair pair) {
        double[][] wp = pair.predictor();
        double[][] f = pair.correlation();
        double spread = 1 + sigmaSquared;
        double[][] back =
                symmetric
                        ? Matrices.scale(-alphaP / 2 * spread, Matrices.anticommutator(wp, f))
                        : Matrices.scale(-alphaP * spread, Matrices.multiply(wp, f));
        return Matrices.combine(Matrices.combine(back, alphaP * tau, f), -etaPredictor, wp);
    }

    /** R = W_p^T [tau I - (1 + sigma^2) W_p] - eta_s I: dW/dt = R W and dF/dt = R F + F R^T. */
    double[][] onlineRate(double[][] wp) {
        double[][] transposed = Matrices.transpose(wp);
        double[][] rate =
                Matrices.combine(
                        Matrices.scale(tau, transposed),
                        -(1 + sigmaSquared),
                        Matrices.multiply(transposed, wp));
        for (int i = 0; i < rate.length; i++) {
            rate[i][i] -= etaOnline;
        }
        return rate;
    }

    /**
     * The pair after time t.
     *
     * @throws IllegalArgumentException if the correlation has a negative eigenvalue
     * @throws IntegrationException if the flow diverges
     */
    public Pair flow(Pair start, double t) {
        return trajectory(start, t).get(0);
    }

    /**
     * The pairs at ascending times.
     *
     * @throws IllegalArgumentException if the correlation has a negative eigenvalue
     * @throws IntegrationException if the flow diverges
     */
    public List<Pair> trajectory(Pair start, double... times) {
        CoupledFlow flow = flow(start);
        List<Pair> pairs = new ArrayList<>();
        for (double[] y :
                Integrator.trajectory(
                        flow::velocity, flow.start(), times, flow.tolerance(), null)) {
            pairs.add(flow.pair(y));
        }
        return List.copyOf(pairs);
    }

    CoupledFlow flow(Pair start) {
        return new CoupledFlow(this, admitted(start));
    }

    /**
     * The symmetric fixed point of the predictor for a correlation that stays as it is, U diag(tau
     * s_j / ((1 + sigma^2) s_j + eta_p / alpha_p)) U^T where F = U diag(s) U^T.
     *
     * @throws IllegalArgumentException if F is singular and there is no weight decay, so that the
     *     fixed point is not unique and may be asymmetric
     */
    public double[][] predictorFixedPoint(double[][] correlation) {
        Checks.symmetric("correlation", correlation);
        double decay = etaPredictor / alphaP;
        double[] s = Matrices.eigenvalues(correlation);
        if (decay == 0 && s[0] <= 1e-14 * Math.max(s[s.length - 1], Double.MIN_NORMAL)) {
            throw new IllegalArgumentException(
                    "the predictor's fixed point is not unique: etaPredictor is 0 and the smallest"
                            + " eigenvalue of the correlation is "
                            + s[0]);
        }
        return Matrices.function(
                correlation, value -> tau * value / ((1 + sigmaSquared) * value + decay));
    }

    /**
     * The pair as these dynamics see it: checked, and symmetric to the last bit where it must be.
     */
    Pair admitted(Pair pair) {
        Checks.symmetric("correlation", pair.correlation());
        double[][] correlation = Matrices.symmetricPart(pair.correlation());
        if (symmetric) {
            Checks.symmetric("predictor", pair.predictor());
            return new Pair(Matrices.symmetricPart(pair.predictor()), correlation);
        }
        Checks.matrix("predictor", pair.predictor());
        return new Pair(pair.predictor(), correlation);
    }
}
