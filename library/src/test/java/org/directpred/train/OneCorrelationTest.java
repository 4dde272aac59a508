package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.List;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.predictor.ClosedForm;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.LinearPredictor;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run has one F: the one that its predictor's rule sees. */
class OneCorrelationTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain().first(96);

    @TempDir Path temporary;

    private static Recipe recipe(double rho) {
        return KilledRun.recipe()
                .withPredictor(DirectPred.defaults().withRho(rho).withEvery(1))
                .withDiagnosticsEvery(1)
                .withSteps(4);
    }

    @Test
    void theDiagnosticsAreOfTheRulesF() {
        for (double rho : List.of(0., .3, .9)) {
            try (Pretraining run = Pretraining.of(recipe(rho)).onDevice("cpu").on(IMAGES)) {
                run.train();
                Learner learner = run.learner();
                assertThat(learner.correlation())
                        .isSameAs(learner.predictor().correlation().orElseThrow());
                assertThat(learner.state()).containsKey("predictor.F").doesNotContainKey("F");
                double trace =
                        TrainingThread.call(
                                () -> {
                                    try (NDArray f =
                                            learner.correlation().correlation().duplicate()) {
                                        double sum = 0;
                                        double[][] rows = rows(f);
                                        for (int i = 0; i < rows.length; i++) {
                                            sum += rows[i][i];
                                        }
                                        return sum;
                                    }
                                });
                double reported =
                        run.log().last().diagnostics().spectrum().stream()
                                .mapToDouble(s -> s)
                                .sum();
                assertThat(reported).isCloseTo(trace, within(1e-4 * trace));
            }
        }
    }

    private static double[][] rows(NDArray f) {
        int d = (int) f.getShape().get(0);
        float[] flat = f.toFloatArray();
        double[][] rows = new double[d][d];
        for (int i = 0; i < flat.length; i++) {
            rows[i / d][i % d] = flat[i];
        }
        return rows;
    }

    @Test
    void aPredictorWithoutAnFIsFollowedWithRhoOf3Tenths() {
        for (Recipe recipe :
                List.of(
                        recipe(.3).withoutPredictor(),
                        recipe(.3).withPredictor(LinearPredictor.sgd()))) {
            try (Pretraining run = Pretraining.of(recipe).onDevice("cpu").on(IMAGES)) {
                run.train();
                assertThat(run.learner().predictor().correlation()).isEmpty();
                assertThat(run.learner().state()).containsKeys("F", "F.mean");
                assertThat(run.learner().counters()).containsEntry("F.batches", 4L);
            }
        }
    }

    @Test
    void aRuleOfAReaderIsSeenToo() {
        Recipe own = recipe(.3).withPredictor(ClosedForm.by("root", f -> f.power(.5)).withRho(.9));
        try (Pretraining run = Pretraining.of(own).onDevice("cpu").in(temporary).on(IMAGES)) {
            run.train(2);
            assertThat(run.learner().correlation().batches()).isEqualTo(2);
        }
        try (Pretraining run = Pretraining.of(own).onDevice("cpu").in(temporary).on(IMAGES)) {
            assertThat(run.step()).isEqualTo(2);
            assertThat(run.learner().correlation().batches()).isEqualTo(2);
        }
    }
}
