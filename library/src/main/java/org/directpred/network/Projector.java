package org.directpred.network;

import java.util.Objects;
import java.util.OptionalInt;
import org.directpred.network.Layer.Linear;
import org.directpred.network.Layer.Sequence;

/**
 * The head between the encoder's features and z: Linear - BatchNorm - ReLU - Linear, or one Linear.
 *
 * @param hidden features between the two linear layers, at least 1; empty for one linear layer
 *     without BatchNorm and ReLU
 * @param outputs features of z, at least 2
 * @param bias whether the linear layers have biases
 * @param affine whether BatchNorm has a scale and a shift; not in the paper's runs
 */
public record Projector(OptionalInt hidden, int outputs, boolean bias, boolean affine) {

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if a width is too small, or affine is asked for without a
     *     hidden layer
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
                    "projector's affine needs the BatchNorm of a hidden layer, and this projector is one linear layer: take Projector.hidden");
        }
    }

    /** With biases and BatchNorm not affine, as in the paper's runs: 512 and 128. */
    public static Projector hidden(int hidden, int outputs) {
        return new Projector(OptionalInt.of(hidden), outputs, true, false);
    }

    /** One linear layer with a bias, no hidden layer. */
    public static Projector linear(int outputs) {
        return new Projector(OptionalInt.empty(), outputs, true, false);
    }

    /**
     * BYOL's widths on ImageNet: hidden 4096, outputs 256, BatchNorm affine; both linear layers
     * have biases.
     */
    public static Projector byol() {
        return hidden(4096, 256).withAffine();
    }

    /** The same without the linear layers' biases. */
    public Projector withoutBias() {
        return new Projector(hidden, outputs, false, affine);
    }

    /**
     * The same with BatchNorm's scale and shift.
     *
     * @throws IllegalArgumentException if there is no hidden layer, so no BatchNorm
     */
    public Projector withAffine() {
        return new Projector(hidden, outputs, bias, true);
    }

    /**
     * Its layers.
     *
     * @param features of the encoder, {@code [batch, features] -> [batch, outputs]}
     */
    public Architecture on(int features) {
        if (hidden.isPresent()) {
            return Architecture.head(features, hidden.getAsInt(), outputs, bias, affine);
        }
        return new Architecture(
                "linear%d-%d%s".formatted(features, outputs, bias ? "" : "-no-bias"),
                Sequence.numbered(new Linear(features, outputs, bias)),
                features,
                outputs);
    }
}
