package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.directpred.image.FashionMnist;
import org.directpred.loss.Loss;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.ClosedForm;
import org.directpred.predictor.DirectCopy;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.DirectSet;
import org.directpred.predictor.LinearPredictor;
import org.directpred.predictor.NoPredictor;
import org.directpred.predictor.OptimalPredictor;
import org.directpred.predictor.Predictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.predictor.RandomPartitions;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;

/** A recipe's table does not show as if it counted what nothing looks at. */
class UnusedFieldsTest {

    private static List<String> cells(Recipe recipe, String field) {
        var table = recipe.table();
        return table.where(table.stringColumn("hyper-parameter").isEqualTo(field))
                .stringColumn("value")
                .asList();
    }

    private static boolean isUsed(Recipe recipe, String field) {
        List<String> cells = cells(recipe, field);
        return !cells.isEmpty() && !cells.get(0).contains("(not used: ");
    }

    @Test
    void theTableNamesWhatIsNotUsed() {
        Recipe r = Recipe.stl10();
        assertThat(isUsed(r, "symmetricLoss")).isTrue();
        assertThat(
                        cells(
                                r.withLoss(Loss.ofViews("mine", v -> v.q().get(0).mean())),
                                "symmetricLoss"))
                .containsExactly("true (not used: the loss sees all views)");
        for (String field :
                List.of(
                        "predictorLearningRateFactor",
                        "predictorLearningRateSchedule",
                        "predictorWeightDecay")) {
            assertThat(isUsed(r, field)).isTrue();
            assertThat(isUsed(r.withDirectPred(), field)).isFalse();
            assertThat(
                            isUsed(
                                    r.withPredictor(DirectPred.defaults().withRho(.3).withEvery(2)),
                                    field))
                    .isTrue();
            assertThat(isUsed(r.withoutPredictor(), field)).isFalse();
        }
        // Of a target, the table has what that kind of target has.
        for (String field : List.of("ema", "emaSchedule", "targetCopied")) {
            assertThat(isUsed(r, field)).isTrue();
            assertThat(isUsed(r.withStopGradient(false), field)).isFalse();
        }
        assertThat(isUsed(r.withoutEma(), "targetCopied")).isFalse();
        assertThat(isUsed(r, "firstTarget")).isFalse();
        assertThat(isUsed(r.withoutEma(), "firstTarget")).isTrue();
        // So with an optimiser.
        assertThat(cells(r, "optimiser").get(0)).doesNotContain("trustCoefficient");
        assertThat(cells(r.withOptimiser(OptimiserChoice.lars()), "optimiser").get(0))
                .contains("trustCoefficient 0.001")
                .doesNotContain("nesterov");
        // What is kept and compared has every key of all checkpoints.
        assertThat(r.fields()).containsEntry("trustCoefficient", "0.001");
    }

    @Test
    void whatIsNotUsedChangesNoBit() {
        List<UnaryOperator<Recipe>> changes =
                List.of(
                        r -> r.withPredictorLearningRateFactor(7),
                        r -> r.withPredictorLearningRateSchedule(Schedule.cosine()),
                        r -> r.withPredictorWeightDecay(.4));
        List<Recipe> bases =
                List.of(
                        KilledRun.recipe().withDirectPred().withSteps(3),
                        KilledRun.recipe().withoutEma().withSteps(3),
                        KilledRun.recipe().withDirectPred().withStopGradient(false).withSteps(3));
        for (Recipe base : bases) {
            Map<String, Long> before = digests(base);
            for (UnaryOperator<Recipe> change : changes) {
                Recipe changed = change.apply(base);
                boolean unused =
                        changed.fields().entrySet().stream()
                                .filter(f -> !f.getValue().equals(base.fields().get(f.getKey())))
                                .allMatch(f -> !isUsed(changed, f.getKey()));
                assertThat(digests(changed).equals(before)).as("%s", changed).isEqualTo(unused);
            }
        }
        // With a moving average, what the first step without one predicts is kept for later.
        Recipe average = KilledRun.recipe().withSteps(3);
        assertThat(digests(average.withFirstTarget(FirstTarget.CODE))).isEqualTo(digests(average));
    }

    /** Of what is trained; a target that nothing predicts may start anywhere. */
    private static Map<String, Long> digests(Recipe recipe) {
        try (Pretraining run =
                Pretraining.of(recipe).onDevice("cpu").on(FashionMnist.embeddedTrain().first(96))) {
            Map<String, Long> all = KilledRun.digests(run.train());
            all.keySet().removeIf(name -> name.startsWith("target."));
            return all;
        }
    }

    @Test
    void aChoiceKnowsWhetherItIsTrained() {
        List<PredictorChoice> choices =
                List.of(
                        new NoPredictor(),
                        LinearPredictor.sgd(),
                        TwoLayerPredictor.of(4),
                        DirectPred.defaults(),
                        DirectPred.defaults().withEvery(2),
                        DirectCopy.defaults(),
                        DirectCopy.defaults().withEvery(2),
                        DirectSet.of(.5),
                        DirectSet.of(.5).withEvery(2),
                        OptimalPredictor.defaults(),
                        OptimalPredictor.defaults().withEvery(2),
                        ClosedForm.by("mine", f -> f.plus(.1)),
                        ClosedForm.by("mine", f -> f.plus(.1)).withEvery(2),
                        RandomPartitions.of(2, DirectPred.defaults()));
        for (PredictorChoice choice : choices) {
            boolean trained =
                    TrainingThread.call(
                            () -> {
                                try (NDManager manager = Torch.newManager(Device.cpu());
                                        Predictor made =
                                                choice.create(8, DataType.FLOAT32, 1, manager)) {
                                    return made.parameters().isPresent();
                                }
                            });
            assertThat(choice.isTrained()).as(choice.describe()).isEqualTo(trained);
        }
    }

    @Test
    void aScheduleOfNoMovingAverageIsRefused() {
        Recipe r = Recipe.fashionMnist();
        assertThatThrownBy(() -> r.withEma(0).withEmaSchedule(Schedule.cosine()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("emaSchedule cosine needs an ema above 0")
                .hasMessageContaining("withoutEma()");
        assertThatThrownBy(() -> r.withEmaSchedule(Schedule.cosine()).withEma(0))
                .hasMessageContaining("emaSchedule cosine needs an ema above 0");
        assertThat(Recipe.byolImageNet().withoutEma().emaSchedule()).isEqualTo(Schedule.constant());
    }
}
