package org.directpred.network;

import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import org.directpred.network.Layer.Linear;
import org.directpred.network.Layer.Sequence;

/**
 * The head between the encoder's features and z: Linear - BatchNorm - ReLU - Linear, with more
 * hidden layers, or one Linear.
 *
 * @param hidden features of each hidden layer, at least 1; empty for one linear layer without
 *     BatchNorm and ReLU
 * @param outputs features of z, at least 2
 * @param bias whether the hidden layers have biases
 * @param affine whether the hidden layers' BatchNorm has a scale and a shift; not in the paper's
 *     runs
 * @param outputBias whether the last linear layer has a bias
 * @param hiddenLayers hidden layers, at least 1: one in the paper's runs and BYOL's, two in
 *     SimSiam's; without meaning where {@code hidden} is empty
 * @param normalised whether a BatchNorm without scale and shift follows the last layer, as in
 *     SimSiam
 */
public record Projector(
        OptionalInt hidden,
        int outputs,
        boolean bias,
        boolean affine,
        boolean outputBias,
        int hiddenLayers,
        boolean normalised) {

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if a width is too small, or affine or more hidden layers are
     *     asked for without a hidden layer
     */
    public Projector {
        Objects.requireNonNull(hidden, "hidden");
        if (hidden.isPresent() && hidden.getAsInt() < 1) {
            throw new IllegalArgumentException(
                    "projector's hidden must be at least 1, not "
                            + hidden.getAsInt()
                            + "; Projector.linear has no hidden layer");
        }
        if (outputs < 2) {
            throw new IllegalArgumentException(
                    "projector's outputs must be at least 2, not " + outputs);
        }
        if (affine && hidden.isEmpty()) {
            throw new IllegalArgumentException(
                    "projector's affine needs the BatchNorm of a hidden layer, and this projector is one linear layer: take Projector.of");
        }
        if (hiddenLayers < 1) {
            throw new IllegalArgumentException(
                    "projector's hiddenLayers must be at least 1, not "
                            + hiddenLayers
                            + "; Projector.linear has no hidden layer");
        }
        if (hiddenLayers > 1 && hidden.isEmpty()) {
            throw new IllegalArgumentException(
                    "projector's hiddenLayers needs a width, and this projector is one linear layer: take Projector.of");
        }
    }

    /** One hidden layer at most, and biases in all linear layers or in none. */
    public Projector(OptionalInt hidden, int outputs, boolean bias, boolean affine) {
        this(hidden, outputs, bias, affine, bias, 1, false);
    }

    /** With biases and BatchNorm not affine, as in the paper's runs: 512 and 128. */
    public static Projector of(int hidden, int outputs) {
        return new Projector(OptionalInt.of(hidden), outputs, true, false);
    }

    /** One linear layer with a bias, no hidden layer. */
    public static Projector linear(int outputs) {
        return new Projector(OptionalInt.empty(), outputs, true, false);
    }

    /**
     * BYOL's on ImageNet, as DeepMind's program has it: hidden 4096 with a bias, BatchNorm affine,
     * outputs 256 without a bias.
     */
    public static Projector byol() {
        return of(4096, 256).withAffine().withoutOutputBias();
    }

    /**
     * SimSiam's on ImageNet (Chen and He 2021, section 3, and their program): three layers of 2048,
     * each followed by BatchNorm, affine but for the last; no biases. That program's last layer has
     * one that is not trained, which the BatchNorm behind it takes away.
     */
    public static Projector simSiam() {
        return of(2048, 2048).withHiddenLayers(2).withAffine().withoutBias().withNormalisedOutput();
    }

    /** A copy without the linear layers' biases. */
    public Projector withoutBias() {
        return new Projector(hidden, outputs, false, affine, false, hiddenLayers, normalised);
    }

    /** A copy without a bias in the last linear layer. */
    public Projector withoutOutputBias() {
        return new Projector(hidden, outputs, bias, affine, false, hiddenLayers, normalised);
    }

    /**
     * A copy with BatchNorm's scale and shift in the hidden layers.
     *
     * @throws IllegalArgumentException if there is no hidden layer, so no BatchNorm
     */
    public Projector withAffine() {
        return new Projector(hidden, outputs, bias, true, outputBias, hiddenLayers, normalised);
    }

    /** A copy with so many hidden layers of the same width. */
    public Projector withHiddenLayers(int layers) {
        return new Projector(hidden, outputs, bias, affine, outputBias, layers, normalised);
    }

    /** A copy with a BatchNorm without scale and shift behind the last layer. */
    public Projector withNormalisedOutput() {
        return new Projector(hidden, outputs, bias, affine, outputBias, hiddenLayers, true);
    }

    /**
     * The projector's layers for an encoder of that width.
     *
     * @param features of the encoder, {@code [batch, features] -> [batch, outputs]}
     */
    public Architecture on(int features) {
        if (hidden.isPresent()) {
            return new Head(
                            hidden.getAsInt(),
                            hiddenLayers,
                            outputs,
                            bias,
                            outputBias,
                            affine,
                            normalised)
                    .on(features);
        }
        Linear linear = new Linear(features, outputs, outputBias);
        return new Architecture(
                String.format(
                        Locale.ROOT,
                        "linear%d-%d%s%s",
                        features,
                        outputs,
                        outputBias ? "" : "-no-bias",
                        normalised ? "-normalised" : ""),
                normalised
                        ? Sequence.numbered(linear, new Layer.BatchNorm(outputs, false))
                        : Sequence.numbered(linear),
                features,
                outputs);
    }
}
