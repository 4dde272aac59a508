package org.directpred.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ProjectorTest {

    /** PyTorch's names and shapes of the parameters that train, and the names of the buffers. */
    private static List<String> parameters(Projector projector) {
        return layout(projector).weights().stream().map(s -> s.name() + s.shape()).toList();
    }

    private static List<String> buffers(Projector projector) {
        return layout(projector).statistics().stream().map(s -> s.name() + s.shape()).toList();
    }

    private static ParameterLayout layout(Projector projector) {
        Architecture head = projector.on(7);
        assertThat(head.inputs()).isEqualTo(7);
        assertThat(head.outputs()).isEqualTo(projector.outputs());
        return new ParameterLayout(List.of(new Layer.Child("projector", head.layers())));
    }

    @Test
    void thePapersIsTwoLayersWithABareBatchNorm() {
        Projector paper = Projector.of(5, 3);
        assertThat(parameters(paper))
                .containsExactly(
                        "projector.0.weight[5, 7]",
                        "projector.3.weight[3, 5]",
                        "projector.0.bias[5]",
                        "projector.3.bias[3]");
        assertThat(buffers(paper))
                .containsExactly("projector.1.running_mean[5]", "projector.1.running_var[5]");
        // The name that runs of earlier versions have in their checkpoints.
        assertThat(paper.on(7)).isEqualTo(Architecture.head(7, 5, 3, false));
        assertThat(paper.on(7).name()).isEqualTo("head7-5-3");
    }

    @Test
    void anAffineOneHasScaleAndShiftAndMayLackBiases() {
        assertThat(parameters(Projector.of(5, 3).withAffine()))
                .containsExactly(
                        "projector.0.weight[5, 7]",
                        "projector.3.weight[3, 5]",
                        "projector.0.bias[5]",
                        "projector.1.weight[5]",
                        "projector.1.bias[5]",
                        "projector.3.bias[3]");
        Projector bare = Projector.of(5, 3).withAffine().withoutBias();
        assertThat(parameters(bare))
                .containsExactly(
                        "projector.0.weight[5, 7]",
                        "projector.3.weight[3, 5]",
                        "projector.1.weight[5]",
                        "projector.1.bias[5]");
        assertThat(bare.on(7).name()).isEqualTo("head7-5-3-affine-no-bias");
    }

    @Test
    void withoutAHiddenLayerItIsOneLinear() {
        assertThat(parameters(Projector.linear(3)))
                .containsExactly("projector.0.weight[3, 7]", "projector.0.bias[3]");
        assertThat(parameters(Projector.linear(3).withoutBias()))
                .containsExactly("projector.0.weight[3, 7]");
        assertThat(buffers(Projector.linear(3))).isEmpty();
        assertThat(Projector.linear(3).on(7).name()).isEqualTo("linear7-3");
        assertThat(Projector.linear(3).withoutBias().on(7).name()).isEqualTo("linear7-3-no-bias");
    }

    @Test
    void byolsLastLayerHasNoBias() {
        assertThat(Projector.byol())
                .isEqualTo(new Projector(OptionalInt.of(4096), 256, true, true, false, 1, false));
        assertThat(Projector.byol().on(2048).name())
                .isEqualTo("head2048-4096-256-affine-no-output-bias");
        assertThat(parameters(Projector.of(5, 3).withAffine().withoutOutputBias()))
                .containsExactly(
                        "projector.0.weight[5, 7]",
                        "projector.3.weight[3, 5]",
                        "projector.0.bias[5]",
                        "projector.1.weight[5]",
                        "projector.1.bias[5]");
    }

    @Test
    void simSiamsHasThreeLayersEachWithBatchNorm() {
        assertThat(Projector.simSiam().on(2048).name())
                .isEqualTo("head2048-2048-2048-2048-affine-no-bias-normalised");
        Projector small =
                Projector.of(5, 3)
                        .withHiddenLayers(2)
                        .withAffine()
                        .withoutBias()
                        .withNormalisedOutput();
        assertThat(parameters(small))
                .containsExactly(
                        "projector.0.weight[5, 7]",
                        "projector.3.weight[5, 5]",
                        "projector.6.weight[3, 5]",
                        "projector.1.weight[5]",
                        "projector.1.bias[5]",
                        "projector.4.weight[5]",
                        "projector.4.bias[5]");
        assertThat(buffers(small))
                .contains("projector.7.running_mean[3]", "projector.7.running_var[3]");
        assertThatThrownBy(() -> Projector.linear(3).withHiddenLayers(2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("hiddenLayers");
        assertThatThrownBy(() -> Projector.of(5, 3).withHiddenLayers(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not 0");
    }

    @Test
    void theTwoLayerPredictorsOfByolAndSimSiam() {
        assertThat(TwoLayerPredictor.byol().describe())
                .isEqualTo("two layers, hidden 4096, no output bias, affine");
        assertThat(TwoLayerPredictor.simSiam().describe())
                .isEqualTo("two layers, hidden 512, no hidden bias, affine");
        assertThat(TwoLayerPredictor.of(64).withoutBias().describe())
                .isEqualTo("two layers, hidden 64, no bias");
    }

    @Test
    void badNumbersAreNamed() {
        assertThatThrownBy(() -> Projector.of(0, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("projector's hidden")
                .hasMessageContaining("not 0")
                .hasMessageContaining("Projector.linear");
        assertThatThrownBy(() -> Projector.of(5, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("projector's outputs")
                .hasMessageContaining("not 1");
        assertThatThrownBy(() -> Projector.linear(-2))
                .hasMessageContaining("projector's outputs")
                .hasMessageContaining("not -2");
        assertThatThrownBy(() -> Projector.linear(3).withAffine())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("affine")
                .hasMessageContaining("Projector.of");
    }
}
