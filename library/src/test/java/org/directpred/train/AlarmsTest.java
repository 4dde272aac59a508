package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.directpred.evaluate.Diagnostics;
import org.directpred.evaluate.Snapshot;
import org.directpred.image.FashionMnist;
import org.directpred.predictor.DirectPred;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.progress.TestSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that go wrong say so once; runs that go well say nothing. */
class AlarmsTest {
    private final List<String> messages = new ArrayList<>();

    @TempDir Path folder;

    private static Recipe recipe() {
        return Recipe.fashionMnist().withSteps(120).withDiagnosticsEvery(20);
    }

    private List<Alarm> alarms(Recipe recipe) {
        Sink before = Progress.use(new Messages());
        try (Pretraining run =
                Pretraining.of(recipe).onDevice("cpu").on(FashionMnist.embeddedTrain())) {
            run.train();
            assertThat(run.log().alarmTable().rowCount()).isEqualTo(run.log().alarms().size());
            return run.log().alarms();
        } finally {
            Progress.use(before);
        }
    }

    @Test
    void aCollapseIsSaidOnceWithItsNumbersAndAdvice() {
        List<Alarm> alarms = alarms(recipe().withStopGradient(false));
        assertThat(alarms).extracting(Alarm::name).containsExactly("collapse");
        Alarm alarm = alarms.get(0);
        assertThat(alarm.step()).isLessThan(120);
        assertThat(alarm.numbers())
                .containsOnlyKeys(
                        "standard deviation",
                        "effective rank of F",
                        "share of F's largest eigenvalue");
        assertThat(alarm.numbers().get("standard deviation")).isLessThan(Alarms.COLLAPSED_STD);
        assertThat(alarm.advice()).contains("withStopGradient(true)");
        assertThat(messages).containsExactly(alarm.toString());
        assertThat(alarm.toString()).startsWith("collapse at step ");
        assertThat(alarms(recipe().withoutPredictor()).get(0).advice()).contains("predictor");
    }

    @Test
    void ratesOutOfProportionAreNamed() {
        Alarm high = alarm("steps too large", recipe().withLearningRate(.3));
        assertThat(high.numbers().get("update of the network"))
                .isGreaterThan(Alarms.LARGEST_UPDATE);
        assertThat(high.advice()).contains("learningRate, now 0.3");
        Alarm slow = alarm("predictor too slow", recipe().withPredictorLearningRateFactor(.01));
        assertThat(slow.advice()).contains("predictorLearningRateFactor, now 0.01");
    }

    private Alarm alarm(String name, Recipe recipe) {
        return alarms(recipe.withSteps(60)).stream()
                .filter(a -> a.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void outputsThatExplodeAreNamedAndOneLookAloneRaisesNothing() {
        TrainingLog log = new TrainingLog();
        for (double s : new double[] {2, 2100, 3, 2200}) {
            log.add(look(log.snapshots().size(), s));
            assertThat(Alarms.of(log, recipe(), 120)).isEmpty();
        }
        log.add(look(4, 2300));
        List<Alarm> alarms = Alarms.of(log, recipe(), 120);
        assertThat(alarms).extracting(Alarm::name).containsExactly("outputs explode");
        assertThat(alarms.get(0).numbers())
                .containsEntry("largest eigenvalue of F", 2300.0)
                .containsEntry("largest eigenvalue of F at the start", 2.0);
    }

    @Test
    void aSpreadThatLooksHealthyHidesNoCollapseAndOneLookAloneIsNone() {
        TrainingLog log = new TrainingLog();
        log.add(look(0, List.of(1.0, 1e-9), .6));
        assertThat(Alarms.of(log, recipe(), 120)).isEmpty();
        log.add(look(20, List.of(1.0, 1e-9), .6));
        assertThat(Alarms.of(log, recipe(), 120))
                .extracting(Alarm::name)
                .containsExactly("collapse");
        assertThat(Alarms.of(log, recipe(), 120).get(0).advice()).contains("one line");
    }

    @Test
    void aSpreadThatShrinksIsACollapseWhateverTheSpectrumSays() {
        TrainingLog log = new TrainingLog();
        log.add(look(0, List.of(1.0, .5), .1));
        log.add(look(20, List.of(1.0, .5), .1));
        List<Alarm> alarms = Alarms.of(log, recipe(), 120);
        assertThat(alarms).extracting(Alarm::name).containsExactly("collapse");
        assertThat(alarms.get(0).advice()).contains("one output");
    }

    @Test
    void fewDirectionsAreNoAlarmBeforeTheSecondHalfOrAfterACollapse() {
        Recipe recipe = recipe();
        List<Double> few = List.of(1.0, .08); // rank 1.30, share .93
        TrainingLog log = new TrainingLog();
        for (long step : new long[] {0, 100, 200, 300, 400}) {
            log.add(look(step, few, .9));
            assertThat(Alarms.of(log, recipe, 1000)).isEmpty();
        }
        log.add(look(500, few, .9));
        List<Alarm> alarms = Alarms.of(log, recipe, 1000);
        assertThat(alarms).extracting(Alarm::name).containsExactly("dimensional collapse");
        assertThat(alarms.get(0).numbers()).containsEntry("standard deviation", .9);
        log.add(new Alarm("collapse", 100, alarms.get(0).numbers(), "lower it"));
        assertThat(Alarms.of(log, recipe, 1000)).isEmpty();
    }

    /** An effective rank of 1.16 after 36 steps of 36 or 72, whether looked at once or twice. */
    @Test
    void aShortRunThatUsesHardlyMoreThanOneDirectionSaysSo() {
        List<Double> few = List.of(1.0, .0345); // rank 1.16
        TrainingLog ended = new TrainingLog();
        ended.add(look(0, List.of(1.0, 1.0, 1.0), .8));
        ended.add(look(35, few, .4));
        assertThat(Alarms.of(ended, recipe(), 36))
                .extracting(Alarm::name)
                .containsExactly("dimensional collapse");
        assertThat(Alarms.of(ended, recipe(), 36).get(0).toString())
                .contains("step 35")
                .contains("36 steps")
                .contains("1.16")
                .contains("above 1.2")
                .contains("train longer");
        // With half of the run to come, one look is none, and two are.
        assertThat(Alarms.of(ended, recipe(), 70)).isEmpty();
        ended.add(look(40, few, .4));
        assertThat(Alarms.of(ended, recipe(), 70)).hasSize(1);
        assertThat(Alarms.of(ended, recipe(), 100)).isEmpty();
    }

    /** The bound lies between what healthy and collapsing runs were measured to have. */
    @Test
    void theBoundOfFewDirectionsGrowsAsHealthyRunsSpread() {
        assertThat(Alarms.leastRank(0)).isEqualTo(1.2);
        assertThat(Alarms.leastRank(60)).isBetween(1.14, 1.26);
        assertThat(Alarms.leastRank(100)).isBetween(1.08, 1.38);
        assertThat(Alarms.leastRank(200)).isBetween(1.07, 1.88);
        assertThat(Alarms.leastRank(300)).isEqualTo(1.6);
        assertThat(Alarms.leastRank(82_100)).isEqualTo(1.6);
    }

    @Test
    void aCollapseInTheLastStepNeedsNoSecondLook() {
        TrainingLog log = new TrainingLog();
        log.add(look(0, List.of(1.0, .5), .6));
        log.add(look(9, List.of(1.0, 1e-9), .6));
        assertThat(Alarms.of(log, recipe(), 11)).isEmpty();
        assertThat(Alarms.of(log, recipe(), 10))
                .extracting(Alarm::name)
                .containsExactly("collapse");
    }

    @Test
    void identicalImagesAreSaidToBeTheCauseAndNotTheRate() {
        int[] same = new int[256];
        Recipe recipe = recipe().withBatchSize(32).withSteps(40).withDiagnosticsEvery(5);
        Alarm alarm = first(recipe, FashionMnist.embeddedTrain().subset(same));
        assertThat(alarm.advice())
                .contains("the images are identical")
                .contains("64")
                .contains("256")
                .doesNotContain("lower learningRate");
        for (int i = 0; i < same.length; i++) {
            same[i] = i % 2;
        }
        assertThat(Sameness.of(FashionMnist.embeddedTrain().subset(same)))
                .hasValueSatisfying(text -> assertThat(text).contains("only 2 different"));
        assertThat(Sameness.of(FashionMnist.embeddedTrain())).isEmpty();
        ViewPairs pairs =
                ViewPairs.of(
                        "constant pairs",
                        10,
                        epoch ->
                                java.util.stream.Stream.generate(
                                                () ->
                                                        ViewPair.of(
                                                                new float[32 * 28 * 28],
                                                                new float[32 * 28 * 28],
                                                                32,
                                                                1,
                                                                28,
                                                                28))
                                        .iterator());
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(pairs)) {
            assertThat(run.train().log().alarms().get(0).advice()).contains("views of the batch");
        }
    }

    private static Alarm first(Recipe recipe, org.directpred.image.ImageSource images) {
        try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(images)) {
            return run.train().log().alarms().get(0);
        }
    }

    private static Snapshot look(long step, List<Double> spectrum, double deviation) {
        Diagnostics d =
                new Diagnostics(
                        spectrum,
                        spectrum,
                        List.of(),
                        List.of(),
                        deviation,
                        Double.NaN,
                        Double.NaN,
                        Double.NaN,
                        Double.NaN);
        return new Snapshot(step, 0, d, .001, Double.NaN);
    }

    private static Snapshot look(long step, double largest) {
        return look(step, List.of(largest, largest / 2), .6);
    }

    @Test
    void healthyRunsAreSilent() {
        // Past the near-collapse that healthy runs recover from.
        Recipe healthy = recipe();
        for (Recipe r :
                List.of(
                        healthy,
                        healthy.withDirectPred(),
                        healthy.withPredictor(DirectPred.defaults().withRho(.3).withEvery(5)),
                        healthy.withTwoLayerPredictor(64).withoutEma(),
                        healthy.withPredictorLearningRateFactor(10))) {
            assertThat(alarms(r)).as(r.method().describe()).isEmpty();
        }
        assertThat(messages).isEmpty();
    }

    @Test
    void anAlarmIsKeptWithTheLogAndNotRepeatedAfterAResume() {
        Recipe recipe = recipe().withoutPredictor().withSteps(120);
        Sink before = Progress.use(new Messages());
        try {
            Alarm first;
            try (Pretraining run = start(recipe)) {
                run.train(100);
                first = run.log().alarms().get(0);
            }
            try (Pretraining run = start(recipe)) {
                assertThat(run.train().log().alarms()).containsExactly(first);
            }
            assertThat(messages.stream().filter(m -> m.startsWith("collapse"))).hasSize(1);
        } finally {
            Progress.use(before);
        }
    }

    private Pretraining start(Recipe recipe) {
        return Pretraining.of(recipe)
                .onDevice("cpu")
                .in(folder)
                .withCheckpointEvery(50)
                .on(FashionMnist.embeddedTrain());
    }

    private final class Messages extends TestSink {
        @Override
        public void message(String text) {
            messages.add(text);
        }
    }
}
