package org.directpred.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** On the best device: on the pretend GPU too. */
@Tag("device")
class OnHostTest {
    @Test
    void numbersAreReadInRowMajorOrderAndNothingStaysBehind() {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Torch.bestDevice())) {
                        NDArray x = manager.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3));
                        NDArray across = x.transpose();
                        NDArray one = manager.create(new double[] {.5}, new Shape(1, 1));
                        NDArray whole = manager.create(new long[] {7, 8});
                        int arrays = manager.getManagedArrays().size();
                        assertThat(OnHost.floats(x)).containsExactly(1, 2, 3, 4, 5, 6);
                        assertThat(OnHost.floats(across)).containsExactly(1, 4, 2, 5, 3, 6);
                        assertThat(OnHost.number(one)).isEqualTo(.5);
                        assertThat(OnHost.doubles(one)).containsExactly(.5);
                        assertThat(OnHost.longs(whole)).containsExactly(7, 8);
                        List<Float> bytes = new ArrayList<>();
                        OnHost.bytes(
                                across,
                                buffer -> {
                                    while (buffer.hasRemaining()) {
                                        bytes.add(buffer.getFloat());
                                    }
                                });
                        assertThat(bytes).containsExactly(1f, 4f, 2f, 5f, 3f, 6f);
                        assertThat(manager.getManagedArrays()).hasSize(arrays);
                        assertThatThrownBy(() -> OnHost.number(x)).hasMessageContaining("(2, 3)");
                        assertThatThrownBy(() -> OnHost.number(whole.get(0)))
                                .hasMessageContaining("int64");
                    }
                });
    }
}
