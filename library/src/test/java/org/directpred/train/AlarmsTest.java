package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.directpred.evaluate.Diagnostics;
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
        return Recipe.fashionMnist().withSteps(120).withDiagnoseEvery(20);
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
        assertThat(high.numbers().get("update of the network over its weights"))
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
            log.add(look(log.looks().size(), s));
            assertThat(Alarms.of(log, recipe(), 120)).isEmpty();
        }
        log.add(look(4, 2300));
        List<Alarm> alarms = Alarms.of(log, recipe(), 120);
        assertThat(alarms).extracting(Alarm::name).containsExactly("outputs explode");
        assertThat(alarms.get(0).numbers())
                .containsEntry("largest eigenvalue of F", 2300.0)
                .containsEntry("that at the start", 2.0);
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
        assertThat(alarms).extracting(Alarm::name).containsExactly("few directions");
        assertThat(alarms.get(0).numbers()).containsEntry("standard deviation", .9);
        log.add(new Alarm("collapse", 100, alarms.get(0).numbers(), "lower it"));
        assertThat(Alarms.of(log, recipe, 1000)).isEmpty();
    }

    private static TrainingLog.Look look(long step, List<Double> spectrum, double deviation) {
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
        return new TrainingLog.Look(step, 0, d, .001, Double.NaN);
    }

    private static TrainingLog.Look look(long step, double largest) {
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
                        healthy.withPredictor(DirectPred.rho(.3).every(5)),
                        healthy.withTwoLayerPredictor(64).withoutEma(),
                        healthy.withPredictorLearningRateFactor(10))) {
            assertThat(alarms(r)).as(r.method()).isEmpty();
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
