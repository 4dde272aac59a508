package org.directpred.predictor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.directpred.experiment.Variant;
import org.directpred.network.Architecture;
import org.directpred.paper.PaperTables;
import org.directpred.paper.Setting;
import org.directpred.predictor.OptimalPredictor.Solver;
import org.directpred.tensor.TrainingThread;
import org.directpred.train.Learner;
import org.directpred.train.Recipe;
import org.junit.jupiter.api.Test;

/**
 * W_p of Table 1's Lyapunov variants between two settings: symmetric after every step, as in the
 * authors' program; ParityTest compares its values with PyTorch's.
 */
class KeptSymmetricTest {
    private static final OptimalPredictor LYAPUNOV =
            OptimalPredictor.defaults().withSolver(Solver.LYAPUNOV);

    @Test
    void afterEveryStepWpIsSymmetricAndFreeStepsAreNot() {
        for (int step = 1; step <= 4; step++) {
            assertThat(asymmetry(LYAPUNOV.withEvery(3), step)).isLessThan(1e-6);
        }
        assertThat(asymmetry(LYAPUNOV.withEvery(3).withSymmetry(false), 3)).isGreaterThan(1e-3);
    }

    @Test
    void theVariantsOfTable1KeepIt() {
        long variants = 0;
        for (Variant variant : PaperTables.table1(Setting.fashionMnist()).variants()) {
            String predictor = variant.settings().get("predictor");
            if (variant.name().contains("Lyapunov")) {
                variants++;
                assertThat(predictor.contains("kept symmetric"))
                        .as(variant.name())
                        .isEqualTo(!variant.name().endsWith("N = 1"));
            } else {
                assertThat(predictor).doesNotContain("kept symmetric");
            }
        }
        assertThat(variants).isEqualTo(8);
    }

    @Test
    void setAfterEveryStepItHasTheNameItHad() {
        assertThat(LYAPUNOV.describe()).isEqualTo(LYAPUNOV.withSymmetry(false).describe());
        assertThat(LYAPUNOV.withEvery(2).withSymmetry(false).describe())
                .isEqualTo(
                        "optimal (lyapunov, ridge 0.001 of the mean eigenvalue), rho 0.3, every 2");
        assertThat(LYAPUNOV.withEvery(2).describe()).endsWith("every 2, kept symmetric");
    }

    @Test
    void anotherEquationHasNoSymmetricSolutionToKeep() {
        assertThat(LYAPUNOV.withSolver(Solver.RIGHT).keptSymmetric()).isFalse();
        assertThatThrownBy(() -> OptimalPredictor.defaults().withSymmetry(true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("LYAPUNOV")
                .hasMessageContaining("SYMMETRIC_CROSS");
    }

    /** |W - W^T| / |W| after so many steps on noise. */
    private static double asymmetry(OptimalPredictor choice, int steps) {
        Recipe recipe =
                Recipe.fashionMnist()
                        .withEncoder(Architecture.small(1, 2))
                        .withProjector(8, 4)
                        .withLearningRate(.1)
                        .withPredictor(choice);
        try (Learner learner = Learner.of(recipe, Device.cpu())) {
            return TrainingThread.call(
                    () -> {
                        try (NDManager scope = learner.manager().newSubManager()) {
                            for (int i = 0; i < steps; i++) {
                                NDArray x =
                                        scope.randomNormal(
                                                new ai.djl.ndarray.types.Shape(16, 1, 28, 28));
                                NDArray y = x.add(scope.randomNormal(x.getShape()));
                                learner.step(x, y, false);
                            }
                            NDArray w = learner.predictor().matrix().orElseThrow();
                            w.attach(scope);
                            return (double) w.sub(w.transpose()).norm().div(w.norm()).getFloat();
                        }
                    });
        }
    }
}
