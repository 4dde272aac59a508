package org.directpred.predictor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.function.Consumer;
import org.directpred.tensor.Operators;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;

/** F's moving average and the predictors at work, alone in a plain loop. */
class PredictorsTest {

    /**
     * The reference's deterministic batches: sin(1.3 i + 0.7 j^2 + 0.37 i j + k) + 0.5, i and j
     * from 1.
     */
    private static NDArray batch(NDManager manager, double k) {
        float[] values = new float[15];
        for (int i = 1; i <= 5; i++) {
            for (int j = 1; j <= 3; j++) {
                values[3 * (i - 1) + j - 1] =
                        (float) (Math.sin(1.3 * i + 0.7 * j * j + 0.37 * i * j + k) + .5);
            }
        }
        return manager.create(values, new Shape(5, 3));
    }

    @Test
    void theMovingAverageOfFAndTheLoss() {
        onTrainingThread(
                manager -> {
                    Predictor predictor =
                            DirectPred.defaults()
                                    .withRho(.3)
                                    .create(3, DataType.FLOAT32, 1, manager);
                    predictor.observe(
                            batch(manager, 0),
                            batch(manager, .05),
                            batch(manager, 3),
                            batch(manager, 3.1));
                    assertThat(array(predictor.state().get("F")))
                            .containsExactly(
                                    new double[] {
                                        0.8304209110, -0.1648856257, 0.3674642086, //
                                        -0.1648856257, 0.6947045810, 0.0236628581, //
                                        0.3674642086, 0.0236628581, 0.6751561010
                                    },
                                    within(1e-6));
                    NDArray z1 = batch(manager, 10);
                    NDArray z2 = batch(manager, 10.05);
                    NDArray t1 = batch(manager, 3);
                    NDArray t2 = batch(manager, 3.1);
                    predictor.observe(z1, z2, t1, t2);
                    assertThat(array(predictor.state().get("F")))
                            .containsExactly(
                                    new double[] {
                                        0.7168102986, -0.1719329679, 0.3117841106, //
                                        -0.1719329679, 0.7727821519, 0.1706447007, //
                                        0.3117841106, 0.1706447007, 0.7141482235
                                    },
                                    within(1e-6));
                    predictor.afterStep(0);
                    assertThat(array(predictor.matrix().orElseThrow()))
                            .containsExactly(
                                    new double[] {
                                        0.9035850982, -0.1146723764, 0.1971724175, //
                                        -0.1146723764, 0.9521120997, 0.1140898235, //
                                        0.1971724175, 0.1140898235, 0.9020541697
                                    },
                                    within(1e-6));
                    double loss =
                            -2 * Operators.cosine(predictor.predict(z1), t1).mean().getFloat()
                                    - 2
                                            * Operators.cosine(predictor.predict(z2), t2)
                                                    .mean()
                                                    .getFloat();
                    assertThat(loss).isCloseTo(-2.9192633282, within(1e-6));
                });
    }

    @Test
    void withoutMemoryFIsTheLastBatchAndTheFirstBatchCountsWhole() {
        onTrainingThread(
                manager -> {
                    FeatureCorrelation none =
                            FeatureCorrelation.movingAverage(manager, 3, DataType.FLOAT32, 0);
                    FeatureCorrelation much =
                            FeatureCorrelation.movingAverage(manager, 3, DataType.FLOAT32, .9);
                    FeatureCorrelation mean =
                            FeatureCorrelation.runningMean(manager, 3, DataType.FLOAT32);
                    none.update(batch(manager, 5), batch(manager, 6));
                    none.update(batch(manager, 0), batch(manager, .05));
                    much.update(batch(manager, 0), batch(manager, .05));
                    assertThat(array(none.correlation()))
                            .containsExactly(array(much.correlation()), within(1e-6));
                    mean.update(batch(manager, 0), batch(manager, 1));
                    mean.update(batch(manager, 2), batch(manager, 3));
                    NDArray all =
                            batch(manager, 0)
                                    .concat(batch(manager, 1))
                                    .concat(batch(manager, 2))
                                    .concat(batch(manager, 3));
                    assertThat(array(mean.correlation()))
                            .containsExactly(
                                    array(all.transpose().matMul(all).div(20)), within(1e-6));
                    NDArray centred = all.sub(all.mean(new int[] {0}));
                    assertThat(array(mean.covariance(manager)))
                            .containsExactly(
                                    array(centred.transpose().matMul(centred).div(20)),
                                    within(1e-6));
                });
    }

    @Test
    void everyFiveStepsTheRuleAndGradientStepsInBetween() {
        onTrainingThread(
                manager -> {
                    Predictor predictor =
                            DirectPred.defaults()
                                    .withRho(.3)
                                    .withEvery(5)
                                    .create(3, DataType.FLOAT32, 1, manager);
                    NDArray w = predictor.parameters().orElseThrow();
                    for (int step = 0; step < 11; step++) {
                        try (GradientCollector collector = Torch.engine().newGradientCollector()) {
                            NDArray q = predictor.predict(batch(manager, step));
                            collector.backward(Operators.cosine(q, batch(manager, 3)).mean().neg());
                        }
                        predictor.observe(
                                batch(manager, step),
                                batch(manager, step + .5),
                                batch(manager, 3),
                                batch(manager, 3.1));
                        try (NDArray gradient = w.getGradient();
                                NDArray momentum = manager.zeros(w.getShape())) {
                            Operators.sgd(w, gradient, momentum, .1, 0, 0, false);
                        }
                        Torch.dropGradient(w);
                        predictor.afterStep(step);
                        NDArray rule =
                                DirectPred.defaults()
                                        .withRho(.3)
                                        .apply(
                                                SpectralMatrix.of(
                                                        predictor.state().get("F"), manager))
                                        .matrix()
                                        .toType(DataType.FLOAT32, false);
                        double distance =
                                predictor.matrix().orElseThrow().sub(rule).abs().max().getFloat();
                        if (step % 5 == 0) {
                            assertThat(distance).isLessThan(1e-6);
                        } else {
                            assertThat(distance).isGreaterThan(1e-3);
                        }
                    }
                });
    }

    @Test
    void theStatisticsTakeNoGradient() {
        onTrainingThread(
                manager -> {
                    Predictor predictor =
                            DirectPred.defaults()
                                    .withRho(.3)
                                    .create(3, DataType.FLOAT32, 1, manager);
                    NDArray z = batch(manager, 0);
                    z.setRequiresGradient(true);
                    predictor.observe(z, z, z, z);
                    predictor.afterStep(0);
                    assertThat(predictor.state().get("F").hasGradient()).isFalse();
                    assertThat(predictor.parameters()).isEmpty();
                    try (GradientCollector collector = Torch.engine().newGradientCollector()) {
                        NDArray q = predictor.predict(z);
                        collector.backward(q.sum());
                    }
                    // The gradient with respect to z does flow through W_p: W_p^T 1.
                    NDArray expected = predictor.matrix().orElseThrow().sum(new int[] {0});
                    assertThat(array(z.getGradient().get(0)))
                            .containsExactly(array(expected), within(1e-6));
                });
    }

    @Test
    void aSymmetricLinearPredictorIsSymmetricAfterEachStep() {
        onTrainingThread(
                manager -> {
                    Predictor predictor =
                            LinearPredictor.sgd()
                                    .withSymmetry()
                                    .withBias()
                                    .create(4, DataType.FLOAT32, 3, manager);
                    predictor.afterStep(0);
                    NDArray w = predictor.matrix().orElseThrow();
                    assertThat(w.sub(w.transpose()).abs().max().getFloat()).isZero();
                    assertThat(predictor.parameters().orElseThrow().getShape())
                            .isEqualTo(new Shape(20));
                });
    }

    @Test
    void outputsOfAnotherWidthAreRefused() {
        onTrainingThread(
                manager -> {
                    Predictor predictor =
                            DirectPred.defaults()
                                    .withRho(.3)
                                    .create(4, DataType.FLOAT32, 3, manager);
                    assertThatThrownBy(() -> predictor.predict(batch(manager, 0)))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("4")
                            .hasMessageContaining("(5, 3)");
                    assertThatThrownBy(() -> predictor.afterStep(0))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("observe");
                });
    }

    private static double[] array(NDArray a) {
        float[] values = a.toFloatArray();
        double[] wide = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    private static void onTrainingThread(Consumer<NDManager> work) {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        work.accept(manager);
                    }
                });
    }
}
