package org.directpred.own;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.directpred.experiment.Results;
import org.directpred.image.ColourPatches;
import org.directpred.image.FashionMnist;
import org.directpred.network.Architecture;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.OptimalPredictor;
import org.directpred.predictor.RandomPartitions;
import org.directpred.train.Recipe;
import org.directpred.train.ViewPair;
import org.directpred.train.ViewPairs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program reads is the same wherever Java writes the digits of another script. */
class OtherDigitsTest {
    private static final Locale ARABIC = Locale.forLanguageTag("ar-EG-u-nu-arab");

    private final Locale before = Locale.getDefault();

    @TempDir private Path folder;

    @AfterEach
    void restore() {
        Locale.setDefault(before);
    }

    @Test
    void filesAreTheSameAndTheRunGoesOnElsewhere() throws Exception {
        Path there = Files.createDirectories(folder.resolve("there"));
        Path log = folder.resolve("log.txt");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx500m",
                                "-Dstdout.encoding=UTF-8",
                                "-Duser.language=ar",
                                "-Duser.country=EG",
                                "-Duser.extensions=u-nu-arab",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Written.class.getName(),
                                there.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        int status = process.waitFor();
        assertThat(Files.readString(log)).as("the child's output").contains("\u0661\u0662");
        assertThat(status).as(Files.readString(log)).isZero();

        Path here = Files.createDirectories(folder.resolve("here"));
        Written.write(here);
        for (String name :
                List.of(
                        "f.safetensors",
                        "f.csv",
                        "f.npy",
                        "l.npy",
                        "table.csv",
                        "confusion.csv",
                        "figure.json")) {
            assertThat(there.resolve(name)).hasSameBinaryContentAs(here.resolve(name));
        }
        for (Path file : files(there)) {
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            byte[] utf8 = text.getBytes(StandardCharsets.ISO_8859_1);
            if (!file.toString().endsWith(".safetensors") && !file.toString().endsWith(".npy")) {
                text = new String(utf8, StandardCharsets.UTF_8);
                assertThat(text.codePoints().filter(c -> c > 127 && Character.isDigit(c)).count())
                        .as(file.toString())
                        .isZero();
            }
        }
        // The ablation is read, and the run goes on, by a process with plain digits.
        Results results = Written.ablation().run(there.resolve("ablation"));
        assertThat(results.values("x", "value")).containsExactly(1234.5, 2469.0);
        Written.train(there.resolve("run"), 4);
        Path whole = folder.resolve("whole");
        Written.train(whole, 8);
        assertThat(lines(there.resolve("run"), "steps.jsonl"))
                .isEqualTo(lines(whole, "steps.jsonl"));
        assertThat(lines(there.resolve("run"), "diagnostics.jsonl"))
                .isEqualTo(lines(whole, "diagnostics.jsonl"));
    }

    @Test
    void namesByWhichRunsAreKnownAgainAreTheSame() {
        List<String> plain = names();
        Locale.setDefault(ARABIC);
        assertThat("%d".formatted(12)).isEqualTo("\u0661\u0662");
        assertThat(names()).isEqualTo(plain);
    }

    private static List<String> names() {
        ViewPairs pairs = ViewPairs.of("mine", 12, epoch -> Stream.<ViewPair>empty().iterator());
        Recipe recipe = Recipe.fashionMnist().withProjector(16, 12);
        return List.of(
                pairs.identity(),
                recipe.toString(),
                recipe.encoder().toString(),
                recipe.projector().toString(),
                Recipe.stl10().withPredictor(OptimalPredictor.defaults()).predictor().describe(),
                Written.recipe().predictor().describe(),
                Architecture.small(3, 12).name(),
                ColourPatches.train().identity().toString(),
                RandomPartitions.of(12, DirectPred.defaults().withRho(.3)).describe(),
                FashionMnist.embeddedTrain().identity().toString());
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    private static List<String> lines(Path run, String name) throws IOException {
        return Files.readAllLines(run.resolve(name));
    }
}
