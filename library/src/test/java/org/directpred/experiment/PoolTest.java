package org.directpred.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.directpred.progress.Bar;
import org.directpred.progress.ConsoleSink;
import org.directpred.progress.LivePicture;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What child processes may do to an ablation: lose their own point, and nothing else. */
class PoolTest {
    @TempDir private Path folder;

    private final List<String> messages = new CopyOnWriteArrayList<>();
    private final List<String> notes = new CopyOnWriteArrayList<>();
    private Sink before;

    @BeforeEach
    void listen() {
        before = Progress.use(new Recorder());
    }

    @AfterEach
    void restore() {
        Progress.use(before);
    }

    private Results run(ProcessPool pool, String... variants) {
        return MisbehavingSource.of(variants)
                .run(folder, AblationSource.Reference.to(MisbehavingSource.class, variants), pool);
    }

    private Results run(String... variants) {
        return run(ProcessPool.onCpu(1), variants);
    }

    private static Point point(String variant) {
        return new Point(variant, 0);
    }

    /** The message about a variant's child that left no result. */
    private String lost(String variant) {
        Results results = run(variant);
        assertThat(results.missing()).containsExactly(point(variant));
        assertThat(results.values(MisbehavingSource.GOOD, "value")).containsExactly(1.0);
        assertThat(notes).anyMatch(note -> note.contains("'" + variant + "', seed 0 crashed"));
        assertThat(notes).noneMatch(note -> note.contains("'" + variant + "', seed 0 is done"));
        // What is not done is not counted.
        assertThat(notes).noneMatch(note -> note.startsWith("2/2"));
        assertThat(messages).hasSize(1);
        assertThat(messages.get(0))
                .startsWith("'" + variant + "', seed 0 ")
                .contains(" and is still missing");
        return messages.get(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "prints bytes",
                "prints megabytes",
                "closes its output",
                "leaves a thread",
            })
    void whatAChildPrintsAndLeavesLosesNothing(String variant) {
        Results results = run(variant);
        assertThat(results.missing()).isEmpty();
        assertThat(results.values(variant, "value")).containsExactly(2.0);
        assertThat(messages).isEmpty();
    }

    @Test
    void bytesThatAreNoTextAreToldAsWellAsTheyCanBe() {
        assertThat(lost("prints bytes and crashes"))
                .contains("crashed with exit status 9")
                .contains("\ufffdnd");
    }

    @Test
    void anExitWithoutAResultIsNotDone() {
        assertThat(lost("exits"))
                .contains("ended with exit status 0 but without a result")
                .contains("printed nothing");
    }

    @Test
    void anExceptionIsToldInItsOwnWordsAndNotByItsFrames() {
        assertThat(lost("throws"))
                .contains(
                        "crashed with exit status 1 and is still missing: java.lang.IllegalStateException")
                .contains(
                        "the disk went to sleep; caused by java.io.IOException: spun down; its log")
                .doesNotContain("at org.directpred");
    }

    @Test
    void anErrorOfTheMachineIsToldToo() {
        assertThat(lost("throws an error")).contains("java.lang.NoClassDefFoundError: a/b/C");
    }

    @Test
    void anExhaustedHeapIsNamed() {
        assertThat(lost("exhausts its heap")).contains("java.lang.OutOfMemoryError");
    }

    @Test
    void aSignalIsNamed() {
        assertThat(lost("kills itself"))
                .contains("exit status 137 (SIGKILL, as when the machine's");
        messages.clear();
        notes.clear();
    }

    @Test
    void aChildThatNeverEndsIsEndedAtThePoolsLimitWithAllThatItHasStarted() {
        long others = sleepers();
        Results results = run(ProcessPool.onCpu(1).withLimit(Duration.ofSeconds(4)), "never ends");
        assertThat(results.missing()).containsExactly(point("never ends"));
        assertThat(messages).hasSize(1);
        assertThat(messages.get(0)).contains("was ended after 4 s, its pool's limit, and is still");
        assertThat(sleepers()).isEqualTo(others);
        assertThatThrownBy(() -> ProcessPool.onCpu(1).withLimit(Duration.ZERO))
                .hasMessageContaining("PT0S");
    }

    private static long sleepers() {
        return ProcessHandle.allProcesses()
                .filter(p -> p.isAlive() && p.info().commandLine().orElse("").contains("sleep 600"))
                .count();
    }

    @Test
    void aMessageOfAChildNamesItsVariant() {
        assertThat(run("reports").missing()).isEmpty();
        assertThat(messages).containsExactly("'reports', seed 0: ALARM at step 3: low");
    }

    @Test
    void aMessageOfAPointOfThisProcessNamesItsVariantToo() {
        MisbehavingSource.of("reports").run(folder);
        assertThat(messages).containsExactly("'reports', seed 0: ALARM at step 3:\nlow");
    }

    @Test
    void anyNameOfAnVariantWillDo() throws Exception {
        String[] names = {
            "n".repeat(300),
            "n".repeat(299) + "m",
            "a/b",
            "a\\b",
            "..",
            "../../escaped",
            ".",
            "nul\0l",
            "new\nline",
            "🦜🦜",
            "ä",
            "half \ud83e of a pair",
            "half \udd9c of a pair",
            "Case",
            "case",
            "CON",
            "con.txt",
            "dot.",
            "space ",
            " ",
            "*?:|<>\"'",
        };
        names = Arrays.stream(names).filter(name -> !name.isBlank()).toArray(String[]::new);
        Results results = run(ProcessPool.onCpu(2), names);
        assertThat(messages).isEmpty();
        assertThat(results.missing()).isEmpty();
        List<String> files = new ArrayList<>();
        try (Stream<Path> logs = Files.list(folder.resolve("logs"))) {
            logs.forEach(log -> files.add(log.getFileName().toString()));
        }
        assertThat(files)
                .hasSize(names.length + 1)
                .allMatch(f -> f.matches("[a-z0-9-]{1,80}\\.log"));
        assertThat(folder.resolve("../../escaped")).doesNotExist();
        // Another process finds them again.
        assertThat(MisbehavingSource.of(names).read(folder).missing()).isEmpty();
    }

    @Test
    void aFileNameIsTheSameInEveryRun() {
        assertThat(FileName.of(new Point("DirectPred, 5x/day", -3)))
                .isEqualTo("directpred-5x-day-21281a030c80--3");
    }

    @Test
    void aVariantWhoseSettingsHaveNoNameIsRefusedByItsName() {
        Runnable function = () -> {};
        Object nameless = new Object() {};
        for (String setting : List.of("views " + function, nameless.toString())) {
            Ablation ablation =
                    MisbehavingSource.of()
                            .withVariant(
                                    new Variant(
                                            "mine",
                                            Map.of("views", setting),
                                            seed -> Measurements.of(Map.of())));
            assertThatThrownBy(() -> ablation.run(folder))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("for variant 'mine' the folder " + folder)
                    .hasMessageContaining("cannot know its views again");
        }
        assertThat(folder.resolve("ablation.json")).doesNotExist();
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> MisbehavingSource.of().run(file))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("cannot claim the folder " + file)
                .hasMessageContaining("name another");
    }

    @Test
    void theClassOfACellIsRefusedWithTheWay() {
        assertThatThrownBy(
                        () ->
                                new AblationSource.Reference("REPL.$JShell$12$Mine", List.of())
                                        .ablation())
                .hasMessageContaining("REPL.$JShell$12$Mine")
                .hasMessageContaining("environment/kernel --classpath JAR");
    }

    /** Keeps what is reported. */
    private final class Recorder implements Sink {
        @Override
        public Bar bar(String name, long total) {
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
            return new ConsoleSink(System.out).picture(name);
        }

        @Override
        public void message(String text) {
            messages.add(text);
        }

        @Override
        public void show(Object value) {}
    }
}
