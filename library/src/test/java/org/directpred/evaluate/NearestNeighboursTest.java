package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNeighboursTest {

    /** The definition, one query at a time. */
    private static int classify(
            NearestNeighbours neighbours, Features train, float[] query, int classes) {
        double[] cosines =
                IntStream.range(0, train.size())
                        .mapToDouble(i -> cosine(train.row(i), query))
                        .toArray();
        double[] votes = new double[classes];
        IntStream.range(0, train.size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -cosines[i]))
                .limit(neighbours.k())
                .forEach(
                        i ->
                                votes[train.label(i)] +=
                                        Math.exp(cosines[i] / neighbours.temperature()));
        return IntStream.range(0, classes)
                .boxed()
                .max(Comparator.comparingDouble((Integer c) -> votes[c]))
                .orElseThrow();
    }

    private static double cosine(float[] a, float[] b) {
        double inner = 0;
        double normA = 0;
        double normB = 0;
        for (int i = 0; i < a.length; i++) {
            inner += (double) a[i] * b[i];
            normA += (double) a[i] * a[i];
            normB += (double) b[i] * b[i];
        }
        return inner / Math.sqrt(normA * normB);
    }

    @ParameterizedTest
    @CsvSource({"1,0.07", "9,0.07", "50,0.5", "50,0.01"})
    void theVoteIsThatOfTheDefinition(int k, double temperature) {
        Features train = Clouds.of(300, 6, 3, 2, 1);
        Features test = Clouds.of(700, 6, 3, 2, 2);
        NearestNeighbours neighbours = new NearestNeighbours(k, temperature);
        int[] expected =
                IntStream.range(0, test.size())
                        .map(i -> classify(neighbours, train, test.row(i), 3))
                        .toArray();
        ConfusionMatrix oracle = new ConfusionMatrix(test.classes(), test.labels(), expected);
        ConfusionMatrix found = neighbours.on(train, test).confusion();
        for (int truth = 0; truth < 3; truth++) {
            for (int predicted = 0; predicted < 3; predicted++) {
                assertThat(found.count(truth, predicted))
                        .isCloseTo(oracle.count(truth, predicted), within(1L));
            }
        }
    }

    @Test
    void blocksOfTrainingFeaturesDoNotShow() {
        // More training features than one block of 16 MiB holds, in an order that puts the nearest
        // ones into the last block.
        Features near = Clouds.of(600, 2048, 3, 0.5, 1);
        Features far = Clouds.of(3000, 2048, 3, 8, 3);
        float[] values = new float[3600 * 2048];
        int[] labels = new int[3600];
        for (int i = 0; i < 3600; i++) {
            float[] row = i < 3000 ? far.row(i) : near.row(i - 3000);
            System.arraycopy(row, 0, values, i * 2048, 2048);
            labels[i] = i < 3000 ? (far.label(i) + 1) % 3 : near.label(i - 3000);
        }
        Features train = Features.of(values, labels, near.classes(), "near and far");
        Evaluation evaluation =
                NearestNeighbours.weighted().on(train, Clouds.of(90, 2048, 3, 0.5, 4));
        assertThat(evaluation.accuracy()).isEqualTo(1);
    }

    @Test
    void theLengthOfAFeatureVectorDoesNotCount() {
        Features train = Clouds.of(200, 5, 2, 1, 1);
        float[] values = new float[200 * 5];
        for (int i = 0; i < 200; i++) {
            float[] row = train.row(i);
            for (int j = 0; j < 5; j++) {
                values[i * 5 + j] = row[j] * (i + 1);
            }
        }
        Features longer = Features.of(values, train.labels(), train.classes(), "longer");
        Features test = Clouds.of(100, 5, 2, 1, 2);
        assertThat(NearestNeighbours.cosine(15).on(longer, test).accuracy())
                .isCloseTo(NearestNeighbours.cosine(15).on(train, test).accuracy(), within(0.011));
    }

    @Test
    void theMajorityGoesToTheLowerLabelInATie() {
        Features train =
                Features.of(
                        new float[] {1, 0, 0.9f, 0.1f},
                        new int[] {1, 0},
                        Clouds.names(2),
                        "two points");
        Features test = Features.of(new float[] {1, 0}, new int[] {0}, Clouds.names(2), "one");
        assertThat(NearestNeighbours.cosine(2).on(train, test).accuracy()).isEqualTo(1);
        assertThat(NearestNeighbours.cosine(1).on(train, test).accuracy()).isZero();
    }

    @Test
    void moreNeighboursThanFeaturesAreRefused() {
        assertThatThrownBy(
                        () ->
                                NearestNeighbours.weighted()
                                        .on(Clouds.of(50, 4, 2, 1, 1), Clouds.of(8, 4, 2, 1, 2)))
                .hasMessageContaining("200 neighbours of 50")
                .hasMessageContaining("withNeighbours(50)");
        assertThatThrownBy(() -> new NearestNeighbours(0, 1)).hasMessageContaining("at least 1");
    }

    @Test
    void theIndicesAreThoseOfTheNearestInOrder() {
        Features keys =
                Features.of(
                        new float[] {1, 0, 0, 1, 1, 1, -1, 0}, new int[4], List.of("any"), "keys");
        Features queries = Features.of(new float[] {2, .1f}, new int[1], List.of("any"), "query");
        assertThat(NearestNeighbours.cosine(3).indices(keys, queries))
                .isEqualTo(new int[][] {{0, 2, 1}});
        Features wider = Features.of(new float[] {1, 2, 3}, new int[1], List.of("any"), "wider");
        assertThatThrownBy(() -> NearestNeighbours.cosine(1).indices(keys, wider))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 (keys) vs 3 (wider)");
    }
}
