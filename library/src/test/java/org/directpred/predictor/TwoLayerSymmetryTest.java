package org.directpred.predictor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.List;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.tensor.ParameterGroups;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;

/** The two-layer predictor whose layers are each other's transposes. */
class TwoLayerSymmetryTest {

    @Test
    void afterAStepBothLayersAreTheirMean() {
        TrainingThread.run(
                () -> {
                    int d = 3;
                    int h = 5;
                    try (NDManager manager = Torch.newManager(Device.cpu());
                            Predictor p =
                                    TwoLayerPredictor.of(h)
                                            .withSymmetry()
                                            .create(d, DataType.FLOAT64, 1, manager)) {
                        double[] before = values(p);
                        p.afterStep(0);
                        double[] after = values(p);
                        assertThat(p.parameterGroups())
                                .contains(new ParameterGroups(List.of(15L, 15L), List.of(5L, 3L)));
                        for (int i = 0; i < h; i++) {
                            for (int j = 0; j < d; j++) {
                                double w = (before[i * d + j] + before[h * d + j * h + i]) / 2;
                                assertThat(after[i * d + j]).isEqualTo(w);
                                assertThat(after[h * d + j * h + i]).isEqualTo(w);
                            }
                        }
                        for (int i = 2 * h * d; i < after.length; i++) {
                            assertThat(after[i]).isEqualTo(before[i]);
                        }
                    }
                });
    }

    @Test
    void itSaysSo() {
        assertThat(TwoLayerPredictor.of(8).describe()).isEqualTo("two layers, hidden 8");
        assertThat(TwoLayerPredictor.of(8).withSymmetry().describe())
                .isEqualTo("two layers, hidden 8, symmetric");
        assertThat(TwoLayerPredictor.of(8).withAffine().withSymmetry().describe())
                .isEqualTo("two layers, hidden 8, affine, symmetric");
    }

    private static double[] values(Predictor p) {
        try (NDArray plain = p.parameters().orElseThrow().stopGradient()) {
            return plain.toDoubleArray();
        }
    }
}
