package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LinearProbeTest {
    private static final Features TRAIN = Clouds.of(600, 12, 4, 1.2, 1);
    private static final Features TEST = Clouds.of(400, 12, 4, 1.2, 2);

    static Stream<LinearProbe> probes() {
        return Stream.of(
                LinearProbe.official().withEpochs(30).withLearningRate(3e-3), LinearProbe.quick());
    }

    @ParameterizedTest
    @MethodSource("probes")
    void cloudsAreSeparated(LinearProbe probe) {
        Evaluation evaluation = probe.on(TRAIN, TEST);
        assertThat(evaluation.accuracy()).isGreaterThan(0.9);
        assertThat(evaluation.bestAccuracy()).isGreaterThanOrEqualTo(evaluation.accuracy());
        assertThat(evaluation.accuracies()).contains(evaluation.bestAccuracy());
        assertThat(evaluation.confusion().total()).isEqualTo(400);
        assertThat(evaluation.confusion().accuracy())
                .isCloseTo(evaluation.accuracy(), within(1e-12));
        assertThat(evaluation.table().rowCount()).isEqualTo(1);
        assertThat(evaluation.trainingExamples()).isEqualTo(600);
    }

    @ParameterizedTest
    @MethodSource("probes")
    void theResultIsTheSameEachTime(LinearProbe probe) {
        assertThat(probe.on(TRAIN, TEST).accuracies())
                .isEqualTo(probe.on(TRAIN, TEST).accuracies());
    }

    @ParameterizedTest
    @MethodSource("probes")
    void featuresOfNoClassAreAtChance(LinearProbe probe) {
        int[] shuffled = TRAIN.labels();
        for (int i = 0; i < shuffled.length; i++) {
            shuffled[i] = (i / 4) % 4;
        }
        float[] values = new float[600 * 12];
        for (int i = 0; i < 600; i++) {
            System.arraycopy(TRAIN.row(i), 0, values, i * 12, 12);
        }
        Features wrong = Features.of(values, shuffled, TRAIN.classes(), "wrong labels");
        assertThat(probe.on(wrong, TEST).accuracy()).isBetween(0.05, 0.5);
    }

    @ParameterizedTest
    @MethodSource("probes")
    void theScaleOfAFeatureDoesNotCount(LinearProbe probe) {
        assertThat(probe.on(stretched(TRAIN), stretched(TEST)).accuracy())
                .isCloseTo(probe.on(TRAIN, TEST).accuracy(), within(0.011));
    }

    /** Every feature scaled and shifted, one made constant. */
    private static Features stretched(Features features) {
        int d = features.dimension() + 1;
        float[] values = new float[features.size() * d];
        for (int i = 0; i < features.size(); i++) {
            float[] row = features.row(i);
            for (int j = 0; j < row.length; j++) {
                values[i * d + j] = row[j] * (1 << j) + 10 * j;
            }
            values[i * d + d - 1] = 0.1f;
        }
        return Features.of(values, features.labels(), features.classes(), "stretched");
    }

    @ParameterizedTest
    @MethodSource("probes")
    void badInputIsNamed(LinearProbe probe) {
        assertThatThrownBy(() -> probe.on(TRAIN, Clouds.of(8, 11, 4, 1, 1)))
                .hasMessageContaining("12 dimensions")
                .hasMessageContaining("11");
        assertThatThrownBy(() -> probe.on(TRAIN, Clouds.of(8, 12, 5, 1, 1)))
                .hasMessageContaining("other classes");
        Features withoutThird =
                Features.of(
                        new float[] {1, 2, 3}, new int[] {0, 1, 3}, Clouds.names(4), "no third");
        assertThatThrownBy(() -> probe.on(withoutThird, withoutThird))
                .hasMessageContaining("class 'class 2' (label 2)")
                .hasMessageContaining("no third");
        Features unlabelled =
                Features.of(
                        new float[] {1, 2, 3}, new int[] {0, -1, 1}, List.of("a", "b"), "holes");
        assertThatThrownBy(() -> probe.on(unlabelled, unlabelled))
                .hasMessageContaining("row 1 of holes has no label");
        float[] values = new float[24];
        Arrays.fill(values, 1f);
        values[13] = Float.NaN;
        Features broken = Features.of(values, new int[] {0, 1}, List.of("a", "b"), "broken");
        assertThatThrownBy(() -> probe.on(broken, broken))
                .hasMessageContaining("feature 1 of row 1 of broken is NaN");
    }

    @Test
    void aTestClassWithoutExamplesHasNoAccuracy() {
        int[] first = new int[100];
        for (int i = 0; i < first.length; i++) {
            first[i] = 4 * i;
        }
        Evaluation evaluation = LinearProbe.quick().on(TRAIN, TEST.subset(first));
        assertThat(evaluation.confusion().accuracy(1)).isNaN();
        assertThat(evaluation.confusion().perClass().doubleColumn("accuracy").isMissing(1))
                .isTrue();
        assertThat(evaluation.accuracy()).isGreaterThan(0.8);
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        assertThatThrownBy(() -> LinearProbe.official().withLearningRate(0))
                .hasMessage("the probe's learning rate must be above 0 and finite, not 0.0");
        assertThatThrownBy(() -> LinearProbe.quick().withC(-1)).hasMessageContaining("-1");
    }
}
