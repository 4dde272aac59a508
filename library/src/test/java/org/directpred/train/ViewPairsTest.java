package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.directpred.network.Architecture;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on batches from an iterator, and what bad batches get. */
class ViewPairsTest {
    private static final int BATCHES = 6;

    @TempDir Path folder;

    private static Recipe recipe() {
        return Recipe.fashionMnist()
                .withEncoder(Architecture.small(1, 2))
                .withTwoLayerPredictor(16)
                .withBatchSize(8)
                .withDiagnosticsEvery(5)
                .withEpochs(3);
    }

    private static ViewPairs pairs() {
        return ViewPairs.of("noise", BATCHES, epoch -> batches(epoch).iterator());
    }

    private static List<ViewPair> batches(int epoch) {
        return IntStream.range(0, BATCHES).mapToObj(b -> pair(100L * epoch + b, 8, 1, 12)).toList();
    }

    private static ViewPair pair(long seed, int batch, int channels, int side) {
        Random random = new Random(seed);
        int size = batch * channels * side * side;
        float[] first = new float[size];
        float[] second = new float[size];
        for (int i = 0; i < size; i++) {
            first[i] = random.nextFloat();
            second[i] = first[i] + 0.1f * random.nextFloat();
        }
        return ViewPair.of(first, second, batch, channels, side, side);
    }

    @Test
    void anyIteratorIsTrainedOnAndResumesBitForBit() {
        Map<String, Long> whole;
        try (Pretraining run = Pretraining.of(recipe()).onDevice("cpu").on(pairs())) {
            List<Integer> epochs = new ArrayList<>();
            for (Epoch e : run) {
                epochs.add(e.number());
            }
            assertThat(epochs).containsExactly(0, 1, 2);
            assertThat(run.totalSteps()).isEqualTo(18);
            whole = KilledRun.digests(run);
        }
        try (Pretraining run = start(pairs())) {
            run.train(5);
            run.train(3);
        }
        try (Pretraining run = start(pairs())) {
            assertThat(run.step()).isEqualTo(8);
            assertThat(KilledRun.digests(run.train())).isEqualTo(whole);
        }
        ViewPairs others = ViewPairs.of("others", BATCHES, epoch -> batches(epoch).iterator());
        assertThatThrownBy(() -> start(others)).hasMessageContaining("\"noise\"");
    }

    @Test
    void anEpochThatEndsEarlyIsNamed() {
        ViewPairs few = ViewPairs.of("few", 7, epoch -> batches(epoch).iterator());
        try (Pretraining run = Pretraining.of(recipe()).onDevice("cpu").on(few)) {
            assertThatThrownBy(run::train)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("few ended after batch 6 of epoch 0")
                    .hasMessageContaining("has 7");
        }
    }

    @Test
    void batchesThatDoNotFitAreNamed() {
        assertThatThrownBy(() -> train(pair(1, 8, 3, 12)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 channels")
                .hasMessageContaining("takes 1");
        assertThatThrownBy(() -> train(pair(1, 9, 1, 12)))
                .hasMessageContaining("9 images")
                .hasMessageContaining("batchSize is 8");
        assertThatThrownBy(() -> train(pair(1, 1, 1, 12)))
                .hasMessageContaining("at least 2 images")
                .hasMessageContaining("has 1");
        assertThatThrownBy(() -> ViewPair.of(new float[6], new float[6], 2, 3))
                .hasMessageContaining("(2, 3)");
        assertThatThrownBy(() -> ViewPair.of(new float[12], new float[11], 2, 1, 2, 3))
                .hasMessageContaining("12 numbers")
                .hasMessageContaining("11");
        assertThatThrownBy(() -> ViewPairs.of("none", 0, epoch -> batches(epoch).iterator()))
                .hasMessageContaining("batchesPerEpoch")
                .hasMessageContaining("not 0");
        try (Learner learner = Learner.of(recipe(), Device.cpu())) {
            TrainingThread.run(
                    () -> {
                        try (NDManager scope = learner.manager().newSubManager()) {
                            assertThatThrownBy(
                                            () ->
                                                    learner.step(
                                                            scope.zeros(new Shape(4, 1, 12, 12)),
                                                            scope.zeros(new Shape(4, 1, 12, 13)),
                                                            false))
                                    .isInstanceOf(IllegalArgumentException.class)
                                    .hasMessageContaining("(4, 1, 12, 12)")
                                    .hasMessageContaining("(4, 1, 12, 13)");
                        }
                    });
        }
    }

    @Test
    void aNaNInTheImagesIsNamedAndChangesNothing() {
        ViewPairs broken =
                ViewPairs.of(
                        "noise",
                        BATCHES,
                        epoch -> {
                            List<ViewPair> batches = new ArrayList<>(batches(epoch));
                            float[] second = new float[8 * 144];
                            second[5 * 144 + 3] = Float.NaN;
                            batches.set(3, ViewPair.of(new float[8 * 144], second, 8, 1, 12, 12));
                            return batches.iterator();
                        });
        Map<String, Long> before;
        try (Pretraining run = start(pairs())) {
            run.train(2);
            run.train(1);
            before = KilledRun.digests(run);
        }
        try (Pretraining run = start(broken)) {
            assertThatThrownBy(run::train)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("at step 3")
                    .hasMessageContaining("second view of image 5")
                    .hasMessageContaining("NaN");
            // Statistics of the network, the target and the predictor too.
            assertThat(KilledRun.digests(run)).isEqualTo(before);
        }
        try (Pretraining run = start(pairs())) {
            assertThat(run.step()).isEqualTo(3);
            assertThat(KilledRun.digests(run)).isEqualTo(before);
        }
    }

    private Pretraining start(ViewPairs pairs) {
        return Pretraining.of(recipe()).onDevice("cpu").in(folder).withCheckpointEvery(2).on(pairs);
    }

    private static void train(ViewPair pair) {
        Iterator<ViewPair> one = List.of(pair).iterator();
        try (Pretraining run =
                Pretraining.of(recipe()).onDevice("cpu").on(ViewPairs.of("one", 1, e -> one))) {
            run.train(1);
        }
    }
}
