package org.directpred.theory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

/**
 * The two-layer linear model: online net W, predictor W<sub>p</sub> and target net W<sub>a</sub>,
 * all linear and without bias, under the objective (1)
 *
 * <pre>  J(W, W_p) = 1/2 E || W_p W x_1 - StopGrad(W_a x_2) ||^2 </pre>
 *
 * <p>and its gradient flow with weight decay (Lemma 1, Eqns 2 to 4)
 *
 * <pre>
 *  dW_p/dt = alpha_p (-W_p W (X + X') + W_a X) W^T - eta_p W_p      (2)
 *  dW/dt   = W_p^T   (-W_p W (X + X') + W_a X)     - eta_s W        (3)
 *  dW_a/dt = beta (W - W_a)                                         (4)
 * </pre>
 *
 * <p>with eta_p = eta_s = eta in the paper's text and different ones in its Table 5. The switches
 * {@link PredictorMode} and {@link TargetMode} take parts away. Assumptions: linear nets, squared
 * error without normalisation, large batches, small steps.
 *
 * @param moments of the two views; X + X' and X in the population
 * @param alphaP &alpha;<sub>p</sub> &gt; 0, the predictor's learning rate relative to the online
 *     net's
 * @param etaPredictor &eta;<sub>p</sub> &ge; 0, the predictor's weight decay (not multiplied by
 *     &alpha;<sub>p</sub>)
 * @param etaOnline &eta;<sub>s</sub> &ge; 0, the online net's weight decay
 * @param beta &beta; &ge; 0, the rate of the moving average; a step &alpha; has the momentum
 *     &gamma;<sub>a</sub> = 1 - &alpha;&beta;
 * @param predictorMode which predictor there is
 * @param targetMode which target there is
 */
public record TwoLayerModel(
        ViewMoments moments,
        double alphaP,
        double etaPredictor,
        double etaOnline,
        double beta,
        PredictorMode predictorMode,
        TargetMode targetMode) {

    /** Which predictor there is. */
    public enum PredictorMode {
        /** Trained by its gradient. */
        TRAINED,
        /** Trained by the symmetric part of its gradient, from a symmetric start (A3). */
        SYMMETRIC,
        /** None: W<sub>p</sub> = I, fixed. */
        NONE
    }

    /** Which target there is. */
    public enum TargetMode {
        /** The moving average of the online net, behind a stop-gradient: BYOL. */
        MOVING_AVERAGE,
        /** The online net itself, behind a stop-gradient: SimSiam. */
        ONLINE,
        /** The online net itself, and the gradient flows into it: no stop-gradient (Theorem 2). */
        ONLINE_WITH_GRADIENT
    }

    /**
     * The three weights.
     *
     * @param online W, n<sub>2</sub> x n<sub>1</sub>
     * @param predictor W<sub>p</sub>, n<sub>2</sub> x n<sub>2</sub>
     * @param target W<sub>a</sub>, n<sub>2</sub> x n<sub>1</sub>
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers to compute with, never compared
    public record State(double[][] online, double[][] predictor, double[][] target) {
        /** Checks the shapes; numbers are checked where a model takes the state. */
        public State {
            Checks.rectangular("online", online);
            Checks.hasShape("predictor", predictor, online.length, online.length);
            Checks.hasShape("target", target, online.length, online[0].length);
        }

        /** A state whose target is the online net. */
        public static State simSiam(double[][] online, double[][] predictor) {
            return new State(online, predictor, online);
        }

        /** A state whose target is zero, &tau;(0) = 0, from which the paper's analysis starts. */
        public static State zeroTarget(double[][] online, double[][] predictor) {
            Checks.rectangular("online", online);
            return new State(online, predictor, Matrices.zeros(online.length, online[0].length));
        }

        /** F = W W<sup>T</sup>, the correlation of the predictor's input under A2. */
        public double[][] correlation() {
            return Matrices.multiply(online, Matrices.transpose(online));
        }

        private boolean isFinite() {
            return Arrays.stream(toArray()).allMatch(Double::isFinite);
        }

        private State plus(double step, State velocity) {
            return new State(
                    Matrices.combine(online, step, velocity.online),
                    Matrices.combine(predictor, step, velocity.predictor),
                    Matrices.combine(target, step, velocity.target));
        }

        private double[] toArray() {
            int n2 = online.length;
            int n1 = online[0].length;
            double[] flat = new double[2 * n2 * n1 + n2 * n2];
            int at = 0;
            for (double[][] weight : List.of(online, predictor, target)) {
                for (double[] row : weight) {
                    System.arraycopy(row, 0, flat, at, row.length);
                    at += row.length;
                }
            }
            return flat;
        }
    }

    /** Checks the rates. */
    public TwoLayerModel {
        Objects.requireNonNull(moments, "moments");
        Checks.positive("alphaP", alphaP);
        Checks.nonNegative("etaPredictor", etaPredictor);
        Checks.nonNegative("etaOnline", etaOnline);
        Checks.nonNegative("beta", beta);
        Objects.requireNonNull(predictorMode, "predictorMode");
        Objects.requireNonNull(targetMode, "targetMode");
    }

    /**
     * The paper's model: a trained predictor and a moving-average target.
     *
     * @param moments of the two views
     * @param alphaP &alpha;<sub>p</sub> &gt; 0
     * @param eta &eta; &ge; 0, of predictor and online net
     * @param beta &beta; &ge; 0
     */
    public static TwoLayerModel of(ViewMoments moments, double alphaP, double eta, double beta) {
        return new TwoLayerModel(
                moments, alphaP, eta, eta, beta, PredictorMode.TRAINED, TargetMode.MOVING_AVERAGE);
    }

    /** This model with the population's moments X and X'. */
    public static TwoLayerModel of(
            double[][] x, double[][] xPrime, double alphaP, double eta, double beta) {
        return of(ViewMoments.population(x, xPrime), alphaP, eta, beta);
    }

    /** This model on other moments, for instance those of drawn views. */
    public TwoLayerModel withMoments(ViewMoments other) {
        return new TwoLayerModel(
                other, alphaP, etaPredictor, etaOnline, beta, predictorMode, targetMode);
    }

    /** This model with weight decays of their own for predictor and online net (Table 5). */
    public TwoLayerModel withWeightDecays(double etaPredictor, double etaOnline) {
        return new TwoLayerModel(
                moments, alphaP, etaPredictor, etaOnline, beta, predictorMode, targetMode);
    }

    /** This model with another kind of predictor. */
    public TwoLayerModel withPredictor(PredictorMode mode) {
        return new TwoLayerModel(moments, alphaP, etaPredictor, etaOnline, beta, mode, targetMode);
    }

    /** This model with a symmetric predictor (A3). */
    public TwoLayerModel withSymmetricPredictor() {
        return withPredictor(PredictorMode.SYMMETRIC);
    }

    /** This model without a predictor. */
    public TwoLayerModel withoutPredictor() {
        return withPredictor(PredictorMode.NONE);
    }

    /** This model with another kind of target. */
    public TwoLayerModel withTarget(TargetMode mode) {
        return new TwoLayerModel(
                moments, alphaP, etaPredictor, etaOnline, beta, predictorMode, mode);
    }

    /** This model as SimSiam's: W<sub>a</sub> = W, with stop-gradient. */
    public TwoLayerModel withOnlineTarget() {
        return withTarget(TargetMode.ONLINE);
    }

    /** This model with W<sub>a</sub> = W and no stop-gradient. */
    public TwoLayerModel withoutStopGradient() {
        return withTarget(TargetMode.ONLINE_WITH_GRADIENT);
    }

    /**
     * The objective (1), J = 1/2 {tr(W<sub>p</sub><sup>T</sup> W<sub>p</sub> W (X+X')
     * W<sup>T</sup>) - 2 tr(W<sub>p</sub> W X W<sub>a</sub><sup>T</sup>) + tr(W<sub>a</sub> (X+X')
     * W<sub>a</sub><sup>T</sup>)}, without weight decay.
     */
    public double objective(State state) {
        State s = admitted(state);
        double[][] prediction = Matrices.multiply(s.predictor(), s.online());
        double[][] target = s.target();
        return 0.5
                * (Matrices.inner(Matrices.multiply(prediction, moments.first()), prediction)
                        - 2 * Matrices.inner(Matrices.multiply(prediction, moments.cross()), target)
                        + Matrices.inner(Matrices.multiply(target, moments.second()), target));
    }

    /**
     * The velocity of the flow, Eqns 2 to 4: of each weight its negative gradient times its
     * relative rate, less its decay; of the target the pull of the moving average.
     *
     * @throws IllegalArgumentException if the state does not fit the moments, the predictor is not
     *     symmetric where it must be, or is not I where there is none
     */
    public State velocity(State state) {
        return rates(admitted(state), moments);
    }

    private State rates(State s, ViewMoments views) {
        double[][] w = s.online();
        double[][] wp = s.predictor();
        double[][] toward = Matrices.transpose(views.cross()); // E[x_2 x_1^T]
        double[][] error =
                Matrices.minus(
                        Matrices.multiply(s.target(), toward),
                        Matrices.multiply(wp, w, views.first()));
        double[][] online =
                Matrices.combine(Matrices.multiply(Matrices.transpose(wp), error), -etaOnline, w);
        if (targetMode == TargetMode.ONLINE_WITH_GRADIENT) {
            double[][] through =
                    Matrices.minus(
                            Matrices.multiply(wp, w, views.cross()),
                            Matrices.multiply(w, views.second()));
            online = Matrices.plus(online, through);
        }
        double[][] predictor = Matrices.zeros(wp.length, wp.length);
        if (predictorMode != PredictorMode.NONE) {
            double[][] gradient =
                    Matrices.scale(alphaP, Matrices.multiply(error, Matrices.transpose(w)));
            predictor = Matrices.combine(gradient, -etaPredictor, wp);
            if (predictorMode == PredictorMode.SYMMETRIC) {
                predictor = Matrices.symmetricPart(predictor);
            }
        }
        double[][] target =
                targetMode == TargetMode.MOVING_AVERAGE
                        ? Matrices.scale(beta, Matrices.minus(w, s.target()))
                        : online;
        return new State(online, predictor, target);
    }

    /**
     * The flow's state after time t.
     *
     * @param start the state at time 0
     * @param t &ge; 0
     * @throws IntegrationException if the flow diverges
     */
    public State flow(State start, double t) {
        return trajectory(start, t).get(0);
    }

    /**
     * The flow's states at ascending times.
     *
     * @param start the state at time 0
     * @param times &ge; 0, ascending
     * @throws IntegrationException if the flow diverges
     */
    public List<State> trajectory(State start, double... times) {
        TwoLayerFlow flow = flow(start);
        List<State> states = new ArrayList<>();
        for (double[] y :
                Integrator.trajectory(
                        flow::velocity, flow.start(), times, flow.tolerance(), null)) {
            states.add(flow.state(y));
        }
        return List.copyOf(states);
    }

    TwoLayerFlow flow(State start) {
        return new TwoLayerFlow(this, admitted(start));
    }

    State rates(State state) {
        return rates(state, moments);
    }

    /**
     * One step of gradient descent on the population: every weight moves at once by &alpha; times
     * its velocity.
     *
     * @param alpha &alpha; &gt; 0, the learning rate
     */
    public State step(State state, double alpha) {
        return descend(state, alpha, 1);
    }

    /** Steps of gradient descent on the population. */
    public State descend(State start, double alpha, int steps) {
        return descend(start, alpha, steps, () -> moments);
    }

    /**
     * Steps of stochastic gradient descent, each on views of its own.
     *
     * @param start the first state
     * @param alpha &alpha; &gt; 0, the learning rate; weight decay and moving average move by
     *     &alpha;&eta; and &alpha;&beta; a step
     * @param steps the number of steps
     * @param views the moments of the next minibatch, for instance {@code () ->
     *     population.draw(128, random)}
     * @throws IntegrationException if a weight is no longer finite: the learning rate is too large
     * @throws CancellationException if the thread is interrupted
     */
    public State descend(State start, double alpha, int steps, Supplier<ViewMoments> views) {
        Checks.positive("alpha", alpha);
        if (steps < 0) {
            throw new IllegalArgumentException("steps must be >= 0, not " + steps);
        }
        State now = admitted(start);
        for (int i = 0; i < steps; i++) {
            if (Thread.interrupted()) {
                throw new CancellationException("descent stopped after " + i + " steps");
            }
            ViewMoments batch = views.get();
            if (batch.size() != moments.size()) {
                throw new IllegalArgumentException(
                        "views must have the input size "
                                + moments.size()
                                + ", not "
                                + batch.size());
            }
            State next = now.plus(alpha, rates(now, batch));
            if (!next.isFinite()) {
                throw new IntegrationException(
                        "gradient descent diverges: take a learning rate below " + alpha,
                        i * alpha,
                        now.toArray());
            }
            now =
                    targetMode == TargetMode.MOVING_AVERAGE
                            ? next
                            : State.simSiam(next.online(), next.predictor());
        }
        return now;
    }

    /** The state as this model sees it: checked, and with the online net as target if it is. */
    private State admitted(State state) {
        Checks.matrix("online", state.online());
        Checks.matrix("predictor", state.predictor());
        Checks.matrix("target", state.target());
        if (state.online()[0].length != moments.size()) {
            throw new IllegalArgumentException(
                    "online must have as many columns as the views have entries, "
                            + moments.size()
                            + ", but is "
                            + Matrices.shape(state.online()));
        }
        if (predictorMode == PredictorMode.SYMMETRIC) {
            Checks.symmetric("predictor", state.predictor());
        }
        if (predictorMode == PredictorMode.NONE
                && Matrices.maxAbs(
                                Matrices.minus(
                                        state.predictor(),
                                        Matrices.identity(state.predictor().length)))
                        > 0) {
            throw new IllegalArgumentException(
                    "predictor must be the identity where there is no predictor; pass"
                            + " Matrices.identity("
                            + state.predictor().length
                            + ")");
        }
        return targetMode == TargetMode.MOVING_AVERAGE
                ? state
                : State.simSiam(state.online(), state.predictor());
    }
}
