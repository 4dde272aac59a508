package org.directpred.image;

import java.nio.ByteBuffer;
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
public final class PlainLoader implements Iterable<PlainBatch>, AutoCloseable {
    private final ImageSource source;
    private final Augmentation augmentation;
    private final int batchSize;
    private final int threads;
    private final ElementType type;
    private final int corruptLimit;
    private Prefetcher prefetcher;

    private PlainLoader(
            ImageSource source,
            Augmentation augmentation,
            int batchSize,
            int threads,
            ElementType type,
            int corruptLimit) {
        this.source = Objects.requireNonNull(source, "source");
        this.augmentation = Objects.requireNonNull(augmentation, "augmentation");
        this.batchSize = batchSize;
        this.threads = threads;
        this.type = Objects.requireNonNull(type, "type");
        this.corruptLimit = corruptLimit;
        Checks.atLeast("the batch size", batchSize, 1);
        Checks.atLeast("the number of threads", threads, 1);
        Checks.atLeast("the limit of corrupt images", corruptLimit, 0);
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

    /** The same on another number of worker threads; results do not depend on it. */
    public PlainLoader withThreads(int other) {
        return new PlainLoader(source, augmentation, batchSize, other, type, corruptLimit);
    }

    /** The same with values of another type. */
    public PlainLoader withType(ElementType other) {
        return new PlainLoader(source, augmentation, batchSize, threads, other, corruptLimit);
    }

    /** The same with another number of corrupt images that are put up with. */
    public PlainLoader withCorruptLimit(int other) {
        return new PlainLoader(source, augmentation, batchSize, threads, type, other);
    }

    /** Where the images come from. */
    public ImageSource source() {
        return source;
    }

    /** Images in a batch. */
    public int batchSize() {
        return batchSize;
    }

    /** Number of batches in a pass. */
    public long batches() {
        return (source.size() + batchSize - 1L) / batchSize;
    }

    /** Distinct images found corrupt since the first pass began. */
    public synchronized int skipped() {
        return prefetcher == null ? 0 : prefetcher.corruptCount();
    }

    /** The places of the images found corrupt since the first pass began. */
    public synchronized List<String> skippedPlaces() {
        return prefetcher == null ? List.of() : prefetcher.corruptPlaces();
    }

    /**
     * A pass over all images. Beginning one ends the one before. Each batch is the caller's to
     * close.
     */
    @Override
    public synchronized Iterator<PlainBatch> iterator() {
        if (prefetcher == null) {
            prefetcher =
                    new Prefetcher(source, List.of(augmentation), type, threads, 3, corruptLimit);
        }
        Prefetcher engine = prefetcher;
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
                filled.buffers,
                java.util.Arrays.copyOf(indices, size),
                java.util.Arrays.copyOf(labels, size),
                source.channels(),
                engine.height(),
                engine.width(),
                type,
                engine::release);
    }

    /** Ends the threads; the source stays open. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        if (prefetcher != null) {
            prefetcher.close();
        }
    }
}
