package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.directpred.image.FashionMnist;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run leaves behind, closed or forgotten. */
class UnclosedRunTest {
    @Test
    void aForgottenRunKeepsNeitherThreadNorMemory() throws Exception {
        WeakReference<Pretraining> forgotten = forgotten();
        Instant end = Instant.now().plus(Duration.ofSeconds(60));
        while ((forgotten.get() != null || loaders() > 0) && Instant.now().isBefore(end)) {
            Thread.sleep(200);
            System.gc();
        }
        assertThat(loaders()).isZero();
        assertThat(forgotten.get()).isNull();
    }

    @Test
    void aKilledRunLeavesNoFolderInTheTemporaryOne(@TempDir Path folder) throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx300m",
                                "-Djava.io.tmpdir=" + temporary,
                                "-cp",
                                System.getProperty("java.class.path"),
                                KilledRun.class.getName(),
                                folder.resolve("run").toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null && !line.startsWith("step")) {
                line = lines.readLine();
            }
            assertThat(line).startsWith("step");
            process.toHandle().destroyForcibly();
        }
        process.waitFor();
        try (Stream<Path> left = Files.walk(temporary)) {
            assertThat(left.filter(Files::isDirectory).filter(f -> !f.equals(temporary)))
                    .noneMatch(f -> f.getFileName().toString().startsWith("pt-model"));
        }
    }

    private static WeakReference<Pretraining> forgotten() {
        Pretraining run = start();
        run.train(2);
        assertThat(loaders()).isPositive();
        return new WeakReference<>(run);
    }

    private static Pretraining start() {
        return Pretraining.of(KilledRun.recipe()).onDevice("cpu").on(FashionMnist.embeddedTrain());
    }

    private static long loaders() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("image-loader-"))
                .count();
    }
}
