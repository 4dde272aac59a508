package org.directpred.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Map;
import org.directpred.network.Architecture.Stem;
import org.directpred.network.Layer.Child;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;

/** How the first convolution of a small stem starts: torchvision's way and the authors'. */
class StemTest {
    @Test
    void asPublishedItIsNormalAndAsCodedPyTorchsUniformDefault() {
        Map<String, float[]> published = start(Stem.CIFAR);
        Map<String, float[]> coded = start(Stem.CIFAR_AS_CODED);
        // N(0, 2 / (9 x 64)) of torchvision, and U(-1/sqrt 27, 1/sqrt 27); 1728 weights.
        assertThat(deviation(published.get("conv1.weight"))).isCloseTo(.0589, within(.004));
        assertThat(deviation(coded.get("conv1.weight"))).isCloseTo(.1111, within(.004));
        assertThat(largest(coded.get("conv1.weight"))).isBetween(.19, 1 / Math.sqrt(27));
        assertThat(largest(published.get("conv1.weight"))).isGreaterThan(.15);
        // All other layers start alike.
        assertThat(deviation(coded.get("layer1.0.conv1.weight")))
                .isCloseTo(deviation(published.get("layer1.0.conv1.weight")), within(.002));
        assertThat(coded.keySet()).isEqualTo(published.keySet());
    }

    @Test
    void theyHaveDifferentNames() {
        assertThat(Architecture.resNet(18, Stem.CIFAR).name()).isEqualTo("resnet18-cifar");
        assertThat(Architecture.resNet(18, Stem.CIFAR_AS_CODED).name())
                .isEqualTo("resnet18-cifar-as-coded");
    }

    private static Map<String, float[]> start(Stem stem) {
        return TrainingThread.call(
                () -> {
                    ParameterLayout layout =
                            new ParameterLayout(
                                    java.util.List.of(
                                            new Child("", Architecture.resNet(18, stem).layers())));
                    try (NDManager manager = Torch.newManager(Device.cpu());
                            FlatWeights weights =
                                    new FlatWeights(layout, 3, false, DataType.FLOAT32, manager)) {
                        return weights.stateDict("");
                    }
                });
    }

    private static double deviation(float[] values) {
        double square = 0;
        for (float v : values) {
            square += v * v;
        }
        return Math.sqrt(square / values.length);
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float v : values) {
            largest = Math.max(largest, Math.abs(v));
        }
        return largest;
    }
}
