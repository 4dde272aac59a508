package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.directpred.network.Architecture;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.LinearPredictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.predictor.RandomPartitions;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;

/** W_p times 1 - amount after every step; ParityTest compares trainings with it with PyTorch's. */
class DecoupledDecayTest {
    @Test
    void ofTwoEqualStepsTheOneWithItEndsWithAFractionOfWp() {
        for (PredictorChoice choice :
                new PredictorChoice[] {
                    LinearPredictor.sgd().withBias(),
                    LinearPredictor.sgd().withSymmetry(),
                    DirectPred.defaults(),
                    DirectPred.defaults().withEvery(3)
                }) {
            double[] without = afterOneStep(choice, 0);
            double[] with = afterOneStep(choice, .25);
            int matrix = 4 * 4;
            for (int i = 0; i < without.length; i++) {
                assertThat(with[i])
                        .as("%s, %d", choice.describe(), i)
                        .isCloseTo((i < matrix ? .75 : 1) * without[i], within(1e-15));
            }
        }
    }

    @Test
    void aPredictorWithoutWeightsOfItsOwnIsRefused() {
        PredictorChoice sides = RandomPartitions.of(2, DirectPred.defaults());
        assertThatThrownBy(() -> afterOneStep(sides, .25))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("decoupledPredictorDecay 0.25")
                .hasMessageContaining("2 random partitions");
    }

    private static double[] afterOneStep(PredictorChoice choice, double amount) {
        Recipe recipe =
                Recipe.fashionMnist()
                        .withEncoder(Architecture.small(1, 2))
                        .withProjector(8, 4)
                        .withPrecision(Precision.FLOAT64)
                        .withPredictor(choice)
                        .withDecoupledPredictorDecay(amount);
        try (Learner learner = Learner.of(recipe, Device.cpu())) {
            return TrainingThread.call(
                    () -> {
                        try (NDManager scope = learner.manager().newSubManager()) {
                            double[] x = new double[8 * 28 * 28];
                            double[] y = new double[x.length];
                            for (int i = 0; i < x.length; i++) {
                                x[i] = Math.sin(1.3 * i);
                                y[i] = Math.sin(1.3 * i + .4);
                            }
                            Shape shape = new Shape(8, 1, 28, 28);
                            learner.step(scope.create(x, shape), scope.create(y, shape), false);
                            NDArray w = learner.predictor().state().get("W_p").stopGradient();
                            w.attach(scope);
                            return w.toDoubleArray();
                        }
                    });
        }
    }
}
