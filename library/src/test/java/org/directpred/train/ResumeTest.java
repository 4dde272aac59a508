package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.directpred.evaluate.Measure;
import org.directpred.image.Augmentation;
import org.directpred.image.CentreCrop;
import org.directpred.image.FashionMnist;
import org.directpred.image.Filter;
import org.directpred.image.ImageFolder;
import org.directpred.image.ImageSource;
import org.directpred.image.Resize;
import org.directpred.image.Views;
import org.directpred.network.Architecture;
import org.directpred.network.Projector;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.ClosedForm;
import org.directpred.predictor.DirectPred;
import org.directpred.progress.ConsoleSink;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.tensor.Library;
import org.directpred.tensor.SafeTensors;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

/** A run that stops, however it stops, goes on as if it had not. */
class ResumeTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain();

    @TempDir Path folder;

    @Test
    void aRunKilledAtTwentyRandomMomentsEndsWithTheSameBits() throws Exception {
        String undisturbed = ended(run(folder.resolve("undisturbed"), Integer.MAX_VALUE, 0));
        Random random = new Random(5);
        int kills = 0;
        for (int round = 0; kills < 20; round++) {
            Path disturbed = folder.resolve("disturbed-" + round);
            String last = "";
            while (!last.startsWith("done")) {
                // A few steps, then at any moment of the next: in a step, in a checkpoint, in its
                // move.
                int steps = kills < 20 ? 1 + random.nextInt(9) : Integer.MAX_VALUE;
                List<String> lines = run(disturbed, steps, random.nextInt(25));
                last = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
                kills += last.startsWith("done") ? 0 : 1;
            }
            assertThat(last).isEqualTo(undisturbed);
            try (Stream<Path> files = Files.list(disturbed)) {
                assertThat(files.filter(f -> f.toString().endsWith(".safetensors"))).hasSize(3);
            }
        }
    }

    @Test
    void aRunThatIsContinuedInAnotherProcessHasItsWholeLog() {
        Recipe recipe = KilledRun.recipe();
        try (Pretraining first = start(recipe)) {
            first.train(20);
        }
        Map<String, Long> resumed;
        try (Pretraining second = start(recipe)) {
            assertThat(second.step()).isEqualTo(20);
            second.train();
            assertThat(second.log().steps()).hasSize(40);
            assertThat(second.log().diagnostics().rowCount()).isEqualTo(9);
            resumed = KilledRun.digests(second);
        }
        try (Pretraining whole = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
            whole.train();
            assertThat(KilledRun.digests(whole)).isEqualTo(resumed);
        }
    }

    @Test
    void anotherRecipeIsRefusedByTheFieldsName() {
        try (Pretraining first = start(KilledRun.recipe())) {
            first.train(10);
        }
        assertThatThrownBy(() -> start(KilledRun.recipe().withLearningRate(.5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("learningRate")
                .hasMessageContaining("\"0.5\"")
                .hasMessageContaining("step-000000010.safetensors");
        assertThatThrownBy(
                        () ->
                                start(
                                        KilledRun.recipe()
                                                .withPredictor(
                                                        DirectPred.defaults()
                                                                .withRho(.5)
                                                                .withEvery(3))))
                .hasMessageContaining("predictor");
        assertThatThrownBy(
                        () ->
                                Pretraining.of(KilledRun.recipe())
                                        .in(folder)
                                        .on(FashionMnist.embeddedTest()))
                .hasMessageContaining("2000 images");
        // The same for longer goes on.
        try (Pretraining longer = start(KilledRun.recipe().withSteps(50))) {
            assertThat(longer.step()).isEqualTo(10);
        }
    }

    @Test
    void otherImagesOfTheSameNameAndNumberAreRefused() {
        ImageSource some = IMAGES.subset(IntStream.range(0, 640).toArray());
        ImageSource others = IMAGES.subset(IntStream.range(5000, 5640).toArray());
        assertThat(some.name()).isEqualTo(others.name());
        RunOptions start =
                Pretraining.of(KilledRun.recipe())
                        .onDevice("cpu")
                        .in(folder)
                        .withCheckpointEvery(5);
        try (Pretraining first = start.on(some)) {
            first.train(5);
        }
        assertThatThrownBy(() -> start.on(others))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step-000000005.safetensors was trained on")
                .hasMessageContaining("there are 640 as before")
                .hasMessageContaining("the first that differs is image 0")
                .hasMessageContaining("Bring back those images, or use another folder");
        assertThatThrownBy(() -> start.on(IMAGES.first(600)))
                .hasMessageContaining("there were 640, and there are 600");
        // The same images by another name go on, and the name is told.
        List<String> said =
                messagesOf(
                        () -> {
                            try (Pretraining second = start.on(some.withName("mine"))) {
                                assertThat(second.step()).isEqualTo(5);
                            }
                        });
        assertThat(said)
                .filteredOn(m -> m.contains("under another name"))
                .singleElement()
                .asString()
                .contains("\"mine, 640 images\"", some.name());
    }

    @Test
    void aFolderOfImagesThatHasMovedGoesOnAndOneThatLostAFileDoesNot() throws IOException {
        Path before = folder.resolve("before");
        for (int i = 0; i < 8; i++) {
            Path file = before.resolve((i % 2 == 0 ? "even/" : "odd/") + i + ".png");
            Files.createDirectories(file.getParent());
            ImageIO.write(IMAGES.read(i).toBufferedImage(), "png", file.toFile());
        }
        Recipe recipe =
                KilledRun.recipe()
                        .withEncoder(Architecture.small(3, 4))
                        .withViews(
                                Views.fashionMnist()
                                        .withPlain(
                                                Augmentation.of(
                                                        new Resize(28, Filter.BILINEAR),
                                                        new CentreCrop(28, 28))))
                        .withBatchSize(4)
                        .withSteps(4);
        RunOptions start = Pretraining.of(recipe).onDevice("cpu").in(folder.resolve("run"));
        try (Pretraining first = start.on(ImageFolder.of(before))) {
            first.train(2);
        }
        // Without a plain view the features could not be extracted in the end.
        assertThatThrownBy(
                        () ->
                                Pretraining.of(recipe.withViews(Views.fashionMnist()))
                                        .onDevice("cpu")
                                        .on(ImageFolder.of(before)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("withPlain")
                .hasMessageContaining("new CentreCrop(28, 28)");
        Path after = Files.move(before, folder.resolve("after"));
        long step;
        try (Pretraining second = start.on(ImageFolder.of(after))) {
            step = second.step();
            second.train();
        }
        Files.delete(after.resolve("odd/3.png"));
        assertThatThrownBy(() -> start.on(ImageFolder.of(after)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there were 8, and there are 7")
                .hasMessageContaining("image 5, in name, size or content, which is now 'odd/5.png");
        assertThat(step).isBetween(0L, 2L);
    }

    @Test
    void aCheckpointWithoutAnIdentityIsComparedByNameAndNumberAndSaysSo() throws IOException {
        try (Pretraining first = start(KilledRun.recipe())) {
            first.train(5);
        }
        Path file = folder.resolve("step-000000005.safetensors");
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        SafeTensors stored = SafeTensors.read(file, manager);
                        Map<String, String> metadata = new TreeMap<>(stored.metadata());
                        assertThat(metadata.remove("images identity")).startsWith("images-1 10000");
                        new SafeTensors(metadata, stored.tensors()).write(file);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
        assertThat(messagesOfAStart())
                .filteredOn(m -> m.contains("kept no list of its images"))
                .singleElement()
                .asString()
                .contains("10000 images");
        assertThatThrownBy(
                        () ->
                                Pretraining.of(KilledRun.recipe())
                                        .onDevice("cpu")
                                        .in(folder)
                                        .on(IMAGES.withName("mine")))
                .hasMessageContaining("knows images by name and number alone")
                .hasMessageContaining("Use another folder");
    }

    @Test
    void pairsOfAUsersOwnAreKnownByTheirIdentity() {
        Recipe recipe = KilledRun.recipe().withSteps(6);
        RunOptions start = Pretraining.of(recipe).onDevice("cpu").in(folder).withCheckpointEvery(3);
        try (Pretraining first = start.on(pairs(4))) {
            first.train(3);
        }
        try (Pretraining second = start.on(pairs(4))) {
            assertThat(second.step()).isEqualTo(3);
        }
        assertThatThrownBy(() -> start.on(pairs(5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4 batches an epoch")
                .hasMessageContaining("5 batches an epoch");
    }

    private static ViewPairs pairs(long batches) {
        return ViewPairs.of(
                "noise",
                batches,
                epoch -> {
                    Random random = new Random(epoch);
                    return Stream.generate(
                                    () -> ViewPair.of(noise(random), noise(random), 8, 1, 28, 28))
                            .iterator();
                });
    }

    private static float[] noise(Random random) {
        float[] values = new float[8 * 28 * 28];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        return values;
    }

    @Test
    void everyProjectorComesBackAndAnotherIsRefused() {
        List<Projector> projectors =
                List.of(
                        Projector.of(128, 32).withAffine(),
                        Projector.of(128, 32).withoutBias(),
                        Projector.linear(32));
        for (Projector projector : projectors) {
            Recipe recipe = KilledRun.recipe().withProjector(projector).withSteps(10);
            Path own = folder.resolve(recipe.fields().get("projector"));
            RunOptions start = Pretraining.of(recipe).onDevice("cpu");
            Map<String, Long> whole;
            try (Pretraining run = start.on(IMAGES)) {
                whole = KilledRun.digests(run.train());
            }
            try (Pretraining first = start.in(own).withCheckpointEvery(5).on(IMAGES)) {
                first.train(5);
            }
            try (Pretraining second = start.in(own).withCheckpointEvery(5).on(IMAGES)) {
                assertThat(second.step()).isEqualTo(5);
                assertThat(KilledRun.digests(second.train())).isEqualTo(whole);
            }
            assertThatThrownBy(
                            () ->
                                    Pretraining.of(KilledRun.recipe().withSteps(10))
                                            .onDevice("cpu")
                                            .in(own)
                                            .on(IMAGES))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("its projector is")
                    .hasMessageContaining(recipe.fields().get("projector"))
                    .hasMessageContaining(KilledRun.recipe().fields().get("projector"));
        }
    }

    @Test
    void aTruncatedForeignOrNewerFileIsRefusedByItsName() throws IOException {
        try (Pretraining first = start(KilledRun.recipe())) {
            first.train(10);
        }
        Path file = folder.resolve("step-000000010.safetensors");
        byte[] whole = Files.readAllBytes(file);
        for (int length : new int[] {0, 5, 8, 100, whole.length / 2, whole.length - 1}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> start(KilledRun.recipe()))
                    .as("%d bytes", length)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(file.getFileName().toString());
        }
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertThatThrownBy(() -> start(KilledRun.recipe()))
                .hasMessageContaining("something was added");
        new SafeTensors(Map.of(), Map.of()).write(file);
        assertThatThrownBy(() -> start(KilledRun.recipe()))
                .hasMessageContaining("no checkpoint of a run");
        new SafeTensors(Map.of("format", "directpred checkpoint", "version", "99"), Map.of())
                .write(file);
        assertThatThrownBy(() -> start(KilledRun.recipe())).hasMessageContaining("version 99");
        // The one before is still there.
        Files.delete(file);
        try (Pretraining earlier = start(KilledRun.recipe())) {
            assertThat(earlier.step()).isEqualTo(5);
        }
    }

    @Test
    void aCheckpointSaysWhatWroteItAndOtherThreadsAreSaidToGiveOtherBits() throws IOException {
        try (Pretraining first = start(KilledRun.recipe())) {
            first.train(5);
        }
        Path file = folder.resolve("step-000000005.safetensors");
        String threads = Integer.toString(Torch.threads());
        assertThat(SafeTensors.readMetadata(file))
                .containsEntry("library", Library.version())
                .containsEntry("threads", threads);
        assertThat(messagesOfAStart()).noneMatch(m -> m.contains("bit for bit"));
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        SafeTensors stored = SafeTensors.read(file, manager);
                        Map<String, String> metadata = new TreeMap<>(stored.metadata());
                        metadata.put("threads", "97");
                        new SafeTensors(metadata, stored.tensors()).write(file);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
        assertThat(messagesOfAStart())
                .filteredOn(m -> m.contains("not bit for bit"))
                .singleElement()
                .asString()
                .contains("97 threads")
                .contains("computes on " + threads)
                .contains("OMP_NUM_THREADS=97");
    }

    private List<String> messagesOfAStart() {
        return messagesOf(
                () -> {
                    try (Pretraining run = start(KilledRun.recipe())) {
                        assertThat(run.step()).isEqualTo(5);
                    }
                });
    }

    private static List<String> messagesOf(Runnable work) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Sink before =
                Progress.use(new ConsoleSink(new PrintStream(bytes, true, StandardCharsets.UTF_8)));
        try {
            work.run();
        } finally {
            Progress.use(before);
        }
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void aRuleWithoutANameIsRefusedInAFolder() {
        Recipe unnamed =
                KilledRun.recipe().withPredictor(ClosedForm.by(f -> f.plus(.1)).withEvery(2));
        assertThatThrownBy(() -> Pretraining.of(unnamed).in(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("ClosedForm.by(\"a name\", rule)");
        assertThat(Pretraining.of(unnamed).folder()).isEmpty();
        Recipe named = KilledRun.recipe().withPredictor(ClosedForm.by("mine", f -> f.plus(.1)));
        assertThat(Pretraining.of(named).in(folder).folder()).contains(folder);
    }

    @Test
    void aFolderBelongsToOneRunAtATime() {
        try (Pretraining first = start(KilledRun.recipe())) {
            assertThatThrownBy(() -> start(KilledRun.recipe()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("another run")
                    .hasMessageContaining(folder.toString());
            first.train(5);
        }
        try (Pretraining second = start(KilledRun.recipe())) {
            assertThat(second.step()).isEqualTo(5);
        }
    }

    @Test
    void aFailedCheckpointIsNamedAndTheLastGoodOneSurvives() throws IOException {
        try (Pretraining run = start(KilledRun.recipe())) {
            run.train(5);
            // Where the next checkpoint is written first lies a folder: no write can succeed.
            Files.createDirectories(folder.resolve("step-000000010.safetensors.part/in the way"));
            assertThatThrownBy(() -> run.train(5))
                    .hasMessageContaining("step-000000010.safetensors")
                    .hasMessageContaining("still there");
        }
        try (Pretraining again = start(KilledRun.recipe())) {
            assertThat(again.step()).isEqualTo(5);
        }
    }

    @Test
    void aLogThatFailsOnceLosesNoStepAndNoLine() throws IOException {
        ImageSource few = IMAGES.first(128);
        Recipe recipe = KilledRun.recipe().withSteps(8);
        Map<String, Long> undisturbed;
        List<String> lines;
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").in(folder).on(few)) {
            undisturbed = KilledRun.digests(run.train());
            lines = Files.readAllLines(folder.resolve("steps.jsonl"));
        }
        assertThat(lines).hasSize(9);
        // In the middle of an epoch, at its end, and at the run's.
        for (int failing : new int[] {3, 4, 8}) {
            Path disturbed = folder.resolve("failing-at-" + failing);
            Path log = disturbed.resolve("steps.jsonl");
            Path aside = disturbed.resolve("aside");
            try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").in(disturbed).on(few)) {
                run.train(failing - 1);
                // Where the log was lies a folder: no write can succeed.
                Files.move(log, aside);
                Files.createDirectories(log);
                assertThatThrownBy(run::train)
                        .isInstanceOf(UncheckedIOException.class)
                        .hasMessageContaining("steps.jsonl")
                        .hasMessageContaining("run the cell again");
                assertThat(run.step()).isEqualTo(failing);
                assertThat(run.learner().steps()).isEqualTo(failing);
                Files.delete(log);
                Files.move(aside, log);
                // As a full disk leaves it: with a part of the line.
                Files.writeString(
                        log, "{\"step\":" + (failing - 1) + ",\"ep", StandardOpenOption.APPEND);
                List<Epoch> rest = new ArrayList<>();
                run.iterator().forEachRemaining(rest::add);
                assertThat(rest).last().extracting(Epoch::steps).isEqualTo(8L);
                assertThat(KilledRun.digests(run)).isEqualTo(undisturbed);
                assertThat(run.log().steps()).hasSize(8);
                assertThat(run.log().epochs()).extracting(Epoch::steps).containsExactly(4L, 8L);
            }
            assertThat(Files.readAllLines(log)).isEqualTo(lines);
            assertThat(Files.readAllLines(disturbed.resolve("epochs.jsonl"))).hasSize(3);
            assertThat(disturbed.resolve("step-000000008.safetensors")).exists();
        }
    }

    @Test
    void aCheckpointThatFailedIsWrittenBeforeTheNextStep() throws IOException {
        try (Pretraining run = start(KilledRun.recipe())) {
            Path inTheWay = folder.resolve("step-000000040.safetensors.part");
            Files.createDirectories(inTheWay.resolve("in the way"));
            assertThatThrownBy(run::train).hasMessageContaining("step-000000040");
            Files.delete(inTheWay.resolve("in the way"));
            Files.delete(inTheWay);
            run.train();
            assertThat(folder.resolve("step-000000040.safetensors")).exists();
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aFullDiskIsNamedAndTheLastGoodCheckpointSurvives() throws Exception {
        Map<String, Long> good;
        try (Pretraining run = start(KilledRun.recipe())) {
            run.train(5);
            good = KilledRun.digests(run);
        }
        // A limit on a file's size is what a process can be given without being root: 32 kB.
        List<String> output =
                run(new ProcessBuilder("sh", "-c", "ulimit -f 64; exec \"$@\"", "sh"));
        assertThat(String.join("\n", output))
                .contains("best.safetensors could not be written")
                .contains("File too large")
                .contains("Free space")
                .doesNotContain("step 7");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .contains("step-000000005.safetensors")
                    .noneMatch(f -> f.endsWith(".part") || f.startsWith("step-000000006"));
        }
        try (Pretraining run = start(KilledRun.recipe())) {
            assertThat(KilledRun.digests(run)).isEqualTo(good);
        }
    }

    @Test
    void anotherLengthIsRefusedWhereAScheduleDependsOnIt() {
        Recipe recipe = KilledRun.recipe().withLearningRateSchedule(Schedule.cosine());
        try (Pretraining first = start(recipe)) {
            first.train(5);
        }
        assertThatThrownBy(() -> start(recipe.withSteps(50)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("length")
                .hasMessageContaining("\"40 steps\"")
                .hasMessageContaining("\"50 steps\"");
    }

    @Test
    void theBestCheckpointIsKeptAndRead() {
        // Best at step 10, whatever comes after.
        Metric metric = Metric.of("closeness to 10", run -> -Math.abs(run.step() - 10.0));
        Map<String, Long> atTen;
        try (Pretraining run = startBest(metric)) {
            assertThatThrownBy(run::best)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("withKeepBest");
            run.train(10);
            atTen = KilledRun.digests(run);
        }
        try (Pretraining run = startBest(metric)) {
            run.train(20);
            try (Learner best = run.best()) {
                assertThat(best.steps()).isEqualTo(10);
                assertThat(KilledRun.digests(best)).isEqualTo(atTen);
            }
            assertThat(run.step()).isEqualTo(30);
        }
        // Another metric starts anew; NaN is never best.
        try (Pretraining run = startBest(Metric.of("none", r -> Double.NaN))) {
            run.train(5);
            try (Learner best = run.best()) {
                assertThat(best.steps()).isEqualTo(10);
            }
        }
        try (Pretraining run = startBest(Metric.of(Measure.EFFECTIVE_RANK))) {
            run.train(5);
            try (Learner best = run.best()) {
                assertThat(best.steps()).isEqualTo(40);
            }
        }
    }

    @Test
    void aRunThatEndsBetweenItsMetricAndItsCheckpointKeepsTheBest() {
        AtomicBoolean killed = new AtomicBoolean();
        Metric metric =
                Metric.of(
                        "closeness to 15",
                        run -> {
                            if (run.step() == 15 && !killed.getAndSet(true)) {
                                throw new IllegalStateException("killed");
                            }
                            return -Math.abs(run.step() - 15.0);
                        });
        try (Pretraining run = startBest(metric)) {
            assertThatThrownBy(run::train).hasMessage("killed");
        }
        try (Pretraining run = startBest(metric)) {
            run.train();
            try (Learner best = run.best()) {
                assertThat(best.steps()).isEqualTo(15);
            }
        }
    }

    @Test
    void epochsAreLoggedOnDiskWhileItRunsAndComeBack() throws IOException {
        ImageSource few = IMAGES.first(128);
        Recipe recipe = KilledRun.recipe().withSteps(10);
        RunOptions start = Pretraining.of(recipe).onDevice("cpu").in(folder).withCheckpointEvery(6);
        try (Pretraining run = start.on(few)) {
            run.train(7);
            List<String> lines = Files.readAllLines(folder.resolve("epochs.jsonl"));
            assertThat(lines).hasSize(2);
            assertThat(lines.get(0)).isEqualTo(LogFormat.EPOCHS.header());
            assertThat(lines.get(1)).startsWith("{\"epoch\":0,\"steps\":4,");
        }
        try (Pretraining run = start.on(few)) {
            // What came after the checkpoint was saved when the run was closed.
            assertThat(run.step()).isEqualTo(7);
            run.train();
            Table table = run.log().epochTable();
            assertThat(table.longColumn("steps").asList()).containsExactly(4L, 8L, 10L);
            double mean =
                    run.log().steps().stream()
                            .filter(s -> s.epoch() == 1)
                            .mapToDouble(Step::loss)
                            .average()
                            .orElseThrow();
            assertThat(table.doubleColumn("mean loss").get(1)).isEqualTo(mean);
            assertThat(table.doubleColumn("images per second").min()).isPositive();
        }
        assertThat(Files.readAllLines(folder.resolve("epochs.jsonl"))).hasSize(4);
    }

    private Pretraining startBest(Metric metric) {
        return Pretraining.of(KilledRun.recipe())
                .onDevice("cpu")
                .in(folder)
                .withCheckpointEvery(5)
                .withKeepBest(metric)
                .on(IMAGES);
    }

    private Pretraining start(Recipe recipe) {
        return Pretraining.of(recipe).onDevice("cpu").in(folder).withCheckpointEvery(5).on(IMAGES);
    }

    private static String ended(List<String> lines) {
        String last = lines.get(lines.size() - 1);
        assertThat(last).startsWith("done");
        return last;
    }

    /** Runs the process and kills it some milliseconds after so many steps; what it printed. */
    private static List<String> run(Path folder, int steps, int millis) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command(folder));
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process process = builder.start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            int seen = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
                if (line.startsWith("step") && ++seen == steps) {
                    Thread.sleep(millis);
                    process.toHandle().destroyForcibly(); // leaves the stream open
                }
            }
        }
        process.waitFor();
        return lines;
    }

    /** Runs the process below another command; all that it wrote. */
    private List<String> run(ProcessBuilder outer) throws Exception {
        outer.command().addAll(command(folder));
        Process process = outer.redirectErrorStream(true).start();
        List<String> lines;
        try (BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines = reader.lines().toList();
        }
        assertThat(process.waitFor()).isNotZero();
        return lines;
    }

    private static List<String> command(Path folder) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx300m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                KilledRun.class.getName(),
                folder.toString());
    }
}
