package org.directpred.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.directpred.image.ImageSource;
import org.directpred.paper.Setting;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.tensor.Library;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of a results folder that are damaged. */
class ResultsFolderTest {
    @TempDir private Path folder;

    private static final Ablation ABLATION =
            Ablation.named("a")
                    .withVariant(
                            new Variant(
                                    "x",
                                    Map.of("k", "v"),
                                    seed -> Measurements.of(Map.of("value", (double) seed))))
                    .withSeeds(1, 2);

    private final List<String> messages = new java.util.ArrayList<>();
    private Sink before;

    @BeforeEach
    void listen() {
        before = Progress.sink();
        Progress.use(new Messages(before, messages));
    }

    @AfterEach
    void restore() {
        Progress.use(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}|'format' must be a whole number, and is missing",
                "[]|it holds a list where an object is expected",
                "null|it holds null where an object is expected",
                "``|it holds missing where an object is expected",
                "{|it is not JSON",
                "{\"format\":1}|'arms' must be an object, and is missing",
                "{\"format\":2,\"arms\":{}}|its format is 2, and must be 1",
                "{\"format\":1,\"arms\":[]}|'arms' must be an object, and is a list",
                "{\"format\":1,\"arms\":null}|'arms' must be an object, and is null",
                "{\"format\":1,\"arms\":{\"x\":[]}}|'x' must be an object, and is a list",
                "{\"format\":1,\"arms\":{\"x\":{\"k\":{}}}}|'k' must be a text, and is an object",
                "{\"format\":1,\"arms\":{\"x\":{\"k\":3}}}|'k' must be a text, and is the number 3",
                "{\"format\":1,\"arms\":{}}|'library' must be a text, and is missing",
                "{\"format\":1,\"library\":\"l\",\"name\":[],\"arms\":{}}|'name' must be a text",
                "{\"format\":1,\"format\":1}|it is not JSON",
                "{\"format\":1} {}|it is not JSON",
                "{\"format\":1e400}|'format' must be a whole number",
            })
    void aDamagedManifestIsNamedWithItsField(String text, String what) throws Exception {
        Path manifest = Files.writeString(folder.resolve("ablation.json"), text);
        for (Runnable use :
                List.<Runnable>of(() -> ABLATION.run(folder), () -> ABLATION.read(folder))) {
            assertThatThrownBy(use::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(manifest + " is not what an ablation writes: ")
                    .hasMessageContaining(what)
                    .hasMessageContaining("Bring that file back, or name another folder.");
        }
        assertThat(manifest).hasContent(text);
    }

    @Test
    void aManifestThatIsNoTextIsNamed() throws Exception {
        Files.write(folder.resolve("ablation.json"), new byte[] {'{', (byte) 0xff, '}'});
        assertThatThrownBy(() -> ABLATION.run(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bytes that are not UTF-8");
    }

    private static final String ROW =
            "{\"arm\":\"x\",\"seed\":1,\"seconds\":0.5,\"ranOn\":\"m\",\"values\":{\"value\":1.0},"
                    + "\"curves\":{\"c\":{\"steps\":[0],\"values\":[null]}}}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"arm\":\"x\"|\"arm\":7|'arm' must be a text",
                "\"arm\":\"x\",||'arm' must be a text, and is missing",
                "\"seed\":1|\"seed\":\"1\"|'seed' must be a whole number, and is a text",
                "\"seed\":1|\"seed\":1.5|'seed' must be a whole number, and is the number 1.5",
                "\"seed\":1|\"seed\":18446744073709551617|'seed' must be a whole number",
                "\"values\":{\"value\":1.0}|\"values\":[1]|'values' must be an object, and is a list",
                "\"values\":{\"value\":1.0}|\"values\":{\"value\":\"1\"}|'value' must be a number",
                "\"values\":{\"value\":1.0}|\"values\":{\"value\":true}|'value' must be a number",
                "[0]|[0,1]|the curve 'c' has 2 steps, but 1 values",
                "[0]|0|'steps' must be a list",
                "0.5|[]|'seconds' must be a finite number",
                "\"m\"|\"m\",\"failure\":null|'failure' must be a text, and is null",
                "\"m\"|\"m\",\"arm\":\"y\"|it is not JSON: Duplicate",
                "}}}|}}}{}|it is not JSON",
                "}}}|}}|it is not JSON",
            })
    void aDamagedLineIsNamedLeftOutAndRunAgain(String part, String damaged, String what)
            throws Exception {
        ABLATION.withSeeds(2).run(folder);
        String line = ROW.replace(part, damaged == null ? "" : damaged);
        assertThat(line).isNotEqualTo(ROW);
        Path results = folder.resolve("results.jsonl");
        Files.writeString(results, line + "\n", StandardOpenOption.APPEND);
        assertThat(ABLATION.read(folder).missing()).containsExactly(new Point("x", 1));
        assertThat(messages).hasSize(1);
        assertThat(messages.get(0))
                .startsWith("line 2 of " + results + " is no result and is left out")
                .contains(what);
        assertThat(ABLATION.run(folder).values("x", "value")).containsExactly(1.0, 2.0);
    }

    @Test
    void theLineOfThisTestIsARow() throws Exception {
        Row row = RowJson.read(ROW.getBytes(StandardCharsets.UTF_8));
        assertThat(row.point()).isEqualTo(new Point("x", 1));
        assertThat(RowJson.read(RowJson.write(row).getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(row);
    }

    @Test
    void bytesThatAreNoTextLoseTheirLineOnly() throws Exception {
        ABLATION.withSeeds(1).run(folder);
        Path results = folder.resolve("results.jsonl");
        Files.write(results, new byte[] {'{', '"', (byte) 0xc3, '\n'}, StandardOpenOption.APPEND);
        assertThat(ABLATION.run(folder).values("x", "value")).containsExactly(1.0, 2.0);
        assertThat(messages.get(0)).contains("line 2").contains("not UTF-8");
    }

    /** The files keep the keys of the versions that called a variant an arm. */
    @Test
    void aFolderOfAnEarlierVersionGoesOnAndIsNotRewritten() throws Exception {
        String manifest =
                """
                {
                  "format" : 1,
                  "library" : "%s",
                  "name" : "a",
                  "arms" : {
                    "x" : {
                      "k" : "v"
                    }
                  },
                  "data" : { },
                  "sources" : { }
                }
                """
                        .formatted(Library.version());
        Files.writeString(folder.resolve("ablation.json"), manifest);
        String row = ROW.replace("1.0", "7.0") + "\n";
        Files.writeString(folder.resolve("results.jsonl"), row);
        Results results = ABLATION.run(folder);
        assertThat(results.values("x", "value")).containsExactly(7.0, 2.0);
        assertThat(folder.resolve("ablation.json")).hasContent(manifest);
        assertThat(Files.readString(folder.resolve("results.jsonl"))).startsWith(row);
        Ablation other =
                Ablation.named("a")
                        .withVariant(
                                new Variant(
                                        "x", Map.of("k", "w"), seed -> Measurements.of(Map.of())));
        assertThatThrownBy(() -> other.run(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'k'", "variant 'x'", "v", "w");
        assertThat(folder.resolve("ablation.json")).hasContent(manifest);
    }

    @Test
    void aLineWrittenTwiceCountsOnce() throws Exception {
        ABLATION.run(folder);
        Path results = folder.resolve("results.jsonl");
        Files.writeString(results, Files.readString(results), StandardOpenOption.APPEND);
        assertThat(ABLATION.read(folder).values("x", "value")).containsExactly(1.0, 2.0);
    }

    @Test
    void anyTextComesBack() throws Exception {
        String text = "\"\\\n\u2028ä🦜 \ud83e \0";
        Row row =
                new Row(
                        new Point(text, Long.MIN_VALUE),
                        new Measurements(
                                Map.of(text, Double.NEGATIVE_INFINITY, "nan", Double.NaN),
                                Map.of(text, new Measurements.Series(List.of(), List.of()))),
                        Optional.of(text),
                        1e-300,
                        text);
        assertThat(RowJson.read(RowJson.write(row).getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(row);
        ChildOrder order =
                new ChildOrder(
                        folder,
                        new AblationSource.Reference("a.B", List.of(text, "")),
                        new Point(text, -1));
        assertThat(ChildOrder.read(order.write().getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(order);
    }

    @Test
    void aTrainingThatWasStoppedGoesOnFromItsCheckpoint() {
        Setting toy =
                ToySource.setting().withRecipe(r -> r.withSteps(520).withDiagnosticsEvery(260));
        Results whole =
                Ablation.named("whole")
                        .withVariant(toy.variant("x", r -> r.withDirectPred()))
                        .run(folder.resolve("whole"));
        // The variant and the run each look at all images once, to know them again.
        int looks = 2 * 640;
        AtomicInteger left = new AtomicInteger(looks + 510 * 32);
        Setting breaking =
                new Setting(
                        toy.name(),
                        toy.recipe(),
                        () -> new Counting(toy.images().get(), left),
                        toy.labelled(),
                        toy.test(),
                        toy.probe());
        Ablation ablation =
                Ablation.named("broken")
                        .withVariant(breaking.variant("x", r -> r.withDirectPred()));
        Path results = folder.resolve("broken");
        assertThatThrownBy(() -> ablation.run(results)).hasStackTraceContaining("power cut");
        Path kept = new ResultsFolder(results).work(new Point("x", 0));
        assertThat(kept).isNotEmptyDirectory();
        left.set(looks + 20 * 32);
        Results resumed = ablation.run(results);
        assertThat(left.get()).isNotNegative();
        assertThat(resumed.row(new Point("x", 0)).orElseThrow().measurements())
                .isEqualTo(whole.row(new Point("x", 0)).orElseThrow().measurements());
        assertThat(kept).doesNotExist();
        assertThat(messages).allMatch(message -> message.startsWith("'x', seed 0: "));
    }

    @Test
    void whatAPointKeptIsDeletedWhereAKillCameBetween() throws Exception {
        ABLATION.run(folder);
        Path kept = new ResultsFolder(folder).work(new Point("x", 1));
        Files.createDirectories(kept.resolve("deep"));
        Files.writeString(kept.resolve("deep/file"), "");
        ABLATION.run(folder);
        assertThat(kept).doesNotExist();
    }

    /** Images that can be read so many times. */
    private record Counting(ImageSource whole, AtomicInteger left) implements ImageSource {
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
        public org.directpred.image.Image read(int index) {
            if (left.getAndDecrement() <= 0) {
                throw new IllegalStateException("power cut");
            }
            return whole.read(index);
        }
    }

    /** Keeps the messages. */
    private record Messages(Sink rest, List<String> messages) implements Sink {
        @Override
        public org.directpred.progress.Bar bar(String name, long total) {
            return rest.bar(name, total);
        }

        @Override
        public org.directpred.progress.LivePicture picture(String name) {
            return rest.picture(name);
        }

        @Override
        public void message(String text) {
            messages.add(text);
        }

        @Override
        public void show(Object value) {}
    }
}
