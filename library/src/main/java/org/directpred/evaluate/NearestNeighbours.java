package org.directpred.evaluate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TorchScript;
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

    private static final String SCRIPT =
            """
              def merge(self, q: Tensor, keys: Tensor, labels: Tensor, best: Tensor, voters: Tensor) -> Tuple[Tensor, Tensor]:
                k = torch.size(best, 1)
                s, i = torch.topk(torch.mm(q, keys), ops.prim.min(k, torch.size(keys, 1)))
                s1, j = torch.topk(torch.cat([best, s], 1), k)
                v = torch.gather(torch.cat([voters, torch.take(labels, i)], 1), 1, j)
                return (s1, v)
            """;

    /** Checks the numbers. */
    public NearestNeighbours {
        if (k < 1 || !(temperature > 0)) {
            throw new IllegalArgumentException(
                    "k must be at least 1 and the temperature above 0, not "
                            + k
                            + " and "
                            + temperature);
        }
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
     *     classes differ, a row has no label, or a class has no training example
     * @throws TrainingThread.Stopped if the caller is interrupted
     */
    public Evaluation on(Features train, Features test) {
        train.requireTrainable();
        train.requireTestable(test);
        if (train.size() < k) {
            throw new IllegalArgumentException(
                    "%d neighbours of %d training features (%s): use withNeighbours(%d) or fewer"
                            .formatted(k, train.size(), train.provenance(), train.size()));
        }
        return TrainingThread.call(() -> run(train, test));
    }

    private Evaluation run(Features train, Features test) {
        Device device = Torch.bestDevice();
        int[] predicted = new int[test.size()];
        try (TorchScript script = TorchScript.compile(SCRIPT, device);
                NDManager manager = Torch.newManager(device);
                Bar bar = Progress.bar("nearest neighbours", train.size())) {
            List<NDArray> best = new ArrayList<>();
            List<NDArray> voters = new ArrayList<>();
            int perBlock = Math.max(k, KEY_BYTES / (train.dimension() * Float.BYTES));
            for (int from = 0; from < train.size(); from += perBlock) {
                int to = Math.min(from + perBlock, train.size());
                keys(script, train, test, from, to, best, voters, manager);
                bar.update(to, "");
            }
            for (int c = 0; c < best.size(); c++) {
                vote(best.get(c), voters.get(c), test.classes().size(), predicted, c * QUERIES);
            }
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

    /** Merges one block of training features into the nearest ones so far of every test feature. */
    private void keys(
            TorchScript script,
            Features train,
            Features test,
            int from,
            int to,
            List<NDArray> best,
            List<NDArray> voters,
            NDManager manager) {
        try (NDManager block = manager.newSubManager()) {
            NDArray keys = normalised(train.toArray(from, to, block)).transpose();
            long[] blockLabels = new long[to - from];
            for (int i = from; i < to; i++) {
                blockLabels[i - from] = train.label(i);
            }
            NDArray labels = block.create(blockLabels);
            for (int c = 0; c * QUERIES < test.size(); c++) {
                TrainingThread.checkStop("in the nearest neighbours");
                int first = c * QUERIES;
                int last = Math.min(first + QUERIES, test.size());
                try (NDManager inner = block.newSubManager()) {
                    NDArray queries = normalised(test.toArray(first, last, inner));
                    if (from == 0) {
                        best.add(
                                manager.full(
                                        new Shape(last - first, k),
                                        Float.NEGATIVE_INFINITY,
                                        DataType.FLOAT32));
                        voters.add(manager.zeros(new Shape(last - first, k), DataType.INT64));
                    }
                    NDList merged =
                            script.call("merge", queries, keys, labels, best.get(c), voters.get(c));
                    best.get(c).close();
                    voters.get(c).close();
                    merged.attach(manager);
                    best.set(c, merged.get(0));
                    voters.set(c, merged.get(1));
                }
            }
        }
    }

    private void vote(NDArray best, NDArray voters, int classes, int[] predicted, int first) {
        float[] similarity = best.toFloatArray();
        long[] labels = voters.toLongArray();
        double[] votes = new double[classes];
        for (int q = 0; q * k < similarity.length; q++) {
            Arrays.fill(votes, 0);
            for (int j = q * k; j < (q + 1) * k; j++) {
                // Relative to the nearest one, so that no temperature overflows.
                votes[(int) labels[j]] +=
                        Math.exp((similarity[j] - similarity[q * k]) / temperature);
            }
            int winner = 0;
            for (int c = 1; c < classes; c++) {
                if (votes[c] > votes[winner]) {
                    winner = c;
                }
            }
            predicted[first + q] = winner;
        }
    }

    private static NDArray normalised(NDArray x) {
        return x.divi(x.norm(new int[] {1}, true).maximum(1e-12f));
    }
}
