package org.directpred.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.directpred.paper.PaperTables;
import org.directpred.progress.ConsoleSink;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {
    private static final AblationSource.Reference NUMBERS =
            AblationSource.Reference.to(ToySource.class, "numbers");

    @TempDir private Path folder;

    @Test
    void aTableRunBothWaysHasEqualRows() {
        Ablation ablation = ToySource.training().withSeeds(3);
        // Sums in another number of threads round differently.
        int threads = TrainingThread.call(ChildProcessTest::threads);
        Results here = ablation.run(folder.resolve("here"));
        Results there =
                ablation.run(
                        folder.resolve("there"),
                        AblationSource.Reference.to(ToySource.class, "training"),
                        ProcessPool.onCpu(2).withThreads(threads));
        assertThat(there.missing()).isEmpty();
        for (Point point : ablation.points()) {
            Measurements a = here.row(point).orElseThrow().measurements();
            Measurements b = there.row(point).orElseThrow().measurements();
            assertThat(b.values()).isEqualTo(a.values());
            assertThat(b.curves()).isEqualTo(a.curves());
            assertThat(a.values())
                    .containsKeys("accuracy", "best accuracy", "loss", "effective rank of F")
                    .containsKey("alignment, top 8 at the start");
            assertThat(a.curves().get("loss").steps()).containsExactly(0.0, 4.0, 8.0);
        }
        assertThat(here.row(new Point("SGD", 3)).orElseThrow().measurements().values())
                .isNotEqualTo(
                        here.row(new Point("DirectPred", 3)).orElseThrow().measurements().values());
    }

    private static int threads() {
        Torch.engine();
        return JniUtils.getNumThreads();
    }

    @Test
    void aCrashLosesOnePointAndIsNamed() throws Exception {
        Sink before = Progress.sink();
        Path printed = folder.resolve("printed");
        Results results;
        try (PrintStream out = new PrintStream(printed.toFile(), StandardCharsets.UTF_8)) {
            Progress.use(new ConsoleSink(out));
            results =
                    CrashingSource.crashing()
                            .run(
                                    folder.resolve("runs"),
                                    AblationSource.Reference.to(CrashingSource.class),
                                    ProcessPool.onCpu(1));
        } finally {
            Progress.use(before);
        }
        assertThat(results.missing()).containsExactly(new Point("crashing", 1));
        assertThat(results.values("square", "value")).containsExactly(1.0);
        assertThat(Files.readString(printed))
                .contains("'crashing', seed 1 crashed with exit status 77")
                .contains("about to halt");
    }

    @Test
    void aSourceOfAnotherAblationIsRefused() {
        assertThatThrownBy(() -> ToySource.training().run(folder, NUMBERS, ProcessPool.onCpu(1)))
                .hasMessageContaining("numbers has no variant 'SGD'");
        assertThatThrownBy(() -> new AblationSource.Reference("no.Such", List.of()).ablation())
                .hasMessageContaining("no.Such is no public class");
        assertThatThrownBy(
                        () ->
                                new AblationSource.Reference("java.lang.Object", List.of())
                                        .ablation())
                .hasMessageContaining("does not implement");
        assertThatThrownBy(() -> new PaperTables().ablation(List.of("mars", "table3")))
                .hasMessageContaining("fashion-mnist")
                .hasMessageContaining("mars");
    }

    @Test
    void theMainRunsOnePointAndNotTwice() throws Exception {
        String[] arguments = {
            folder.toString(), ToySource.class.getName(), "square", "7", "numbers"
        };
        assertThat(RunPoint.status(arguments)).isZero();
        assertThat(RunPoint.status(arguments)).isZero();
        assertThat(Files.readAllLines(folder.resolve("results.jsonl"))).hasSize(1);
        assertThat(ToySource.numbers().withSeeds(7).read(folder).values("square", "value"))
                .containsExactly(49.0);
        assertThat(RunPoint.status("too", "few")).isEqualTo(2);
        assertThat(RunPoint.status("a", "b", "c", "many")).isEqualTo(2);
        assertThat(
                        RunPoint.status(
                                folder.toString(),
                                ToySource.class.getName(),
                                "none",
                                "7",
                                "numbers"))
                .isEqualTo(1);
    }

    @Test
    void aMessageOfAPointOfTheMainNamesItsVariant() {
        PrintStream console = System.out;
        Sink before = Progress.sink();
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            assertThat(
                            RunPoint.status(
                                    folder.toString(),
                                    MisbehavingSource.class.getName(),
                                    "reports",
                                    "0",
                                    "reports"))
                    .isZero();
        } finally {
            System.setOut(console);
            Progress.use(before);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("'reports', seed 0: ALARM at step 3:");
    }

    @Test
    void theMainRefusesAFolderOfAnotherRecipeOrOfNone() throws Exception {
        String[] first = {folder.toString(), ToySource.class.getName(), "square", "7", "numbers"};
        String[] second = {folder.toString(), ToySource.class.getName(), "square", "8", "numbers"};
        assertThat(RunPoint.status(first)).isZero();
        Path manifest = folder.resolve("ablation.json");
        String written = Files.readString(manifest);
        Files.writeString(manifest, written.replace("\"power\" : \"2\"", "\"power\" : \"5\""));
        assertThat(RunPoint.status(second)).isEqualTo(1);
        Files.delete(manifest);
        assertThat(RunPoint.status(second)).isEqualTo(1);
        assertThatThrownBy(() -> ToySource.numbers().read(folder))
                .hasMessageContaining("no ablation.json");
        Files.writeString(manifest, written);
        assertThat(Files.readAllLines(folder.resolve("results.jsonl"))).hasSize(1);
        assertThat(RunPoint.status(second)).isZero();
        assertThat(Files.readString(manifest)).isEqualTo(written);
    }

    @Test
    void pools() {
        assertThat(ProcessPool.onGpus(0, 1).devices()).containsExactly("0", "1");
        assertThatThrownBy(() -> new ProcessPool(2, List.of("0"), 1))
                .hasMessageContaining("2 workers but 1 devices");
        assertThatThrownBy(() -> new ProcessPool(0, List.of(), 1)).hasMessageContaining("0");
        assertThat(
                        ProcessPool.inherited(
                                List.of("-Xmx1g", "-agentlib:x", "-XX:SharedArchiveFile=f", "-Da=b")
                                        .stream()))
                .containsExactly("-Xmx1g", "-Da=b");
    }
}
