package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No judge of features takes a number that is none. */
class FiniteFeaturesTest {
    private static final int ROWS = 24;

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void everyUseRefusesWhatIsNoNumberByItsPlace(float value) {
        Features good = features("good", 1);
        Features bad = damaged(value);
        Standardisation ofGood = Standardisation.of(good);
        List<LinearProbe> probes =
                List.of(LinearProbe.official().withEpochs(1), LinearProbe.quick());
        for (LinearProbe probe : probes) {
            refused(value, () -> probe.on(good, bad));
            refused(value, () -> probe.on(bad, good));
        }
        NearestNeighbours nearest = NearestNeighbours.cosine(3);
        refused(value, () -> nearest.on(good, bad));
        refused(value, () -> nearest.on(bad, good));
        refused(value, () -> nearest.indices(good, bad));
        refused(value, () -> nearest.indices(bad, good));
        refused(value, () -> Standardisation.of(bad));
        refused(value, () -> bad.standardised(ofGood));
        // A part without the row is as good as any.
        Features part = bad.subset(0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12);
        assertThat(nearest.on(part, good).accuracy()).isBetween(0.0, 1.0);
    }

    @Test
    void theNormOfARowNeitherOverflowsNorVanishes() {
        Features features = features("plain", 1);
        int[][] expected = NearestNeighbours.cosine(3).indices(features, features);
        for (float scale : new float[] {1e-30f, 1e25f}) {
            Features scaled = features("scaled", scale);
            assertThat(NearestNeighbours.cosine(3).indices(scaled, features))
                    .as("scale %s", scale)
                    .isEqualTo(expected);
            assertThat(NearestNeighbours.cosine(3).indices(features, scaled)).isEqualTo(expected);
        }
    }

    @Test
    void aClassifierThatDivergedGivesNoAccuracy() {
        Features features = features("plain", 1);
        assertThatThrownBy(
                        () ->
                                LinearProbe.official()
                                        .withLearningRate(1e38)
                                        .withEpochs(3)
                                        .on(features, features))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not finite")
                .hasMessageContaining("learning rate");
    }

    @Test
    void featuresThatOverflowWhenStandardisedAreRefused() {
        float[] values = new float[ROWS];
        int[] labels = new int[ROWS];
        for (int i = 0; i < ROWS; i++) {
            values[i] = 1e-20f * i;
            labels[i] = i % 2;
        }
        Features tiny = Features.of(values, labels, List.of("a", "b"), "tiny");
        values[5] = 1e30f;
        Features large = Features.of(values, labels, List.of("a", "b"), "large");
        assertThatThrownBy(() -> large.standardised(Standardisation.of(tiny)))
                .hasMessageContaining("feature 0 of row 5 of large");
        assertThatThrownBy(() -> LinearProbe.quick().on(tiny, large))
                .hasMessageContaining("large")
                .hasMessageContaining("not finite");
    }

    @Test
    void theOnlineProbeIsAsBeforeAfterWhatItRefused() {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu());
                            OnlineProbe probe = new OnlineProbe(2, 2, manager)) {
                        assertThatThrownBy(
                                        () ->
                                                probe.update(
                                                        manager.create(
                                                                new float[] {1, Float.NaN, 3, 4},
                                                                new Shape(2, 2)),
                                                        new int[] {0, 1}))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("not finite");
                        assertThat(probe.state().get("mean").toFloatArray()).containsOnly(0);
                    }
                });
    }

    @Test
    void aSpectrumWithAnInfinityHasNoRank() {
        for (double value : new double[] {Double.NaN, 1 / 0.0, -1 / 0.0}) {
            double[] spectrum = {1, value, 2};
            assertThat(Collapse.effectiveRank(spectrum)).isNaN();
            assertThat(Collapse.rankMe(spectrum)).isNaN();
            assertThat(Collapse.participationRatio(spectrum)).isNaN();
            assertThat(Collapse.explainedVarianceArea(spectrum)).isNaN();
            assertThat(Collapse.singularValues(spectrum)[1]).isNaN();
        }
    }

    private static void refused(float value, Runnable use) {
        assertThatThrownBy(use::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("feature 1 of row 7 of damaged is " + value);
    }

    private static Features features(String name, float scale) {
        return Features.of(values(scale), labels(), List.of("a", "b"), name);
    }

    private static Features damaged(float value) {
        float[] values = values(1);
        values[7 * 3 + 1] = value;
        return Features.of(values, labels(), List.of("a", "b"), "damaged");
    }

    private static int[] labels() {
        int[] labels = new int[ROWS];
        for (int i = 0; i < ROWS; i++) {
            labels[i] = i % 2;
        }
        return labels;
    }

    private static float[] values(float scale) {
        float[] values = new float[ROWS * 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * Math.sin(1 + i * i));
        }
        return values;
    }
}
