package org.directpred.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;
import org.directpred.require.Require;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;

/**
 * Nearest neighbours by cosine similarity: a judge of features that trains nothing.
 *
 * <p>Memory is bounded whatever the number of features: training features pass block by block, and
 * for each test feature only the nearest k so far are kept.
 *
 * @param k how many neighbours vote
 * @param temperature T of the weights {@code exp(cos / T)} of the votes (Wu et al. 2018), or
 *     infinity for equal votes
 */
public record NearestNeighbours(int k, double temperature) {
    private static final int KEY_BYTES = 1 << 24;
    private static final int QUERIES = 512;

    /** Checks the numbers. */
    public NearestNeighbours {
        Require.atLeast("k", k, 1);
        Require.above("temperature", temperature, 0);
    }

    /** 200 neighbours, weighted with temperature 0.07: the usual protocol (Wu et al. 2018). */
    public static NearestNeighbours weighted() {
        return new NearestNeighbours(200, 0.07);
    }

    /** The majority of k neighbours. */
    public static NearestNeighbours cosine(int k) {
        return new NearestNeighbours(k, Double.POSITIVE_INFINITY);
    }

    /** These neighbours with another k. */
    public NearestNeighbours withNeighbours(int number) {
        return new NearestNeighbours(number, temperature);
    }

    /**
     * Classifies test features by their nearest training features. A tie goes to the lower label.
     *
     * @param train labelled features, at least k
     * @param test labelled features of the same dimension and classes
     * @throws IllegalArgumentException if there are fewer than k training features, dimensions or
     *     classes differ, a row has no label, a class has no training example, or a feature is NaN
     *     or infinite
     * @throws TrainingThread.Stopped if the caller is interrupted
     */
    public Evaluation on(Features train, Features test) {
        train.requireTrainable();
        train.requireTestable(test);
        requireEnough(train);
        return TrainingThread.call(() -> run(train, test));
    }

    /**
     * The nearest training features themselves; labels are not looked at.
     *
     * @param train at least k features
     * @param queries features of the same dimension
     * @return for each query the places of its k nearest among {@code train}, the nearest first
     * @throws IllegalArgumentException if there are fewer than k training features, the dimensions
     *     differ, or a feature is NaN or infinite
     * @throws TrainingThread.Stopped if the caller is interrupted
     */
    public int[][] indices(Features train, Features queries) {
        if (train.dimension() != queries.dimension()) {
            throw new IllegalArgumentException(
                    "features must be of the same dimension: %d (%s) vs %d (%s)"
                            .formatted(
                                    train.dimension(),
                                    train.provenance(),
                                    queries.dimension(),
                                    queries.provenance()));
        }
        train.requireFinite();
        queries.requireFinite();
        requireEnough(train);
        int[] places = IntStream.range(0, train.size()).toArray();
        Nearest nearest = TrainingThread.call(() -> search(train, queries, places));
        return IntStream.range(0, queries.size())
                .mapToObj(nearest::nearestFirst)
                .toArray(int[][]::new);
    }

    private void requireEnough(Features train) {
        if (train.size() < k) {
            throw new IllegalArgumentException(
                    "%d neighbours of %d training features (%s): use withNeighbours(%d) or fewer"
                            .formatted(k, train.size(), train.provenance(), train.size()));
        }
    }

    /** The k nearest of each test feature, each with its number out of {@code labels}. */
    private Nearest search(Features train, Features test, int[] labels) {
        Nearest nearest = new Nearest(test.size(), k);
        try (NDManager manager = Torch.newManager(Torch.bestDevice());
                Bar bar = Progress.bar("nearest neighbours", train.size())) {
            int perBlock = Math.max(1, KEY_BYTES / (train.dimension() * Float.BYTES));
            for (int from = 0; from < train.size(); from += perBlock) {
                int to = Math.min(from + perBlock, train.size());
                try (NDManager block = manager.newSubManager()) {
                    NDArray keys = normalised(train.toArray(from, to, block)).transpose();
                    compare(keys, labels, from, to, test, nearest, block);
                }
                bar.update(to, "");
            }
        }
        return nearest;
    }

    private Evaluation run(Features train, Features test) {
        Nearest nearest = search(train, test, train.labels());
        int[] predicted = new int[test.size()];
        double[] votes = new double[test.classes().size()];
        for (int q = 0; q < predicted.length; q++) {
            predicted[q] = nearest.vote(q, temperature, votes);
        }
        ConfusionMatrix confusion = new ConfusionMatrix(test.classes(), test.labels(), predicted);
        return new Evaluation(
                Double.isInfinite(temperature)
                        ? "majority of " + k + " nearest neighbours"
                        : String.format(
                                Locale.ROOT,
                                "%d nearest neighbours, temperature %s",
                                k,
                                temperature),
                train.provenance(),
                train.size(),
                test.provenance(),
                List.of(confusion.accuracy()),
                confusion);
    }

    /** Offers the keys {@code from ... to - 1} to every test feature. */
    private static void compare(
            NDArray keys,
            int[] labels,
            int from,
            int to,
            Features test,
            Nearest nearest,
            NDManager block) {
        int count = to - from;
        for (int first = 0; first < test.size(); first += QUERIES) {
            TrainingThread.checkStop("in the nearest neighbours");
            int start = first;
            int queries = Math.min(QUERIES, test.size() - first);
            try (NDManager inner = block.newSubManager()) {
                NDArray product =
                        normalised(test.toArray(start, start + queries, inner)).matMul(keys);
                OnHost.bytes(
                        product,
                        bytes -> {
                            FloatBuffer similarities = bytes.asFloatBuffer();
                            IntStream.range(0, queries)
                                    .parallel()
                                    .forEach(
                                            q -> {
                                                float[] row = new float[count];
                                                similarities.get(q * count, row);
                                                nearest.offer(start + q, row, count, labels, from);
                                            });
                        });
            }
        }
    }

    /**
     * In float64 between, where no float32 row's norm overflows or vanishes; a row of 0 stays 0.
     */
    private static NDArray normalised(NDArray x) {
        NDArray wide = x.toType(DataType.FLOAT64, false);
        return wide.divi(wide.norm(new int[] {1}, true).maximum(Double.MIN_NORMAL))
                .toType(DataType.FLOAT32, false);
    }
}
