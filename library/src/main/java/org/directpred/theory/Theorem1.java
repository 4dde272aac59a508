package org.directpred.theory;

import org.directpred.theory.TwoLayerModel.PredictorMode;
import org.directpred.theory.TwoLayerModel.State;
import org.directpred.theory.TwoLayerModel.TargetMode;

/**
 * Theorem 1, balancing (Eqn 5): whatever the target does and whatever the data are, along the flow
 *
 * <pre>  W(t) W(t)^T = W_p(t)^T W_p(t) / alpha_p + e^{-2 eta t} C,
 *  C = W(0) W(0)^T - W_p(0)^T W_p(0) / alpha_p. </pre>
 *
 * <p>What the predictor learns the online net learns too, and weight decay forgets how they were
 * out of balance at first. (The appendix's statement leaves out 1/alpha_p; its proof has it.)
 */
public final class Theorem1 {
    private Theorem1() {}

    /**
     * The imbalance W W<sup>T</sup> - W<sub>p</sub><sup>T</sup> W<sub>p</sub> /
     * &alpha;<sub>p</sub>, n<sub>2</sub> x n<sub>2</sub>, symmetric; C at time 0.
     */
    public static double[][] imbalance(State state, double alphaP) {
        Checks.positive("alphaP", alphaP);
        return Matrices.minus(state.correlation(), predictorPart(state, alphaP));
    }

    private static double[][] predictorPart(State state, double alphaP) {
        double[][] wp = state.predictor();
        return Matrices.scale(1 / alphaP, Matrices.multiply(Matrices.transpose(wp), wp));
    }

    /**
     * Both sides of (5) for two states on one trajectory.
     *
     * @param model the model whose flow joins them
     * @param start the state at time 0
     * @param now the state at time t, for instance {@code model.flow(start, t)}
     * @param t &ge; 0
     * @return left W(t) W(t)<sup>T</sup>, right the rest
     * @throws IllegalArgumentException if the theorem does not speak of this model: it needs one
     *     weight decay for both nets, a stop-gradient, and a predictor that follows its whole
     *     gradient
     */
    public static Identity identity(TwoLayerModel model, State start, State now, double t) {
        requireAssumptions(model);
        Checks.nonNegative("t", t);
        double[][] left = now.correlation();
        double[][] predictor = predictorPart(now, model.alphaP());
        double[][] remembered =
                Matrices.scale(
                        Math.exp(-2 * model.etaOnline() * t), imbalance(start, model.alphaP()));
        return new Identity(
                left,
                Matrices.plus(predictor, remembered),
                Matrices.norm(left) + Matrices.norm(predictor) + Matrices.norm(remembered));
    }

    /** Both sides of (5) after the flow has run from {@code start} for the time t. */
    public static Identity identity(TwoLayerModel model, State start, double t) {
        requireAssumptions(model);
        return identity(model, start, model.flow(start, t), t);
    }

    private static void requireAssumptions(TwoLayerModel model) {
        if (model.etaPredictor() != model.etaOnline()) {
            throw new IllegalArgumentException(
                    "Theorem 1 needs one weight decay, but etaPredictor is "
                            + model.etaPredictor()
                            + " and etaOnline is "
                            + model.etaOnline());
        }
        if (model.predictorMode() != PredictorMode.TRAINED) {
            throw new IllegalArgumentException(
                    "Theorem 1 needs a predictor that follows its whole gradient, not "
                            + model.predictorMode());
        }
        if (model.targetMode() == TargetMode.ONLINE_WITH_GRADIENT) {
            throw new IllegalArgumentException("Theorem 1 needs a stop-gradient");
        }
    }
}
