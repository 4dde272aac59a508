package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.DirectPred;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Optimisers and schedules at work in a run, and across a stop. */
class OptimisersInTrainingTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain().first(96);

    @TempDir Path temporary;

    private static Recipe recipe() {
        return KilledRun.recipe().withSteps(6);
    }

    private static Recipe adamW() {
        return recipe().withOptimiser(OptimiserChoice.adamW().withBetas(.8, .95))
                .withLearningRate(.002)
                .withWeightDecay(.1)
                .withExcludeBiasAndNorm(true);
    }

    private static Map<String, Long> trained(Recipe recipe) {
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
            return KilledRun.digests(run.train());
        }
    }

    @Test
    void aRunGoesOnToTheSameBits() {
        List<Recipe> recipes =
                List.of(
                        adamW(),
                        adamW().withPredictor(DirectPred.defaults().withEvery(2)),
                        adamW().withWeightDecaySchedule(Schedule.cosine()),
                        recipe().withWeightDecaySchedule(Schedule.cosine().withWarmUpSteps(2)),
                        recipe().withEmaSchedule(Schedule.named("halved", k -> k < 3 ? 1 : .5)));
        for (int i = 0; i < recipes.size(); i++) {
            Path folder = temporary.resolve("run-" + i);
            RunOptions start = Pretraining.of(recipes.get(i)).onDevice("cpu").in(folder);
            try (Pretraining run = start.on(IMAGES)) {
                run.train(3);
            }
            try (Pretraining run = start.on(IMAGES)) {
                assertThat(run.step()).isEqualTo(3);
                assertThat(KilledRun.digests(run.train()))
                        .as("%s", recipes.get(i))
                        .isEqualTo(trained(recipes.get(i)));
            }
        }
    }

    @Test
    void anOptimiserOfAReadersOwnTrainsAsTheLibrarys() {
        Recipe own =
                recipe().withOptimiser(
                                OptimiserChoice.by(
                                        "SGD again",
                                        (parameters, groups, manager) ->
                                                OptimiserChoice.sgd()
                                                        .create(parameters, groups, manager)));
        assertThat(trained(own)).isEqualTo(trained(recipe()));
        Recipe none = recipe().withOptimiser(OptimiserChoice.by("none", (p, g, m) -> null));
        assertThatThrownBy(() -> Learner.of(none, Device.cpu()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the optimiser \"none\" makes null");
    }

    @Test
    void aScheduleMultipliesTheDecayOfBothNetworkAndPredictor() {
        Recipe nothing = recipe().withWeightDecaySchedule(Schedule.named("none", k -> 0));
        assertThat(trained(nothing))
                .isEqualTo(trained(recipe().withWeightDecay(0)))
                .isNotEqualTo(trained(recipe()));
        Recipe half = recipe().withWeightDecaySchedule(Schedule.named("half", k -> .5));
        assertThat(trained(half))
                .isEqualTo(trained(recipe().withWeightDecay(recipe().weightDecay() / 2)));
    }

    @Test
    void aScheduleOfTheMovingAverageMultipliesOneMinusM() {
        Recipe half = recipe().withEma(.9).withEmaSchedule(Schedule.named("half", k -> .5));
        double m = 1 - (1 - .9) * .5;
        assertThat(trained(half)).isEqualTo(trained(recipe().withEma(m)));
        Recipe tooFar = recipe().withEma(.9).withEmaSchedule(Schedule.named("twenty", k -> 20));
        assertThatThrownBy(() -> trained(tooFar))
                .hasStackTraceContaining("the schedule \"twenty\" of the moving average")
                .hasStackTraceContaining("m must lie between 0 and 1");
    }

    @Test
    void aFolderKnowsTheScheduleOfTheDecayAndTheOptimiser() {
        Path folder = temporary.resolve("run");
        try (Pretraining run = Pretraining.of(recipe()).onDevice("cpu").in(folder).on(IMAGES)) {
            run.train(2);
        }
        Recipe falling = recipe().withWeightDecaySchedule(Schedule.named("falling", k -> .5));
        for (Recipe other : List.of(falling, adamW())) {
            assertThatThrownBy(() -> Pretraining.of(other).onDevice("cpu").in(folder).on(IMAGES))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is of another recipe");
        }
        assertThatThrownBy(
                        () ->
                                Pretraining.of(adamW())
                                        .onDevice("cpu")
                                        .in(folder)
                                        .resumingAs(adamW())
                                        .on(IMAGES))
                .hasMessageContaining("its algorithm is \"SGD\" and cannot become \"AdamW\"");
        assertThat(recipe().fields()).doesNotContainKey("weightDecaySchedule");
        assertThat(falling.fields()).containsEntry("weightDecaySchedule", "falling");
        assertThat(adamW().fields())
                .containsEntry("algorithm", "AdamW")
                .containsEntry("optimiser beta1", "0.8")
                .doesNotContainKey("momentum");
    }
}
