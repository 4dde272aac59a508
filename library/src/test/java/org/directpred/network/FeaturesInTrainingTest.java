package org.directpred.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.directpred.network.Architecture.Stem;
import org.directpred.network.FunctionalNetwork.Part;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The features that a training pass gives away on its way change nothing of the pass. */
class FeaturesInTrainingTest {

    static Stream<Arguments> networks() {
        return Stream.of(
                Arguments.of(Architecture.small(1, 4), new Shape(6, 1, 28, 28), false),
                Arguments.of(Architecture.small(1, 4), new Shape(6, 1, 28, 28), true),
                Arguments.of(Architecture.resNet(18, Stem.CIFAR), new Shape(4, 3, 32, 32), false));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void theyAreTheEncodersAndThePassIsTheSameToTheLastBit(
            Architecture encoder, Shape images, boolean blocks) {
        Part first = new Part("encoder", encoder);
        List<Part> whole =
                List.of(
                        first,
                        new Part("projector", Architecture.head(encoder.outputs(), 8, 5, false)));
        TrainingThread.run(
                () -> {
                    try (Network network = network(whole, blocks);
                            Network alone = network(List.of(first), blocks);
                            NDManager scope = Torch.newManager(Device.cpu())) {
                        NDArray x1 = images(images, 1, scope);
                        NDArray x2 = images(images, 2, scope);
                        for (boolean both : new boolean[] {true, false}) {
                            List<float[]> without = pass(network, x1, x2, both, false);
                            List<float[]> with = pass(network, x1, x2, both, true);
                            for (int i = 0; i < without.size(); i++) {
                                assertThat(with.get(i)).isEqualTo(without.get(i));
                            }
                            List<float[]> features = features(network, alone, x1, x2);
                            for (int i = 0; i < 2; i++) {
                                assertThat(with.get(without.size() + i))
                                        .containsExactly(features.get(i), Offset.offset(1e-5f));
                            }
                        }
                    }
                });
    }

    private static Network network(List<Part> parts, boolean blocks) {
        return blocks
                ? new BlockNetwork(parts, Precision.FLOAT32, Device.cpu())
                : new FunctionalNetwork(parts, Precision.FLOAT32, Device.cpu());
    }

    /** Outputs, gradient and statistics of a pass, then its features. */
    private static List<float[]> pass(
            Network network, NDArray x1, NDArray x2, boolean both, boolean withFeatures) {
        try (NDManager scope = Torch.newManager(Device.cpu());
                FlatWeights w =
                        new FlatWeights(network.layout(), 7, true, DataType.FLOAT32, scope)) {
            NDList z = new NDList();
            NDList features = new NDList();
            try (GradientCollector collector = Torch.engine().newGradientCollector()) {
                if (both) {
                    NDList y =
                            withFeatures
                                    ? network.trainWithFeatures(x1, x2, w.weights(), w.statistics())
                                    : network.train(x1, x2, w.weights(), w.statistics());
                    z.addAll(y.subList(0, 2));
                    features.addAll(y.subList(2, y.size()));
                } else {
                    for (NDArray x : List.of(x1, x2)) {
                        NDList y =
                                withFeatures
                                        ? network.trainWithFeatures(x, w.weights(), w.statistics())
                                        : new NDList(network.train(x, w.weights(), w.statistics()));
                        z.add(y.get(0));
                        features.addAll(y.subList(1, y.size()));
                    }
                }
                collector.backward(z.get(0).mul(z.get(1)).sum());
            }
            assertThat(features).noneMatch(NDArray::hasGradient);
            List<float[]> all = new ArrayList<>();
            all.add(z.get(0).toFloatArray());
            all.add(z.get(1).toFloatArray());
            all.add(w.weights().getGradient().toFloatArray());
            all.add(w.statistics().toFloatArray());
            features.forEach(f -> all.add(f.toFloatArray()));
            return all;
        }
    }

    /** What a network that is the first part alone makes of both views. */
    private static List<float[]> features(Network whole, Network alone, NDArray x1, NDArray x2) {
        try (NDManager scope = Torch.newManager(Device.cpu());
                FlatWeights w = new FlatWeights(whole.layout(), 7, false, DataType.FLOAT32, scope);
                FlatWeights a =
                        new FlatWeights(alone.layout(), 8, false, DataType.FLOAT32, scope)) {
            Map<String, float[]> state = new TreeMap<>(w.stateDict(""));
            state.keySet().removeIf(name -> !name.startsWith("encoder."));
            a.load("", state);
            return alone.train(x1, x2, a.weights(), a.statistics()).stream()
                    .map(NDArray::toFloatArray)
                    .toList();
        }
    }

    private static NDArray images(Shape shape, long seed, NDManager scope) {
        Random random = new Random(seed);
        float[] values = new float[(int) shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = 2 * random.nextFloat() - 1;
        }
        return scope.create(values, shape);
    }
}
