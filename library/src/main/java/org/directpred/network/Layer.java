package org.directpred.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.directpred.require.Require;

/**
 * One layer of a network, as data. From the same description come the parameters with PyTorch's
 * names and initialisation ({@link ParameterLayout}), the function that the engine runs ({@link
 * FunctionalNetwork}) and DJL's blocks of the same meaning ({@link BlockNetwork}).
 */
public sealed interface Layer {

    /** How the weights of a layer start. */
    enum Start {
        /**
         * PyTorch's default for convolutions and linear layers: U(-1/sqrt(fan in), 1/sqrt(fan in)),
         * biases too.
         */
        UNIFORM_FAN_IN,
        /** torchvision's for the convolutions of a ResNet: N(0, 2/fan out). */
        NORMAL_FAN_OUT
    }

    /**
     * {@code [batch, in, h, w] -> [batch, out, h', w']}, square kernel, without bias as before
     * every BatchNorm.
     */
    record Convolution(int in, int out, int kernel, int stride, int padding, Start start)
            implements Layer {
        public Convolution {
            Require.atLeast("in", in, 1);
            Require.atLeast("out", out, 1);
            Require.atLeast("kernel", kernel, 1);
            Require.atLeast("stride", stride, 1);
            if (padding < 0) {
                throw new IllegalArgumentException("padding must be at least 0, not " + padding);
            }
        }

        /** The bound of the uniform start, or the standard deviation of the normal one. */
        double scale() {
            double area = (double) kernel * kernel;
            return switch (start) {
                case UNIFORM_FAN_IN -> 1 / Math.sqrt(in * area);
                case NORMAL_FAN_OUT -> Math.sqrt(2 / (out * area));
            };
        }
    }

    /**
     * BatchNorm over all axes but the second, epsilon 1e-5, running statistics with PyTorch's
     * momentum of 0.1.
     *
     * @param affine whether it has a scale and a shift that are trained
     */
    record BatchNorm(int channels, boolean affine) implements Layer {
        public BatchNorm {
            Require.atLeast("channels", channels, 1);
        }
    }

    /** The rectifier, max(x, 0). */
    record Relu() implements Layer {}

    /** Largest value of each window. */
    record MaxPool(int kernel, int stride, int padding) implements Layer {
        public MaxPool {
            Require.atLeast("kernel", kernel, 1);
            Require.atLeast("stride", stride, 1);
        }
    }

    /** {@code [batch, c, h, w] -> [batch, c]}. */
    record GlobalAveragePool() implements Layer {}

    /** {@code [batch, in] -> [batch, out]}. */
    record Linear(int in, int out, boolean bias) implements Layer {
        public Linear {
            Require.atLeast("in", in, 1);
            Require.atLeast("out", out, 1);
        }

        /** The bound of the uniform start. */
        double scale() {
            return 1 / Math.sqrt(in);
        }
    }

    /**
     * relu(main(x) + shortcut(x)).
     *
     * @param shortcut the layers of the shortcut, empty for the identity; its parameters are named
     *     {@code downsample.}
     */
    record Residual(Sequence main, Sequence shortcut) implements Layer {}

    /**
     * A user's own DJL block; {@link Architecture#of}.
     *
     * @param maker makes a new one at each call, always with the same layers
     * @param input shape of one image, {@code [channels, height, width]}
     */
    record Custom(Supplier<Block> maker, Shape input) implements Layer {
        public Custom {
            Objects.requireNonNull(maker, "maker");
            Objects.requireNonNull(input, "input");
        }
    }

    /** Named layers one after the other. */
    record Sequence(List<Child> children) implements Layer {
        public Sequence {
            children = List.copyOf(children);
        }

        /** A sequence without layers: the identity. */
        public static Sequence empty() {
            return new Sequence(List.of());
        }

        /** Names and layers in turn: {@code of("conv1", convolution, "bn1", norm, "", relu)}. */
        public static Sequence of(Object... namesAndLayers) {
            if (namesAndLayers.length % 2 != 0) {
                throw new IllegalArgumentException(
                        "names and layers come in pairs, not " + namesAndLayers.length);
            }
            List<Child> children = new ArrayList<>();
            for (int i = 0; i < namesAndLayers.length; i += 2) {
                children.add(new Child((String) namesAndLayers[i], (Layer) namesAndLayers[i + 1]));
            }
            return new Sequence(children);
        }

        /** Layers named by their place, as in {@code torch.nn.Sequential}. */
        public static Sequence numbered(Layer... layers) {
            List<Child> children = new ArrayList<>();
            for (int i = 0; i < layers.length; i++) {
                children.add(new Child(Integer.toString(i), layers[i]));
            }
            return new Sequence(children);
        }
    }

    /**
     * A layer's name in its sequence.
     *
     * @param name a part of its parameters' names; may be empty for layers without parameters
     */
    record Child(String name, Layer layer) {}
}
