package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.directpred.evaluate.Snapshot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Logs that version 1 wrote are read and gone on with, and nothing of them is lost. */
class EarlierLogsTest {
    private static final List<String> EARLIER =
            List.of("steps.csv", "epochs.csv", "diagnostics.jsonl", "alarms.jsonl");

    @TempDir private Path folder;
    private Path kept;

    @BeforeEach
    void name() {
        kept = folder.resolve("logs-of-version-1");
    }

    /** A run of 10 steps, one with an online probe, and one of 20 that collapsed. */
    @ParameterizedTest
    @CsvSource({"plain, 10, 2, 2, 0", "probe, 10, 2, 2, 0", "collapse, 20, 5, 5, 3"})
    void theyComeBackWholeAndGoOnAsThisVersion(
            String run, long steps, int epochs, int snapshots, int alarms) throws IOException {
        Map<String, String> before = copy(run, folder);
        TrainingLog log = open(steps);
        List<Step> expected = new ArrayList<>();
        for (String line : before.get("steps.csv").lines().skip(1).toList()) {
            List<Double> cells = Stream.of(line.split(",")).map(Double::valueOf).toList();
            expected.add(
                    new Step(
                            cells.get(0).longValue(),
                            cells.get(1).intValue(),
                            cells.get(2),
                            cells.get(3),
                            cells.size() > 4 ? cells.get(4) : Double.NaN));
        }
        assertThat(log.steps()).isEqualTo(expected).hasSize((int) steps);
        assertThat(log.epochs()).hasSize(epochs);
        assertThat(log.snapshots()).extracting(Snapshot::step).startsWith(0L, 5L);
        assertThat(log.snapshots().size()).isGreaterThanOrEqualTo(snapshots);
        assertThat(log.alarms()).hasSize(alarms);
        assertThat(log.last().diagnostics().spectrum()).hasSizeGreaterThan(8);

        assertThat(contents(kept)).isEqualTo(before);
        assertThat(folder.resolve("steps.csv")).doesNotExist();
        assertThat(folder.resolve("epochs.csv")).doesNotExist();
        for (LogFormat<?> format : LogFormat.ALL) {
            assertThat(folder.resolve(format.file())).content().startsWith(format.header() + "\n");
        }
        Map<String, String> now = contents(folder);
        requireSame(open(steps), log);
        assertThat(contents(folder)).isEqualTo(now);
        assertThat(contents(kept)).isEqualTo(before);
    }

    @Test
    void aChangeThatWasCutShortIsFinishedFromWhereverItStood() throws IOException {
        Map<String, String> before = copy("collapse", folder);
        TrainingLog whole = open(20);
        Map<String, String> now = contents(folder);
        List<String> files = List.of("diagnostics.jsonl", "alarms.jsonl", "epochs.jsonl");
        for (int written = 0; written <= files.size(); written++) {
            for (Path file : files(folder)) {
                Files.delete(file);
            }
            copy("collapse", folder);
            for (String file : files.subList(0, written)) {
                Files.writeString(folder.resolve(file), now.get(file));
            }
            requireSame(open(20), whole);
            assertThat(contents(folder)).isEqualTo(now);
            assertThat(contents(kept)).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"steps.csv", "epochs.csv", "diagnostics.jsonl", "alarms.jsonl"})
    void aDamagedLineIsRefusedByItsNumberAndNothingIsChanged(String name) throws IOException {
        copy("collapse", folder);
        Path log = folder.resolve(name);
        List<String> lines = new ArrayList<>(Files.readAllLines(log));
        lines.add(2, "1,2");
        Files.write(log, lines);
        Map<String, String> before = contents(folder);
        assertThatThrownBy(() -> open(20))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(log + ": line 3 cannot be read")
                .hasMessageContaining("nothing was changed");
        assertThat(contents(folder)).isEqualTo(before);
        assertThat(kept).doesNotExist();
    }

    @Test
    void theRowsThatACheckpointCountedByTheEarlierNamesAreMissed() throws IOException {
        copy("plain", folder);
        assertThatThrownBy(
                        () ->
                                new RunLogs(folder)
                                        .open(
                                                new TrainingLog(),
                                                10,
                                                Map.of("diagnostics.jsonl", 3L)))
                .hasMessageContaining("diagnostics.jsonl has 2 rows");
        assertThatThrownBy(
                        () ->
                                new RunLogs(folder)
                                        .open(new TrainingLog(), 10, Map.of("epochs.csv", 3L)))
                .hasMessageContaining("epochs.csv has 2 rows");
        assertThat(kept).doesNotExist();
    }

    @Test
    void anAlarmHasTheNameOfNowAndIsNotRaisedAgain() throws IOException {
        copy("collapse", folder);
        Path alarms = folder.resolve("alarms.jsonl");
        Files.writeString(
                alarms, Files.readString(alarms).replace("\"collapse\"", "\"few directions\""));
        assertThat(open(20).alarms())
                .extracting(Alarm::name)
                .containsExactly("steps too large", "dimensional collapse", "outputs explode");
    }

    private TrainingLog open(long steps) {
        TrainingLog log = new TrainingLog();
        new RunLogs(folder).open(log, steps, Map.of("steps.csv", steps));
        return log;
    }

    private static void requireSame(TrainingLog actual, TrainingLog expected) {
        assertThat(actual.steps()).isEqualTo(expected.steps());
        assertThat(actual.epochs()).isEqualTo(expected.epochs());
        assertThat(actual.snapshots()).isEqualTo(expected.snapshots());
        assertThat(actual.alarms()).isEqualTo(expected.alarms());
    }

    private static Map<String, String> copy(String run, Path to) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        for (String name : EARLIER) {
            try (var in =
                    EarlierLogsTest.class.getResourceAsStream(
                            "logs-of-version-1/" + run + "/" + name)) {
                contents.put(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
            Files.writeString(to.resolve(name), contents.get(name));
        }
        return contents;
    }

    private static List<Path> files(Path of) throws IOException {
        try (Stream<Path> all = Files.list(of)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static Map<String, String> contents(Path of) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        for (Path file : files(of)) {
            try {
                contents.put(file.getFileName().toString(), Files.readString(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return contents;
    }
}
