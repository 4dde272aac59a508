package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CollapseTest {
    private static final double[] SPECTRUM = {4, 2, 1, 1};

    @Test
    void rankMeHasTheReferenceValues() {
        // numpy: q = sv / sv.sum() + 1e-7; exp(-(q log q).sum())
        assertThat(Collapse.rankMe(SPECTRUM)).isCloseTo(3.3635864139, within(1e-9));
        // without the constant
        assertThat(Collapse.effectiveRank(SPECTRUM)).isCloseTo(3.3635856610, within(1e-9));
    }

    @Test
    void explainedVarianceAreaHasTheReferenceValue() {
        assertThat(Collapse.explainedVarianceArea(SPECTRUM)).isCloseTo(0.78125, within(1e-12));
        assertThat(Collapse.explainedVarianceArea(new double[] {1, 4, 1, 2}))
                .isCloseTo(0.78125, within(1e-12));
    }

    @Test
    void participationRatioHasTheReferenceValue() {
        assertThat(Collapse.participationRatio(SPECTRUM)).isCloseTo(2.9090909091, within(1e-9));
    }

    @Property(tries = 200)
    void ranksLieBetweenOneAndTheDimensionAndIgnoreScaleAndOrder(
            @ForAll @Size(min = 1, max = 40) List<@DoubleRange(min = 0, max = 1e3) Double> spectrum,
            @ForAll @DoubleRange(min = 0.01, max = 1e3) double scale) {
        double[] values = spectrum.stream().mapToDouble(Double::doubleValue).toArray();
        Assume.that(Arrays.stream(values).anyMatch(v -> v > 0));
        double rank = Collapse.effectiveRank(values);
        double participation = Collapse.participationRatio(values);
        assertThat(rank).isBetween(1 - 1e-9, values.length * (1 + 1e-9));
        // Renyi entropies fall with their order: order 2 lies below order 1.
        assertThat(participation).isBetween(1 - 1e-9, rank * (1 + 1e-9));
        double[] other = Arrays.stream(values).map(v -> v * scale).toArray();
        Arrays.sort(other);
        assertThat(Collapse.effectiveRank(other)).isCloseTo(rank, within(1e-8 * values.length));
        assertThat(Collapse.participationRatio(other))
                .isCloseTo(participation, within(1e-8 * values.length));
        assertThat(Collapse.explainedVarianceArea(other)).isBetween(0.5, 1 + 1e-12);
    }

    @Test
    void equalModesHaveFullRankAndOneModeHasRankOne() {
        double[] equal = new double[32];
        Arrays.fill(equal, 0.3);
        assertThat(Collapse.effectiveRank(equal)).isCloseTo(32, within(1e-9));
        assertThat(Collapse.explainedVarianceArea(equal)).isCloseTo(33 / 64.0, within(1e-12));
        double[] one = new double[32];
        one[7] = 1e-20;
        assertThat(Collapse.effectiveRank(one)).isEqualTo(1);
        assertThat(Collapse.participationRatio(one)).isEqualTo(1);
        assertThat(Collapse.explainedVarianceArea(one))
                .isGreaterThan(Collapse.explainedVarianceArea(equal));
    }

    @Test
    void roundingErrorsBelowZeroCountAsZero() {
        assertThat(Collapse.effectiveRank(new double[] {-1e-9, 0, 2})).isEqualTo(1);
        assertThat(Collapse.singularValues(new double[] {-1e-9, 4})).containsExactly(0, 2);
    }

    @Test
    void aDeadRepresentationHasRankZeroAndADivergedOneNaN() {
        assertThat(Collapse.effectiveRank(new double[5])).isZero();
        assertThat(Collapse.rankMe(new double[5])).isZero();
        assertThat(Collapse.participationRatio(new double[5])).isZero();
        assertThat(Collapse.explainedVarianceArea(new double[5])).isEqualTo(1);
        double[] diverged = {1, Double.NaN};
        assertThat(Collapse.effectiveRank(diverged)).isNaN();
        assertThat(Collapse.rankMe(diverged)).isNaN();
        assertThat(Collapse.participationRatio(diverged)).isNaN();
        assertThat(Collapse.explainedVarianceArea(diverged)).isNaN();
    }

    @Test
    void directionsSpreadEvenlyHaveStandardDeviationOne() {
        Random random = new Random(1);
        int d = 16;
        float[] z = new float[4000 * d];
        float[] scaled = new float[z.length];
        for (int i = 0; i < z.length; i++) {
            z[i] = (float) random.nextGaussian();
            scaled[i] = z[i] * 1e4f;
        }
        double std = Collapse.normalisedStandardDeviation(z, d);
        assertThat(std).isCloseTo(1, within(0.01));
        assertThat(Collapse.normalisedStandardDeviation(scaled, d)).isCloseTo(std, within(1e-5));
    }

    @Test
    void theStandardDeviationIsThatOfTorchStd() {
        // torch: F.normalize([[3,4],[4,3],[0,1]]).std(0).mean() * 2 ** .5
        float[] z = {3, 4, 4, 3, 0, 1};
        double first = std(0.6, 0.8, 0);
        double second = std(0.8, 0.6, 1);
        assertThat(Collapse.normalisedStandardDeviation(z, 2))
                .isCloseTo((first + second) / 2 * Math.sqrt(2), within(1e-7));
    }

    private static double std(double... values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        return Math.sqrt(squares / (values.length - 1));
    }

    @Test
    void oneDirectionHasStandardDeviationZero() {
        int d = 8;
        float[] z = new float[100 * d];
        for (int i = 0; i < z.length; i++) {
            z[i] = (1 + i / d) * (i % d - 3);
        }
        assertThat(Collapse.normalisedStandardDeviation(z, d)).isLessThan(1e-6);
    }

    @Test
    void shapesThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> Collapse.normalisedStandardDeviation(new float[10], 4))
                .hasMessageContaining("[samples, 4]")
                .hasMessageContaining("10");
        assertThatThrownBy(() -> Collapse.normalisedStandardDeviation(new float[4], 4))
                .hasMessageContaining("at least 2 samples");
        assertThatThrownBy(() -> Collapse.effectiveRank(new double[0]))
                .hasMessageContaining("at least one value");
    }
}
