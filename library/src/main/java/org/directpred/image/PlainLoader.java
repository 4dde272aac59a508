package org.directpred.image;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Batches of images without randomness, in the source's order, each image once: for features and
 * for evaluation. Corrupt images are named, counted and left out; see {@link ViewLoader} for the
 * rest.
 */
public final class PlainLoader extends ImageLoader implements Iterable<PlainBatch> {
    /** Batches made ahead. */
    private static final int PREFETCH = 3;

    private final Augmentation augmentation;

    private PlainLoader(
            ImageSource source,
            Augmentation augmentation,
            int batchSize,
            int threads,
            ElementType type,
            int corruptLimit) {
        super(source, batchSize, threads, PREFETCH, type, corruptLimit);
        this.augmentation = Objects.requireNonNull(augmentation, "augmentation");
    }

    /**
     * A loader of the plain images of a recipe.
     *
     * @param source where the images come from; not closed by the loader
     * @param views whose {@link Views#plain} is applied
     * @param batchSize images in a batch, at least 1; the last batch may be smaller
     */
    public static PlainLoader of(ImageSource source, Views views, int batchSize) {
        return new PlainLoader(
                source,
                views.plain(),
                batchSize,
                Prefetcher.defaultThreads(),
                ElementType.FLOAT32,
                Prefetcher.defaultCorruptLimit(source));
    }

    /** A copy with another number of worker threads; results do not depend on it. */
    public PlainLoader withThreads(int other) {
        return new PlainLoader(source, augmentation, batchSize, other, type, corruptLimit);
    }

    /** A copy with values of another type. */
    public PlainLoader withType(ElementType other) {
        return new PlainLoader(source, augmentation, batchSize, threads, other, corruptLimit);
    }

    /** A copy that tolerates another number of corrupt images. */
    public PlainLoader withCorruptLimit(int other) {
        return new PlainLoader(source, augmentation, batchSize, threads, type, other);
    }

    /** Number of batches in a pass. */
    public long batches() {
        return (source.size() + batchSize - 1L) / batchSize;
    }

    /**
     * A pass over all images. Beginning one ends the one before. Each batch is the caller's to
     * close.
     */
    @Override
    public synchronized Iterator<PlainBatch> iterator() {
        Prefetcher engine = prefetcher(List.of(augmentation));
        int[] order = IntStream.range(0, source.size()).toArray();
        Prefetcher.Run run = engine.begin(order, 0, source.size(), batchSize, 0, 0, false);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return run.hasNext();
            }

            @Override
            public PlainBatch next() {
                if (!run.hasNext()) {
                    throw new NoSuchElementException("no batch after the last");
                }
                return batch(run.next(), engine);
            }
        };
    }

    private PlainBatch batch(Prefetcher.Filled filled, Prefetcher engine) {
        int bytes = source.channels() * engine.height() * engine.width() * type.bytes();
        int[] indices = new int[filled.indices.length];
        int[] labels = new int[filled.indices.length];
        int size = 0;
        ByteBuffer images = filled.buffers[0];
        for (int item = 0; item < filled.indices.length; item++) {
            int index = filled.indices[item];
            if (index < 0) {
                continue;
            }
            if (size < item) {
                // An image was left out before this one: close the gap.
                images.put(size * bytes, images, item * bytes, bytes);
            }
            indices[size] = index;
            labels[size] = source.label(index);
            size++;
        }
        return new PlainBatch(
                engine, filled.buffers, Arrays.copyOf(indices, size), Arrays.copyOf(labels, size));
    }
}
