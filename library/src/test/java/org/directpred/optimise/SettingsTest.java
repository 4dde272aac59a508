package org.directpred.optimise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import java.util.List;
import java.util.function.LongToDoubleFunction;
import java.util.function.ToDoubleBiFunction;
import org.directpred.image.Operation;
import org.directpred.tensor.ParameterGroups;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;

/** What the optimisers and schedules refuse, and what a gradient is afterwards. */
class SettingsTest {

    @Test
    void badSettingsAreNamedWithTheirNumber() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            NDArray w = manager.create(new float[] {1, 2, 3});
            assertThatThrownBy(() -> new Sgd(w, 1, false, manager))
                    .hasMessage("momentum must be at least 0 and below 1, not 1.0");
            assertThatThrownBy(() -> new Sgd(w, 0, true, manager))
                    .hasMessage("nesterov needs a momentum above 0");
            assertThatThrownBy(() -> new Sgd(w, 4, .9, false, manager))
                    .hasMessageContaining("decayed")
                    .hasMessageContaining("between 0 and 3, not be 4");
            assertThatThrownBy(() -> new Lars(w, List.of(2L, 2L), .9, 1e-3, manager))
                    .hasMessageContaining("[2, 2]")
                    .hasMessageContaining("at most 3");
            assertThatThrownBy(() -> new Lars(w, List.of(3L), .9, 0, manager))
                    .hasMessage("eta, LARS's coefficient, must be above 0 and finite, not 0.0");
            assertThatThrownBy(() -> new AdamW(w, 4, .9, .999, 1e-8, manager))
                    .hasMessageContaining("between 0 and 3, not be 4");
            assertThatThrownBy(() -> new AdamW(w, 3, 1, .999, 1e-8, manager))
                    .hasMessage("beta1 must be at least 0 and below 1, not 1.0");
            assertThatThrownBy(() -> OptimiserChoice.adamW().withBetas(.9, Double.NaN))
                    .hasMessage("beta2 must be at least 0 and below 1, not NaN");
            assertThatThrownBy(() -> OptimiserChoice.adamW().withEpsilon(-1))
                    .hasMessageContaining("epsilon")
                    .hasMessageContaining("-1.0");
            assertThatThrownBy(() -> OptimiserChoice.adamW().withMomentum(.5))
                    .hasMessageContaining("AdamW has no momentum");
            assertThatThrownBy(() -> OptimiserChoice.sgd().withBetas(.9, .9))
                    .hasMessageContaining("SGD has no betas");
            assertThatThrownBy(() -> new GradientClipping(-1, List.of(w)))
                    .hasMessageContaining("maxNorm")
                    .hasMessageContaining("-1.0");
        }
        assertThatThrownBy(() -> Schedule.cosine().withWarmUpEpochs(-1))
                .hasMessage("warmUp must be at least 0 and finite, not -1.0");
        assertThatThrownBy(() -> Schedule.cosine().withStart(2)).hasMessageContaining("2.0");
        assertThatThrownBy(
                        () ->
                                Schedule.cosine()
                                        .withWarmUpEpochs(10)
                                        .factor(0, new TrainingLength(100, 10)))
                .hasMessage(
                        "the warm-up of 100 steps must be shorter than the training of 100 steps");
        assertThatThrownBy(() -> new TrainingLength(0, 1))
                .hasMessage("steps, the training's length, must be at least 1, not 0");
        assertThatThrownBy(() -> new TrainingLength(1, 0))
                .hasMessage("stepsPerEpoch must be at least 1, not 0");
        assertThatThrownBy(() -> Schedule.scaledRate(.3, 0)).hasMessageContaining("batchSize");
        assertThatThrownBy(() -> new ParameterGroups(List.of(3L, 0L), List.of()))
                .hasMessageContaining("not 0");
    }

    @Test
    void whatIsNamedIsThere() {
        assertThatThrownBy(() -> Schedule.named("x", (LongToDoubleFunction) null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("factor");
        assertThatThrownBy(
                        () -> Schedule.named("x", (ToDoubleBiFunction<Long, TrainingLength>) null))
                .hasMessage("factor");
        assertThatThrownBy(() -> Schedule.named(null, step -> 1)).hasMessage("name");
        assertThatThrownBy(() -> Operation.named(null, (canvas, random) -> {})).hasMessage("name");
        assertThatThrownBy(() -> Operation.named("x", null)).hasMessage("operation");
    }

    @Test
    void ratesAreScaledByTheBatch() {
        assertThat(Schedule.scaledRate(.3, 4096)).isEqualTo(4.8);
        assertThat(Schedule.scaledRate(.2, 256)).isEqualTo(.2);
    }

    @Test
    void schedulesSayWhatTheyAre() {
        assertThat(Schedule.constant().describe()).isEqualTo("constant");
        assertThat(Schedule.cosine().describe()).isEqualTo("cosine");
        assertThat(Schedule.cosine().withWarmUpEpochs(10).describe())
                .isEqualTo("cosine after a warm-up of 10 epochs");
        assertThat(Schedule.cosine().withWarmUpSteps(10).withStart(.1).describe())
                .isEqualTo("cosine after a warm-up of 10 steps from 0.1");
    }

    @Test
    void aCosineEndsAtZeroAndStaysThere() {
        TrainingLength length = new TrainingLength(100, 10);
        Schedule schedule = Schedule.cosine().withWarmUpEpochs(.5);
        assertThat(schedule.factor(5, length)).isEqualTo(1);
        assertThat(schedule.factor(100, length)).isZero();
        assertThat(schedule.factor(200, length)).isZero();
    }

    @Test
    void aStepAndADropLeaveNoGradient() {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        NDArray w = manager.create(new float[] {1, 2, 3});
                        w.setRequiresGradient(true);
                        for (Optimiser optimiser :
                                List.of(
                                        new Sgd(w, .9, false, manager),
                                        new Lars(w, List.of(2L), .9, 1e-3, manager),
                                        new AdamW(w, 2, .9, .999, 1e-8, manager))) {
                            backward(w);
                            optimiser.step(.1, .1);
                            backward(w);
                            assertThatThrownBy(() -> optimiser.step(.1, Double.NaN))
                                    .hasMessage(
                                            "weightDecay must be at least 0 and finite, not NaN");
                            optimiser.dropGradient();
                            assertThat(w.getGradient().abs().sum().getFloat()).isZero();
                            backward(w);
                            assertThat(w.getGradient().abs().sum().getFloat()).isEqualTo(3);
                            optimiser.dropGradient();
                            assertThat(w.getGradient().abs().sum().getFloat()).isZero();
                        }
                    }
                });
    }

    @Test
    void severalArraysAreClippedByTheirCommonNorm() {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        NDArray a = manager.create(new double[] {1, 1});
                        NDArray b = manager.create(new double[] {1});
                        a.setRequiresGradient(true);
                        b.setRequiresGradient(true);
                        try (GradientCollector collector = Torch.engine().newGradientCollector()) {
                            NDArray slopes = manager.create(new double[] {2, 2});
                            collector.backward(a.mul(slopes).sum().add(b.sum()));
                        }
                        try (GradientClipping clipping = new GradientClipping(1.5, List.of(a, b));
                                NDArray norm = clipping.clip()) {
                            assertThat(norm.getDouble()).isCloseTo(3, within(1e-15));
                        }
                        double factor = 1.5 / (3 + 1e-6);
                        assertThat(a.getGradient().toDoubleArray())
                                .containsExactly(
                                        new double[] {2 * factor, 2 * factor}, within(1e-15));
                        assertThat(b.getGradient().getDouble()).isCloseTo(factor, within(1e-15));
                    }
                });
    }

    private static void backward(NDArray w) {
        try (GradientCollector collector = Torch.engine().newGradientCollector()) {
            collector.backward(w.sum());
        }
    }

    @Test
    void byEpochsTheCosineIsAStaircase() {
        TrainingLength length = new TrainingLength(20, 5);
        WarmUpCosine smooth = Schedule.cosine();
        WarmUpCosine stairs = smooth.withEveryEpoch();
        for (long step = 0; step < 20; step++) {
            long epoch = step / 5;
            assertThat(stairs.factor(step, length))
                    .isEqualTo((1 + Math.cos(Math.PI * epoch / 4)) / 2)
                    .isEqualTo(smooth.factor(5 * epoch, length));
        }
        assertThat(stairs.describe()).isEqualTo("cosine by epochs");
        assertThat(smooth.describe()).isEqualTo("cosine");
        WarmUpCosine warm = smooth.withWarmUpEpochs(2).withEveryEpoch().withStart(.1);
        assertThat(warm.factor(4, length)).isEqualTo(.1);
        assertThat(warm.factor(5, length)).isEqualTo(.1 + .9 * 5 / 10);
        assertThat(warm.factor(19, length)).isEqualTo((1 + Math.cos(Math.PI / 2)) / 2);
        assertThat(warm.describe())
                .isEqualTo("cosine by epochs after a warm-up of 2 epochs from 0.1");
    }
}
