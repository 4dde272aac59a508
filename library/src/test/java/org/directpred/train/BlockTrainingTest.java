package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.pooling.Pool;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.directpred.evaluate.Features;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.network.Architecture;
import org.directpred.network.FlatWeights;
import org.directpred.network.Projector;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's own DJL block goes through the whole loop. */
class BlockTrainingTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain();
    private static final Shape IMAGE = new Shape(1, 28, 28);

    @TempDir Path folder;

    private static SequentialBlock own() {
        return new SequentialBlock()
                .add(
                        Conv2d.builder()
                                .setFilters(8)
                                .setKernelShape(new Shape(5, 5))
                                .optStride(new Shape(3, 3))
                                .build())
                .add(BatchNorm.builder().build())
                .add(Activation.reluBlock())
                .add(Dropout.builder().optRate(.1f).build())
                .add(Pool.globalAvgPool2dBlock());
    }

    private static Recipe recipe() {
        return Recipe.fashionMnist()
                .withEncoder(Architecture.of("own", BlockTrainingTest::own, IMAGE))
                .withBatchSize(32)
                .withExcludeBiasAndNorm(true)
                .withDirectPred()
                .withSteps(20);
    }

    @Test
    void itTrainsAndItsRecipeNamesIt() {
        assertThat(recipe().fields()).containsEntry("encoder", "own (DJL block, 224 weights)");
        try (Pretraining run = Pretraining.of(recipe()).onDevice("cpu").on(IMAGES)) {
            FlatWeights online = run.networks().onlineWeights();
            // Kernel, bias, scale and shift; the projector's two layers.
            assertThat(online.layout().parameterGroups().matrices())
                    .containsExactly(200L, 1024L, 4096L);
            assertThat(online.layout().parameterGroups().vectors())
                    .containsExactly(8L, 8L, 8L, 128L, 32L);
            Map<String, float[]> before = TrainingThread.call(() -> online.stateDict(""));
            run.train();
            Map<String, float[]> after = TrainingThread.call(() -> online.stateDict(""));
            before.forEach((name, values) -> assertThat(after.get(name)).isNotEqualTo(values));
            List<Step> steps = run.log().steps();
            assertThat(steps.get(19).loss()).isLessThan(steps.get(0).loss());
            Features features =
                    Features.extract(run.backbone(), IMAGES.first(50), recipe().views());
            assertThat(features.dimension()).isEqualTo(8);
        }
    }

    @Test
    void itResumesBitForBitDropoutIncluded() {
        Map<String, Long> whole;
        try (Pretraining run = Pretraining.of(recipe()).onDevice("cpu").on(IMAGES)) {
            whole = KilledRun.digests(run.train());
        }
        try (Pretraining run = start()) {
            run.train(10);
        }
        try (Pretraining run = start()) {
            assertThat(run.step()).isEqualTo(10);
            assertThat(KilledRun.digests(run.train())).isEqualTo(whole);
        }
    }

    @Test
    void itTrainsWithoutAnyBatchNormUnderALinearProjector() {
        Recipe bare =
                recipe().withEncoder(
                                Architecture.of(
                                        "bare",
                                        () ->
                                                new SequentialBlock()
                                                        .add(
                                                                Conv2d.builder()
                                                                        .setFilters(8)
                                                                        .setKernelShape(
                                                                                new Shape(5, 5))
                                                                        .build())
                                                        .add(Activation.reluBlock())
                                                        .add(Pool.globalAvgPool2dBlock()),
                                        IMAGE))
                        .withProjector(Projector.linear(4))
                        .withSteps(8);
        RunOptions start = Pretraining.of(bare).onDevice("cpu");
        Map<String, Long> whole;
        try (Pretraining run = start.on(IMAGES)) {
            whole = KilledRun.digests(run.train());
            List<Step> steps = run.log().steps();
            assertThat(steps.get(7).loss()).isLessThan(steps.get(0).loss());
        }
        try (Pretraining run = start.in(folder).withCheckpointEvery(4).on(IMAGES)) {
            run.train(4);
        }
        try (Pretraining run = start.in(folder).withCheckpointEvery(4).on(IMAGES)) {
            assertThat(KilledRun.digests(run.train())).isEqualTo(whole);
        }
    }

    @Test
    void theSameNetworkAsBlocksAndAsFunctionHasTheSameLosses() {
        Recipe functional = Recipe.fashionMnist().withEncoder(Architecture.small(1, 4));
        functional = functional.withBatchSize(32).withDirectPred().withSteps(12);
        Recipe blocks =
                functional.withEncoder(
                        Architecture.of("small4", () -> Architecture.small(1, 4).block(), IMAGE));
        List<Double> expected = losses(functional);
        List<Double> actual = losses(blocks);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i))
                    .as("step %d", i)
                    .isCloseTo(expected.get(i), org.assertj.core.api.Assertions.within(1e-4));
        }
    }

    private static List<Double> losses(Recipe recipe) {
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
            TrainingThread.run(
                    () -> {
                        for (FlatWeights w :
                                List.of(
                                        run.networks().onlineWeights(),
                                        run.networks().targetWeights())) {
                            start(w);
                        }
                    });
            return run.train().log().steps().stream().map(Step::loss).toList();
        }
    }

    /** The same start whatever the parameters are called: by their place. */
    private static void start(FlatWeights w) {
        Map<String, float[]> all = w.stateDict("");
        w.layout()
                .weights()
                .forEach(
                        slot -> {
                            float[] values = all.get(slot.name());
                            for (int i = 0; i < values.length; i++) {
                                double fan = Math.sqrt((double) slot.size() / slot.shape().get(0));
                                values[i] =
                                        (float)
                                                (slot.isVector()
                                                        ? 1
                                                                + .1
                                                                        * Math.sin(
                                                                                (double)
                                                                                                slot
                                                                                                        .offset()
                                                                                        + i)
                                                        : Math.sin(
                                                                        .7
                                                                                * ((double)
                                                                                                slot
                                                                                                        .offset()
                                                                                        + i))
                                                                / fan);
                            }
                        });
        w.load("", all);
    }

    private Pretraining start() {
        return Pretraining.of(recipe())
                .onDevice("cpu")
                .in(folder)
                .withCheckpointEvery(5)
                .on(IMAGES);
    }
}
