package org.directpred.theory;

import java.util.Arrays;
import org.directpred.theory.TwoLayerModel.State;

/**
 * Eqns 2 to 4 in a form that keeps its accuracy where online net and target nearly vanish: the two
 * are e<sup>r</sup> times weights of norm 1. Both rates are linear in them, so the length drops out
 * of everything but the predictor's pull, which has its square.
 *
 * <p>One length is not one for each direction: a direction that falls 16 orders of magnitude below
 * another one of the same net is lost in the net's own numbers.
 */
final class TwoLayerFlow {
    private static final double RELATIVE = 1e-12;

    private final TwoLayerModel model;

    /** Without the predictor's decay, which would be rounded off beside a gradient far smaller. */
    private final TwoLayerModel gradients;

    private final int outputs;
    private final int inputs;
    private final boolean moving;
    private final double[] start;

    TwoLayerFlow(TwoLayerModel model, State first) {
        this.model = model;
        this.gradients = model.withWeightDecays(0, model.etaOnline());
        this.outputs = first.online().length;
        this.inputs = first.online()[0].length;
        this.moving = model.targetMode() == TwoLayerModel.TargetMode.MOVING_AVERAGE;
        this.start = new double[weights() + outputs * outputs + 1];
        double norm = length(first);
        double scale = norm == 0 ? 1 : norm;
        write(first.online(), 1 / scale, start, 0);
        if (moving) {
            write(first.target(), 1 / scale, start, outputs * inputs);
        }
        write(first.predictor(), 1, start, weights());
        start[start.length - 1] = Math.log(scale);
    }

    /** The numbers of online net and target. */
    private int weights() {
        return (moving ? 2 : 1) * outputs * inputs;
    }

    private double length(State state) {
        double online = Matrices.norm(state.online());
        return moving ? Math.hypot(online, Matrices.norm(state.target())) : online;
    }

    double[] start() {
        return start.clone();
    }

    double[] velocity(double[] y) {
        State unit = state(y, 1);
        State rates = gradients.rates(unit);
        double[] velocity = new double[y.length];
        write(rates.online(), 1, velocity, 0);
        if (moving) {
            write(rates.target(), 1, velocity, outputs * inputs);
        }
        double along = 0;
        double square = 0;
        for (int i = 0; i < weights(); i++) {
            along += y[i] * velocity[i];
            square += y[i] * y[i];
        }
        double growth = square == 0 ? 0 : along / square;
        for (int i = 0; i < weights(); i++) {
            velocity[i] -= growth * y[i];
        }
        velocity[y.length - 1] = growth;
        if (model.predictorMode() != TwoLayerModel.PredictorMode.NONE) {
            double pull = Math.exp(2 * y[y.length - 1]);
            double decay = model.etaPredictor();
            write(
                    Matrices.combine(
                            Matrices.scale(pull, rates.predictor()), -decay, unit.predictor()),
                    1,
                    velocity,
                    weights());
        }
        return velocity;
    }

    State state(double[] y) {
        return state(y, Math.exp(y[y.length - 1]));
    }

    private State state(double[] y, double length) {
        double[][] online = read(y, 0, inputs, length);
        double[][] target = moving ? read(y, outputs * inputs, inputs, length) : online;
        double[][] predictor = read(y, weights(), outputs, 1);
        // A rounding error that is not symmetric would grow where the model's own cannot.
        boolean symmetric = model.predictorMode() == TwoLayerModel.PredictorMode.SYMMETRIC;
        return new State(online, symmetric ? Matrices.symmetricPart(predictor) : predictor, target);
    }

    /** log ||W||, which need not be a number's. */
    double logarithmOfOnline(double[] y) {
        return Math.log(Matrices.norm(read(y, 0, inputs, 1))) + y[y.length - 1];
    }

    /** The logarithm of the length absolute, all else relative to weights of the order of 1. */
    Integrator.Tolerance tolerance() {
        double[] absolute = new double[start.length];
        double[] relative = new double[start.length];
        // A net of one weight has no direction that could hide a rounding error of another.
        Arrays.fill(absolute, outputs * inputs == 1 ? Integrator.NONE : 1e-15);
        Arrays.fill(relative, RELATIVE);
        absolute[start.length - 1] = RELATIVE;
        relative[start.length - 1] = 1e-15;
        return new Integrator.Tolerance(absolute, relative);
    }

    private double[][] read(double[] y, int from, int columns, double factor) {
        double[][] a = new double[outputs][columns];
        for (int i = 0; i < outputs; i++) {
            for (int j = 0; j < columns; j++) {
                a[i][j] = factor * y[from + i * columns + j];
            }
        }
        return a;
    }

    private static void write(double[][] a, double factor, double[] y, int from) {
        int at = from;
        for (double[] row : a) {
            for (double value : row) {
                y[at++] = factor * value;
            }
        }
    }
}
