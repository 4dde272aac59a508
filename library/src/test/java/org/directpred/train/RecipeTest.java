package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import org.directpred.network.Projector;
import org.directpred.optimise.EmaSchedule;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.DirectPred;
import org.directpred.train.Recipe.PredictorDecay;
import org.junit.jupiter.api.Test;

class RecipeTest {

    @Test
    void thePapersStl10Recipe() {
        Recipe r = Recipe.stl10();
        assertThat(r.encoder().name()).isEqualTo("resnet18");
        assertThat(r.learningRate()).isEqualTo(0.03);
        assertThat(r.momentum()).isEqualTo(0.9);
        assertThat(r.weightDecay()).isEqualTo(4e-4);
        assertThat(r.ema()).isEqualTo(0.996);
        assertThat(r.batchSize()).isEqualTo(128);
        // 105,000 images, 821 batches an epoch.
        assertThat(r.totalSteps(821)).isEqualTo(82_100);
    }

    @Test
    void aChangeIsACopy() {
        Recipe before = Recipe.stl10();
        Recipe after = before.withLearningRate(.1).withPredictor(DirectPred.rho(.5)).withSteps(7);
        assertThat(before).isEqualTo(Recipe.stl10()).isNotEqualTo(after);
        assertThat(after.learningRate()).isEqualTo(.1);
        assertThat(after.totalSteps(100)).isEqualTo(7);
        assertThat(after.withEpochs(2).totalSteps(100)).isEqualTo(200);
        assertThat(after.fields()).containsEntry("learningRate", "0.1");
        assertThat(after.table().rowCount()).isEqualTo(after.fields().size());
    }

    @Test
    void thePredictorsDecayByBothConventions() {
        Recipe r = Recipe.stl10().withWeightDecay(.02).withPredictorLearningRateFactor(10);
        assertThat(r.predictorGroupWeightDecay()).isEqualTo(.02);
        assertThat(r.withPredictorDecay(PredictorDecay.EQUATION_2).predictorGroupWeightDecay())
                .isEqualTo(.002);
        assertThat(r.withPredictorWeightDecay(.5).predictorGroupWeightDecay()).isEqualTo(.5);
    }

    @Test
    void theOptimisersFieldsAreNamed() {
        Recipe r =
                Recipe.stl10()
                        .withBatchSize(4096)
                        .withAlgorithm(Recipe.Algorithm.LARS)
                        .withExcludeVectors(true)
                        .withTrustCoefficient(2e-3)
                        .withLearningRate(Schedule.scaledRate(.3, 4096))
                        .withLearningRateSchedule(Schedule.cosine().withWarmUpEpochs(10))
                        .withEma(.99)
                        .withEmaSchedule(EmaSchedule.COSINE)
                        .withAccumulation(16)
                        .withGradientClipping(1.5);
        assertThat(r.fields())
                .containsEntry("algorithm", "LARS")
                .containsEntry("excludeVectors", "true")
                .containsEntry("trustCoefficient", "0.002")
                .containsEntry("learningRate", "4.8")
                .containsEntry("learningRateSchedule", "cosine after a warm-up of 10 epochs")
                .containsEntry("emaSchedule", "COSINE")
                .containsEntry("accumulation", "16")
                .containsEntry("gradientClipping", "1.5");
        assertThat(Recipe.stl10().withNesterov(true)).isNotEqualTo(Recipe.stl10());
        assertThat(Recipe.stl10().fields())
                .containsEntry("algorithm", "SGD")
                .containsEntry("nesterov", "false")
                .containsEntry("learningRateSchedule", "constant")
                .containsEntry("emaSchedule", "CONSTANT")
                .containsEntry("accumulation", "1")
                .containsEntry("gradientClipping", "none");
    }

    @Test
    void anotherProjectorIsAnotherRecipe() {
        Recipe r = Recipe.stl10();
        assertThat(r.fields()).containsEntry("projector", "head512-512-128");
        assertThat(r.withProjector(Projector.hidden(512, 128))).isEqualTo(r);
        assertThat(r.withProjector(1024, 64))
                .isEqualTo(r.withProjector(Projector.hidden(1024, 64)))
                .isNotEqualTo(r);
        assertThat(r.withProjector(Projector.hidden(512, 128).withAffine()).fields())
                .containsEntry("projector", "head512-512-128-affine");
        assertThat(r.withProjector(Projector.hidden(512, 128).withoutBias()).fields())
                .containsEntry("projector", "head512-512-128-no-bias");
        Recipe linear = r.withProjector(Projector.linear(128));
        assertThat(linear.fields()).containsEntry("projector", "linear512-128");
        // Another change keeps it.
        assertThat(linear.withSeed(9).projector().name()).isEqualTo("linear512-128");
        assertThat(Recipe.fashionMnist().fields()).containsEntry("projector", "head64-128-32");
    }

    @Test
    void settingsThatContradictEachOtherAreRefused() {
        Recipe r = Recipe.stl10();
        assertThatThrownBy(() -> r.withNesterov(true).withMomentum(0))
                .hasMessageContaining("nesterov")
                .hasMessageContaining("0.0");
        assertThatThrownBy(() -> r.withNesterov(true).withAlgorithm(Recipe.Algorithm.LARS))
                .hasMessageContaining("nesterov")
                .hasMessageContaining("LARS");
        assertThatThrownBy(() -> r.withAccumulation(65))
                .hasMessageContaining("batchSize 128")
                .hasMessageContaining("accumulation 65");
        assertThatThrownBy(() -> r.withAccumulation(0)).hasMessageContaining("accumulation");
        assertThatThrownBy(() -> r.withGradientClipping(0))
                .hasMessageContaining("gradientClipping");
        assertThatThrownBy(
                        () ->
                                Learner.of(
                                        r.withLearningRateSchedule(Schedule.cosine()),
                                        Device.cpu()))
                .hasMessageContaining("cosine")
                .hasMessageContaining("batchesPerEpoch");
    }

    @Test
    void badSettingsAreNamed() {
        Recipe r = Recipe.stl10();
        assertThatThrownBy(() -> r.withBatchSize(1))
                .hasMessageContaining("batchSize")
                .hasMessageContaining("not 1");
        assertThatThrownBy(() -> r.withEma(1.5))
                .hasMessageContaining("ema")
                .hasMessageContaining("1.5");
        assertThatThrownBy(() -> r.withLearningRate(Double.NaN))
                .hasMessageContaining("learningRate");
        assertThatThrownBy(() -> r.withLearningRate(0)).hasMessageContaining("above 0");
        assertThatThrownBy(() -> r.withWeightDecay(-1))
                .hasMessageContaining("weightDecay")
                .hasMessageContaining("-1");
        assertThatThrownBy(() -> r.withProjector(0, 128))
                .hasMessageContaining("projector's hidden")
                .hasMessageContaining("not 0");
        assertThatThrownBy(() -> r.withProjector(null)).hasMessageContaining("projector");
        assertThatThrownBy(() -> r.withEpochs(0)).hasMessageContaining("epochs");
        assertThatThrownBy(() -> r.withSteps(0)).hasMessageContaining("steps");
        assertThatThrownBy(() -> r.withMomentum(1)).hasMessageContaining("momentum");
    }
}
