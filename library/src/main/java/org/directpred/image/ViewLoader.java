package org.directpred.image;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Batches of two random views, made ahead on other threads and handed over in order.
 *
 * <p>What a batch holds depends on the source, the views, the batch size, the seed, the epoch and
 * the batch's number; it depends neither on the number of threads nor on where the pass began, so a
 * run that is resumed at (epoch, batch) sees what it would have seen. What a view looks like does
 * not depend on the batch size either.
 *
 * <pre>{@code
 * try (var loader = ViewLoader.of(FashionMnist.train(), Views.fashionMnist(), 128, seed)) {
 *     for (int epoch = 0; epoch < epochs; epoch++) {
 *         for (var batches = loader.epoch(epoch, 0); batches.hasNext(); ) {
 *             try (ViewBatch batch = batches.next()) { ... }
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>A corrupt image is named once, counted, and replaced by another one, which one again depending
 * on the key alone; more than the limit of them stop the run. Any other failure of a worker is
 * thrown by {@code next()} and names the file. Threads start with the first epoch and end with
 * {@link #close}. One consumer at a time.
 */
public final class ViewLoader implements AutoCloseable {
    private static final long SHUFFLE_KEY = 0x53687566666C6521L;

    private final ImageSource source;
    private final Views views;
    private final int batchSize;
    private final long seed;
    private final boolean shuffle;
    private final boolean dropLast;
    private final int threads;
    private final int prefetch;
    private final ElementType type;
    private final int corruptLimit;
    private Prefetcher prefetcher;

    private ViewLoader(
            ImageSource source,
            Views views,
            int batchSize,
            long seed,
            boolean shuffle,
            boolean dropLast,
            int threads,
            int prefetch,
            ElementType type,
            int corruptLimit) {
        this.source = Objects.requireNonNull(source, "source");
        this.views = Objects.requireNonNull(views, "views");
        this.batchSize = batchSize;
        this.seed = seed;
        this.shuffle = shuffle;
        this.dropLast = dropLast;
        this.threads = threads;
        this.prefetch = prefetch;
        this.type = Objects.requireNonNull(type, "type");
        this.corruptLimit = corruptLimit;
        Checks.atLeast("the batch size", batchSize, 1);
        Checks.atLeast("the number of threads", threads, 1);
        Checks.atLeast("the number of batches made ahead", prefetch, 1);
        Checks.atLeast("the limit of corrupt images", corruptLimit, 0);
        if (dropLast && batchSize > source.size()) {
            throw new IllegalArgumentException(
                    "no batch of "
                            + batchSize
                            + " can be made of the "
                            + source.size()
                            + " images of "
                            + source.name());
        }
    }

    /**
     * A loader that shuffles, leaves out a last batch that is too small, makes 3 batches ahead and
     * gives float32.
     *
     * @param source where the images come from; not closed by the loader
     * @param views what is made of them
     * @param batchSize images in a batch, at least 1
     * @param seed the run's seed
     */
    public static ViewLoader of(ImageSource source, Views views, int batchSize, long seed) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                true,
                true,
                Prefetcher.defaultThreads(),
                3,
                ElementType.FLOAT32,
                Prefetcher.defaultCorruptLimit(source));
    }

    /** The same, in the source's order or shuffled by (seed, epoch). */
    public ViewLoader withShuffle(boolean other) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                other,
                dropLast,
                threads,
                prefetch,
                type,
                corruptLimit);
    }

    /** The same, with or without a last batch that is smaller than the others. */
    public ViewLoader withDropLast(boolean other) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                shuffle,
                other,
                threads,
                prefetch,
                type,
                corruptLimit);
    }

    /** The same on another number of worker threads; results do not depend on it. */
    public ViewLoader withThreads(int other) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                shuffle,
                dropLast,
                other,
                prefetch,
                type,
                corruptLimit);
    }

    /** The same with another number of batches made ahead, which bounds the memory. */
    public ViewLoader withPrefetch(int other) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                shuffle,
                dropLast,
                threads,
                other,
                type,
                corruptLimit);
    }

    /** The same with values of another type. */
    public ViewLoader withType(ElementType other) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                shuffle,
                dropLast,
                threads,
                prefetch,
                other,
                corruptLimit);
    }

    /** The same with another number of corrupt images that are put up with. */
    public ViewLoader withCorruptLimit(int other) {
        return new ViewLoader(
                source, views, batchSize, seed, shuffle, dropLast, threads, prefetch, type, other);
    }

    /** Where the images come from. */
    public ImageSource source() {
        return source;
    }

    /** What is made of them. */
    public Views views() {
        return views;
    }

    /** Images in a batch. */
    public int batchSize() {
        return batchSize;
    }

    /** Number of batches in an epoch. */
    public long batchesPerEpoch() {
        return dropLast ? source.size() / batchSize : (source.size() + batchSize - 1L) / batchSize;
    }

    /** Distinct images found corrupt since the first epoch began. */
    public synchronized int skipped() {
        return prefetcher == null ? 0 : prefetcher.corruptCount();
    }

    /** The places of the images found corrupt since the first epoch began. */
    public synchronized List<String> skippedPlaces() {
        return prefetcher == null ? List.of() : prefetcher.corruptPlaces();
    }

    /**
     * A pass over the images. Beginning one ends the one before, however far it got.
     *
     * @param epoch the epoch, from 0
     * @param fromBatch the first batch of the epoch that is wanted, 0 to {@code batchesPerEpoch()}
     * @return the batches, each to be closed by the caller
     * @throws IllegalArgumentException if there is no such batch
     */
    public synchronized Iterator<ViewBatch> epoch(int epoch, int fromBatch) {
        Checks.atLeast("the epoch", epoch, 0);
        if (fromBatch < 0 || fromBatch > batchesPerEpoch()) {
            throw new IllegalArgumentException(
                    "an epoch has " + batchesPerEpoch() + " batches; asked for batch " + fromBatch);
        }
        if (prefetcher == null) {
            prefetcher =
                    new Prefetcher(
                            source,
                            List.of(views.first(), views.second()),
                            type,
                            threads,
                            prefetch,
                            corruptLimit);
        }
        int[] order =
                shuffle
                        ? SplitMix64.of(SHUFFLE_KEY, seed, epoch).permutation(source.size())
                        : IntStream.range(0, source.size()).toArray();
        Prefetcher engine = prefetcher;
        Prefetcher.Run run =
                engine.begin(
                        order,
                        fromBatch * batchSize,
                        (int) Math.min(source.size(), batchesPerEpoch() * batchSize),
                        batchSize,
                        seed,
                        epoch,
                        true);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return run.hasNext();
            }

            @Override
            public ViewBatch next() {
                if (!run.hasNext()) {
                    throw new NoSuchElementException(
                            "epoch " + epoch + " has no batch after the last");
                }
                return new ViewBatch(
                        run.next(),
                        source.channels(),
                        engine.height(),
                        engine.width(),
                        type,
                        engine::release);
            }
        };
    }

    /** Ends the threads; the source stays open. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        if (prefetcher != null) {
            prefetcher.close();
        }
    }
}
