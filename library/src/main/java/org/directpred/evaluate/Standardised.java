package org.directpred.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.directpred.tensor.OnHost;
import org.jspecify.annotations.Nullable;

/**
 * Features in the engine, standardised, with their labels as one-hot rows: kept there as a whole
 * where they are small enough, else uploaded block by block.
 */
final class Standardised implements AutoCloseable {
    /** Larger features are uploaded block by block, anew in each pass. */
    static final long RESIDENT_BYTES = 1L << 30;

    private static final long BLOCK_BYTES = 1 << 26;

    private final Features features;
    private final long blockBytes;
    private final NDManager manager;
    private final NDArray mean;
    private final NDArray inverse;
    private final @Nullable NDArray rows;
    private final @Nullable NDArray labels;

    /**
     * Uploads.
     *
     * @param parent the manager below which all of this lives
     * @param residentBytes features of at most so many bytes are kept in the engine as a whole
     */
    Standardised(Features features, Standardisation by, NDManager parent, long residentBytes) {
        by.requireDimension(features);
        this.features = features;
        this.blockBytes = Math.min(BLOCK_BYTES, residentBytes);
        this.manager = parent.newSubManager();
        this.mean = manager.create(by.mean());
        this.inverse = manager.create(by.inverse());
        int n = features.size();
        int d = features.dimension();
        if ((long) n * d * Float.BYTES > residentBytes) {
            this.rows = null;
            this.labels = null;
            return;
        }
        this.rows = manager.create(new Shape(n, d), DataType.FLOAT32);
        int perBlock = rowsOf(1);
        for (int from = 0; from < n; from += perBlock) {
            int to = Math.min(from + perBlock, n);
            try (NDManager block = manager.newSubManager()) {
                rows.set(new NDIndex(from + ":" + to), upload(from, to, block));
            }
        }
        this.labels = oneHot(features.labels(), manager);
    }

    /** Whether the whole lies in the engine. */
    boolean resident() {
        return rows != null;
    }

    /** How many rows make a block, a multiple of {@code multiple}. */
    int rowsOf(int multiple) {
        long count = blockBytes / ((long) features.dimension() * Float.BYTES) / multiple * multiple;
        return (int) Math.max(multiple, count);
    }

    NDManager newManager() {
        return manager.newSubManager();
    }

    /**
     * Rows, labels and row numbers for one function call over {@code order[from] ... order[to -
     * 1]}.
     *
     * @param block owns what is made for this call alone
     */
    NDList shuffled(int[] order, int from, int to, NDManager block) {
        if (resident()) {
            return new NDList(rows, labels, numbers(Arrays.copyOfRange(order, from, to), block));
        }
        int[] part = Arrays.copyOfRange(order, from, to);
        Features some = features.subset(part);
        NDArray x = standardise(some.toArray(0, part.length, block));
        int[] inOrder = IntStream.range(0, part.length).toArray();
        return new NDList(x, oneHot(some.labels(), block), numbers(inOrder, block));
    }

    /** Neighbouring rows. */
    NDArray rows(int from, int to, NDManager block) {
        if (rows != null) {
            NDArray part = rows.get(from + ":" + to);
            part.attach(block);
            return part;
        }
        return upload(from, to, block);
    }

    /** One-hot labels of neighbouring rows. */
    NDArray labels(int from, int to, NDManager block) {
        if (labels != null) {
            NDArray part = labels.get(from + ":" + to);
            part.attach(block);
            return part;
        }
        return oneHot(Arrays.copyOfRange(features.labels(), from, to), block);
    }

    /** The most probable class of each row under weight {@code [classes, d]} and bias. */
    int[] predict(NDArray weight, NDArray bias) {
        int n = features.size();
        int[] predicted = new int[n];
        int perBlock = rowsOf(1);
        for (int from = 0; from < n; from += perBlock) {
            int to = Math.min(from + perBlock, n);
            try (NDManager block = manager.newSubManager()) {
                NDArray transposed = weight.transpose();
                transposed.attach(block);
                NDArray outputs = rows(from, to, block).matMul(transposed).add(bias);
                long[] best = bestClasses(outputs, features.provenance());
                for (int i = 0; i < best.length; i++) {
                    predicted[from + i] = (int) best[i];
                }
            }
        }
        return predicted;
    }

    /**
     * The class of the largest output of each row.
     *
     * @param outputs {@code [rows, classes]}
     * @throws IllegalStateException if an output is NaN or infinite, which would be a class like
     *     any other
     */
    static long[] bestClasses(NDArray outputs, String provenance) {
        if (!Double.isFinite(OnHost.number(outputs.abs().max()))) {
            throw new IllegalStateException(
                    "the classifier's outputs for %s are not finite: its training diverged or its features overflow; lower the learning rate or standardise the features"
                            .formatted(provenance));
        }
        return OnHost.longs(outputs.argMax(1));
    }

    private NDArray upload(int from, int to, NDManager block) {
        return standardise(features.toArray(from, to, block));
    }

    private NDArray standardise(NDArray x) {
        return x.subi(mean).muli(inverse);
    }

    private NDArray oneHot(int[] values, NDManager owner) {
        int classes = features.classes().size();
        float[] hot = new float[values.length * classes];
        for (int i = 0; i < values.length; i++) {
            hot[i * classes + values[i]] = 1;
        }
        return owner.create(hot, new Shape(values.length, classes));
    }

    private static NDArray numbers(int[] values, NDManager owner) {
        return owner.create(values, new Shape(values.length));
    }

    @Override
    public void close() {
        manager.close();
    }
}
