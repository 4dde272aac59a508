package org.directpred.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.directpred.evaluate.Measure;
import org.directpred.image.FashionMnist;
import org.directpred.image.Image;
import org.directpred.image.ImageSource;
import org.directpred.paper.Setting;
import org.directpred.predictor.ClosedForm;
import org.directpred.progress.Bar;
import org.directpred.progress.LivePicture;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

class AblationTest {
    @TempDir private Path folder;

    private final Recorder recorder = new Recorder();
    private Sink before;

    @BeforeEach
    void listen() {
        before = Progress.use(recorder);
    }

    @AfterEach
    void restore() {
        Progress.use(before);
    }

    private static Variant counted(String name, AtomicInteger runs) {
        return new Variant(
                name,
                Map.of("kind", "counted"),
                seed -> {
                    runs.incrementAndGet();
                    return Measurements.of(Map.of("value", 10.0 * seed));
                });
    }

    @Test
    void whatIsDoneIsSkipped() {
        AtomicInteger runs = new AtomicInteger();
        Ablation ablation = Ablation.named("a").withVariant(counted("x", runs)).withSeeds(1, 2);
        ablation.run(folder);
        ablation.run(folder);
        assertThat(runs).hasValue(2);
        Results results = ablation.withVariant(counted("y", runs)).withSeeds(1, 2, 3).run(folder);
        assertThat(runs).hasValue(6);
        assertThat(results.missing()).isEmpty();
        assertThat(results.values("x", "value")).containsExactly(10.0, 20.0, 30.0);
    }

    @Test
    void aFolderThatWasReplacedTakesNoResultOfAnother() {
        Ablation other = Ablation.named("other").withVariant(counted("o", new AtomicInteger()));
        Ablation ablation =
                Ablation.named("a")
                        .withVariant(
                                new Variant(
                                        "x",
                                        Map.of(),
                                        seed -> {
                                            delete(folder.resolve("r"));
                                            other.run(folder.resolve("r"));
                                            return Measurements.of(Map.of("value", 7.5));
                                        }));
        assertThatThrownBy(() -> ablation.run(folder.resolve("r")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("was deleted or replaced while its ablation ran")
                .hasMessageContaining("\"value\":7.5");
        assertThat(other.read(folder.resolve("r")).missing()).isEmpty();
    }

    @Test
    void aFolderThatWasDeletedIsNotMadeAnewWithoutWhatItIsOf() {
        Ablation ablation =
                Ablation.named("a")
                        .withVariant(
                                new Variant(
                                        "x",
                                        Map.of(),
                                        seed -> {
                                            delete(folder.resolve("r"));
                                            return Measurements.of(Map.of("value", 7.5));
                                        }));
        assertThatThrownBy(() -> ablation.run(folder.resolve("r")))
                .hasMessageContaining("was deleted or replaced while its ablation ran");
        assertThat(folder.resolve("r")).doesNotExist();
    }

    private static void delete(Path tree) {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void meanAndDeviationStandBesideThePapersCells() {
        Ablation ablation =
                Ablation.named("a")
                        .withVariant(counted("x", new AtomicInteger()))
                        .withVariant(counted("y", new AtomicInteger()))
                        .withSeeds(1, 2, 3)
                        .withPublished("x", "value", 36.62, 1.85);
        Table table = ablation.run(folder).table("value");
        assertThat(table.columnNames())
                .containsExactly("variant", "seeds", "value", "value, published");
        assertThat(table.stringColumn("value").get(0)).isEqualTo("20.00 ± 10.00");
        assertThat(table.stringColumn("value, published").asList())
                .containsExactly("36.62 ± 1.85", "");
        assertThat(table.intColumn("seeds").get(1)).isEqualTo(3);
    }

    @Test
    void aFolderTakesNoRuleWithoutAName() {
        Setting toy = ToySource.setting();
        Ablation unnamed =
                Ablation.named("rules")
                        .withVariant(
                                toy.variant(
                                        "mine",
                                        r -> r.withPredictor(ClosedForm.by(f -> f.power(.25)))));
        assertThatThrownBy(() -> unnamed.run(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'mine'")
                .hasMessageContaining("ClosedForm.by(\"a name\", rule)");
        assertThat(folder.resolve("results.jsonl")).doesNotExist();
    }

    @Test
    void aVariantThatDivergesIsARowAndTheTableGoesOn() {
        Results results = ToySource.numbers().run(folder);
        assertThat(results.missing()).isEmpty();
        Row failed = results.row(new Point("diverging", 2)).orElseThrow();
        assertThat(failed.failure()).contains("the loss is NaN");
        assertThat(failed.measurements().values().get("value")).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(failed.measurements().curves().get("loss").values().get(1)).isNaN();
        assertThat(results.values("diverging", "value")).containsExactly(1.0);
        assertThat(results.values("diverging", "other")).isEmpty();
        assertThat(results.table().stringColumn("failed").get(1))
                .isEqualTo("seed 2: the loss is NaN");
        assertThat(recorder.messages).anyMatch(m -> m.contains("'diverging', seed 2 failed"));
    }

    @Test
    void aTrainingThatDivergesIsARowWithItsCurveAndTheOtherVariantCompletes() {
        Setting setting = ToySource.setting();
        Results results =
                Ablation.named("rates")
                        .withVariant(
                                setting.variant(
                                        "absurd", r -> r.withDirectPred().withLearningRate(1e15)))
                        .withVariant(setting.variant("sane", r -> r.withDirectPred()))
                        .withSeeds(1)
                        .run(folder);
        assertThat(results.missing()).isEmpty();
        Row absurd = results.row(new Point("absurd", 1)).orElseThrow();
        assertThat(absurd.failure().orElseThrow()).contains("F has an element that is not finite");
        assertThat(absurd.measurements().curves().get("loss").values().get(0)).isFinite();
        Row sane = results.row(new Point("sane", 1)).orElseThrow();
        assertThat(sane.failure()).isEmpty();
        assertThat(sane.measurements().values()).containsKey(Measure.ACCURACY.name());
    }

    @Test
    void aTrainingThatEndsForAnotherReasonIsNoRow() {
        Setting toy = ToySource.setting();
        Setting setting =
                new Setting(
                        toy.name(),
                        toy.recipe(),
                        () -> new Breaking(toy.images().get()),
                        toy.labelled(),
                        toy.test(),
                        toy.probe());
        Ablation ablation =
                Ablation.named("breaking").withVariant(setting.variant("x", r -> r)).withSeeds(1);
        assertThatThrownBy(() -> ablation.run(folder))
                .isInstanceOf(IllegalStateException.class)
                .hasStackTraceContaining("the disk went to sleep");
        assertThat(ablation.read(folder).missing()).hasSize(1);
    }

    @Test
    void resultsOfOtherImagesAreRefusedAndAnotherNameOfThemIsNot() throws IOException {
        Setting toy = ToySource.setting();
        ablationOn(toy, toy.images()).run(folder);
        assertThat(Files.readString(folder.resolve("ablation.json"))).contains("\"labelled\"");
        Supplier<ImageSource> others =
                () -> FashionMnist.embeddedTrain().subset(IntStream.range(640, 1280).toArray());
        assertThatThrownBy(() -> ablationOn(toy, others).run(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("'images' of variant 'x'")
                .hasMessageContaining("the first that differs is image 0")
                .hasMessageContaining("Name another folder");
        Results again = ablationOn(toy, () -> toy.images().get().withName("renamed")).run(folder);
        assertThat(again.missing()).isEmpty();
        // Reading needs no images.
        Ablation elsewhere =
                ablationOn(
                        toy,
                        () -> {
                            throw new IllegalStateException("the images are not on this machine");
                        });
        assertThat(elsewhere.read(folder).missing()).isEmpty();
    }

    private static Ablation ablationOn(Setting toy, Supplier<ImageSource> images) {
        Setting setting =
                new Setting(
                        toy.name(), toy.recipe(), images, toy.labelled(), toy.test(), toy.probe());
        return Ablation.named("images")
                .withVariant(setting.variant("x", r -> r.withSteps(1)))
                .withSeeds(1);
    }

    /** Images that cannot be read. */
    private record Breaking(ImageSource whole) implements ImageSource {
        @Override
        public String name() {
            return whole.name();
        }

        @Override
        public int size() {
            return whole.size();
        }

        @Override
        public int channels() {
            return whole.channels();
        }

        @Override
        public int height() {
            return whole.height();
        }

        @Override
        public int width() {
            return whole.width();
        }

        @Override
        public List<String> classes() {
            return whole.classes();
        }

        @Override
        public int label(int index) {
            return whole.label(index);
        }

        @Override
        public Image read(int index) {
            throw new IllegalStateException("the disk went to sleep");
        }
    }

    @Test
    void aBugIsNotARow() {
        Ablation ablation =
                Ablation.named("a")
                        .withVariant(
                                new Variant(
                                        "x",
                                        Map.of(),
                                        seed -> {
                                            throw new ArithmeticException("a bug");
                                        }));
        assertThatThrownBy(() -> ablation.run(folder)).isInstanceOf(ArithmeticException.class);
        assertThat(ablation.read(folder).missing()).hasSize(1);
        // The folder is free again.
        assertThatThrownBy(() -> ablation.run(folder)).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void aLineThatWasCutShortIsRunAgainAndDoesNotTakeTheNextOne() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Ablation ablation = Ablation.named("a").withVariant(counted("x", runs)).withSeeds(1, 2, 3);
        ablation.run(folder);
        Path file = folder.resolve("results.jsonl");
        List<String> lines = Files.readAllLines(file);
        Files.writeString(
                file, lines.get(0) + "\n" + lines.get(1).substring(0, lines.get(1).length() / 2));
        Results results = ablation.run(folder);
        assertThat(runs).hasValue(5);
        assertThat(results.missing()).isEmpty();
        assertThat(ablation.read(folder).values("x", "value")).containsExactly(10.0, 20.0, 30.0);
        assertThat(recorder.messages).anyMatch(m -> m.startsWith("line 2 of " + file));
    }

    @Test
    void aFolderOfAnotherRunIsRefusedByName() throws Exception {
        Ablation ablation =
                Ablation.named("a")
                        .withVariant(
                                new Variant(
                                        "x",
                                        Map.of("learningRate", "0.03", "ema", "0.996"),
                                        seed -> Measurements.of(Map.of())));
        ablation.run(folder);
        assertThatThrownBy(
                        () ->
                                Ablation.named("a")
                                        .withVariant(
                                                new Variant(
                                                        "x",
                                                        Map.of(
                                                                "learningRate",
                                                                "0.1",
                                                                "ema",
                                                                "0.996"),
                                                        seed -> Measurements.of(Map.of())))
                                        .run(folder))
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("'learningRate' of variant 'x' is 0.03, this one's 0.1");
        assertThatThrownBy(
                        () ->
                                Ablation.named("a")
                                        .withVariant(
                                                new Variant(
                                                        "x",
                                                        Map.of("learningRate", "0.03"),
                                                        seed -> Measurements.of(Map.of())))
                                        .run(folder))
                .hasMessageContaining("'ema' of variant 'x' is 0.996, this one's nothing");
        assertThatThrownBy(
                        () ->
                                Ablation.named("b")
                                        .withVariant(counted("x", new AtomicInteger()))
                                        .run(folder))
                .hasMessageContaining("its ablation is a, this one's b");
        Path manifest = folder.resolve("ablation.json");
        Files.writeString(
                manifest, Files.readString(manifest).replace("\"unreleased\"", "\"0.0.1\""));
        assertThatThrownBy(() -> ablation.run(folder))
                .hasMessageContaining("its library version is 0.0.1");
        Files.writeString(manifest, "{");
        assertThatThrownBy(() -> ablation.run(folder))
                .hasMessageContaining("is not what an ablation writes");
    }

    @Test
    void aSecondRunInTheFolderIsToldSo() {
        Ablation inner = Ablation.named("a").withVariant(counted("x", new AtomicInteger()));
        List<String> told = new ArrayList<>();
        Ablation outer =
                Ablation.named("a")
                        .withVariant(
                                new Variant(
                                        "x",
                                        Map.of("kind", "counted"),
                                        seed -> {
                                            try {
                                                inner.run(folder);
                                            } catch (IllegalStateException e) {
                                                told.add(e.getMessage());
                                            }
                                            return Measurements.of(Map.of());
                                        }));
        outer.run(folder);
        assertThat(told).hasSize(1);
        assertThat(told.get(0))
                .contains(folder.toString())
                .contains("process " + ProcessHandle.current().pid());
    }

    @Test
    void theStopButtonKeepsWhatIsDone() {
        AtomicInteger runs = new AtomicInteger();
        Ablation ablation =
                Ablation.named("a")
                        .withVariant(
                                new Variant(
                                        "x",
                                        Map.of(),
                                        seed -> {
                                            if (runs.incrementAndGet() == 2) {
                                                Thread.currentThread().interrupt();
                                            }
                                            return Measurements.of(Map.of("value", 1.0));
                                        }))
                        .withSeeds(1, 2, 3);
        assertThatThrownBy(() -> ablation.run(folder))
                .isInstanceOf(TrainingThread.Stopped.class)
                .hasMessageContaining("seed 3");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(ablation.run(folder).missing()).isEmpty();
        assertThat(runs).hasValue(3);
    }

    @Test
    void theBarTellsThePointAndTheTimeLeft() {
        Ablation.named("a")
                .withVariant(counted("x", new AtomicInteger()))
                .withSeeds(1, 2)
                .run(folder);
        assertThat(recorder.notes.get(0)).isEqualTo("0/2 'x', seed 1");
        assertThat(recorder.notes)
                .anyMatch(n -> n.matches("1/2 'x', seed 2; about 0:00:0\\d left"));
        assertThat(recorder.bars).hasSize(1);
    }

    @Test
    void findingsAreJudgedSeedBySeedOrInTheMean() {
        Ablation ablation =
                Ablation.named("a")
                        .withVariant(
                                new Variant(
                                        "high",
                                        Map.of(),
                                        seed -> Measurements.of(Map.of("value", 10.0 + 3 * seed))))
                        .withVariant(
                                new Variant(
                                        "low",
                                        Map.of(),
                                        seed ->
                                                Measurements.of(
                                                        Map.of("value", 10.0, "zero", 1.0))))
                        .withSeeds(1, 2)
                        .withFinding(
                                Finding.difference("mean", "value", "high", "low")
                                        .atLeast(4)
                                        .inTheMean())
                        .withFinding(
                                Finding.difference("each", "value", "high", "low")
                                        .atLeast(4)
                                        .inEverySeed())
                        .withFinding(
                                Finding.ratio("ratio", "value", "high", "low")
                                        .atMost(1.6)
                                        .inEverySeed())
                        .withFinding(Finding.value("missing", "other", "high").atMost(1))
                        .withFinding(
                                Finding.ratioWithin("within", "low", "value", "zero").atLeast(9.5));
        Results results = ablation.run(folder);
        assertThat(results.judgements())
                .extracting(Judgement::verdict)
                .containsExactly(
                        Verdict.HOLDS,
                        Verdict.FAILS,
                        Verdict.HOLDS,
                        Verdict.NOT_MEASURED,
                        Verdict.HOLDS);
        Table table = results.findings();
        assertThat(table.stringColumn("seed by seed").get(0)).isEqualTo("3.00 / 6.00, mean 4.50");
        assertThat(table.stringColumn("criterion").get(0))
                .isEqualTo("value of 'high' minus 'low' at least 4.00, in the mean over the seeds");
        assertThat(table.stringColumn("verdict").asList())
                .containsExactly("holds", "fails", "holds", "not measured", "holds");
        assertThat(results.judgements().get(2).statistics().get(1)).isCloseTo(1.6, within(1e-12));
    }

    @Test
    void oneFailedSeedDecidesAgainstAClaimAboutEverySeed() {
        Results results =
                Ablation.named("a")
                        .withVariant(
                                new Variant(
                                        "x",
                                        Map.of(),
                                        seed -> {
                                            if (seed == 2) {
                                                throw new PointFailed(
                                                        "gone", Measurements.of(Map.of()), null);
                                            }
                                            return Measurements.of(Map.of("value", 1.0));
                                        }))
                        .withSeeds(1, 2)
                        .withFinding(Finding.value("large", "value", "x").atLeast(2))
                        .withFinding(Finding.value("small", "value", "x").atMost(2))
                        .run(folder);
        assertThat(results.judgements())
                .extracting(Judgement::verdict)
                .containsExactly(Verdict.FAILS, Verdict.NOT_MEASURED);
    }

    @Test
    void badInputIsNamed() {
        Ablation ablation = Ablation.named("a").withVariant(counted("x", new AtomicInteger()));
        assertThatThrownBy(() -> ablation.withVariant(counted("x", new AtomicInteger())))
                .hasMessageContaining("a variant 'x' already");
        assertThatThrownBy(() -> ablation.withPublished("y", "value", 1, 1))
                .hasMessageContaining("no variant 'y'; it has [x]");
        assertThatThrownBy(() -> ablation.withSeeds(1, 1)).hasMessageContaining("seed 1");
        assertThatThrownBy(() -> Ablation.named("empty").run(folder))
                .hasMessageContaining("empty has no variants");
        assertThatThrownBy(
                        () ->
                                ablation.withFinding(Finding.value("unbounded", "value", "x"))
                                        .run(folder)
                                        .findings())
                .hasMessageContaining("'unbounded' needs a bound");
    }

    @Test
    void aRowThatSaysNothingIsLeftOut() throws Exception {
        Ablation ablation = Ablation.named("a").withVariant(counted("x", new AtomicInteger()));
        ablation.run(folder);
        Files.writeString(
                folder.resolve("results.jsonl"), "{\"arm\":\"x\"}\n", StandardOpenOption.APPEND);
        assertThat(ablation.read(folder).rows()).hasSize(1);
        assertThat(recorder.messages).anyMatch(m -> m.startsWith("line 2"));
    }

    /** Keeps what is reported. */
    private static final class Recorder implements Sink {
        private final List<String> messages = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();
        private final List<String> bars = new ArrayList<>();

        @Override
        public Bar bar(String name, long total) {
            bars.add(name);
            return new Bar() {
                @Override
                public void update(long done, String note) {
                    notes.add(done + "/" + total + " " + note);
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public LivePicture picture(String name) {
            return new LivePicture() {
                @Override
                public void update(Supplier<?> figure) {}

                @Override
                public void close() {}
            };
        }

        @Override
        public synchronized void message(String text) {
            messages.add(text);
        }

        @Override
        public void show(Object value) {}
    }

    @Test
    void whatIsOnlyReportedIsListedAndDecidesNothing() {
        Ablation table =
                ToySource.numbers()
                        .withFinding(Finding.value("squares", "value", "square").onlyReported());
        List<Row> rows =
                table.points().stream()
                        .map(
                                p ->
                                        new Row(
                                                p,
                                                Measurements.of(Map.of("value", p.seed() * 2.0)),
                                                Optional.empty(),
                                                1,
                                                ""))
                        .toList();
        Results results = new Results(table, rows);
        Judgement verdict = results.judgements().get(0);
        assertThat(verdict.verdict()).isEqualTo(Verdict.REPORTED);
        assertThat(verdict.statistics()).containsExactly(2.0, 4.0);
        assertThat(results.findings().stringColumn("verdict").get(0)).isEqualTo("reported");
        assertThat(results.findings().stringColumn("seed by seed").get(0))
                .isEqualTo("2.00 / 4.00, mean 3.00");
        assertThat(new Results(table, List.of()).judgements().get(0).verdict())
                .isEqualTo(Verdict.NOT_MEASURED);
    }

    @Test
    void someVariantsRunAloneAndTheOthersJoinThemLater() {
        Ablation table = ToySource.numbers().withSeeds(3, 4);
        Results some = table.run(folder, "square");
        assertThat(some.rows()).extracting(row -> row.point().variant()).containsOnly("square");
        assertThat(some.missing()).isEmpty();
        assertThat(some.mean("square", "value")).isEqualTo((9.0 + 16.0) / 2);
        assertThat(table.read(folder).missing()).hasSize(2);
        Results all = table.run(folder, new String[0]);
        assertThat(all.missing()).isEmpty();
        assertThat(all.mean("diverging", "value")).isEqualTo(3.5);
        assertThatThrownBy(() -> table.run(folder, "cube"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'cube'")
                .hasMessageContaining("square");
    }

    @Test
    void aMeanThatIsNotThereIsNamedWithWhatIs() {
        Ablation table = ToySource.numbers();
        assertThatThrownBy(() -> table.read(folder).mean("square", "value"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'square'")
                .hasMessageContaining("it has not run");
        Results results = table.run(folder);
        assertThatThrownBy(() -> results.mean("square", "accuracy"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'accuracy'")
                .hasMessageContaining("it has value");
        assertThatThrownBy(() -> results.mean("cube", "value"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'cube'");
        // Seed 2 of this one diverges, and does not count.
        assertThat(results.mean("diverging", "value")).isEqualTo(1);
    }
}
