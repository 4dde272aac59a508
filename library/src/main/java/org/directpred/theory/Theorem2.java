package org.directpred.theory;

import org.directpred.theory.TwoLayerModel.PredictorMode;
import org.directpred.theory.TwoLayerModel.State;
import org.directpred.theory.TwoLayerModel.TargetMode;

/**
 * Theorem 2, the stop-gradient is essential (Eqn 6): with W<sub>a</sub> = W and no stop-gradient,
 *
 * <pre>  d vec(W)/dt = -H(t) vec(W),
 *  H = X' (x) (W_p^T W_p + I) + X (x) (W_p - I)^T (W_p - I) + eta I, </pre>
 *
 * <p>vec stacking columns. H is positive semi-definite, so if its smallest eigenvalue stays above
 * &lambda;<sub>0</sub> &gt; 0, then ||W(t)|| &le; e<sup>-&lambda;<sub>0</sub> t</sup> ||W(0)||: the
 * online net collapses. (The appendix's H leaves out &eta; I.) Without a predictor it collapses
 * even with a stop-gradient, dW/dt = -W (X' + &eta; I). (The paper prints -(X' + &eta; I) W, whose
 * shapes do not fit.)
 */
public final class Theorem2 {
    private Theorem2() {}

    /**
     * H, n<sub>1</sub>n<sub>2</sub> x n<sub>1</sub>n<sub>2</sub>, symmetric.
     *
     * @throws IllegalArgumentException if the model has a stop-gradient
     */
    public static double[][] h(TwoLayerModel model, State state) {
        requireAssumptions(model);
        double[][] wp = state.predictor();
        double[][] one = Matrices.identity(wp.length);
        double[][] off = Matrices.minus(wp, one);
        ViewMoments moments = model.moments();
        double[][] h =
                Matrices.plus(
                        Matrices.kronecker(
                                moments.xPrime(),
                                Matrices.plus(Matrices.multiply(Matrices.transpose(wp), wp), one)),
                        Matrices.kronecker(
                                moments.x(), Matrices.multiply(Matrices.transpose(off), off)));
        for (int i = 0; i < h.length; i++) {
            h[i][i] += model.etaOnline();
        }
        return h;
    }

    /**
     * Both sides of (6).
     *
     * @return left vec(dW/dt) of the model's own velocity, right -H vec(W); both
     *     n<sub>1</sub>n<sub>2</sub> x 1
     * @throws IllegalArgumentException if the model has a stop-gradient
     */
    public static Identity identity(TwoLayerModel model, State state) {
        double[][] h = h(model, state);
        double[][] w = Matrices.vec(state.online());
        double[][] left = Matrices.vec(model.velocity(state).online());
        return new Identity(
                left,
                Matrices.scale(-1, Matrices.multiply(h, w)),
                Matrices.norm(left) + Matrices.norm(h) * Matrices.norm(w));
    }

    /**
     * The norm ||W(t)|| along the flow beside the bound e<sup>-&lambda;<sub>0</sub> t</sup>
     * ||W(0)||.
     *
     * @throws IllegalArgumentException if the model has a stop-gradient
     */
    public static DecayBound bound(TwoLayerModel model, State start, double... times) {
        requireAssumptions(model);
        TwoLayerFlow flow = model.flow(start);
        return DecayBound.along(
                flow::velocity,
                flow.start(),
                flow.tolerance(),
                times,
                1,
                flow::logarithmOfOnline,
                y -> Matrices.eigenvalues(h(model, flow.state(y)))[0]);
    }

    /**
     * The online net after time t without a predictor, with W<sub>a</sub> = W behind a
     * stop-gradient: W(0) e<sup>-(X' + &eta; I) t</sup>, n<sub>2</sub> x n<sub>1</sub>.
     *
     * @param model has {@link PredictorMode#NONE} and {@link TargetMode#ONLINE}
     * @param start W(0), n<sub>2</sub> x n<sub>1</sub>
     * @param t &ge; 0
     * @throws IllegalArgumentException if the model has a predictor, a moving average or no
     *     stop-gradient
     */
    public static double[][] withoutPredictor(TwoLayerModel model, double[][] start, double t) {
        if (model.predictorMode() != PredictorMode.NONE
                || model.targetMode() != TargetMode.ONLINE) {
            throw new IllegalArgumentException(
                    "the closed form needs a model without predictor whose target is the online net"
                            + " behind a stop-gradient: model.withoutPredictor().withOnlineTarget(); this one"
                            + " has predictor "
                            + model.predictorMode()
                            + " and target "
                            + model.targetMode());
        }
        Checks.nonNegative("t", t);
        double[][] decay =
                Matrices.function(
                        model.moments().xPrime(), s -> Math.exp(-(s + model.etaOnline()) * t));
        return Matrices.multiply(start, decay);
    }

    private static void requireAssumptions(TwoLayerModel model) {
        if (model.targetMode() != TargetMode.ONLINE_WITH_GRADIENT) {
            throw new IllegalArgumentException(
                    "Theorem 2 speaks of a model without stop-gradient:"
                            + " model.withoutStopGradient(); this one has target "
                            + model.targetMode());
        }
    }
}
