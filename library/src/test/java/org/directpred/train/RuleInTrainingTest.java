package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.directpred.evaluate.Snapshot;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.ClosedForm;
import org.directpred.predictor.DirectCopy;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.DirectSet;
import org.directpred.predictor.OptimalPredictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.predictor.RandomPartitions;
import org.directpred.predictor.SpectralMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rule of the user may depend on, over a stop and when it fails. */
class RuleInTrainingTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain().first(256);
    private static final Schedule FALLING = Schedule.named("falling", step -> 1 / (1. + step));

    @TempDir Path folder;

    private static Recipe recipe(PredictorChoice choice) {
        return Recipe.fashionMnist()
                .withPredictor(choice)
                .withBatchSize(32)
                .withSteps(11)
                .withDiagnosticsEvery(2);
    }

    private Pretraining start(PredictorChoice choice) {
        return Pretraining.of(recipe(choice))
                .onDevice("cpu")
                .in(folder)
                .withCheckpointEvery(5)
                .on(IMAGES);
    }

    static Stream<PredictorChoice> withSchedules() {
        Schedule cosine = Schedule.cosine();
        return Stream.of(
                DirectPred.defaults().withRho(.3).withEpsilon(.1).withEpsilon(cosine),
                DirectPred.defaults().withRho(.3).withRho(cosine).withEpsilon(FALLING).withEvery(3),
                DirectCopy.defaults().withEpsilon(FALLING).withRho(cosine),
                DirectSet.of(.4).withEpsilon(cosine).withRho(FALLING).withEvery(4),
                OptimalPredictor.defaults().withRho(cosine),
                RandomPartitions.of(
                        2, DirectPred.defaults().withRho(.3).withEpsilon(cosine).withRho(FALLING)),
                ClosedForm.by("mine", f -> f.plus(.1)).withRho(cosine),
                ClosedForm.by("falling", (f, step) -> f.relative().plus(1 / (2. + step))),
                ClosedForm.by(
                        "least squares",
                        (F, C, step) -> C.matMul(F.plus(1e-3 * (1 + step)).power(-1).matrix())));
    }

    @ParameterizedTest
    @MethodSource("withSchedules")
    void aRuleOfFCAndTheStepResumesBitForBit(PredictorChoice choice) {
        Map<String, Long> whole;
        try (Pretraining run = Pretraining.of(recipe(choice)).onDevice("cpu").on(IMAGES)) {
            whole = KilledRun.digests(run.train());
        }
        try (Pretraining first = start(choice)) {
            first.train(5);
        }
        try (Pretraining second = start(choice)) {
            assertThat(second.step()).isEqualTo(5);
            assertThat(KilledRun.digests(second.train())).isEqualTo(whole);
        }
    }

    @Test
    void aSchedulesValueIsTheRules() {
        // With rho 0 F is the last batch, of which the code's formula makes 1 + epsilon at most.
        Recipe recipe =
                recipe(DirectPred.defaults().withRho(0).withEpsilon(.5).withEpsilon(FALLING));
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
            run.train();
            for (Snapshot look : run.log().snapshots()) {
                assertThat(look.diagnostics().predictorSpectrum().get(0))
                        .isCloseTo(1 + .5 / (1 + look.step()), within(1e-5));
            }
        }
    }

    @Test
    void aRuleWithAMemoryIsRefusedWhereItGoesOn() {
        try (Pretraining first = start(remembering())) {
            first.train(5);
        }
        assertThatThrownBy(() -> start(remembering()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step-000000005.safetensors")
                .hasMessageContaining("\"eps schedule\"")
                .hasMessageContaining("(F, C, step)");
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 6})
    void aRuleWithAMemoryThatIsSetNowAndThenIsRefusedToo(int steps) {
        try (Pretraining first = start(remembering().withEvery(3))) {
            first.train(steps);
        }
        assertThatThrownBy(() -> start(remembering().withEvery(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step-00000000%d.safetensors".formatted(steps))
                .hasMessageContaining("\"eps schedule\"")
                .hasMessageContaining("(F, C, step)");
    }

    @Test
    void aRuleThatChangesUnderItsNameIsRefusedBetweenTwoSettings() {
        try (Pretraining first = start(ClosedForm.by("mine", f -> f.plus(.1)).withEvery(3))) {
            first.train(5);
        }
        assertThatThrownBy(() -> start(ClosedForm.by("mine", f -> f.plus(.11)).withEvery(3)))
                .hasMessageContaining("\"mine\"")
                .hasMessageContaining("has changed under its name");
        try (Pretraining same = start(ClosedForm.by("mine", f -> f.plus(.1)).withEvery(3))) {
            assertThat(same.step()).isEqualTo(5);
        }
    }

    @Test
    void aRuleWithAMemoryIsRefusedInPartitionsToo() {
        try (Pretraining first = start(new RandomPartitions(2, remembering().withEvery(3)))) {
            first.train(5);
        }
        assertThatThrownBy(() -> start(new RandomPartitions(2, remembering().withEvery(3))))
                .hasMessageContaining("\"eps schedule\"");
    }

    @Test
    void aScheduleWithAMemoryIsRefusedWhereItGoesOn() {
        List<UnaryOperator<Recipe>> recipes =
                List.of(
                        r -> r.withLearningRateSchedule(counting()),
                        r ->
                                r.withPredictor(
                                        DirectPred.defaults().withRho(counting()).withEvery(3)),
                        r ->
                                r.withPredictor(
                                        DirectPred.defaults()
                                                .withEpsilon(counting())
                                                .withEvery(3)));
        for (int i = 0; i < recipes.size(); i++) {
            UnaryOperator<Recipe> with = recipes.get(i);
            Path own = folder.resolve("schedule-" + i);
            Supplier<Pretraining> start =
                    () ->
                            Pretraining.of(with.apply(recipe(DirectPred.defaults())))
                                    .onDevice("cpu")
                                    .in(own)
                                    .on(IMAGES);
            try (Pretraining first = start.get()) {
                first.train(5);
            }
            assertThatThrownBy(start::get)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("something that no checkpoint keeps");
        }
    }

    private static Schedule counting() {
        int[] calls = {0};
        return Schedule.named("counting", step -> 1 / (2. + calls[0]++));
    }

    /** Its counter begins anew in each process. */
    private static ClosedForm remembering() {
        int[] calls = {0};
        return ClosedForm.by(
                "eps schedule", f -> f.relative().power(.5).plus(.1 / (1 + calls[0]++)));
    }

    @Test
    void aRuleThatFailsIsNamedAndItsStepIsNeitherTakenNorKept() {
        Map<BiFunction<SpectralMatrix, Long, SpectralMatrix>, String> rules =
                Map.of(
                        (f, step) -> step < 5 ? f : null,
                        "gave null instead of W_p",
                        (f, step) -> step < 5 ? f : f.times(Double.NaN),
                        "not finite",
                        (f, step) -> {
                            if (step < 5) {
                                return f;
                            }
                            throw new IllegalStateException("my own words");
                        },
                        "my own words");
        int number = 0;
        for (var rule : rules.entrySet()) {
            Path own = folder.resolve("rule-" + number++);
            ClosedForm choice = ClosedForm.by("mine", (f, step) -> rule.getKey().apply(f, step));
            RunOptions start =
                    Pretraining.of(recipe(choice)).onDevice("cpu").in(own).withCheckpointEvery(1);
            try (Pretraining run = start.on(IMAGES)) {
                assertThatThrownBy(run::train).hasMessageContaining(rule.getValue());
                assertThat(run.step()).isEqualTo(5);
                // The weights have moved: going on would take the step twice.
                assertThatThrownBy(run::train)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining(rule.getValue());
                assertThatThrownBy(
                                () ->
                                        Checkpoint.write(
                                                own.resolve("x"), run.learner(), null, Map.of()))
                        .hasMessageContaining(rule.getValue());
            }
            try (Pretraining again = start.on(IMAGES)) {
                assertThat(again.step()).isEqualTo(5);
            }
        }
    }

    @Test
    void aScheduleOfTheLearningRateThatNeedsNoLengthIsFollowed() {
        Recipe recipe =
                recipe(DirectPred.defaults())
                        .withLearningRateSchedule(
                                Schedule.named("halved", step -> step < 3 ? 1 : .5));
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
            run.train();
            assertThat(run.log().steps())
                    .extracting(Step::learningRate)
                    .startsWith(.01, .01, .01, .005)
                    .endsWith(.005);
        }
    }

    @Test
    void aFactorThatIsNoneIsNamedBeforeAnythingMoves() {
        Recipe recipe =
                recipe(DirectPred.defaults())
                        .withLearningRateSchedule(
                                Schedule.named("odd", step -> step < 3 ? 1 : Double.NaN));
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
            assertThatThrownBy(run::train)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "the schedule \"odd\" gives the factor NaN at step 3; it must be at least 0 and finite");
        }
    }
}
