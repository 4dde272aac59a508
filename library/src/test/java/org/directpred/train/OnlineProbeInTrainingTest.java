package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.directpred.image.FashionMnist;
import org.directpred.image.Image;
import org.directpred.image.ImageSource;
import org.directpred.network.Architecture;
import org.directpred.tensor.SafeTensors;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A classifier beside the training: it learns, and the training does not notice. */
class OnlineProbeInTrainingTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain();
    private static final int UNLABELLED = ImageSource.UNLABELLED;

    @TempDir Path folder;

    @Test
    void itLearnsTheClassesWhereThereIsSomethingToLearn() {
        Recipe recipe = Recipe.fashionMnist().withDirectPred();
        int[] others = new Random(3).ints(IMAGES.size(), 0, 10).toArray();
        ImageSource shuffled = new Relabelled(IMAGES, i -> others[i]);
        assertThat(last(recipe.withSteps(468), IMAGES).onlineAccuracy()).isBetween(.5, 1.0);
        assertThat(last(recipe.withSteps(78), shuffled).onlineAccuracy())
                .isCloseTo(.1, within(.03));
    }

    static Stream<Recipe> recipes() {
        Recipe small = KilledRun.recipe().withSteps(8);
        return Stream.of(
                small,
                small.withoutEma(),
                small.withGradientAccumulation(3),
                small.withStopGradient(false),
                small.withEncoder(
                        Architecture.of(
                                "blocks",
                                () -> Architecture.small(1, 4).block(),
                                new Shape(1, 28, 28))));
    }

    @ParameterizedTest
    @MethodSource("recipes")
    void theTrainingIsTheSameToTheLastBit(Recipe recipe) {
        try (Pretraining without = Pretraining.of(recipe).onDevice("cpu").on(IMAGES);
                Pretraining with =
                        Pretraining.of(recipe).onDevice("cpu").withOnlineProbe().on(IMAGES)) {
            Map<String, Long> expected = KilledRun.digests(without.train());
            Map<String, Long> actual = KilledRun.digests(with.train());
            assertThat(actual).hasSize(expected.size() + 10).containsAllEntriesOf(expected);
            List<Double> losses = without.log().steps().stream().map(Step::loss).toList();
            assertThat(with.log().steps()).extracting(Step::loss).isEqualTo(losses);
            assertThat(with.log().steps())
                    .extracting(Step::onlineAccuracy)
                    .doesNotContain(Double.NaN);
            assertThat(with.onlineAccuracy()).isBetween(0.0, 1.0);
            // A run without one says nothing of it.
            assertThat(without.onlineAccuracy()).isNaN();
            assertThat(without.log().steps())
                    .extracting(Step::onlineAccuracy)
                    .containsOnly(Double.NaN);
            assertThat(without.log().table().columnNames())
                    .containsExactly("step", "epoch", "loss", "learning rate");
            assertThat(with.log().table().columnNames())
                    .containsExactly("step", "epoch", "loss", "learning rate", "online accuracy");
        }
    }

    @Test
    void itGoesOnFromACheckpointWithTheSameBits() throws IOException {
        ImageSource few = IMAGES.first(128);
        Recipe recipe = KilledRun.recipe().withSteps(12);
        Map<String, Long> whole;
        List<Step> steps;
        List<Double> epochs;
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").withOnlineProbe().on(few)) {
            whole = KilledRun.digests(run.train());
            steps = run.log().steps();
            epochs = run.log().epochTable().doubleColumn("online accuracy").asList();
            double mean =
                    steps.stream()
                            .filter(s -> s.epoch() == 1)
                            .mapToDouble(Step::onlineAccuracy)
                            .average()
                            .orElseThrow();
            assertThat(epochs).hasSize(3);
            assertThat(epochs.get(1)).isEqualTo(mean);
        }
        try (Pretraining run = start(recipe, few)) {
            // Closed between two checkpoints, it saves the seventh step.
            run.train(7);
        }
        try (Pretraining run = start(recipe, few)) {
            assertThat(run.step()).isEqualTo(7);
            assertThat(run.log().steps()).isEqualTo(steps.subList(0, 7));
            assertThat(KilledRun.digests(run.train())).isEqualTo(whole);
            assertThat(run.log().steps()).isEqualTo(steps);
            assertThat(run.log().epochTable().doubleColumn("online accuracy").asList())
                    .isEqualTo(epochs);
            try (Learner best = run.best()) {
                assertThat(best.probe()).isPresent();
            }
        }
        List<String> lines = Files.readAllLines(folder.resolve("steps.jsonl"));
        assertThat(lines).hasSize(13);
        assertThat(lines.get(9))
                .endsWith("\"onlineAccuracy\":" + steps.get(8).onlineAccuracy() + "}");
        lines = Files.readAllLines(folder.resolve("epochs.jsonl"));
        assertThat(lines).hasSize(4);
        assertThat(lines.get(2)).endsWith("\"onlineAccuracy\":" + epochs.get(1) + "}");
    }

    @Test
    void withoutItCheckpointsAndFilesAreAsTheyWere() throws IOException {
        Recipe recipe = KilledRun.recipe().withSteps(6);
        try (Pretraining run =
                Pretraining.of(recipe).onDevice("cpu").in(folder).on(IMAGES.first(64))) {
            run.train();
        }
        for (String name : List.of("steps.jsonl", "epochs.jsonl")) {
            assertThat(Files.readAllLines(folder.resolve(name)).get(1))
                    .endsWith("\"onlineAccuracy\":null}");
        }
        Path checkpoint = folder.resolve("step-000000006.safetensors");
        assertThat(TrainingThread.call(() -> arrays(checkpoint)))
                .contains("online.weights")
                .noneMatch(name -> name.startsWith(Learner.PROBE));
    }

    private static Set<String> arrays(Path checkpoint) throws IOException {
        try (NDManager scope = Torch.newManager(Device.cpu())) {
            return Set.copyOf(SafeTensors.read(checkpoint, scope).tensors().keySet());
        }
    }

    @Test
    void aCheckpointOfTheOtherKindIsRefused() {
        Recipe recipe = KilledRun.recipe().withSteps(6);
        ImageSource few = IMAGES.first(64);
        RunOptions without = Pretraining.of(recipe).onDevice("cpu").in(folder.resolve("without"));
        RunOptions with =
                Pretraining.of(recipe).onDevice("cpu").in(folder.resolve("with")).withOnlineProbe();
        without.on(few).train().close();
        with.on(few).train().close();
        assertThatThrownBy(() -> without.withOnlineProbe().on(few))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step-000000006.safetensors")
                .hasMessageContaining("without an online probe");
        assertThatThrownBy(
                        () ->
                                Pretraining.of(recipe)
                                        .onDevice("cpu")
                                        .in(folder.resolve("with"))
                                        .on(few))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("with an online probe");
    }

    @Test
    void onlyLabelledImagesCount() {
        Recipe recipe = KilledRun.recipe().withSteps(8);
        // Images 0 to 2 of 64 alone have labels: many a batch of 8 has none.
        ImageSource some =
                new Relabelled(IMAGES.first(64), i -> i < 3 ? IMAGES.label(i) : UNLABELLED);
        try (Pretraining run =
                Pretraining.of(recipe.withBatchSize(8))
                        .onDevice("cpu")
                        .in(folder)
                        .withCheckpointEvery(1) // also before the first label
                        .withOnlineProbe()
                        .on(some)) {
            Epoch epoch = run.iterator().next();
            List<Double> accuracies = run.log().steps().stream().map(Step::onlineAccuracy).toList();
            assertThat(accuracies).contains(Double.NaN);
            assertThat(accuracies).anyMatch(a -> !Double.isNaN(a));
            assertThat(epoch.onlineAccuracy()).isBetween(0.0, 1.0);
        }
    }

    @Test
    void imagesWithoutLabelsAreRefused() {
        ImageSource none = new Relabelled(IMAGES.first(64), i -> UNLABELLED);
        RunOptions start =
                Pretraining.of(KilledRun.recipe()).onDevice("cpu").in(folder).withOnlineProbe();
        assertThatThrownBy(() -> start.on(none))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(none.name())
                .hasMessageContaining("labels")
                .hasMessageContaining("withOnlineProbe");
        ViewPairs pairs = ViewPairs.of("my pairs", 1, epoch -> List.<ViewPair>of().iterator());
        assertThatThrownBy(() -> start.on(pairs)).hasMessageContaining("my pairs");
        // The folder is free, and nothing was written.
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void pairsOfOnesOwnMayHaveLabels() {
        Recipe recipe = KilledRun.recipe().withSteps(2);
        try (Pretraining run =
                Pretraining.of(recipe).onDevice("cpu").withOnlineProbe().on(new Own(1))) {
            run.train(1);
            assertThat(run.log().steps().get(0).onlineAccuracy()).isBetween(0.0, 1.0);
        }
        try (Pretraining run =
                Pretraining.of(recipe).onDevice("cpu").withOnlineProbe().on(new Own(2))) {
            assertThatThrownBy(() -> run.train(1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("label 2 (number 1 of its batch)")
                    .hasMessageContaining("2 classes");
            assertThat(run.step()).isZero();
        }
        assertThatThrownBy(() -> pair().withLabels(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 labels, not 1");
    }

    private static ViewPair pair() {
        float[] pixels = new float[2 * 28 * 28];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) Math.sin(i);
        }
        return ViewPair.of(pixels, pixels, 2, 1, 28, 28);
    }

    /** Batches of two images of the labels 0 and another, of two classes. */
    private record Own(int label) implements ViewPairs {
        @Override
        public String name() {
            return "own";
        }

        @Override
        public long batchesPerEpoch() {
            return 2;
        }

        @Override
        public int classes() {
            return 2;
        }

        @Override
        public Iterator<ViewPair> epoch(int epoch, int from) {
            return Stream.generate(() -> pair().withLabels(0, label)).iterator();
        }
    }

    private Pretraining start(Recipe recipe, ImageSource images) {
        return Pretraining.of(recipe)
                .onDevice("cpu")
                .in(folder)
                .withCheckpointEvery(6)
                .withKeepBest(Metric.of("online accuracy", Pretraining::onlineAccuracy))
                .withOnlineProbe()
                .on(images);
    }

    private static Epoch last(Recipe recipe, ImageSource images) {
        try (Pretraining run =
                Pretraining.of(recipe).onDevice("cpu").withOnlineProbe().on(images)) {
            run.train();
            List<Epoch> epochs = run.log().epochs();
            return epochs.get(epochs.size() - 1);
        }
    }

    /** The same images with other labels. */
    private record Relabelled(ImageSource images, IntUnaryOperator labels) implements ImageSource {
        @Override
        public String name() {
            return images.name() + " with other labels";
        }

        @Override
        public int size() {
            return images.size();
        }

        @Override
        public int channels() {
            return images.channels();
        }

        @Override
        public int height() {
            return images.height();
        }

        @Override
        public int width() {
            return images.width();
        }

        @Override
        public List<String> classes() {
            return images.classes();
        }

        @Override
        public int label(int index) {
            return labels.applyAsInt(index);
        }

        @Override
        public Image read(int index) {
            return images.read(index);
        }
    }
}
