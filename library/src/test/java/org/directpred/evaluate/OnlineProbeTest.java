package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;

class OnlineProbeTest {

    @Test
    void itLearnsWhatCanBeLearntWhateverTheScale() {
        Features clouds = Clouds.of(6400, 8, 4, 0.8, 1);
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu());
                            OnlineProbe probe = new OnlineProbe(8, 4, manager)) {
                        assertThat(probe.accuracy()).isNaN();
                        double first = 0;
                        double last = 0;
                        int arrays = 0;
                        for (int i = 0; i < 400; i++) {
                            int from = i * 64 % 6400;
                            try (NDManager scope = manager.newSubManager()) {
                                NDArray x = clouds.toArray(from, from + 64, scope).muli(100);
                                float[] before = x.toFloatArray();
                                int[] labels = Arrays.copyOfRange(clouds.labels(), from, from + 64);
                                double now = probe.update(x, labels);
                                first += i < 10 ? now / 10 : 0;
                                last += i >= 390 ? now / 10 : 0;
                                assertThat(x.toFloatArray()).isEqualTo(before);
                            }
                            if (i == 0) {
                                arrays = manager.getManagedArrays().size();
                            }
                        }
                        assertThat(first).isLessThan(0.6);
                        assertThat(last).isGreaterThan(0.9);
                        assertThat(probe.accuracy()).isBetween(0.8, 1.0);
                        assertThat(manager.getManagedArrays()).hasSize(arrays);
                    }
                });
    }

    @Test
    void rowsWithoutALabelAreLeftOut() {
        Features clouds = Clouds.of(64, 8, 4, 0.8, 1);
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu());
                            OnlineProbe some = new OnlineProbe(8, 4, manager);
                            OnlineProbe half = new OnlineProbe(8, 4, manager)) {
                        int[] labels = clouds.labels();
                        int[] first = Arrays.copyOf(labels, 32);
                        Arrays.fill(labels, 32, 64, Features.UNLABELLED);
                        NDArray all = clouds.toArray(0, 64, manager);
                        double now = some.update(all, labels);
                        assertThat(now)
                                .isEqualTo(half.update(clouds.toArray(0, 32, manager), first));
                        half.state()
                                .forEach(
                                        (name, array) ->
                                                assertThat(some.state().get(name).toByteBuffer())
                                                        .as(name)
                                                        .isEqualTo(array.toByteBuffer()));
                        Arrays.fill(labels, Features.UNLABELLED);
                        assertThat(some.update(all, labels)).isNaN();
                        assertThat(some.accuracy()).isEqualTo(now);
                    }
                });
    }

    @Test
    void badInputIsNamed() {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu());
                            OnlineProbe probe = new OnlineProbe(3, 2, manager)) {
                        NDArray x = manager.ones(new Shape(2, 3));
                        assertThatThrownBy(() -> probe.update(x, new int[] {0, 2}))
                                .hasMessageContaining("label 2 of row 1");
                        assertThatThrownBy(() -> probe.update(x, new int[] {0}))
                                .hasMessageContaining("(1, 3)");
                        assertThatThrownBy(() -> new OnlineProbe(3, 1, manager))
                                .hasMessageContaining("two classes");
                    }
                });
    }
}
