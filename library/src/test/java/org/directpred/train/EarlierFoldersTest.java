package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.image.Operation;
import org.directpred.network.Architecture;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.ClosedForm;
import org.junit.jupiter.api.Test;
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
            Map<String, String> stored =
                    CheckpointMetadata.JSON.convertValue(
                            CheckpointMetadata.JSON.readTree(in).get(name),
                            new TypeReference<TreeMap<String, String>>() {});
            Map<String, String> fields = EarlierRecipes.all().get(name).fields();
            assertThat(fields.keySet()).isEqualTo(stored.keySet());
            assertThat(new TreeMap<>(fields)).isEqualTo(OlderRecipes.complete(stored));
        }
    }

    @ParameterizedTest
    @MethodSource("runs")
    void theRecipeOfAnEarlierCheckpointComesBack(String name) throws Exception {
        Path checkpoint = folder(name, temporary).resolve("step-000000003.safetensors");
        Recipe recipe = EarlierRecipes.runs().get(name);
        Recipe back =
                Recipe.of(
                        checkpoint,
                        ClosedForm.by("root", F -> F.power(.5)),
                        Operation.named("nothing", (c, r) -> {}),
                        Schedule.named("halved", s -> s < 3 ? 1 : .5));
        assertThat(back.fields()).isEqualTo(recipe.fields());
        assertThat(back.encoder()).isEqualTo(recipe.encoder());
        assertThat(back.views()).isEqualTo(recipe.views());
        assertThat(back.predictor()).isEqualTo(recipe.predictor());
        assertThat(back.method()).isEqualTo(recipe.method());
    }

    @Test
    void whatIsMissingOrUnreadableOfAnEarlierRecipeIsNamed() throws Exception {
        Path own = folder("own-rule", temporary).resolve("step-000000003.safetensors");
        assertThatThrownBy(() -> Recipe.of(own))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(own.toString())
                .hasMessageContaining("give it too");
        Map<String, String> fields = new TreeMap<>(EarlierRecipes.runs().get("linear").fields());
        for (String field : fields.keySet()) {
            if (field.equals("name")) {
                continue;
            }
            Map<String, String> other = new TreeMap<>(fields);
            other.put(field, "something new");
            assertThatThrownBy(() -> EarlierRecipe.of(own, other))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("something new");
        }
    }

    /** Read from the fields alone, every recipe has the same fields again. */
    @ParameterizedTest
    @MethodSource("all")
    void everyRecipeIsReadFromItsFields(String name) {
        Recipe recipe = EarlierRecipes.all().get(name);
        if (recipe.encoder().name().startsWith("small")) {
            // Its channels come from a checkpoint's weights.
            recipe = recipe.withEncoder(Architecture.resNet(18, Architecture.Stem.CIFAR));
        }
        Recipe back =
                EarlierRecipe.of(
                        Path.of("none"),
                        new TreeMap<>(recipe.fields()),
                        ClosedForm.by("root", F -> F.power(.5)),
                        Operation.named("nothing", (c, r) -> {}),
                        Schedule.named("halved", s -> s < 3 ? 1 : .5));
        assertThat(back.method()).isEqualTo(recipe.method());
        assertThat(back.data()).isEqualTo(recipe.data());
        assertThat(back.length()).isEqualTo(recipe.length());
        assertThat(back.fields()).isEqualTo(recipe.fields());
    }

    @Test
    void aCheckpointHoldsItsRecipe() {
        Recipe recipe =
                EarlierRecipes.runs().get("byol").withDiagnosticsEvery(7).withSymmetricLoss(false);
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").in(temporary).on(IMAGES)) {
            run.train(1);
        }
        Path checkpoint = temporary.resolve("step-000000001.safetensors");
        assertThat(Recipe.of(checkpoint)).isEqualTo(recipe);
        assertThatThrownBy(() -> Recipe.of(temporary.resolve("none.safetensors")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("none.safetensors");
    }
}
