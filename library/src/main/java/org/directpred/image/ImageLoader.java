package org.directpred.image;

import java.util.List;
import java.util.Objects;
import org.directpred.require.Require;
import org.jspecify.annotations.Nullable;

/**
 * The common part of both loaders: a source, a batch size, and worker threads that start with the
 * first pass and end with {@link #close}.
 */
public abstract sealed class ImageLoader implements AutoCloseable permits ViewLoader, PlainLoader {
    final ImageSource source;
    final int batchSize;
    final int threads;
    final int prefetch;
    final ElementType type;
    final int corruptLimit;
    private @Nullable Prefetcher prefetcher;

    ImageLoader(
            ImageSource source,
            int batchSize,
            int threads,
            int prefetch,
            ElementType type,
            int corruptLimit) {
        this.source = CheckedSource.of(source);
        this.batchSize = batchSize;
        this.threads = threads;
        this.prefetch = prefetch;
        this.type = Objects.requireNonNull(type, "type");
        this.corruptLimit = corruptLimit;
        Require.atLeast("the batch size", batchSize, 1);
        Require.atLeast("the number of threads", threads, 1);
        Require.atLeast("the number of batches made ahead", prefetch, 1);
        Require.atLeast("the limit of corrupt images", corruptLimit, 0);
    }

    /** The threads, started where they are not running yet. */
    final synchronized Prefetcher prefetcher(List<Augmentation> views) {
        if (prefetcher == null) {
            prefetcher = new Prefetcher(source, views, type, threads, prefetch, corruptLimit);
        }
        return prefetcher;
    }

    /** The source of the images. */
    public final ImageSource source() {
        return source;
    }

    /** Images in a batch. */
    public final int batchSize() {
        return batchSize;
    }

    /** Distinct images found corrupt since the first pass began. */
    public final synchronized int skipped() {
        return prefetcher == null ? 0 : prefetcher.corruptCount();
    }

    /** The places of the images found corrupt since the first pass began. */
    public final synchronized List<String> skippedPlaces() {
        return prefetcher == null ? List.of() : prefetcher.corruptPlaces();
    }

    /** Ends the threads; the source stays open. Closing twice does nothing. */
    @Override
    public final synchronized void close() {
        if (prefetcher != null) {
            prefetcher.close();
        }
    }
}
