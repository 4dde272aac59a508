package org.directpred.evaluate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * For each query the k most similar keys seen so far, as binary heaps with the least similar one on
 * top: almost every key fails the one comparison with it.
 */
final class Nearest {
    private final int k;
    private final float[] similarities;
    private final int[] labels;

    Nearest(int queries, int k) {
        this.k = k;
        this.similarities = new float[Math.multiplyExact(queries, k)];
        this.labels = new int[similarities.length];
        Arrays.fill(similarities, Float.NEGATIVE_INFINITY);
    }

    /**
     * Takes the better ones of some keys. Of equally similar keys the one offered first stays.
     * Different queries may be offered keys from different threads.
     *
     * @param row the similarities
     * @param count how many
     * @param keyLabels the labels of all keys
     * @param first the first key's place among them
     */
    void offer(int query, float[] row, int count, int[] keyLabels, int first) {
        int top = query * k;
        float least = similarities[top];
        for (int i = 0; i < count; i++) {
            if (row[i] > least) {
                replaceTop(top, row[i], keyLabels[first + i]);
                least = similarities[top];
            }
        }
    }

    /** The numbers of a query's keys, that of the most similar one first. */
    int[] nearestFirst(int query) {
        return IntStream.range(query * k, (query + 1) * k)
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> -similarities[i]))
                .mapToInt(i -> labels[i])
                .toArray();
    }

    private void replaceTop(int top, float similarity, int label) {
        int hole = 0;
        while (true) {
            int child = 2 * hole + 1;
            if (child >= k) {
                break;
            }
            if (child + 1 < k && similarities[top + child + 1] < similarities[top + child]) {
                child++;
            }
            if (similarities[top + child] >= similarity) {
                break;
            }
            similarities[top + hole] = similarities[top + child];
            labels[top + hole] = labels[top + child];
            hole = child;
        }
        similarities[top + hole] = similarity;
        labels[top + hole] = label;
    }

    /**
     * The class with the largest sum of {@code exp(similarity / temperature)}; the lower one in a
     * tie.
     *
     * @param votes room for the sums, one for each class
     */
    int vote(int query, double temperature, double[] votes) {
        Arrays.fill(votes, 0);
        int top = query * k;
        float nearest = Float.NEGATIVE_INFINITY;
        for (int i = top; i < top + k; i++) {
            nearest = Math.max(nearest, similarities[i]);
        }
        for (int i = top; i < top + k; i++) {
            // Relative to the nearest one, so that no temperature overflows.
            votes[labels[i]] += Math.exp((similarities[i] - nearest) / temperature);
        }
        int winner = 0;
        for (int c = 1; c < votes.length; c++) {
            if (votes[c] > votes[winner]) {
                winner = c;
            }
        }
        return winner;
    }
}
