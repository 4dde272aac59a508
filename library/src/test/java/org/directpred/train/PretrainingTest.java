package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.directpred.evaluate.Diagnostics;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.predictor.ClosedForm;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.progress.TestSink;
import org.directpred.tensor.Operators;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real training on real images; what 200 steps can show, they must show. */
class PretrainingTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain();

    private static Diagnostics after(Recipe recipe) {
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
            return run.train().diagnostics();
        }
    }

    @Test
    void withoutStopGradientOrPredictorItCollapsesAndOtherwiseNot() {
        Recipe base = Recipe.fashionMnist().withSteps(200);
        Diagnostics noStop = after(base.withStopGradient(false));
        Diagnostics noPredictor = after(base.withoutPredictor());
        Diagnostics linear = after(base);
        Diagnostics directPred = after(base.withDirectPred());
        for (Diagnostics collapsed : List.of(noStop, noPredictor)) {
            assertThat(collapsed.standardDeviation()).isLessThan(.15);
            assertThat(collapsed.effectiveRank()).isLessThan(1.1);
        }
        for (Diagnostics healthy : List.of(linear, directPred)) {
            assertThat(healthy.standardDeviation()).isGreaterThan(.2);
            assertThat(healthy.effectiveRank()).isGreaterThan(1.2);
        }
        assertThat(directPred.effectiveRank()).isGreaterThan(linear.effectiveRank());
        assertThat(directPred.asymmetry()).isZero();
    }

    @Test
    void theSameRecipeGivesTheSameRunToTheLastBit() {
        Recipe recipe = Recipe.fashionMnist().withDirectPred().withSteps(10);
        assertThat(losses(recipe))
                .isEqualTo(losses(recipe))
                .isNotEqualTo(losses(recipe.withSeed(2)));
    }

    @Test
    void theStopButtonStopsAfterAStepAndTheNextCellGoesOn() throws Exception {
        Recipe recipe = Recipe.fashionMnist().withSteps(40);
        List<Double> uninterrupted = losses(recipe);
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread cell =
                    new Thread(
                            () -> {
                                try {
                                    run.train();
                                } catch (TrainingThread.Stopped e) {
                                    thrown.set(e);
                                }
                            });
            Sink before = Progress.use(new StopButton(cell, 3));
            try {
                cell.start();
                cell.join();
            } finally {
                Progress.use(before);
            }
            assertThat(thrown.get()).hasMessageContaining("after step 3 of 40");
            assertThat(run.step()).isEqualTo(3);
            run.train();
            assertThat(run.log().steps().stream().map(Step::loss).toList())
                    .isEqualTo(uninterrupted);
        }
    }

    @Test
    void theTimeLeftIsSaidWhileItRunsAndIsThatOfThisProcess(@TempDir Path folder) {
        Recipe recipe = Recipe.fashionMnist().withBatchSize(32).withSteps(9);
        ImageSource few = IMAGES.first(96);
        List<String> notes = new ArrayList<>();
        Sink before = Progress.use(new Notes(notes));
        try {
            try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(few)) {
                run.train(2);
                run.iterator().next();
            }
            assertThat(notes).hasSize(3);
            assertThat(notes.get(0)).matches("loss -?\\d\\.\\d{3}; about 0:00:\\d\\d left");
            assertThat(notes.get(1)).matches("loss -?\\d\\.\\d{3}");
            // The end of an epoch is not the end of the run.
            assertThat(notes.get(2)).endsWith(" left");
            notes.clear();
            try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(few)) {
                run.train();
            }
            assertThat(notes).hasSize(9);
            assertThat(notes.get(7)).endsWith(" left");
            assertThat(notes.get(8)).matches("loss -?\\d\\.\\d{3}");
            notes.clear();
            // Nine steps of half a second; beside ten of the process before they would be none.
            RunOptions start =
                    Pretraining.of(KilledRun.recipe().withSteps(20)).onDevice("cpu").in(folder);
            try (Pretraining run = start.withCheckpointEvery(10).on(pairs(0))) {
                run.train(10);
            }
            notes.clear();
            try (Pretraining run = start.on(pairs(500))) {
                run.train(1);
                run.iterator().next();
            }
            assertThat(notes.get(0)).matches("loss -?\\d\\.\\d{3}");
            assertThat(Integer.parseInt(notes.get(1).replaceAll(".*0:00:(\\d\\d) left", "$1")))
                    .isGreaterThanOrEqualTo(4);
        } finally {
            Progress.use(before);
        }
    }

    @Test
    void epochsAreIteratedAndLogged() {
        Recipe recipe =
                Recipe.fashionMnist().withBatchSize(100).withEpochs(2).withDiagnosticsEvery(2);
        ImageSource few = IMAGES.first(400);
        List<Epoch> epochs = new ArrayList<>();
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(few)) {
            for (Epoch e : run) {
                epochs.add(e);
            }
            assertThat(epochs).extracting(Epoch::number).containsExactly(0, 1);
            assertThat(epochs).extracting(Epoch::steps).containsExactly(4L, 8L);
            assertThat(run.log().table().rowCount()).isEqualTo(8);
            assertThat(run.log().diagnostics().longColumn("step").asList())
                    .containsExactly(0L, 2L, 4L, 6L, 7L);
            assertThat(run.backbone().dimension()).isEqualTo(64);
            assertThat(run.iterator().hasNext()).isFalse();
        }
    }

    @Test
    void simSiamIsByolWhoseTargetFollowsAtOnce() {
        // With m = 0 the target equals the online network when it is next used; from a copied
        // start, from step 0 on.
        Recipe recipe = Recipe.fashionMnist().withSteps(5).withTargetCopied(true);
        List<Double> simSiam = losses(recipe.withoutEma());
        List<Double> byol = losses(recipe.withEma(1e-12));
        for (int i = 0; i < 5; i++) {
            assertThat(byol.get(i))
                    .isCloseTo(simSiam.get(i), org.assertj.core.api.Assertions.within(1e-4));
        }
    }

    @Test
    void badInputIsNamed() {
        Recipe keeping = Recipe.fashionMnist().withLastBatch(LastBatch.KEPT);
        assertThatThrownBy(() -> Pretraining.of(keeping).on(IMAGES.first(129)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("129 images")
                .hasMessageContaining("batchSize");
        assertThatThrownBy(
                        () ->
                                Pretraining.of(
                                                Recipe.fashionMnist()
                                                        .withEncoder(Architecture.small(3, 8)))
                                        .on(IMAGES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 channels")
                .hasMessageContaining("takes 3");
        assertThatThrownBy(() -> Pretraining.of(Recipe.fashionMnist()).onDevice("tpu"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tpu");
        assertThatThrownBy(() -> Pretraining.of(Recipe.fashionMnist()).onDevice("gpu7"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("gpu7");
    }

    @Test
    void aLossThatIsNotFiniteLeavesTheWeightsOfTheStepBefore(@TempDir Path folder) {
        Recipe recipe =
                Recipe.fashionMnist().withLoss(Loss.EUCLIDEAN).withLearningRate(1e20).withSteps(50);
        try (Pretraining run = Pretraining.of(recipe).in(folder).onDevice("cpu").on(IMAGES)) {
            assertThatThrownBy(run::train)
                    .isInstanceOf(Diverged.class)
                    .hasMessageContaining("loss \"EUCLIDEAN\" is")
                    .hasMessageContaining("step " + run.step());
            // And so once more, however often the cell is run.
            assertThatThrownBy(run::train).isInstanceOf(Diverged.class);
            try (Pretraining before = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
                before.train(run.step());
                assertThat(run.step()).isPositive();
                assertThat(KilledRun.digests(run)).isEqualTo(KilledRun.digests(before));
            }
            Alarm alarm = run.log().alarms().get(0);
            assertThat(alarm.name()).isEqualTo("loss not finite");
            assertThat(alarm.step()).isEqualTo(run.step());
            assertThat(alarm.numbers()).containsEntry("learning rate", 1e20);
            assertThat(alarm.advice()).contains("lower the learning rate");
            assertThat(run.log().alarmTable().rowCount()).isEqualTo(1);
            assertThat(folder.resolve("alarms.jsonl")).content().contains("loss not finite");
        }
    }

    /** Ten pairs of noise, each made in so many milliseconds. */
    private static ViewPairs pairs(long millis) {
        return ViewPairs.of(
                "noise",
                10,
                epoch ->
                        new Random(epoch)
                                .ints(10)
                                .mapToObj(
                                        seed -> {
                                            LockSupport.parkNanos(millis * 1_000_000);
                                            Random random = new Random(seed);
                                            float[] first = new float[32 * 28 * 28];
                                            float[] second = new float[first.length];
                                            for (int i = 0; i < first.length; i++) {
                                                first[i] = random.nextFloat();
                                                second[i] = random.nextFloat();
                                            }
                                            return ViewPair.of(first, second, 32, 1, 28, 28);
                                        })
                                .iterator());
    }

    @Test
    void anFOrAWpThatIsNotFiniteEndsTheRunWithItsAlarm() {
        ClosedForm broken = ClosedForm.by("broken", f -> f.plus(Double.NaN));
        Recipe small = KilledRun.recipe();
        Recipe outputs = small.withDirectPred().withLearningRate(1e15);
        Map<String, Recipe> recipes =
                Map.of("W_p that is not finite", small.withPredictor(broken), "F has", outputs);
        recipes.forEach(
                (words, recipe) -> {
                    try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
                        assertThatThrownBy(run::train)
                                .isInstanceOf(Diverged.class)
                                .hasMessageContaining("at step " + run.step())
                                .hasMessageContaining(words);
                        long step = run.step();
                        assertThat(run.log().steps()).hasSize((int) step);
                        assertThatThrownBy(run::train).isInstanceOf(Diverged.class);
                        assertThat(run.step()).isEqualTo(step);
                        assertThat(run.log().alarms())
                                .extracting(Alarm::name)
                                .containsOnlyOnce("predictor not finite");
                    }
                });
    }

    @Test
    void aCheckpointIsNotWrittenWithWeightsThatAreNotFinite(@TempDir Path folder) {
        Recipe recipe = KilledRun.recipe();
        RunOptions start = Pretraining.of(recipe).onDevice("cpu").in(folder).withCheckpointEvery(5);
        Map<String, Long> good;
        try (Pretraining run = start.on(IMAGES)) {
            run.train(5);
            good = KilledRun.digests(run);
            run.train(4);
            // BatchNorm's averages: no loss in training mode shows them.
            TrainingThread.run(
                    () -> {
                        NDArray average = run.learner().state().get("online.statistics");
                        Operators.copy(average, average.mul(Float.NaN));
                    });
            assertThatThrownBy(() -> run.train(1))
                    .isInstanceOf(Diverged.class)
                    .hasMessageContaining("online.statistics")
                    .hasMessageContaining("after 10 steps")
                    .hasMessageContaining("still there")
                    .hasMessageContaining("lower the learning rate");
            assertThat(run.log().alarms()).extracting(Alarm::name).contains("state not finite");
            assertThat(folder.resolve("step-000000010.safetensors")).doesNotExist();
        }
        try (Pretraining run = start.on(IMAGES)) {
            assertThat(KilledRun.digests(run)).isEqualTo(good);
        }
    }

    private static List<Double> losses(Recipe recipe) {
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
            return run.train().log().steps().stream().map(Step::loss).toList();
        }
    }

    /** Keeps what bars say beside their numbers. */
    private static final class Notes extends TestSink {
        private final List<String> notes;

        Notes(List<String> notes) {
            this.notes = notes;
        }

        @Override
        protected void update(long done, String note) {
            notes.add(note);
        }
    }

    /** Presses the stop button after a step, and holds the training until the press has arrived. */
    private static final class StopButton extends TestSink {
        private final Thread cell;
        private final long step;

        StopButton(Thread cell, long step) {
            this.cell = cell;
            this.step = step;
        }

        @Override
        protected void update(long done, String note) {
            if (done == step) {
                cell.interrupt();
                while (!TrainingThread.stopRequested()) {
                    Thread.onSpinWait();
                }
            }
        }
    }
}
