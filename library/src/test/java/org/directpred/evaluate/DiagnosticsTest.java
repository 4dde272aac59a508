package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.function.Consumer;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;

class DiagnosticsTest {
    private static void withManager(Consumer<NDManager> test) {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        test.accept(manager);
                    }
                });
    }

    @Test
    void aGivenFAndPredictorHaveTheReferenceNumbers() {
        withManager(
                manager -> {
                    NDArray f =
                            manager.create(
                                    new double[] {2, .5, .1, .5, 1, .2, .1, .2, .5},
                                    new Shape(3, 3));
                    NDArray w =
                            manager.create(
                                    new double[] {1, .3, 0, .1, .8, .2, 0, .1, .5},
                                    new Shape(3, 3));
                    NDArray z = manager.randomNormal(new Shape(10, 3));
                    Diagnostics diagnostics = Diagnostics.of(z, f, w);
                    assertThat(diagnostics.spectrum().get(0)).isCloseTo(2.2238058943, within(1e-9));
                    assertThat(diagnostics.spectrum().get(2)).isCloseTo(0.4255510029, within(1e-9));
                    assertThat(diagnostics.largestEigenvalue())
                            .isCloseTo(2.2238058943, within(1e-9));
                    assertThat(diagnostics.alignments().get(0))
                            .isCloseTo(0.9997130657, within(1e-9));
                    assertThat(diagnostics.alignments().get(2))
                            .isCloseTo(0.9751239708, within(1e-9));
                    assertThat(diagnostics.asymmetry()).isCloseTo(0.2214037214, within(1e-9));
                    assertThat(diagnostics.asymmetryTop()).isCloseTo(0.2214037214, within(1e-9));
                    assertThat(diagnostics.alignmentTop())
                            .isCloseTo(diagnostics.alignmentAll(), within(1e-12));
                });
    }

    @Test
    void aCollapsedBatchShowsInEveryNumber() {
        withManager(
                manager -> {
                    NDArray healthy = manager.randomNormal(new Shape(512, 16));
                    NDArray direction = manager.randomNormal(new Shape(1, 16));
                    NDArray collapsed =
                            manager.randomUniform(1f, 2f, new Shape(512, 1))
                                    .matMul(direction)
                                    .add(healthy.mul(1e-4));
                    Diagnostics good = Diagnostics.of(healthy, null);
                    Diagnostics bad = Diagnostics.of(collapsed, null);
                    assertThat(good.effectiveRank()).isGreaterThan(15);
                    assertThat(bad.effectiveRank()).isCloseTo(1, within(1e-3));
                    assertThat(good.effectiveRankOfCovariance()).isGreaterThan(15);
                    assertThat(bad.effectiveRankOfCovariance()).isCloseTo(1, within(1e-3));
                    assertThat(good.standardDeviation()).isGreaterThan(0.95);
                    assertThat(bad.standardDeviation()).isLessThan(0.01);
                    assertThat(bad.rankMe()).isLessThan(1.1);
                    assertThat(bad.participationRatio()).isCloseTo(1, within(1e-3));
                    assertThat(bad.explainedVarianceArea()).isGreaterThan(0.99);
                    assertThat(bad.alignmentTop()).isNaN();
                    assertThat(bad.predictorLargest()).isNaN();
                });
    }

    @Test
    void theCovarianceLeavesTheMeanOut() {
        withManager(
                manager -> {
                    // One common direction far from the origin, spread evenly around it.
                    NDArray z = manager.randomNormal(new Shape(2000, 8)).add(20);
                    Diagnostics diagnostics = Diagnostics.of(z, null);
                    assertThat(diagnostics.effectiveRank()).isLessThan(1.1);
                    assertThat(diagnostics.effectiveRankOfCovariance()).isGreaterThan(7.9);
                });
    }

    @Test
    void theIdentityIsAlignedSymmetricAndPositiveDefinite() {
        withManager(
                manager -> {
                    NDArray z = manager.randomNormal(new Shape(64, 12));
                    Diagnostics diagnostics = Diagnostics.of(z, manager.eye(12).mul(0.5));
                    assertThat(diagnostics.alignmentAll()).isCloseTo(1, within(1e-9));
                    assertThat(diagnostics.asymmetry()).isZero();
                    assertThat(diagnostics.predictorSmallest()).isCloseTo(0.5, within(1e-9));
                    assertThat(diagnostics.predictorLargest()).isCloseTo(0.5, within(1e-9));
                });
    }

    @Test
    void tauIsTheProjectionOnTheOnlineWeights() {
        withManager(
                manager -> {
                    NDArray w = manager.create(new float[] {3, 0, 4});
                    NDArray a = manager.create(new float[] {3, 5, 4});
                    Diagnostics diagnostics =
                            Diagnostics.of(manager.randomNormal(new Shape(4, 2)), null)
                                    .withTarget(a, w);
                    assertThat(diagnostics.tau()).isCloseTo(1, within(1e-6));
                    assertThat(diagnostics.normRatio()).isCloseTo(Math.sqrt(2), within(1e-6));
                    assertThat(diagnostics.withTarget(w.mul(0.25), w).tau())
                            .isCloseTo(0.25, within(1e-6));
                    // Neither is taken over.
                    assertThat(a.toFloatArray()).containsExactly(3, 5, 4);
                    assertThat(w.toFloatArray()).containsExactly(3, 0, 4);
                });
    }

    @Test
    void nothingThatIsHandedOverChangesOrLeaks() {
        withManager(
                manager -> {
                    NDArray z = manager.randomNormal(new Shape(32, 4));
                    NDArray w = manager.randomNormal(new Shape(4, 4));
                    float[] before = z.toFloatArray();
                    float[] predictor = w.toFloatArray();
                    int arrays = manager.getManagedArrays().size();
                    Diagnostics.of(z, w).withTarget(z, z);
                    assertThat(z.toFloatArray()).isEqualTo(before);
                    assertThat(w.toFloatArray()).isEqualTo(predictor);
                    assertThat(manager.getManagedArrays()).hasSize(arrays);
                });
    }

    @Test
    void aDivergedRunHasALogRowOfNaN() {
        withManager(
                manager -> {
                    NDArray z = manager.ones(new Shape(4, 2)).div(0);
                    Diagnostics diagnostics = Diagnostics.of(z, manager.eye(2));
                    assertThat(diagnostics.effectiveRank()).isNaN();
                    assertThat(diagnostics.alignmentTop()).isNaN();
                    assertThat(diagnostics.spectrum()).hasSize(2);
                });
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        withManager(
                manager -> {
                    NDArray z = manager.ones(new Shape(4, 2));
                    assertThatThrownBy(() -> Diagnostics.of(z, manager.eye(3)))
                            .hasMessageContaining("W_p must be [2, 2]")
                            .hasMessageContaining("(3, 3)");
                    assertThatThrownBy(() -> Diagnostics.of(z, manager.ones(new Shape(2, 3)), null))
                            .hasMessageContaining("F must be [2, 2]");
                    assertThatThrownBy(() -> Diagnostics.of(manager.ones(new Shape(1, 2)), null))
                            .hasMessageContaining("at least 2");
                    assertThatThrownBy(
                                    () ->
                                            Diagnostics.of(z, null)
                                                    .withTarget(z, manager.ones(new Shape(3))))
                            .hasMessageContaining("same shape");
                });
    }
}
