package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.image.ViewBatch;
import org.directpred.image.ViewLoader;
import org.directpred.network.Architecture;
import org.directpred.optimise.Schedule;
import org.directpred.optimise.TrainingLength;
import org.directpred.tensor.SafeTensors;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The smaller last batch of an epoch: kept, as in the authors' program, or dropped. */
class LastBatchTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain();

    private static Recipe recipe() {
        return Recipe.fashionMnist()
                .withEncoder(Architecture.small(1, 2))
                .withProjector(8, 4)
                .withBatchSize(16);
    }

    private static Pretraining run(Recipe recipe, int images) {
        return Pretraining.of(recipe).onDevice("cpu").on(IMAGES.first(images));
    }

    @Test
    void thePapersRecipesKeepItAndTheExampleOnFashionMnistDropsIt() {
        assertThat(Recipe.stl10().data().lastBatch()).isEqualTo(LastBatch.KEPT);
        assertThat(Recipe.cifar10().data().lastBatch()).isEqualTo(LastBatch.KEPT);
        assertThat(Recipe.fashionMnist().data().lastBatch()).isEqualTo(LastBatch.DROPPED);
        assertThat(Recipe.stl10().fields()).containsEntry("lastBatch", "KEPT");
        assertThat(LastBatch.KEPT.batches(50_000, 128)).isEqualTo(391);
        assertThat(LastBatch.DROPPED.batches(50_000, 128)).isEqualTo(390);
        assertThat(LastBatch.KEPT.batches(105_000, 128)).isEqualTo(821);
        assertThat(LastBatch.DROPPED.batches(105_000, 128)).isEqualTo(820);
        assertThat(Recipe.cifar10().totalSteps(391)).isEqualTo(39_100);
    }

    @ParameterizedTest
    @CsvSource({"32, 2, 2", "34, 3, 2", "40, 3, 2", "47, 3, 2", "10, 1, 0"})
    void anEpochHasAsManySteps(int images, int kept, int dropped) {
        try (Pretraining run = run(recipe().withEpochs(3).withLastBatch(LastBatch.KEPT), images)) {
            assertThat(run.totalSteps()).isEqualTo(3L * kept);
        }
        Recipe dropping = recipe().withEpochs(3).withLastBatch(LastBatch.DROPPED);
        if (dropped == 0) {
            assertThatThrownBy(() -> run(dropping, images))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("too few for one batch of 16")
                    .hasMessageContaining("lastBatch is DROPPED");
            return;
        }
        try (Pretraining run = run(dropping, images)) {
            assertThat(run.totalSteps()).isEqualTo(3L * dropped);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {33, 129, 257})
    void aBatchOfOneImageIsRefusedWhereItIsKeptAndOnlyThere(int images) {
        Recipe base = recipe().withEpochs(1).withBatchSize(images == 33 ? 32 : 128);
        assertThatThrownBy(() -> run(base.withLastBatch(LastBatch.KEPT), images))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "has %d images: in batches of %d the last, which is KEPT, would hold 1"
                                .formatted(images, base.batchSize()))
                .hasMessageContaining("withLastBatch(LastBatch.DROPPED)");
        try (Pretraining run = run(base, images)) {
            assertThat(run.train().step()).isEqualTo(images / base.batchSize());
        }
    }

    @ParameterizedTest
    @EnumSource(LastBatch.class)
    void oneImageIsNoBatch(LastBatch which) {
        assertThatThrownBy(() -> run(recipe().withEpochs(1).withLastBatch(which), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has 1 images, but BatchNorm needs at least 2");
    }

    @Test
    void everyImageIsSeenOnceInAnEpochAndTheStepsAreThoseOfALoaderByHand() {
        Recipe recipe =
                recipe().withEpochs(2).withLastBatch(LastBatch.KEPT).withDiagnosticsEvery(1);
        List<Double> byHand = new ArrayList<>();
        List<Integer> seen = new ArrayList<>();
        try (ImageSource images = IMAGES.first(38);
                ViewLoader loader =
                        ViewLoader.of(images, recipe.views(), 16, recipe.seed())
                                .withDropLast(false);
                Learner learner = Learner.of(recipe, Device.cpu(), 3)) {
            TrainingThread.run(
                    () -> {
                        for (int epoch = 0; epoch < 2; epoch++) {
                            for (var batches = loader.epoch(epoch, 0); batches.hasNext(); ) {
                                try (ViewBatch batch = batches.next();
                                        var scope = learner.manager().newSubManager()) {
                                    if (epoch == 0) {
                                        for (int index : batch.indices()) {
                                            seen.add(index);
                                        }
                                    }
                                    ViewPair pair = ViewPair.of(batch);
                                    byHand.add(
                                            learner.step(
                                                            pair.first(scope),
                                                            pair.second(scope),
                                                            false)
                                                    .loss());
                                }
                            }
                        }
                    });
        }
        assertThat(seen).hasSize(38).doesNotHaveDuplicates();
        try (Pretraining run = run(recipe, 38)) {
            run.train();
            assertThat(run.log().steps().stream().map(Step::loss).toList()).isEqualTo(byHand);
            assertThat(run.log().steps().stream().map(Step::epoch).toList())
                    .containsExactly(0, 0, 0, 1, 1, 1);
            assertThat(run.log().epochs()).hasSize(2);
        }
    }

    @Test
    void schedulesCountIt() {
        Recipe recipe =
                recipe().withEpochs(2)
                        .withLastBatch(LastBatch.KEPT)
                        .withEmaSchedule(Schedule.cosine())
                        .withLearningRateSchedule(Schedule.cosine().withWarmUpEpochs(1));
        try (Pretraining run = run(recipe, 38)) {
            run.train();
            TrainingLength length = new TrainingLength(6, 3);
            for (Step step : run.log().steps()) {
                assertThat(step.learningRate())
                        .isCloseTo(
                                .01
                                        * recipe.optimisation()
                                                .learningRateSchedule()
                                                .factor(step.number(), length),
                                within(1e-15));
            }
        }
    }

    @Test
    void aRunGoesOnFromWithinAnEpochAndFromItsSmallerLastBatch(@TempDir Path folder) {
        Recipe recipe = recipe().withEpochs(3).withLastBatch(LastBatch.KEPT);
        List<Double> whole;
        try (Pretraining run = run(recipe, 38)) {
            whole = run.train().log().steps().stream().map(Step::loss).toList();
        }
        for (long steps : new long[] {2, 1, 3, 3}) {
            try (Pretraining run =
                    Pretraining.of(recipe)
                            .onDevice("cpu")
                            .in(folder)
                            .withCheckpointEvery(1)
                            .on(IMAGES.first(38))) {
                run.train(steps);
                assertThat(run.log().steps().stream().map(Step::loss).toList())
                        .isEqualTo(whole.subList(0, (int) run.step()));
            }
        }
    }

    @Test
    void aBatchTakenInPassesThatDoNotDivideItIsStillOneStep() {
        Recipe recipe =
                recipe().withEpochs(1).withLastBatch(LastBatch.KEPT).withGradientAccumulation(5);
        for (int images : new int[] {18, 19, 23, 38}) {
            try (Pretraining run = run(recipe, images)) {
                run.train();
                assertThat(run.step()).isEqualTo((images + 15) / 16);
                assertThat(run.log().steps()).allMatch(step -> Double.isFinite(step.loss()));
            }
        }
    }

    @Test
    void theOnlineProbeLearnsFromItToo() {
        Recipe recipe = recipe().withEpochs(1).withLastBatch(LastBatch.KEPT);
        try (Pretraining run =
                Pretraining.of(recipe).onDevice("cpu").withOnlineProbe().on(IMAGES.first(38))) {
            run.train();
            assertThat(run.log().steps()).hasSize(3);
            assertThat(run.log().steps())
                    .allMatch(step -> step.onlineAccuracy() >= 0 && step.onlineAccuracy() <= 1);
        }
    }

    @Test
    void aFolderOfBeforeTheFieldGoesOnIfItsBatchesWereTheSameElseNamesTheField(
            @TempDir Path folder) {
        Recipe recipe = recipe().withEpochs(2);
        try (Pretraining run = start(recipe, folder)) {
            run.train(2);
        }
        Path file;
        try (RunFolder names = new RunFolder(folder)) {
            file = names.checkpoints().get(0);
        }
        TrainingThread.run(
                () -> {
                    forget(file, "lastBatch");
                    forget(file, "firstTarget");
                    forget(file, "decoupledPredictorDecay");
                    forget(file, "predictorLearningRateSchedule");
                });
        assertThatThrownBy(() -> start(recipe.withLastBatch(LastBatch.KEPT), folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lastBatch")
                .hasMessageContaining("DROPPED")
                .hasMessageContaining("KEPT");
        assertThatThrownBy(() -> start(recipe.withFirstTarget(FirstTarget.CODE), folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("firstTarget");
        try (Pretraining run = start(recipe, folder)) {
            assertThat(run.step()).isEqualTo(2);
            assertThat(run.train().step()).isEqualTo(4);
        }
    }

    private static Pretraining start(Recipe recipe, Path folder) {
        return Pretraining.of(recipe)
                .onDevice("cpu")
                .in(folder)
                .withCheckpointEvery(1)
                .on(IMAGES.first(38));
    }

    /** Makes a checkpoint one of a program that did not know the field. */
    private static void forget(Path file, String field) {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            SafeTensors stored = SafeTensors.read(file, manager);
            Map<String, String> metadata = new HashMap<>(stored.metadata());
            ObjectNode recipe = (ObjectNode) JSON.readTree(metadata.get("recipe"));
            assertThat(recipe.remove(field)).isNotNull();
            metadata.put("recipe", recipe.toString());
            new SafeTensors(metadata, stored.tensors()).write(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
