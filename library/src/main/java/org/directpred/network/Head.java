package org.directpred.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.directpred.network.Layer.BatchNorm;
import org.directpred.network.Layer.Linear;
import org.directpred.network.Layer.Relu;
import org.directpred.network.Layer.Sequence;

/**
 * The layers of a projector or a predictor: Linear - BatchNorm - ReLU, once or more, then Linear.
 *
 * @param width features of each hidden layer
 * @param layers hidden layers, at least 1
 * @param bias whether the hidden layers have biases
 * @param outputBias whether the last layer has one
 * @param affine whether the hidden BatchNorms have a scale and a shift
 * @param normalised whether a BatchNorm without them follows the last layer
 */
record Head(
        int width,
        int layers,
        int outputs,
        boolean bias,
        boolean outputBias,
        boolean affine,
        boolean normalised) {

    Architecture on(int inputs) {
        List<Layer> all = new ArrayList<>();
        StringBuilder widths = new StringBuilder();
        int in = inputs;
        for (int i = 0; i < layers; i++) {
            all.add(new Linear(in, width, bias));
            all.add(new BatchNorm(width, affine));
            all.add(new Relu());
            widths.append(width).append('-');
            in = width;
        }
        all.add(new Linear(in, outputs, outputBias));
        if (normalised) {
            all.add(new BatchNorm(outputs, false));
        }
        String name =
                String.format(
                        Locale.ROOT,
                        "head%d-%s%d%s%s%s",
                        inputs,
                        widths,
                        outputs,
                        affine ? "-affine" : "",
                        biases(),
                        normalised ? "-normalised" : "");
        return new Architecture(
                name, Sequence.numbered(all.toArray(new Layer[0])), inputs, outputs);
    }

    private String biases() {
        if (bias == outputBias) {
            return bias ? "" : "-no-bias";
        }
        return bias ? "-no-output-bias" : "-no-hidden-bias";
    }
}
