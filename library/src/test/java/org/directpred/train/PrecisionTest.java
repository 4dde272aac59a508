package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.directpred.evaluate.Features;
import org.directpred.evaluate.LinearProbe;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.network.Architecture;
import org.directpred.network.FunctionalNetwork.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training in bf16 goes as in float32, and the machine decides which is faster. */
class PrecisionTest {
    private static final int STEPS = 100;

    @TempDir Path folder;

    private record End(double loss, double rank, double accuracy) {}

    private static End train(Precision precision) {
        Recipe recipe =
                Recipe.fashionMnist().withDirectPred().withSteps(STEPS).withPrecision(precision);
        try (Pretraining run =
                Pretraining.of(recipe).onDevice("cpu").on(FashionMnist.embeddedTrain())) {
            run.train();
            double loss =
                    run.log().steps().stream()
                            .skip(STEPS / 2)
                            .mapToDouble(Step::loss)
                            .average()
                            .orElseThrow();
            double accuracy =
                    LinearProbe.quick()
                            .on(
                                    run.backbone(),
                                    FashionMnist.embeddedTrain(),
                                    FashionMnist.embeddedTest(),
                                    recipe.views())
                            .accuracy();
            return new End(loss, run.diagnostics().effectiveRank(), accuracy);
        }
    }

    @Test
    void bf16GivesTheLossTheRankAndTheAccuracyOfFloat32() {
        End wide = train(Precision.FLOAT32);
        End narrow = train(Precision.BFLOAT16);
        assertThat(narrow.loss()).isCloseTo(wide.loss(), within(.15));
        assertThat(narrow.rank() / wide.rank()).isBetween(.7, 1.4);
        assertThat(narrow.accuracy()).isCloseTo(wide.accuracy(), within(.03));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void float64TrainsOnImagesAndGivesFeatures(boolean block) {
        Recipe recipe =
                Recipe.fashionMnist()
                        .withEncoder(block ? PretendGpuTest.own() : Architecture.small(1, 4))
                        .withDirectPred()
                        .withBatchSize(32)
                        .withSteps(6);
        ImageSource images = FashionMnist.embeddedTrain().first(64);
        List<List<Double>> losses = new ArrayList<>();
        List<float[]> features = new ArrayList<>();
        for (Precision precision : List.of(Precision.FLOAT32, Precision.FLOAT64)) {
            Recipe own = recipe.withPrecision(precision);
            try (Pretraining run =
                    Pretraining.of(own).onDevice("cpu").withOnlineProbe().on(images)) {
                run.train();
                losses.add(run.log().steps().stream().map(Step::loss).toList());
                features.add(Features.extract(run.backbone(), images, own.views()).row(0));
            }
        }
        for (int i = 0; i < 6; i++) {
            assertThat(losses.get(1).get(i)).isCloseTo(losses.get(0).get(i), within(1e-4));
        }
        assertThat(features.get(1)).containsExactly(features.get(0), within(1e-3f));
        assertThat(losses.get(1)).isNotEqualTo(losses.get(0));
    }

    @Test
    void theFastestPrecisionIsFoundNamedAndKeptByACheckpoint() {
        Recipe open = Recipe.fashionMnist().withSteps(4).withFastestPrecision();
        assertThat(open.fields()).containsEntry("precision", "the fastest");
        Precision found;
        try (Pretraining run = start(open).on(FashionMnist.embeddedTrain())) {
            found = run.recipe().precision();
            assertThat(found).isIn(Precision.FLOAT32, Precision.BFLOAT16);
            run.train(2);
        }
        Precision other = found == Precision.FLOAT32 ? Precision.BFLOAT16 : Precision.FLOAT32;
        try (Pretraining run = start(open).on(FashionMnist.embeddedTrain())) {
            assertThat(run.step()).isEqualTo(2);
            assertThat(run.recipe().precision()).isEqualTo(found);
            assertThat(run.recipe().fields()).containsEntry("precision", found.name());
        }
        assertThatThrownBy(() -> start(open.withPrecision(other)).on(FashionMnist.embeddedTrain()))
                .hasMessageContaining("precision");
    }

    private RunOptions start(Recipe recipe) {
        return Pretraining.of(recipe).onDevice("cpu").in(folder).withCheckpointEvery(2);
    }

    @Test
    void theFasterOneIsChosenOnlyIfItIsClearlyFaster() {
        assertThat(new Calibration(100, 50).fastest()).isEqualTo(Precision.BFLOAT16);
        assertThat(new Calibration(100, 97).fastest()).isEqualTo(Precision.FLOAT32);
        assertThat(new Calibration(100, 1900))
                .hasToString("FLOAT32 (a step takes 100 ms in float32, 1900 ms in bf16)");
    }

    @Test
    void aLearnerAloneNeedsADecidedPrecision() {
        Recipe open = Recipe.fashionMnist().withFastestPrecision();
        assertThatThrownBy(() -> Learner.of(open, Device.cpu()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("must be FLOAT32 or BFLOAT16");
    }
}
