package org.directpred.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.directpred.network.Architecture.Stem;
import org.directpred.network.FunctionalNetwork.Part;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * DJL's own blocks are the oracle of the functional form, and the other way round. In float64 they
 * differ by 3e-7, for DJL's BatchNorm takes its epsilon and momentum as floats.
 */
class BlockNetworkTest {
    private static final Projector PAPERS = Projector.of(8, 5);

    static Stream<Arguments> networks() {
        return Stream.of(
                Arguments.of(Architecture.small(1, 4), PAPERS, new Shape(6, 1, 28, 28)),
                Arguments.of(
                        Architecture.small(1, 4),
                        PAPERS.withAffine().withoutBias(),
                        new Shape(6, 1, 28, 28)),
                Arguments.of(
                        Architecture.small(1, 4), Projector.linear(5), new Shape(6, 1, 28, 28)),
                Arguments.of(Architecture.resNet(18, Stem.CIFAR), PAPERS, new Shape(4, 3, 32, 32)),
                Arguments.of(
                        Architecture.resNet(18, Stem.IMAGENET), PAPERS, new Shape(4, 3, 64, 64)),
                Arguments.of(Architecture.resNet(50, Stem.CIFAR), PAPERS, new Shape(2, 3, 16, 16)));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void blocksAndFunctionAreOneNetwork(Architecture encoder, Projector projector, Shape images) {
        List<Part> parts =
                List.of(
                        new Part("encoder", encoder),
                        new Part("projector", projector.on(encoder.outputs())));
        TrainingThread.run(
                () -> {
                    try (Network blocks = new BlockNetwork(parts, Precision.FLOAT64, Device.cpu());
                            Network function =
                                    new FunctionalNetwork(parts, Precision.FLOAT64, Device.cpu())) {
                        Map<String, double[]> expected = results(function, images);
                        results(blocks, images)
                                .forEach(
                                        (name, actual) ->
                                                assertThat(error(actual, expected.get(name)))
                                                        .as(name)
                                                        .isLessThan(2e-6));
                    }
                });
    }

    @Test
    void anUntrainedBlockStartsFromTheSeedAndALoadedOneFromItsValues() {
        Shape image = new Shape(1, 4, 4);
        Architecture fresh = Architecture.of("fresh", BlockNetworkTest::linear, image);
        ParameterLayout layout = new ParameterLayout(List.of(new Layer.Child("e", fresh.layers())));
        assertThat(layout.initialWeights(3))
                .isEqualTo(layout.initialWeights(3))
                .isNotEqualTo(layout.initialWeights(4));
        Architecture loaded =
                Architecture.of(
                        "loaded",
                        () -> {
                            SequentialBlock block = linear();
                            NDManager manager = Torch.newManager(Device.cpu());
                            block.initialize(manager, DataType.FLOAT32, new Shape(1, 1, 4, 4));
                            block.getParameters().get(0).getValue().getArray().set(new float[48]);
                            return block;
                        },
                        image);
        ParameterLayout given = new ParameterLayout(List.of(new Layer.Child("e", loaded.layers())));
        assertThat(given.initialWeights(3)).containsOnly(0);
        assertThat(given.weights().get(0).shape()).containsExactly(3L, 16L);
    }

    @Test
    void badBlocksAreNamed() {
        Shape image = new Shape(1, 4, 4);
        assertThatThrownBy(() -> Architecture.of("flat", Blocks::batchFlattenBlock, image))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("flat has no parameter");
        assertThatThrownBy(
                        () ->
                                Architecture.of(
                                        "maps",
                                        () -> Architecture.small(1, 2).block(),
                                        new Shape(1, 28)))
                .hasMessageContaining("(1, 28)");
        assertThatThrownBy(
                        () ->
                                Architecture.of(
                                        "maps",
                                        () ->
                                                new SequentialBlock()
                                                        .add(linear())
                                                        .addSingleton(x -> x.expandDims(1)),
                                        image))
                .hasMessageContaining("[batch, features]")
                .hasMessageContaining("(2, 1, 3)");
        List<Part> parts =
                List.of(new Part("e", Architecture.of("own", BlockNetworkTest::linear, image)));
        assertThatThrownBy(() -> Network.of(parts, Precision.BFLOAT16, Device.cpu()))
                .hasMessageContaining("BFLOAT16")
                .hasMessageContaining("own");
        TrainingThread.run(
                () -> {
                    try (Network network = Network.of(parts, Precision.FLOAT32, Device.cpu());
                            NDManager scope = Torch.newManager(Device.cpu())) {
                        FlatWeights w =
                                new FlatWeights(
                                        network.layout(), 1, false, DataType.FLOAT32, scope);
                        assertThatThrownBy(
                                        () ->
                                                network.features(
                                                        scope.zeros(new Shape(2, 1, 5, 5)),
                                                        w.weights(),
                                                        w.statistics()))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("(1, 4, 4)")
                                .hasMessageContaining("(1, 5, 5)");
                    }
                });
    }

    private static SequentialBlock linear() {
        return new SequentialBlock()
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(3).optBias(false).build());
    }

    /** What a network makes of two batches, by name and all flat. */
    private static Map<String, double[]> results(Network network, Shape images) {
        try (NDManager scope = Torch.newManager(Device.cpu());
                FlatWeights w =
                        new FlatWeights(network.layout(), 7, true, DataType.FLOAT64, scope)) {
            NDArray first = images(images, 1, scope);
            NDArray second = images(images, 2, scope);
            NDList y;
            try (GradientCollector collector = Torch.engine().newGradientCollector()) {
                y = network.train(first, second, w.weights(), w.statistics());
                collector.backward(y.get(0).mul(y.get(1)).sum().add(y.get(0).square().mean()));
            }
            return Map.of(
                    "outputs", y.get(0).concat(y.get(1)).toDoubleArray(),
                    "gradient", w.weights().getGradient().toDoubleArray(),
                    "statistics", w.statistics().toDoubleArray(),
                    "features",
                            network.features(first, w.weights(), w.statistics()).toDoubleArray(),
                    "evaluated",
                            network.evaluate(first, w.weights(), w.statistics()).toDoubleArray());
        }
    }

    private static NDArray images(Shape shape, long seed, NDManager scope) {
        return scope.create(new Random(seed).doubles(shape.size(), -1, 1).toArray(), shape);
    }

    private static double error(double[] actual, double[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double square = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            square += Math.pow(actual[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        assertThat(norm).isPositive();
        return Math.sqrt(square / norm);
    }
}
