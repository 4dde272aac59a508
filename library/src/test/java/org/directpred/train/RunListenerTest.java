package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.directpred.evaluate.Features;
import org.directpred.evaluate.Measure;
import org.directpred.evaluate.Snapshot;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What follows a run sees all of it, in order, and changes nothing. */
class RunListenerTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain().first(128);

    @TempDir private Path folder;

    private final List<String> told = new ArrayList<>();

    private static Recipe recipe() {
        // Epochs of 4 steps, a snapshot every 5 and at the end.
        return KilledRun.recipe().withSteps(10);
    }

    private static RunOptions start() {
        return Pretraining.of(recipe()).onDevice("cpu");
    }

    /** A tracker, as one would write it for a service. */
    private final class Tracker implements RunListener {
        @Override
        public void step(Pretraining run, Step step) {
            told.add("step " + step.number());
            assertThat(run.step()).isEqualTo(step.number() + 1);
            assertThat(run.log().steps()).last().isEqualTo(step);
        }

        @Override
        public void snapshot(Pretraining run, Snapshot snapshot) {
            told.add("snapshot " + snapshot.step());
            assertThat(run.log().last()).isEqualTo(snapshot);
        }

        @Override
        public void alarm(Pretraining run, Alarm alarm) {
            told.add("alarm " + alarm.name());
            assertThat(run.log().alarms()).contains(alarm);
        }

        @Override
        public void epoch(Pretraining run, Epoch epoch) {
            told.add("epoch " + epoch.number());
            assertThat(run.log().epochs()).last().isEqualTo(epoch);
        }

        @Override
        public void checkpoint(Pretraining run, Path file) {
            told.add(file.getFileName().toString());
            assertThat(file).exists();
        }

        @Override
        public void end(Pretraining run) {
            told.add("end");
            assertThat(run.step()).isEqualTo(run.totalSteps());
        }
    }

    @Test
    void aTrackerIsToldOfEverythingInOrder() {
        try (Pretraining run =
                start().in(folder).withCheckpointEvery(6).withListener(new Tracker()).on(IMAGES)) {
            run.train(7);
            assertThat(told)
                    .containsExactly(
                            "step 0",
                            "snapshot 0",
                            "step 1",
                            "step 2",
                            "step 3",
                            "epoch 0",
                            "step 4",
                            "step 5",
                            "snapshot 5",
                            "step-000000006.safetensors",
                            "step 6");
            told.clear();
        }
        // What was not saved yet was, when the run was closed; the next process tells what is new.
        assertThat(told).containsExactly("step-000000007.safetensors");
        told.clear();
        try (Pretraining run =
                start().in(folder).withCheckpointEvery(6).withListener(new Tracker()).on(IMAGES)) {
            run.train();
        }
        assertThat(told)
                .containsExactly(
                        "step 7",
                        "epoch 1",
                        "step 8",
                        "step 9",
                        "snapshot 9",
                        "epoch 2",
                        "step-000000010.safetensors",
                        "end");
    }

    @Test
    void aDiagnosticOfOnesOwnIsAListenerAndAMeasure() {
        Measure<Snapshot> gap =
                Measure.by(
                        "gap of the spectrum",
                        "",
                        s -> s.diagnostics().spectrum().get(0) / s.diagnostics().spectrum().get(1));
        Map<Long, Double> gaps = new LinkedHashMap<>();
        try (Pretraining run =
                start().withListener(
                                RunListener.ofSnapshots(
                                        (r, snapshot) ->
                                                gaps.put(snapshot.step(), gap.of(snapshot))))
                        .on(IMAGES)) {
            run.train();
            assertThat(gaps.keySet()).containsExactly(0L, 5L, 9L);
            assertThat(run.log().diagnostics(gap).doubleColumn(gap.name()).asList())
                    .containsExactlyElementsOf(gaps.values())
                    .allMatch(g -> g >= 1);
        }
    }

    @Test
    void theBitsAreTheSameWithAListenerThatReadsTheNetwork() {
        Map<String, Long> alone;
        List<Step> steps;
        try (Pretraining run = start().on(IMAGES)) {
            alone = KilledRun.digests(run.train());
            steps = run.log().steps();
        }
        List<Integer> read = new ArrayList<>();
        try (Pretraining run =
                start().withListener(
                                RunListener.ofSteps(
                                        (r, step) ->
                                                read.add(
                                                        Features.extract(
                                                                        r.backbone(),
                                                                        IMAGES.first(8),
                                                                        recipe().views())
                                                                .size())))
                        .on(IMAGES)) {
            assertThat(KilledRun.digests(run.train())).isEqualTo(alone);
            assertThat(run.log().steps()).isEqualTo(steps);
        }
        assertThat(read).hasSize(10).containsOnly(8);
    }

    @Test
    void anExceptionReachesTheCallerAndTheRunGoesOnWithTheNextStep() throws Exception {
        Map<String, Long> alone;
        try (Pretraining run = start().on(IMAGES)) {
            alone = KilledRun.digests(run.train());
        }
        IllegalStateException enough = new IllegalStateException("enough");
        AssertionError also = new AssertionError("also");
        RunListener failing =
                RunListener.ofSteps(
                        (run, step) -> {
                            if (step.number() == 3) {
                                throw enough;
                            }
                        });
        RunListener failingToo =
                RunListener.ofEpochs(
                        (run, epoch) -> {
                            if (epoch.number() == 0) {
                                throw also;
                            }
                        });
        try (Pretraining run =
                start().in(folder)
                        .withListener(failing)
                        .withListener(failingToo)
                        .withListener(new Tracker())
                        .on(IMAGES)) {
            assertThatThrownBy(run::train).isSameAs(enough).hasSuppressedException(also);
            assertThat(run.step()).isEqualTo(4);
            // All that the step left is written, and the others were told.
            assertThat(Files.readAllLines(folder.resolve("steps.jsonl"))).hasSize(5);
            assertThat(told).endsWith("step 3", "epoch 0");
            assertThat(KilledRun.digests(run.train())).isEqualTo(alone);
        }
        assertThat(told).doesNotHaveDuplicates().contains("step 4", "end");
    }

    @Test
    void aListenerMayStopTheRun() {
        RunListener early =
                RunListener.ofSteps(
                        (run, step) -> {
                            if (step.number() == 2) {
                                run.stop();
                            }
                        });
        try (Pretraining run =
                start().in(folder).withListener(early).withListener(new Tracker()).on(IMAGES)) {
            assertThatThrownBy(run::train)
                    .isInstanceOf(TrainingThread.Stopped.class)
                    .hasMessageContaining("after step 3 of 10");
            assertThat(told).endsWith("step 2", "step-000000003.safetensors");
            // Between two trainings there is nothing to stop.
            run.stop();
            run.train();
            assertThat(run.step()).isEqualTo(10);
        }
    }

    @Test
    void anInterruptInAListenerIsTheStopButton() {
        RunListener slow = RunListener.ofSteps((run, step) -> Thread.currentThread().interrupt());
        try (Pretraining run = start().withListener(slow).on(IMAGES)) {
            assertThatThrownBy(run::train).isInstanceOf(TrainingThread.Stopped.class);
            assertThat(Thread.interrupted()).isFalse();
            assertThat(run.step()).isEqualTo(1);
        }
    }

    @Test
    void aListenerMayNotTrainOrCloseItsRun() {
        for (RunListener listener :
                List.of(
                        RunListener.ofSteps((run, step) -> run.train()),
                        RunListener.ofSteps((run, step) -> run.close()),
                        RunListener.ofSteps((run, step) -> run.iterator().next()))) {
            try (Pretraining run = start().withListener(listener).on(IMAGES)) {
                assertThatThrownBy(run::train)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("a listener cannot train or close the run");
                assertThat(run.step()).isEqualTo(1);
            }
        }
        assertThatThrownBy(() -> start().withListener(null)).hasMessageContaining("listener");
    }

    @Test
    void aTrainingThatDivergesIsTold() {
        try (Pretraining run =
                Pretraining.of(recipe().withLearningRate(1e20))
                        .onDevice("cpu")
                        .withListener(new Tracker())
                        .on(IMAGES)) {
            assertThatThrownBy(run::train).isInstanceOf(Diverged.class);
        }
        assertThat(told).last().asString().startsWith("alarm ").endsWith("not finite");
    }
}
