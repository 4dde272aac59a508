package org.directpred.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import org.directpred.network.Layer.BatchNorm;
import org.directpred.network.Layer.Child;
import org.directpred.network.Layer.Convolution;
import org.directpred.network.Layer.Custom;
import org.directpred.network.Layer.GlobalAveragePool;
import org.directpred.network.Layer.MaxPool;
import org.directpred.network.Layer.Relu;
import org.directpred.network.Layer.Residual;
import org.directpred.network.Layer.Sequence;
import org.directpred.network.Layer.Start;
import org.directpred.tensor.TrainingThread;

/**
 * A network as data.
 *
 * @param name what tables call it; equal names mean equal layers
 * @param layers its layers
 * @param inputs channels of an image, or features of a vector
 * @param outputs features of its output
 */
public record Architecture(String name, Sequence layers, int inputs, int outputs) {

    /** How a ResNet begins. */
    public enum Stem {
        /**
         * 7x7 convolution of stride 2 and a 3x3 max pool of stride 2: ImageNet and, in the paper,
         * STL-10.
         */
        IMAGENET,
        /**
         * 3x3 convolution of stride 1, no pool: CIFAR-10. It starts as torchvision's other
         * convolutions, N(0, 2/fan out), of deviation 0.059.
         */
        CIFAR,
        /**
         * The stem {@link #CIFAR} as the authors' program makes it: its 3x3 convolution replaces
         * torchvision's after that has been initialised, and starts from PyTorch's default,
         * U(-1/sqrt(fan in), 1/sqrt(fan in)), of deviation 0.111.
         */
        CIFAR_AS_CODED
    }

    public Architecture {
        Objects.requireNonNull(layers, "layers");
        if (name.isBlank()) {
            throw new IllegalArgumentException("a network needs a name that is not blank");
        }
    }

    /**
     * The small network for grey images of 28 x 28 and two CPU cores: three convolutions (5x5
     * stride 2, 3x3 stride 2, 3x3), each with BatchNorm and ReLU, then the global average; 4 x
     * width features.
     *
     * @param width channels of the first convolution; the last has four times as many
     */
    public static Architecture small(int channels, int width) {
        return new Architecture(
                "small" + width,
                Sequence.numbered(
                        new Convolution(channels, width, 5, 2, 2, Start.UNIFORM_FAN_IN),
                        new BatchNorm(width, true),
                        new Relu(),
                        new Convolution(width, 2 * width, 3, 2, 1, Start.UNIFORM_FAN_IN),
                        new BatchNorm(2 * width, true),
                        new Relu(),
                        new Convolution(2 * width, 4 * width, 3, 1, 1, Start.UNIFORM_FAN_IN),
                        new BatchNorm(4 * width, true),
                        new Relu(),
                        new GlobalAveragePool()),
                channels,
                4 * width);
    }

    /**
     * ResNet without its last layer, with torchvision's parameter names and initialisation (He et
     * al. 2016; 50 layers with the stride in the 3x3 convolution as in torchvision).
     *
     * @param depth 18, 34 or 50
     */
    public static Architecture resNet(int depth, Stem stem) {
        int[] blocks =
                switch (depth) {
                    case 18 -> new int[] {2, 2, 2, 2};
                    case 34, 50 -> new int[] {3, 4, 6, 3};
                    default ->
                            throw new IllegalArgumentException(
                                    "a ResNet's depth is 18, 34 or 50 here, not " + depth);
                };
        boolean bottleneck = depth == 50;
        int expansion = bottleneck ? 4 : 1;
        List<Child> children = new ArrayList<>();
        boolean large = stem == Stem.IMAGENET;
        children.add(new Child("conv1", stem(stem)));
        children.add(new Child("bn1", new BatchNorm(64, true)));
        children.add(new Child("", new Relu()));
        if (large) {
            children.add(new Child("", new MaxPool(3, 2, 1)));
        }
        int in = 64;
        for (int stage = 0; stage < 4; stage++) {
            int width = 64 << stage;
            List<Layer> residuals = new ArrayList<>();
            for (int i = 0; i < blocks[stage]; i++) {
                int stride = i == 0 && stage > 0 ? 2 : 1;
                residuals.add(residual(in, width, stride, bottleneck));
                in = width * expansion;
            }
            children.add(
                    new Child(
                            "layer" + (stage + 1),
                            Sequence.numbered(residuals.toArray(new Layer[0]))));
        }
        children.add(new Child("", new GlobalAveragePool()));
        return new Architecture(
                "resnet"
                        + depth
                        + switch (stem) {
                            case IMAGENET -> "";
                            case CIFAR -> "-cifar";
                            case CIFAR_AS_CODED -> "-cifar-as-coded";
                        },
                new Sequence(children),
                3,
                512 * expansion);
    }

    /**
     * A network of your own, as a DJL block:
     *
     * <pre>
     * Architecture.of("mine", () -&gt; new SequentialBlock()
     *     .add(Conv2d.builder().setFilters(16).setKernelShape(new Shape(5, 5)).build())
     *     .add(BatchNorm.builder().build())
     *     .add(Activation.reluBlock())
     *     .add(Pool.globalAvgPool2dBlock()), new Shape(1, 28, 28))
     * </pre>
     *
     * <p>It trains on the reference path ({@link BlockNetwork}), in float32. Its weights start as
     * the block's initialisers say, drawn from the recipe's seed, or from the values that the block
     * comes with; frozen parameters stay as they are. A function in it (a lambda block) must not
     * combine an array with a Java number: DJL frees that number before the backward pass has read
     * it; {@code x.getManager().create(2f)} makes it an array that lives long enough. Dropout draws
     * from the engine's random numbers, whose seed is set at each step.
     *
     * @param name what tables call it
     * @param block makes a new block at each call, always with the same layers
     * @param image shape of one image, {@code [channels, height, width]}
     * @throws IllegalArgumentException if the block does not give {@code [batch, features]} or has
     *     nothing to train
     */
    public static Architecture of(String name, Supplier<Block> block, Shape image) {
        if (image.dimension() != 3) {
            throw new IllegalArgumentException(
                    "the shape of an image is [channels, height, width], not " + image);
        }
        return TrainingThread.call(
                () -> {
                    try (BlockForm form = new BlockForm(made(name, block), image)) {
                        long weights =
                                form.weights().stream()
                                        .mapToLong(entry -> entry.parameter().getShape().size())
                                        .sum();
                        if (weights == 0) {
                            throw new IllegalArgumentException(
                                    name + " has no parameter that can be trained");
                        }
                        return new Architecture(
                                String.format(
                                        Locale.ROOT, "%s (DJL block, %d weights)", name, weights),
                                Sequence.of("", new Custom(block, image)),
                                Math.toIntExact(image.get(0)),
                                form.outputs(image));
                    }
                });
    }

    private static Block made(String name, Supplier<Block> block) {
        Block made = block.get();
        if (made == null) {
            throw new IllegalArgumentException("the block of \"%s\" is null".formatted(name));
        }
        return made;
    }

    /**
     * Linear - BatchNorm - ReLU - Linear, with biases: the paper's projector and its two-layer
     * predictor (BatchNorm not affine). {@link Projector} and {@link TwoLayerPredictor} have the
     * other forms.
     */
    public static Architecture head(int in, int hidden, int out, boolean affine) {
        return new Head(hidden, 1, out, true, true, affine, false).on(in);
    }

    /**
     * The network as DJL blocks, not yet initialised: to read, to use in a loop of your own, and
     * what the fast form is tested against.
     */
    public Block block() {
        return ReferenceBlocks.of(isBlock() ? layers.children().get(0).layer() : layers);
    }

    /** Whether it is a user's own block: {@link #of}. */
    public boolean isBlock() {
        return layers.children().size() == 1 && layers.children().get(0).layer() instanceof Custom;
    }

    /** A shape of one input, without the batch, that the network takes. */
    Shape input() {
        if (isBlock()) {
            return ((Custom) layers.children().get(0).layer()).input();
        }
        boolean images = layers.children().stream().anyMatch(c -> c.layer() instanceof Convolution);
        return images ? new Shape(inputs, 64, 64) : new Shape(inputs);
    }

    private static Layer residual(int in, int width, int stride, boolean bottleneck) {
        int out = bottleneck ? 4 * width : width;
        Sequence main =
                bottleneck
                        ? Sequence.of(
                                "conv1", convolution(in, width, 1, 1, 0),
                                "bn1", new BatchNorm(width, true),
                                "", new Relu(),
                                "conv2", convolution(width, width, 3, stride, 1),
                                "bn2", new BatchNorm(width, true),
                                "", new Relu(),
                                "conv3", convolution(width, out, 1, 1, 0),
                                "bn3", new BatchNorm(out, true))
                        : Sequence.of(
                                "conv1", convolution(in, width, 3, stride, 1),
                                "bn1", new BatchNorm(width, true),
                                "", new Relu(),
                                "conv2", convolution(width, width, 3, 1, 1),
                                "bn2", new BatchNorm(width, true));
        Sequence shortcut =
                stride == 1 && in == out
                        ? Sequence.empty()
                        : Sequence.numbered(
                                convolution(in, out, 1, stride, 0), new BatchNorm(out, true));
        return new Residual(main, shortcut);
    }

    private static Convolution stem(Stem stem) {
        return switch (stem) {
            case IMAGENET -> convolution(3, 64, 7, 2, 3);
            case CIFAR -> convolution(3, 64, 3, 1, 1);
            case CIFAR_AS_CODED -> new Convolution(3, 64, 3, 1, 1, Start.UNIFORM_FAN_IN);
        };
    }

    private static Convolution convolution(int in, int out, int kernel, int stride, int padding) {
        return new Convolution(in, out, kernel, stride, padding, Start.NORMAL_FAN_OUT);
    }
}
