package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import org.directpred.network.Projector;
import org.directpred.optimise.OptimiserChoice;
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
        assertThat(r.optimiser()).isEqualTo(OptimiserChoice.sgd().withMomentum(.9));
        assertThat(r.weightDecay()).isEqualTo(4e-4);
        assertThat(r.ema()).isEqualTo(0.996);
        assertThat(r.batchSize()).isEqualTo(128);
        // 105,000 images, 821 batches an epoch.
        assertThat(r.totalSteps(821)).isEqualTo(82_100);
    }

    @Test
    void aChangeIsACopy() {
        Recipe before = Recipe.stl10();
        Recipe after =
                before.withLearningRate(.1)
                        .withPredictor(DirectPred.defaults().withRho(.5))
                        .withSteps(7);
        assertThat(before).isEqualTo(Recipe.stl10()).isNotEqualTo(after);
        assertThat(after.learningRate()).isEqualTo(.1);
        assertThat(after.totalSteps(100)).isEqualTo(7);
        assertThat(after.withEpochs(2).totalSteps(100)).isEqualTo(200);
        assertThat(after.fields()).containsEntry("learningRate", "0.1");
        assertThat(after.projector()).isEqualTo(before.projector());
    }

    @Test
    void thePredictorsDecayByBothConventions() {
        Recipe r = Recipe.stl10().withWeightDecay(.02).withPredictorLearningRateFactor(10);
        assertThat(r.optimisation().predictorGroupWeightDecay()).isEqualTo(.02);
        assertThat(
                        r.withPredictorDecay(PredictorDecay.EQUATION_2)
                                .optimisation()
                                .predictorGroupWeightDecay())
                .isEqualTo(.002);
        assertThat(r.withPredictorWeightDecay(.5).optimisation().predictorGroupWeightDecay())
                .isEqualTo(.5);
    }

    @Test
    void theOptimisersFieldsAreNamed() {
        Recipe r =
                Recipe.stl10()
                        .withBatchSize(4096)
                        .withOptimiser(OptimiserChoice.lars())
                        .withExcludeBiasAndNorm(true)
                        .withTrustCoefficient(2e-3)
                        .withLearningRate(Schedule.scaledRate(.3, 4096))
                        .withLearningRateSchedule(Schedule.cosine().withWarmUpEpochs(10))
                        .withEma(.99)
                        .withEmaSchedule(Schedule.cosine())
                        .withGradientAccumulation(16)
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
        assertThat(r.withProjector(Projector.of(512, 128))).isEqualTo(r);
        assertThat(r.withProjector(1024, 64))
                .isEqualTo(r.withProjector(Projector.of(1024, 64)))
                .isNotEqualTo(r);
        assertThat(r.withProjector(Projector.of(512, 128).withAffine()).fields())
                .containsEntry("projector", "head512-512-128-affine");
        assertThat(r.withProjector(Projector.of(512, 128).withoutBias()).fields())
                .containsEntry("projector", "head512-512-128-no-bias");
        Recipe linear = r.withProjector(Projector.linear(128));
        assertThat(linear.fields()).containsEntry("projector", "linear512-128");
        // Another change keeps it.
        assertThat(linear.withSeed(9).projector()).isEqualTo(Projector.linear(128));
        assertThat(Recipe.fashionMnist().fields()).containsEntry("projector", "head64-128-32");
    }

    @Test
    void settingsThatContradictEachOtherAreRefused() {
        Recipe r = Recipe.stl10();
        assertThatThrownBy(() -> r.withNesterov(true).withMomentum(0))
                .hasMessageContaining("nesterov")
                .hasMessageContaining("0.0");
        Recipe lars = r.withOptimiser(OptimiserChoice.lars());
        assertThatThrownBy(() -> lars.withNesterov(true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("LARS has no Nesterov's momentum")
                .hasMessageContaining("withOptimiser");
        assertThat(lars.withNesterov(false)).isEqualTo(lars);
        assertThatThrownBy(() -> r.withTrustCoefficient(.02))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("SGD has no trust coefficient");
        assertThatThrownBy(() -> r.withGradientAccumulation(65))
                .hasMessageContaining("batchSize 128")
                .hasMessageContaining("gradientAccumulation 65");
        assertThatThrownBy(() -> r.withGradientAccumulation(0))
                .hasMessageContaining("gradientAccumulation");
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

    @Test
    void whatTheAuthorsProgramDoesInSilenceStandsBesideWhatIsPublished() {
        assertThat(differences(Recipe.stl10(), Recipe.stl10AsCoded()))
                .containsExactlyInAnyOrder("name", "firstTarget", "views");
        assertThat(differences(Recipe.cifar10(), Recipe.cifar10AsCoded()))
                .containsExactlyInAnyOrder("name", "firstTarget", "encoder");
        assertThat(Recipe.stl10().fields())
                .containsEntry("firstTarget", "PAPER")
                .containsEntry("decoupledPredictorDecay", "0.0")
                .containsEntry("predictorLearningRateSchedule", "the network's");
        assertThat(Recipe.cifar10AsCoded().fields())
                .containsEntry("firstTarget", "CODE")
                .containsEntry("encoder", "resnet18-cifar-as-coded");
    }

    private static java.util.List<String> differences(Recipe a, Recipe b) {
        return a.fields().keySet().stream()
                .filter(field -> !a.fields().get(field).equals(b.fields().get(field)))
                .toList();
    }

    @Test
    void simSiamsRateFallsByEpochsAndItsPredictorsStays() {
        Recipe r = Recipe.simSiamImageNet();
        assertThat(r.fields())
                .containsEntry("learningRateSchedule", "cosine by epochs")
                .containsEntry("predictorLearningRateSchedule", "constant")
                .containsEntry("learningRate", "0.025")
                .containsEntry("weightDecay", "4.0E-4")
                .containsEntry("ema", "0.0")
                .containsEntry("lastBatch", "DROPPED")
                .containsEntry("length", "100 epochs")
                .containsEntry("projector", "head2048-2048-2048-2048-affine-no-bias-normalised");
        assertThat(r.views()).isEqualTo(org.directpred.image.Views.simSiamImageNetAsCoded());
    }

    @Test
    void byolsOnImageNet() {
        assertThat(Recipe.byolImageNet().fields())
                .containsEntry("projector", "head2048-4096-256-affine-no-output-bias")
                .containsEntry("predictor", "two layers, hidden 4096, no output bias, affine")
                .containsEntry("algorithm", "LARS")
                .containsEntry("learningRate", Double.toString(4.8))
                .containsEntry("emaSchedule", "COSINE")
                .containsEntry("batchSize", "4096");
    }

    @Test
    void aDecoupledDecayNeedsAPredictorAndLiesBelowOne() {
        assertThatThrownBy(() -> Recipe.stl10().withDecoupledPredictorDecay(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("decoupledPredictorDecay")
                .hasMessageContaining("not 1.0");
        assertThatThrownBy(() -> Recipe.stl10().withDecoupledPredictorDecay(.01).withoutPredictor())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("needs a predictor");
    }

    @Test
    void aTargetIsNoneSharedOrAMovingAverage() {
        Recipe r = Recipe.stl10();
        assertThat(r.method().target()).isEqualTo(new Target.MovingAverage(.996));
        assertThat(r.withEma(.5).method().target()).isEqualTo(new Target.MovingAverage(.5));
        assertThat(r.withoutEma().method().target())
                .isEqualTo(new Target.Shared(FirstTarget.PAPER));
        assertThat(r.withEma(0)).isEqualTo(r.withoutEma());
        assertThat(r.withoutEma().withEma(.996)).isEqualTo(r);
        Recipe none = r.withStopGradient(false);
        assertThat(none.method().target()).isEqualTo(new Target.None());
        assertThat(none.ema()).isZero();
        assertThat(none.withoutEma()).isEqualTo(none);
        assertThat(none.withStopGradient(true)).isEqualTo(r.withoutEma());
        assertThat(r.withStopGradient(true)).isEqualTo(r);
        // What a recipe as coded predicts first is kept while there is a moving average.
        assertThat(Recipe.stl10AsCoded().withEma(.5).withoutEma().method().target())
                .isEqualTo(new Target.Shared(FirstTarget.CODE));
        assertThat(Recipe.byolImageNet().withEma(.9).withoutEma().fields())
                .containsEntry("emaSchedule", "CONSTANT");
    }

    @Test
    void whatATargetLacksIsRefusedWithWhatToWrite() {
        Recipe none = Recipe.stl10().withStopGradient(false);
        assertThatThrownBy(() -> none.withEma(.99))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ema 0.99")
                .hasMessageContaining("withStopGradient(true).withEma(0.99)");
        assertThat(none.withStopGradient(true).withEma(.99).ema()).isEqualTo(.99);
        assertThatThrownBy(() -> none.withFirstTarget(FirstTarget.CODE))
                .hasMessageContaining("withStopGradient(true).withFirstTarget(FirstTarget.CODE)");
        assertThatThrownBy(() -> none.withEmaSchedule(Schedule.cosine()))
                .hasMessageContaining("emaSchedule cosine")
                .hasMessageContaining("withStopGradient(true).withEma(0.99)");
        Recipe shared = Recipe.stl10().withoutEma();
        assertThatThrownBy(() -> shared.withEmaSchedule(Schedule.cosine()))
                .hasMessageContaining("needs an ema above 0")
                .hasMessageContaining("withEma(0.99)");
        assertThatThrownBy(() -> shared.withTargetCopied(true))
                .hasMessageContaining("targetCopied true");
        assertThatThrownBy(() -> shared.withTarget(null)).hasMessageContaining("target");
        assertThatThrownBy(() -> new Target.MovingAverage(0)).hasMessageContaining("ema");
    }

    @Test
    void theTableFitsACell() {
        for (Recipe r : EarlierRecipes.all().values()) {
            var table = r.table();
            assertThat(table.columnNames()).containsExactly("part", "hyper-parameter", "value");
            for (String column : table.columnNames()) {
                assertThat(table.stringColumn(column).asList())
                        .as(r.name())
                        .allMatch(text -> text.length() <= RecipeTable.WIDTH);
            }
        }
        var table = Recipe.fashionMnist().table();
        assertThat(table.rowCount()).isLessThan(40);
        assertThat(table.stringColumn("hyper-parameter").asList())
                .contains("learningRate", "both views 1", "both views 3");
        assertThat(table.where(table.stringColumn(1).isEqualTo("both views 3")).getString(0, 2))
                .startsWith("ColourJitter brightness 0.4");
        assertThat(Recipe.byolImageNet().table().stringColumn("hyper-parameter").asList())
                .contains("first view 1", "second view 6");
    }

    @Test
    void recipesAreComparedWhereTheyDiffer() {
        var table = Recipe.differences(Recipe.stl10(), Recipe.stl10().withSeed(7).withEma(.5));
        assertThat(table.columnNames())
                .containsExactly("part", "hyper-parameter", "STL-10", "STL-10 2");
        assertThat(table.stringColumn(1).asList()).containsExactly("ema", "seed");
        assertThat(table.stringColumn(3).asList()).containsExactly("0.5", "7");
        assertThat(Recipe.differences(Recipe.stl10(), Recipe.stl10()).rowCount()).isZero();
    }

    @Test
    void everyWordChangesWhatItSays() {
        Recipe r = Recipe.stl10();
        for (Recipe changed :
                java.util.List.of(
                        r.withName("other"),
                        r.withProjector(8, 4),
                        r.withoutPredictor(),
                        r.withTwoLayerPredictor(8),
                        r.withSymmetricLoss(false),
                        r.withLearningRate(.5),
                        r.withLearningRateSchedule(Schedule.cosine()),
                        r.withPredictorLearningRateSchedule(Schedule.cosine()),
                        r.withMomentum(.5),
                        r.withExcludeBiasAndNorm(true),
                        r.withGradientAccumulation(2),
                        r.withGradientClipping(1),
                        r.withWeightDecay(.5),
                        r.withPredictorLearningRateFactor(2),
                        r.withPredictorWeightDecay(.5),
                        r.withPredictorDecay(PredictorDecay.EQUATION_2),
                        r.withDecoupledPredictorDecay(.5),
                        r.withBatchSize(64),
                        r.withLastBatch(LastBatch.DROPPED),
                        r.withEpochs(7),
                        r.withSteps(7),
                        r.withSeed(7),
                        r.withFastestPrecision(),
                        r.withDiagnosticsEvery(7),
                        r.withTargetCopied(true),
                        r.withEmaSchedule(Schedule.cosine()),
                        r.withFirstTarget(FirstTarget.CODE))) {
            assertThat(changed).isNotEqualTo(r);
            assertThat(changed.json()).isNotEqualTo(r.json());
        }
        assertThat(r).isEqualTo(Recipe.stl10()).hasSameHashCodeAs(Recipe.stl10());
    }
}
