package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.progress.TestSink;

/**
 * Whatever a run finds in its folder, it gives the log or an {@link IllegalArgumentException} that
 * names the file: no other exception, no hang, no crash, and what it refuses it leaves alone.
 *
 * <p>Every build runs the inputs kept in the resources; {@code JAZZER_FUZZ=1 mvn -pl library test
 * -Dtest=LogsFuzzTest#steps} looks for new ones.
 */
class LogsFuzzTest {
    private static final Sink SILENT = new TestSink();

    /** Before the name of a file that a folder of version 1 has too. */
    private static final String EARLIER = "earlier ";

    private static final String SNAPSHOT =
            "{\"step\":0,\"loss\":-1.0,\"diagnostics\":{\"spectrum\":[1.0],\"covarianceSpectrum\":[1.0],\"predictorSpectrum\":[],\"alignments\":[],\"standardDeviation\":1.0,\"asymmetry\":null,\"asymmetryTop\":null,\"tau\":null,\"normRatio\":null},\"networkUpdate\":0.1,\"predictorUpdate\":null}";

    @FuzzTest(maxDuration = "10m")
    void steps(byte[] input) throws IOException {
        open(LogFormat.STEPS.file(), withHeader(input, LogFormat.STEPS.header()));
    }

    @FuzzTest(maxDuration = "10m")
    void epochs(byte[] input) throws IOException {
        open(LogFormat.EPOCHS.file(), withHeader(input, LogFormat.EPOCHS.header()));
    }

    @FuzzTest(maxDuration = "10m")
    void diagnostics(byte[] input) throws IOException {
        open(LogFormat.SNAPSHOTS.file(), withHeader(input, LogFormat.SNAPSHOTS.header()));
    }

    @FuzzTest(maxDuration = "10m")
    void alarms(byte[] input) throws IOException {
        open(LogFormat.ALARMS.file(), withHeader(input, LogFormat.ALARMS.header()));
    }

    @FuzzTest(maxDuration = "10m")
    void earlierSteps(byte[] input) throws IOException {
        open("steps.csv", withHeader(input, "step,epoch,loss,learning rate"));
    }

    @FuzzTest(maxDuration = "10m")
    void earlierEpochs(byte[] input) throws IOException {
        open(
                "epochs.csv",
                withHeader(
                        input,
                        "epoch,steps,mean loss,effective rank of F,standard deviation,images per second"));
    }

    @FuzzTest(maxDuration = "10m")
    void earlierDiagnostics(byte[] input) throws IOException {
        open(EARLIER + "diagnostics.jsonl", input);
    }

    @FuzzTest(maxDuration = "10m")
    void earlierAlarms(byte[] input) throws IOException {
        open(EARLIER + "alarms.jsonl", input);
    }

    @FuzzTest(maxDuration = "10m")
    void checkpointMetadata(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        Path file = Path.of("step-000000005.safetensors");
        CheckpointMetadata metadata =
                new CheckpointMetadata(
                        file, Map.of("recipe", text, "counters", text, "value", text));
        refusedOrRead(
                file, () -> metadata.texts("recipe").forEach((k, v) -> assertThat(v).isNotNull()));
        refusedOrRead(
                file,
                () ->
                        metadata.numbers("counters")
                                .forEach((k, v) -> assertThat(v).isNotNegative()));
        refusedOrRead(file, () -> metadata.number("value"));
    }

    /** Odd inputs come behind the header that they cannot guess, even ones as they are. */
    private static byte[] withHeader(byte[] input, String header) {
        if (input.length % 2 == 0) {
            return input;
        }
        byte[] start = (header + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[start.length + input.length];
        System.arraycopy(start, 0, all, 0, start.length);
        System.arraycopy(input, 0, all, start.length, input.length);
        return all;
    }

    private static void open(String name, byte[] input) throws IOException {
        Path folder = Files.createTempDirectory("fuzz");
        Sink before = Progress.use(SILENT);
        try {
            if (name.startsWith("epochs")) {
                Files.writeString(
                        folder.resolve("diagnostics.jsonl"),
                        LogFormat.SNAPSHOTS.header() + "\n" + SNAPSHOT + "\n");
            }
            if (name.startsWith(EARLIER)) {
                // An empty table, by which the folder is of version 1.
                Files.createFile(folder.resolve("epochs.csv"));
            }
            Path file = Files.write(folder.resolve(name.replace(EARLIER, "")), input);
            TrainingLog log = new TrainingLog();
            // How many steps the checkpoint had is part of the input.
            Map<String, Long> rows = Map.of("steps.csv", input.length % 6L);
            boolean opened;
            try (RunFolder run = new RunFolder(folder)) {
                opened = refusedOrRead(file, () -> run.open(log, 5, rows));
            }
            if (!opened) {
                assertThat(Files.readAllBytes(file)).isEqualTo(input);
                return;
            }
            // What was kept reads as the same.
            TrainingLog again = new TrainingLog();
            try (RunFolder run = new RunFolder(folder)) {
                run.open(again, 5, log.rows(5));
            }
            assertThat(again.steps()).isEqualTo(log.steps());
            assertThat(again.snapshots()).isEqualTo(log.snapshots());
            assertThat(again.alarms()).isEqualTo(log.alarms());
            assertThat(again.epochs()).isEqualTo(log.epochs());
        } finally {
            Progress.use(before);
            try (var left = Files.walk(folder)) {
                for (Path path : left.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private static boolean refusedOrRead(Path file, Runnable reading) {
        try {
            reading.run();
            return true;
        } catch (IllegalArgumentException refused) {
            // The steps of an empty log are missed where another file was damaged.
            assertThat(refused.getMessage()).containsAnyOf(file.getFileName().toString(), "steps.");
            return false;
        }
    }
}
