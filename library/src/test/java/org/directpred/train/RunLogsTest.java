package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.progress.ConsoleSink;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.tensor.SafeTensors;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run finds in its folder when it goes on: whole, damaged, emptied, of another version. */
class RunLogsTest {
    private static final List<String> LOGS =
            List.of("steps.jsonl", "epochs.jsonl", "diagnostics.jsonl", "alarms.jsonl");
    private static final String SNAPSHOT =
            "{\"step\":%s,\"loss\":-1.0,\"diagnostics\":{\"spectrum\":%s,\"covarianceSpectrum\":[1.0],\"predictorSpectrum\":[],\"alignments\":[],\"standardDeviation\":1.0,\"asymmetry\":null,\"asymmetryTop\":null,\"tau\":null,\"normRatio\":null},\"networkUpdate\":0.1,\"predictorUpdate\":null}";

    @TempDir Path folder;

    @BeforeEach
    void aRunOfTenStepsInEpochsOfFour() {
        try (Pretraining run = start()) {
            run.train(10);
        }
    }

    @Test
    void theWholeLogComesBackAndIsNotTouched() throws IOException {
        Map<String, String> before = contents();
        try (Pretraining run = start()) {
            assertThat(run.log().steps()).hasSize(10);
            assertThat(run.log().epochs()).hasSize(2);
        }
        assertThat(contents()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"steps.jsonl", "epochs.jsonl", "diagnostics.jsonl", "alarms.jsonl"})
    void aLineThatCannotBeReadIsRefusedByItsNumberAndNothingIsChanged(String name)
            throws IOException {
        Path log = folder.resolve(name);
        List<String> whole = Files.readAllLines(log);
        for (String damage : List.of("null", "", "[]", "{}", "1,2", "{\"step\":0}", "\0\0\0")) {
            for (int at = 1; at <= whole.size(); at++) {
                List<String> lines = new ArrayList<>(whole);
                lines.add(at, damage);
                Files.write(log, lines);
                Map<String, String> before = contents();
                int number = at + 1;
                assertThatThrownBy(this::start)
                        .as("%s in line %d of %s", damage, number, name)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(log + ": line " + number + " cannot be read");
                assertThat(contents()).isEqualTo(before);
            }
        }
        for (String header : List.of("null", "{}", whole.get(0).replace("2", "true"))) {
            List<String> lines = new ArrayList<>(whole);
            lines.set(0, header);
            Files.write(log, lines);
            assertThatThrownBy(this::start)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(log + ": line 1 cannot be read");
            assertThat(log).content().startsWith(header);
        }
        Files.write(log, new byte[] {(byte) 0xff, (byte) 0xfe, '\n'});
        assertThatThrownBy(this::start)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("line 1 cannot be read: it is no UTF-8 text");
    }

    @ParameterizedTest
    @ValueSource(strings = {"steps.jsonl", "epochs.jsonl", "diagnostics.jsonl", "alarms.jsonl"})
    void onlyAHalfWrittenLastLineIsDropped(String name) throws IOException {
        Map<String, String> whole = contents();
        for (byte[] half :
                List.of(
                        "10,2,-1.".getBytes(StandardCharsets.UTF_8),
                        "{\"step\":1".getBytes(StandardCharsets.UTF_8),
                        "null".getBytes(StandardCharsets.UTF_8),
                        new byte[] {(byte) 0xc3},
                        new byte[4096])) {
            Files.write(folder.resolve(name), half, StandardOpenOption.APPEND);
            try (Pretraining run = start()) {
                assertThat(run.step()).isEqualTo(10);
                assertThat(run.log().steps()).hasSize(10);
            }
            assertThat(contents()).isEqualTo(whole);
        }
    }

    @Test
    void aLastLineThatLostItsEndIsNotTakenForAWholeOne() throws IOException {
        Path log = folder.resolve("steps.jsonl");
        String whole = Files.readString(log);
        // A loss of -1.23 is a number like -1.2345: what ends without a break does not count.
        Files.writeString(log, whole.substring(0, whole.length() - 2));
        assertThatThrownBy(this::start)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("steps.jsonl has 9 rows before that step")
                .hasMessageContaining("after 10");
    }

    @ParameterizedTest
    @ValueSource(strings = {"steps.jsonl", "epochs.jsonl", "diagnostics.jsonl"})
    void aLogThatWasEmptiedCutOrLostIsSaid(String name) throws IOException {
        Path log = folder.resolve(name);
        List<String> lines = Files.readAllLines(log);
        List<Consumer<Path>> accidents =
                List.of(
                        file -> write(file, List.of()),
                        file -> write(file, lines.subList(0, lines.size() - 1)),
                        file -> {
                            List<String> gap = new ArrayList<>(lines);
                            gap.remove(lines.size() / 2);
                            write(file, gap);
                        },
                        RunLogsTest::delete);
        for (Consumer<Path> accident : accidents) {
            accident.accept(log);
            Map<String, String> before = contents();
            assertThatThrownBy(this::start)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(log.toString())
                    .hasMessageContaining("away to go on from the checkpoint without them");
            assertThat(contents()).isEqualTo(before);
        }
        // Put back from a copy, it goes on.
        write(log, lines);
        try (Pretraining run = start()) {
            assertThat(run.step()).isEqualTo(10);
        }
    }

    @Test
    void aRunGoesOnWithoutItsLogsAndSaysWhatIsLost() throws IOException {
        Map<String, Long> undisturbed;
        try (Pretraining run = Pretraining.of(recipe()).onDevice("cpu").on(images())) {
            undisturbed = KilledRun.digests(run.train());
        }
        for (String name : LOGS) {
            Files.delete(folder.resolve(name));
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Sink before =
                Progress.use(new ConsoleSink(new PrintStream(bytes, true, StandardCharsets.UTF_8)));
        try (Pretraining run = start()) {
            run.train(5);
        } finally {
            Progress.use(before);
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("none of the logs of the 10 steps before")
                .contains("the means of epoch 2 are over 2 of its 4 steps");
        // And once more, by what is there now.
        try (Pretraining run = start()) {
            assertThat(run.step()).isEqualTo(15);
            assertThat(run.log().steps()).extracting(Step::number).startsWith(10L).hasSize(5);
            assertThat(KilledRun.digests(run.train())).isEqualTo(undisturbed);
            assertThat(run.log().epochs()).extracting(Epoch::steps).containsExactly(12L, 16L, 20L);
        }
    }

    @Test
    void aLogOfAnotherVersionIsRefusedAndStays() throws IOException {
        for (String name : LOGS) {
            Path log = folder.resolve(name);
            String whole = Files.readString(log);
            String newer = whole.replace("\"version\":2", "\"version\":3");
            Files.writeString(log, newer);
            assertThatThrownBy(this::start)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(log + ": line 1 cannot be read")
                    .hasMessageContaining("of version 3, and this library reads version 2");
            assertThat(log).hasContent(newer);
            Files.writeString(log, whole);
        }
        Path snapshots = folder.resolve("diagnostics.jsonl");
        String renamed = Files.readString(snapshots).replace("asymmetryTop", "topAsymmetry");
        Files.writeString(snapshots, renamed);
        assertThatThrownBy(this::start)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("diagnostics.jsonl: line 2 cannot be read")
                .hasMessageContaining("no field diagnostics.asymmetryTop")
                .hasMessageContaining("another version");
        assertThat(snapshots).hasContent(renamed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "5 | [1.0, true]",
                "5 | [1.0, \"1.0\"]",
                "5 | [1e999]",
                "5 | []",
                "5 | null",
                "5 | [[1.0]]",
                "5.5 | [1.0]",
                "-5 | [1.0]",
                "null | [1.0]",
                "99999999999999999999 | [1.0]"
            })
    void aSnapshotThatIsNoneIsRefused(String step, String spectrum) throws IOException {
        Path snapshots = folder.resolve("diagnostics.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(snapshots));
        lines.set(2, SNAPSHOT.formatted(step, spectrum));
        Files.write(snapshots, lines);
        assertThatThrownBy(this::start)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("diagnostics.jsonl: line 3 cannot be read");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "counters | null",
                "counters | {}",
                "counters | [1]",
                "counters | {\"step\":null}",
                "counters | {\"step\":-1}",
                "counters | {\"step\":1.5}",
                "counters | {\"step\":99999999999999999999}",
                "recipe | null",
                "recipe | []",
                "recipe | {\"seed\":null}",
                "recipe | {",
                "rows of the logs | null",
                "rows of the logs | {\"steps.csv\":null}",
                "images | ",
                "recipe | ",
                "counters | "
            })
    void damagedMetadataIsRefusedByItsField(String field, String value) throws IOException {
        Path file = folder.resolve("step-000000010.safetensors");
        rewrite(
                file,
                stored -> {
                    Map<String, String> metadata = new TreeMap<>(stored.metadata());
                    if (value == null) {
                        metadata.remove(field);
                    } else {
                        metadata.put(field, value);
                    }
                    return new SafeTensors(metadata, stored.tensors());
                });
        assertThatThrownBy(this::start)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step-000000010.safetensors is damaged")
                .hasMessageContaining("its field " + field)
                .hasMessageContaining("from the one before");
    }

    @Test
    void anArrayOfAnotherTypeOrOfNoNumbersIsRefused() throws IOException {
        Path file = folder.resolve("step-000000010.safetensors");
        byte[] whole = Files.readAllBytes(file);
        rewrite(
                file,
                stored -> {
                    Map<String, NDArray> tensors = new TreeMap<>(stored.tensors());
                    tensors.computeIfPresent(
                            "predictor.F", (name, array) -> array.toType(DataType.INT32, true));
                    return new SafeTensors(stored.metadata(), tensors);
                });
        assertThatThrownBy(this::start)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the array predictor.F is of type int32")
                .hasMessageContaining("float32");
        Files.write(file, whole);
        rewrite(
                file,
                stored -> {
                    stored.tensors().get("predictor.F").set(new NDIndex("0,0"), 1 / 0f);
                    return stored;
                });
        assertThatThrownBy(this::start)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is damaged: its array predictor.F");
        Files.write(file, whole);
        Files.move(file, folder.resolve("step-000000011.safetensors"));
        assertThatThrownBy(this::start)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the state after 10 steps");
    }

    @Test
    void aFolderThatWasReplacedUnderItsRunIsLeftAlone() throws IOException {
        Path moved = folder.resolveSibling(folder.getFileName() + "-moved");
        try (Pretraining run = start()) {
            Files.move(folder, moved);
            assertThatThrownBy(() -> run.train(1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(folder.toString())
                    .hasMessageContaining("deleted or replaced");
            assertThat(folder).doesNotExist();
            // Another run takes the name.
            try (Pretraining other = start()) {
                other.train(2);
                assertThatThrownBy(() -> run.train(1)).hasMessageContaining("replaced");
            }
            assertThat(run.step()).isEqualTo(10);
        }
        assertThat(Files.readAllLines(folder.resolve("steps.jsonl"))).hasSize(3);
    }

    private interface Change {
        SafeTensors of(SafeTensors stored);
    }

    private static void rewrite(Path file, Change change) {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        change.of(SafeTensors.read(file, manager)).write(file);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        for (String name : LOGS) {
            Path log = folder.resolve(name);
            if (Files.exists(log)) {
                contents.put(
                        name, new String(Files.readAllBytes(log), StandardCharsets.ISO_8859_1));
            }
        }
        return contents;
    }

    private static void write(Path file, List<String> lines) {
        try {
            Files.write(file, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aLinkBesideALogIsNotWrittenThrough() throws IOException {
        Path precious = Files.writeString(folder.resolve("precious"), "kept");
        Path link = folder.resolve("steps.jsonl.part");
        Files.createSymbolicLink(link, precious);
        LogFile.write(folder.resolve("steps.jsonl"), List.of("a"));
        assertThat(precious).hasContent("kept");
        assertThat(Files.isSymbolicLink(folder.resolve("steps.jsonl"))).isFalse();
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Recipe recipe() {
        return KilledRun.recipe().withSteps(20);
    }

    private static ImageSource images() {
        return FashionMnist.embeddedTrain().first(128);
    }

    private Pretraining start() {
        return Pretraining.of(recipe())
                .onDevice("cpu")
                .in(folder)
                .withCheckpointEvery(5)
                .on(images());
    }
}
