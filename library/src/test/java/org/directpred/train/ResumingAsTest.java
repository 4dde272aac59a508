package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.image.Views;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.LinearPredictor;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.progress.TestSink;
import org.directpred.tensor.SafeTensors;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that goes on by a recipe that was changed on purpose. */
class ResumingAsTest {
    /** Six batches of 32, three of 64. */
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain().first(192);

    @TempDir Path temporary;

    private static Recipe recipe() {
        return KilledRun.recipe().withSteps(30);
    }

    private static RunOptions in(Path folder, Recipe recipe) {
        return Pretraining.of(recipe).onDevice("cpu").in(folder).withCheckpointEvery(5);
    }

    /** A run of that recipe, ended after so many steps. */
    private Path ended(Recipe recipe, long steps) {
        Path folder = temporary.resolve("run");
        try (Pretraining run = in(folder, recipe).on(IMAGES)) {
            run.train(steps);
        }
        return folder;
    }

    private static float[] array(Pretraining run, String name) {
        return TrainingThread.call(() -> run.learner().state().get(name).toFloatArray());
    }

    private static List<String> messagesOf(Runnable work) {
        List<String> said = new ArrayList<>();
        Sink before =
                Progress.use(
                        new TestSink() {
                            @Override
                            public void message(String text) {
                                said.add(text);
                            }
                        });
        try {
            work.run();
        } finally {
            Progress.use(before);
        }
        return said;
    }

    private static Path copy(Path folder, Path to) {
        try (Stream<Path> files = Files.list(folder)) {
            Files.createDirectories(to);
            for (Path file : files.toList()) {
                if (file.toString().matches(".*(safetensors|csv|jsonl)")) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return to;
    }

    @Test
    void anotherRateChangesTheLengthOfTheNextStepAndNothingElse() {
        Path folder = ended(recipe(), 10);
        Path twin = copy(folder, temporary.resolve("twin"));
        float[] before;
        float[] same;
        float[] sameMomentum;
        double loss;
        try (Pretraining run = in(twin, recipe()).on(IMAGES)) {
            before = array(run, "online.weights");
            run.train(1);
            same = array(run, "online.weights");
            sameMomentum = array(run, "momentum");
            loss = run.log().steps().get(10).loss();
        }
        Recipe faster = recipe().withLearningRate(.02);
        List<String> said =
                messagesOf(
                        () -> {
                            try (Pretraining run =
                                    in(folder, recipe()).resumingAs(faster).on(IMAGES)) {
                                assertThat(run.step()).isEqualTo(10);
                                assertThat(array(run, "online.weights")).isEqualTo(before);
                                run.train(1);
                                float[] moved = array(run, "online.weights");
                                for (int i = 0; i < moved.length; i++) {
                                    assertThat((double) moved[i] - before[i])
                                            .isCloseTo(2.0 * (same[i] - before[i]), within(2e-6));
                                }
                                assertThat(array(run, "momentum")).isEqualTo(sameMomentum);
                                assertThat(run.log().steps().get(10).loss()).isEqualTo(loss);
                                assertThat(run.log().steps())
                                        .extracting(Step::learningRate)
                                        .startsWith(.01)
                                        .endsWith(.01, .02);
                            }
                        });
        assertThat(said)
                .filteredOn(m -> m.contains("changed recipe"))
                .containsExactly(
                        "from here on by a changed recipe: learningRate was \"0.01\" and is \"0.02\"");
    }

    @Test
    void theChangeIsKeptAndTheNewRecipeGoesOnByItself() {
        Path folder = ended(recipe(), 10);
        Recipe faster = recipe().withLearningRate(.02);
        RecipeChange first = new RecipeChange(10, "learningRate", "0.01", "0.02");
        try (Pretraining run = in(folder, faster).resumingAs(faster).on(IMAGES)) {
            run.train(3);
            assertThat(run.log().recipeChanges()).containsExactly(first);
        }
        List<String> said =
                messagesOf(
                        () -> {
                            try (Pretraining run = in(folder, faster).on(IMAGES)) {
                                assertThat(run.step()).isEqualTo(13);
                                assertThat(run.log().recipeChanges()).containsExactly(first);
                            }
                            // The cell with resumingAs may be run again.
                            try (Pretraining run =
                                    in(folder, recipe()).resumingAs(faster).on(IMAGES)) {
                                assertThat(run.log().recipeChanges()).containsExactly(first);
                            }
                        });
        assertThat(said).noneMatch(m -> m.contains("changed recipe"));
        assertThatThrownBy(() -> in(folder, recipe()).on(IMAGES))
                .hasMessageContaining("learningRate")
                .hasMessageContaining("resumingAs(recipe)");
        try (Pretraining run =
                in(folder, recipe()).resumingAs(recipe().withGradientClipping(3)).on(IMAGES)) {
            run.train();
            assertThat(run.log().recipeChanges())
                    .containsExactlyInAnyOrder(
                            first,
                            new RecipeChange(13, "learningRate", "0.02", "0.01"),
                            new RecipeChange(13, "gradientClipping", "none", "3.0"));
            Path backbone = temporary.resolve("backbone.safetensors");
            run.saveBackbone(backbone);
            assertThat(metadata(backbone).get("recipe changes")).contains("gradientClipping");
        }
    }

    @Test
    void anotherBatchSizeBeginsANewEpoch() {
        // Epoch 0 of 6 steps, 3 steps of epoch 1; then epochs of 3 steps.
        Path folder = ended(recipe(), 9);
        Recipe large = recipe().withBatchSize(64);
        List<String> said =
                messagesOf(
                        () -> {
                            try (Pretraining run =
                                    in(folder, recipe()).resumingAs(large).on(IMAGES)) {
                                run.train(7);
                            }
                        });
        assertThat(said)
                .filteredOn(m -> m.contains("changed recipe"))
                .singleElement()
                .asString()
                .contains("batchSize was \"32\" and is \"64\"")
                .contains("epoch 1 ends unfinished, and epoch 2 of 3 batches begins");
        try (Pretraining run = in(folder, large).on(IMAGES)) {
            assertThat(run.step()).isEqualTo(16);
            run.train();
            assertThat(run.step()).isEqualTo(30);
            List<Step> steps = run.log().steps();
            assertThat(steps).hasSize(30);
            assertThat(steps.stream().map(Step::epoch).toList())
                    .isEqualTo(
                            Stream.of(
                                            "000000", "111", "222", "333", "444", "555", "666",
                                            "777", "888")
                                    .flatMap(s -> s.chars().mapToObj(c -> c - '0'))
                                    .toList());
            assertThat(run.log().epochs())
                    .extracting(Epoch::number)
                    .containsExactly(0, 2, 3, 4, 5, 6, 7, 8);
            for (Epoch epoch : run.log().epochs()) {
                double mean =
                        steps.stream()
                                .filter(s -> s.epoch() == epoch.number())
                                .mapToDouble(Step::loss)
                                .average()
                                .orElseThrow();
                assertThat(epoch.meanLoss()).isEqualTo(mean);
            }
        }
    }

    @Test
    void aSmallerBatchNeverGivesAnEpochsNumberTwice() {
        Path folder = ended(recipe().withBatchSize(64), 9);
        Recipe small = recipe().withBatchSize(32);
        try (Pretraining run = in(folder, small).resumingAs(small).on(IMAGES)) {
            run.train(8);
            assertThat(run.log().steps())
                    .extracting(Step::epoch)
                    .containsExactly(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4);
            assertThat(run.log().epochs()).extracting(Epoch::number).containsExactly(0, 1, 2, 3);
        }
    }

    @Test
    void aLengthInEpochsCountsPassesOverTheImages() {
        Recipe epochs = recipe().withEpochs(4);
        Path folder = ended(epochs, 9);
        Recipe large = epochs.withBatchSize(64);
        // One and a half passes are done; two and a half of 3 steps are left.
        try (Pretraining run = in(folder, large).resumingAs(large).on(IMAGES)) {
            assertThat(run.totalSteps()).isEqualTo(9 + 8);
            run.train(2);
        }
        try (Pretraining run = in(folder, large).on(IMAGES)) {
            assertThat(run.totalSteps()).isEqualTo(17);
        }
        assertThatThrownBy(() -> in(folder, large).resumingAs(large.withEpochs(1)).on(IMAGES))
                .hasMessageContaining("is of a run of 11 steps, and this recipe ends after")
                .hasMessageContaining("nothing left to train");
        Path other = copy(folder, temporary.resolve("other"));
        try (Pretraining run = in(other, large).resumingAs(large.withEpochs(6)).on(IMAGES)) {
            assertThat(run.totalSteps()).isEqualTo(17 + 6);
            assertThat(run.log().recipeChanges())
                    .contains(new RecipeChange(11, "length", "4 epochs", "6 epochs"));
        }
    }

    @Test
    void killedAtAnyStepAfterTheChangeItEndsWithTheSameBits() {
        Path folder = ended(recipe(), 9);
        Recipe changed =
                recipe().withBatchSize(64)
                        .withLearningRate(.02)
                        .withLearningRateSchedule(Schedule.cosine())
                        .withPredictor(
                                DirectPred.defaults().withRho(.5).withEpsilon(.2).withEvery(2))
                        .withWeightDecay(.01)
                        .withEma(.9)
                        .withEmaSchedule(Schedule.cosine())
                        .withGradientAccumulation(2);
        Path undisturbed = copy(folder, temporary.resolve("undisturbed"));
        Map<String, Long> whole;
        List<Step> steps;
        try (Pretraining run = in(undisturbed, changed).resumingAs(changed).on(IMAGES)) {
            run.train();
            whole = KilledRun.digests(run);
            steps = run.log().steps();
        }
        // What a process that is killed leaves: the folder as it is after a step.
        Path now = folder;
        boolean kept = false;
        for (int kill = 0; kill < 4; kill++) {
            Path next = temporary.resolve("killed-" + kill);
            RunOptions start = in(now, changed);
            try (Pretraining run = (kept ? start : start.resumingAs(changed)).on(IMAGES)) {
                run.train(kill == 0 ? 3 : 4);
                copy(now, next);
                kept |= run.step() >= 10;
            }
            now = next;
        }
        try (Pretraining run = in(now, changed).on(IMAGES)) {
            run.train();
            assertThat(KilledRun.digests(run)).isEqualTo(whole);
            assertThat(run.log().steps()).isEqualTo(steps);
            assertThat(run.log().epochs()).extracting(Epoch::number).startsWith(0, 2, 3, 4);
        }
    }

    @Test
    void killedBeforeTheFirstNewCheckpointItIsStillTheOldRecipes() {
        Path folder = ended(recipe(), 10);
        Recipe large = recipe().withBatchSize(64);
        Path killed = temporary.resolve("killed");
        try (Pretraining run = in(folder, large).resumingAs(large).on(IMAGES)) {
            run.train(4);
            copy(folder, killed);
        }
        assertThatThrownBy(() -> in(killed, large).on(IMAGES))
                .hasMessageContaining("batchSize")
                .hasMessageContaining("go on by resumingAs(recipe)");
        try (Pretraining run = in(killed, large).resumingAs(large).on(IMAGES)) {
            assertThat(run.step()).isEqualTo(10);
            run.train();
            assertThat(run.log().steps()).hasSize(30);
        }
    }

    @Test
    void whatTheStateHasNoMeaningForIsRefusedByName() {
        Path folder = ended(recipe(), 5);
        Map<String, Recipe> refused =
                Map.of(
                        "encoder", recipe().withEncoder(Architecture.small(1, 8)),
                        "projector", recipe().withProjector(64, 32),
                        "algorithm", recipe().withOptimiser(OptimiserChoice.lars()),
                        "seed", recipe().withSeed(7),
                        "targetCopied", recipe().withTargetCopied(true),
                        "firstTarget", recipe().withFirstTarget(FirstTarget.CODE),
                        "precision", recipe().withPrecision(Precision.FLOAT64),
                        "predictor", recipe().withPredictor(LinearPredictor.sgd()));
        refused.forEach(
                (field, other) ->
                        assertThatThrownBy(() -> in(folder, other).resumingAs(other).on(IMAGES))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("step-000000005.safetensors cannot go on")
                                .hasMessageContaining("its " + field + " is \"")
                                .hasMessageContaining("use another folder for this run"));
        Recipe everyStep = recipe().withPredictor(DirectPred.defaults().withRho(.3).withEvery(1));
        assertThatThrownBy(() -> in(folder, everyStep).resumingAs(everyStep).on(IMAGES))
                .hasMessageContaining("its predictor is \"")
                .hasMessageContaining("predictor.momentum");
        Recipe both = recipe().withSeed(7).withLearningRate(3);
        assertThatThrownBy(() -> in(folder, both).on(IMAGES))
                .hasMessageContaining("seed")
                .hasMessageNotContaining("resumingAs");
        ImageSource others = FashionMnist.embeddedTest().first(192);
        Recipe large = recipe().withBatchSize(64);
        assertThatThrownBy(() -> in(folder, large).resumingAs(large).on(others))
                .hasMessageContaining("images");
        // Nothing was changed by all of this.
        try (Pretraining run = in(folder, recipe()).on(IMAGES)) {
            assertThat(run.step()).isEqualTo(5);
            assertThat(run.log().recipeChanges()).isEmpty();
        }
    }

    @Test
    void aMovingAverageThatNobodyKeptUpIsRefused() {
        Path folder = ended(recipe().withoutEma(), 5);
        assertThatThrownBy(() -> in(folder, recipe()).resumingAs(recipe()).on(IMAGES))
                .hasMessageContaining("its ema is \"0.0\" and cannot become \"0.97\"")
                .hasMessageContaining("no target network was kept up");
        Path with = temporary.resolve("with");
        try (Pretraining run = in(with, recipe()).on(IMAGES)) {
            run.train(5);
        }
        Recipe without = recipe().withoutEma();
        try (Pretraining run = in(with, without).resumingAs(without).on(IMAGES)) {
            run.train(2);
            assertThat(run.step()).isEqualTo(7);
        }
    }

    @Test
    void everythingElseMayChange() {
        List<UnaryOperator<Recipe>> changes =
                List.of(
                        r -> r.withName("renamed"),
                        r -> r.withLoss(Loss.EUCLIDEAN),
                        r -> r.withSymmetricLoss(false),
                        r -> r.withStopGradient(false),
                        r -> r.withMomentum(.5),
                        r -> r.withMomentum(.5).withNesterov(true),
                        r -> r.withExcludeBiasAndNorm(true),
                        r -> r.withPredictorLearningRateFactor(3),
                        r -> r.withPredictorLearningRateSchedule(Schedule.constant()),
                        r -> r.withPredictorWeightDecay(.1),
                        r -> r.withDecoupledPredictorDecay(.1),
                        r -> r.withLastBatch(LastBatch.KEPT),
                        r -> r.withSteps(12),
                        r ->
                                r.withViews(
                                        Views.fashionMnist()
                                                .withPlain(Views.fashionMnist().first())),
                        r -> r.withPrecision(Precision.BFLOAT16),
                        r -> r.withDiagnosticsEvery(2),
                        r ->
                                r.withPredictor(
                                        DirectPred.defaults()
                                                .withRho(.3)
                                                .withEvery(3)
                                                .withCentring(true)));
        // W_p was set in the last step: each change of its rule must be allowed to differ from it.
        Path folder = ended(recipe(), 4);
        for (int i = 0; i < changes.size(); i++) {
            Path twin = copy(folder, temporary.resolve("twin-" + i));
            Recipe changed = changes.get(i).apply(recipe());
            try (Pretraining run = in(twin, recipe()).resumingAs(changed).on(IMAGES)) {
                run.train(3);
            }
            try (Pretraining run = in(twin, changed).on(IMAGES)) {
                assertThat(run.step()).isEqualTo(7);
            }
        }
    }

    @Test
    void aRuleSetByAScheduleThatSeesTheLengthMayChangeIts() {
        Recipe scheduled =
                recipe().withPredictor(
                                DirectPred.defaults()
                                        .withRho(.3)
                                        .withEpsilon(.1)
                                        .withEpsilon(Schedule.cosine())
                                        .withEvery(1));
        Path folder = ended(scheduled, 4);
        Recipe longer = scheduled.withSteps(60);
        assertThatThrownBy(() -> in(folder, longer).on(IMAGES)).hasMessageContaining("length");
        try (Pretraining run = in(folder, longer).resumingAs(longer).on(IMAGES)) {
            run.train(3);
        }
        try (Pretraining run = in(folder, longer).on(IMAGES)) {
            assertThat(run.step()).isEqualTo(7);
        }
    }

    @Test
    void withoutACheckpointThereIsNothingToGoOnFrom() {
        assertThatThrownBy(() -> Pretraining.of(recipe()).resumingAs(recipe()).on(IMAGES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("add .in(folder)");
        Path empty = temporary.resolve("empty");
        assertThatThrownBy(() -> in(empty, recipe()).resumingAs(recipe()).on(IMAGES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(empty + " holds no checkpoint");
        // Nor does the refusal keep the folder.
        try (Pretraining run = in(empty, recipe()).on(IMAGES)) {
            assertThat(run.step()).isZero();
        }
    }

    @Test
    void theBestCheckpointMayBeOlderThanTheChange() {
        Path folder = temporary.resolve("run");
        Metric falling = new Metric("falling", run -> -run.step());
        try (Pretraining run = in(folder, recipe()).withKeepBest(falling).on(IMAGES)) {
            run.train(10);
        }
        Recipe large = recipe().withBatchSize(64);
        try (Pretraining run =
                in(folder, large).resumingAs(large).withKeepBest(falling).on(IMAGES)) {
            run.train(10);
            try (Learner best = run.best()) {
                assertThat(best.steps()).isEqualTo(5);
            }
        }
    }

    @Test
    void batchesFromElsewhereMayBecomeLargerToo() {
        Path folder = temporary.resolve("run");
        try (Pretraining run = in(folder, recipe()).on(pairs(32))) {
            run.train(8);
        }
        Recipe large = recipe().withBatchSize(64);
        assertThatThrownBy(() -> in(folder, recipe()).on(pairs(64)))
                .hasMessageContaining("6 batches an epoch");
        try (Pretraining run = in(folder, large).resumingAs(large).on(pairs(64))) {
            run.train(4);
            assertThat(run.log().steps())
                    .extracting(Step::epoch)
                    .containsExactly(0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 3);
        }
        try (Pretraining run = in(folder, large).on(pairs(64))) {
            assertThat(run.step()).isEqualTo(12);
        }
    }

    private static ViewPairs pairs(int size) {
        return ViewPairs.of(
                "noise",
                192 / size,
                epoch ->
                        IntStream.range(0, 192 / size)
                                .mapToObj(
                                        batch -> {
                                            Random random = new Random(100 * epoch + batch);
                                            return ViewPair.of(
                                                    noise(random, size),
                                                    noise(random, size),
                                                    size,
                                                    1,
                                                    28,
                                                    28);
                                        })
                                .iterator());
    }

    private static float[] noise(Random random, int images) {
        float[] values = new float[images * 28 * 28];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Test
    void aCheckpointThatDoesNotCountItsEpochsIsOfOnesLikeItsRecipes() {
        Path folder = ended(recipe(), 9);
        rewrite(checkpoint(folder, 9), m -> m.remove("epochs"));
        Path twin = copy(folder, temporary.resolve("twin"));
        try (Pretraining run = in(twin, recipe()).on(IMAGES)) {
            run.train(3);
            assertThat(run.log().epochs()).extracting(Epoch::number).containsExactly(0, 1);
        }
        Recipe large = recipe().withBatchSize(64);
        try (Pretraining run = in(folder, large).resumingAs(large).on(IMAGES)) {
            run.train(1);
            assertThat(run.log().steps().get(9).epoch()).isEqualTo(2);
        }
        Path foreign = temporary.resolve("foreign");
        try (Pretraining run = in(foreign, recipe()).on(pairs(32))) {
            run.train(8);
        }
        rewrite(checkpoint(foreign, 8), m -> m.remove("epochs"));
        assertThatThrownBy(() -> in(foreign, large).resumingAs(large).on(pairs(64)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("does not say how many batches its epochs had");
    }

    @Test
    void damagedHistoryIsRefusedByTheFile() {
        Path folder = ended(recipe(), 5);
        for (String text :
                List.of("{", "null", "[]", "7", "{\"batches\":\"6\"}", "{\"firstStep\":\"x\"}")) {
            refuse(folder, "epochs", text);
        }
        for (String text :
                List.of(
                        "{",
                        "null",
                        "[null]",
                        "[{}]",
                        "{}",
                        "[{\"step\":-1,\"field\":\"a\",\"before\":\"b\",\"after\":\"c\"}]",
                        "[{\"step\":1,\"field\":null,\"before\":\"b\",\"after\":\"c\"}]")) {
            refuse(folder, "recipe changes", text);
        }
    }

    private void refuse(Path folder, String name, String text) {
        Path file = checkpoint(folder, 5);
        String[] before = new String[1];
        rewrite(
                file,
                m -> {
                    before[0] = m.get(name);
                    m.put(name, text);
                });
        assertThatThrownBy(() -> in(folder, recipe()).on(IMAGES))
                .as(text)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("is damaged: its field " + name);
        rewrite(
                file,
                m -> {
                    m.remove(name);
                    if (before[0] != null) {
                        m.put(name, before[0]);
                    }
                });
    }

    private static Path checkpoint(Path folder, int step) {
        return folder.resolve("step-%09d.safetensors".formatted(step));
    }

    private static Map<String, String> metadata(Path file) {
        try {
            return SafeTensors.readMetadata(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void rewrite(Path file, Consumer<Map<String, String>> edit) {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        SafeTensors stored = SafeTensors.read(file, manager);
                        Map<String, String> metadata = new TreeMap<>(stored.metadata());
                        edit.accept(metadata);
                        new SafeTensors(metadata, stored.tensors()).write(file);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }
}
