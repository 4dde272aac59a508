package org.directpred.own;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.directpred.evaluate.Measure;
import org.directpred.evaluate.Snapshot;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.predictor.ClosedForm;
import org.directpred.predictor.DirectPred;
import org.directpred.train.Pretraining;
import org.directpred.train.Recipe;
import org.directpred.train.RunListener;
import org.directpred.train.TrainingLog;
import org.directpred.train.ViewPair;
import org.directpred.train.ViewPairs;
import org.junit.jupiter.api.Test;

/** What a newcomer changes first, each in the few lines of one cell. */
class OwnTasksTest {
    private static final Recipe FEW =
            Recipe.fashionMnist()
                    .withEncoder(Architecture.small(1, 4))
                    .withProjector(16, 8)
                    .withBatchSize(32)
                    .withDiagnosticsEvery(2)
                    .withSteps(6);

    @Test
    void aRuleOfOnesOwn() {
        ClosedForm mine =
                ClosedForm.by(
                        "my DirectPred", F -> F.relative().power(0.5).plus(0.1).atLeast(1e-4));
        assertThat(losses(FEW.withPredictor(mine)))
                .isEqualTo(losses(FEW.withPredictor(DirectPred.defaults())));
    }

    @Test
    void aLossOfOnesOwn() {
        Loss squares =
                Loss.by("squared distance", (q, t) -> q.sub(t).square().sum(new int[] {1}).mean());
        List<Double> own = losses(FEW.withLoss(squares));
        List<Double> library = losses(FEW.withLoss(Loss.EUCLIDEAN));
        assertThat(own).hasSameSizeAs(library);
        for (int i = 0; i < own.size(); i++) {
            assertThat(own.get(i)).isCloseTo(library.get(i), offset(library.get(i)));
        }
        assertThat(own).isNotEqualTo(losses(FEW));
    }

    private static Offset<Double> offset(double size) {
        return Offset.offset(1e-3 * Math.abs(size));
    }

    @Test
    void aDiagnosticOfOnesOwn() {
        Measure<Snapshot> gap =
                Measure.by(
                        "s_1 / s_2",
                        "",
                        snapshot -> {
                            List<Double> s = snapshot.diagnostics().spectrum();
                            return s.get(0) / s.get(1);
                        });
        TrainingLog log = log(FEW);
        assertThat(log.diagnostics(Measure.LOSS, gap).doubleColumn("s_1 / s_2").asList())
                .hasSameSizeAs(log.snapshots())
                .allMatch(ratio -> ratio >= 1);
    }

    @Test
    void aDataSourceOfOnesOwn() {
        ViewPairs noise = ViewPairs.of("noisy twins", 3, OwnTasksTest::twins);
        try (Pretraining run = Pretraining.of(FEW).on(noise)) {
            TrainingLog log = run.train().log();
            assertThat(log.steps()).hasSize(6);
            assertThat(log.steps()).allMatch(step -> Double.isFinite(step.loss()));
        }
    }

    @Test
    void aListenerOfOnesOwn() {
        List<Long> heard = new ArrayList<>();
        RunListener listener =
                RunListener.ofSnapshots((run, snapshot) -> heard.add(snapshot.step()));
        try (ImageSource images = FashionMnist.embeddedTrain().first(200);
                Pretraining run = Pretraining.of(FEW).withListener(listener).on(images)) {
            TrainingLog log = run.train().log();
            assertThat(heard)
                    .isNotEmpty()
                    .isEqualTo(log.snapshots().stream().map(Snapshot::step).toList());
            assertThat(log.steps().stream().map(step -> step.loss()).toList())
                    .isEqualTo(losses(FEW));
        }
    }

    private static Iterator<ViewPair> twins(int epoch) {
        return IntStream.range(0, 3)
                .mapToObj(
                        batch -> {
                            Random random = new Random(100L * epoch + batch);
                            float[] first = new float[32 * 28 * 28];
                            float[] second = new float[first.length];
                            for (int i = 0; i < first.length; i++) {
                                double pixel = random.nextGaussian();
                                first[i] = (float) (pixel + 0.1 * random.nextGaussian());
                                second[i] = (float) (pixel + 0.1 * random.nextGaussian());
                            }
                            return ViewPair.of(first, second, 32, 1, 28, 28);
                        })
                .iterator();
    }

    private static List<Double> losses(Recipe recipe) {
        return log(recipe).steps().stream().map(step -> step.loss()).toList();
    }

    private static TrainingLog log(Recipe recipe) {
        try (ImageSource images = FashionMnist.embeddedTrain().first(200);
                Pretraining run = Pretraining.of(recipe).on(images)) {
            return run.train().log();
        }
    }
}
