package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.directpred.network.Architecture;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The recipes of BYOL's and SimSiam's programs take steps, at their widths and with their rates.
 */
class ImageNetRecipesTest {
    /** Steps of an epoch. */
    private static final int EPOCH = 3;

    @ParameterizedTest
    @ValueSource(strings = {"BYOL on ImageNet", "SimSiam on ImageNet"})
    void theyTrain(String name) {
        Recipe recipe = name.startsWith("BYOL") ? Recipe.byolImageNet() : Recipe.simSiamImageNet();
        assertThat(recipe.name()).isEqualTo(name);
        // Their encoder is ResNet-50: a small one has the same heads behind it.
        Recipe small = recipe.withEncoder(Architecture.small(3, 8)).withBatchSize(8);
        try (Learner learner = Learner.of(small, Device.cpu(), EPOCH)) {
            TrainingThread.run(
                    () -> {
                        for (int step = 0; step < EPOCH + 1; step++) {
                            try (NDManager scope = learner.manager().newSubManager()) {
                                NDArray x = scope.randomNormal(new Shape(8, 3, 32, 32));
                                NDArray y = x.add(scope.randomNormal(x.getShape()).mul(.1));
                                Learner.Outcome outcome = learner.step(x, y, true);
                                assertThat(outcome.loss()).isBetween(-4.0, 4.0);
                                assertThat(outcome.learningRate())
                                        .isCloseTo(rate(recipe, step), within(1e-12));
                                assertThat(outcome.look().orElseThrow().predictorUpdate())
                                        .isFinite();
                            }
                        }
                    });
        }
    }

    private static double rate(Recipe recipe, int step) {
        double base = recipe.learningRate();
        int epoch = step / EPOCH;
        return recipe.name().startsWith("BYOL")
                // Ten epochs of warm-up.
                ? base * step / (10.0 * EPOCH)
                : base * (1 + Math.cos(Math.PI * epoch / 100)) / 2;
    }
}
