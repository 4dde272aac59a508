package org.directpred.image;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.stream.IntStream;
import org.directpred.require.Require;

/**
 * Batches of two random views (or one), made ahead on other threads and handed over in order.
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
 * thrown by {@code next()} and names the image. Threads start with the first epoch and end with
 * {@link #close}. One consumer at a time.
 */
public final class ViewLoader extends ImageLoader {
    private static final long SHUFFLE_KEY = 0x53687566666C6521L;

    private final Views views;
    private final long seed;
    private final boolean shuffle;
    private final boolean dropLast;
    private final boolean secondViews;

    private ViewLoader(
            ImageSource source,
            Views views,
            int batchSize,
            long seed,
            boolean shuffle,
            boolean dropLast,
            boolean secondViews,
            int threads,
            int prefetch,
            ElementType type,
            int corruptLimit) {
        super(source, batchSize, threads, prefetch, type, corruptLimit);
        this.views = Objects.requireNonNull(views, "views");
        this.seed = seed;
        this.shuffle = shuffle;
        this.dropLast = dropLast;
        this.secondViews = secondViews;
        if (dropLast && batchSize > source.size()) {
            throw new IllegalArgumentException(
                    "no batch of %d can be made of the %d images of %s, and a smaller one is left out: choose a smaller batch size, or keep the last batch"
                            .formatted(batchSize, source.size(), source.name()));
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
        return of(source, views, batchSize, seed, true);
    }

    /**
     * A loader that keeps a smaller last batch or leaves it out; kept, it may be the only one.
     *
     * @param dropLast whether it is left out
     * @throws IllegalArgumentException if it is, and the images are too few for any other
     */
    public static ViewLoader of(
            ImageSource source, Views views, int batchSize, long seed, boolean dropLast) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                true,
                dropLast,
                true,
                Prefetcher.defaultThreads(),
                3,
                ElementType.FLOAT32,
                Prefetcher.defaultCorruptLimit(source));
    }

    /** A copy in the source's order or shuffled by (seed, epoch). */
    public ViewLoader withShuffle(boolean other) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                other,
                dropLast,
                secondViews,
                threads,
                prefetch,
                type,
                corruptLimit);
    }

    /** A copy with or without a last batch that is smaller than the others. */
    public ViewLoader withDropLast(boolean other) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                shuffle,
                other,
                secondViews,
                threads,
                prefetch,
                type,
                corruptLimit);
    }

    /**
     * A copy with second views or without: one random view is enough for a classifier on a frozen
     * network. The first views are the same either way.
     */
    public ViewLoader withSecondViews(boolean other) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                shuffle,
                dropLast,
                other,
                threads,
                prefetch,
                type,
                corruptLimit);
    }

    /** A copy with another number of worker threads; results do not depend on it. */
    public ViewLoader withThreads(int other) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                shuffle,
                dropLast,
                secondViews,
                other,
                prefetch,
                type,
                corruptLimit);
    }

    /** A copy with another number of batches made ahead, which bounds the memory. */
    public ViewLoader withPrefetch(int other) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                shuffle,
                dropLast,
                secondViews,
                threads,
                other,
                type,
                corruptLimit);
    }

    /** A copy with values of another type. */
    public ViewLoader withType(ElementType other) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                shuffle,
                dropLast,
                secondViews,
                threads,
                prefetch,
                other,
                corruptLimit);
    }

    /** A copy that tolerates another number of corrupt images. */
    public ViewLoader withCorruptLimit(int other) {
        return new ViewLoader(
                source,
                views,
                batchSize,
                seed,
                shuffle,
                dropLast,
                secondViews,
                threads,
                prefetch,
                type,
                other);
    }

    /** The views that are made of the images. */
    public Views views() {
        return views;
    }

    /** Number of batches in an epoch. */
    public long batchesPerEpoch() {
        return dropLast ? source.size() / batchSize : (source.size() + batchSize - 1L) / batchSize;
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
        Require.atLeast("the epoch", epoch, 0);
        if (fromBatch < 0 || fromBatch > batchesPerEpoch()) {
            throw new IllegalArgumentException(
                    "an epoch has " + batchesPerEpoch() + " batches; asked for batch " + fromBatch);
        }
        Prefetcher engine =
                prefetcher(
                        secondViews
                                ? List.of(views.first(), views.second())
                                : List.of(views.first()));
        int[] order =
                shuffle
                        ? SplitMix64.of(SHUFFLE_KEY, seed, epoch).permutation(source.size())
                        : IntStream.range(0, source.size()).toArray();
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
                return new ViewBatch(engine, run.next());
            }
        };
    }
}
