package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Folders and fields that were written before recipes were made of parts (the resources of {@code
 * earlier}): runs go on from those folders, and recipes of the same meaning have those fields.
 */
class EarlierFoldersTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain().first(70);

    @TempDir Path temporary;

    static Stream<String> runs() {
        return EarlierRecipes.runs().keySet().stream();
    }

    static Stream<String> all() {
        return EarlierRecipes.all().keySet().stream();
    }

    /** A copy of a run's folder, after 3 steps. */
    static Path folder(String name, Path to) throws IOException, URISyntaxException {
        Path from = Path.of(EarlierFoldersTest.class.getResource("earlier/" + name).toURI());
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }

    @ParameterizedTest
    @MethodSource("runs")
    void aRunGoesOnFromAnEarlierFolder(String name) throws Exception {
        Path folder = folder(name, temporary);
        Recipe recipe = EarlierRecipes.runs().get(name);
        try (Pretraining run =
                Pretraining.of(recipe)
                        .onDevice("cpu")
                        .in(folder)
                        .withCheckpointEvery(100)
                        .on(IMAGES)) {
            assertThat(run.step()).isEqualTo(3);
            run.train();
            assertThat(run.log().steps()).hasSize(Math.toIntExact(run.totalSteps()));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aRecipeHasItsFieldsOfBefore(String name) throws IOException {
        try (InputStream in = EarlierFoldersTest.class.getResourceAsStream("earlier/fields.json")) {
            var stored = CheckpointMetadata.JSON.readTree(in).get(name);
            Recipe recipe = EarlierRecipes.all().get(name);
            assertThat(recipe.fields().keySet())
                    .containsExactlyElementsOf(names(stored.fieldNames()));
            Map<String, String> read = new TreeMap<>();
            recipe.fields().keySet().forEach(key -> read.put(key, stored.get(key).asText()));
            Map<String, String> meant = OlderRecipes.complete(read);
            recipe.fields()
                    .forEach(
                            (field, value) ->
                                    assertThat(value).as(field).isEqualTo(meant.get(field)));
        }
    }

    private static List<String> names(java.util.Iterator<String> names) {
        List<String> list = new java.util.ArrayList<>();
        names.forEachRemaining(list::add);
        return list;
    }
}
