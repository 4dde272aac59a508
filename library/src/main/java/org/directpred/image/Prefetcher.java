package org.directpred.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.directpred.progress.Progress;
import org.jspecify.annotations.Nullable;

/**
 * The engine of both loaders: worker threads fill batches ahead of the consumer, who gets them in
 * order. A batch is cut into slices, so that all workers help with the next one.
 *
 * <p>The number of batches in the making is bounded because only the consumer starts new ones; a
 * worker never waits.
 */
final class Prefetcher implements AutoCloseable {
    /** Images in a slice: small enough to share a batch, large enough to hide the hand-over. */
    private static final int SLICE = 8;

    /** Workers end when they have had nothing to do for so long; the next batch starts new ones. */
    static final int IDLE_SECONDS = 10;

    /** Distinct images that are tried in place of a corrupt one before the run is stopped. */
    private static final int SUBSTITUTES = 100;

    private static final long SUBSTITUTE_KEY = 0x5375627374697475L;
    private static final AtomicInteger POOLS = new AtomicInteger();

    private final ImageSource source;
    private final List<Augmentation> views;
    private final ElementType type;
    private final int depth;
    private final int corruptLimit;
    private final int height;
    private final int width;
    private final ThreadPoolExecutor workers;
    private final ThreadLocal<Canvas> canvas = ThreadLocal.withInitial(Canvas::new);
    private final ConcurrentLinkedQueue<ByteBuffer[]> pool = new ConcurrentLinkedQueue<>();
    private final Map<Integer, String> corrupt = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Thread> threadsMade = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;
    private volatile @Nullable Run current;

    Prefetcher(
            ImageSource source,
            List<Augmentation> views,
            ElementType type,
            int threads,
            int depth,
            int corruptLimit) {
        this.source = source;
        this.views = views;
        this.type = type;
        this.depth = depth;
        this.corruptLimit = corruptLimit;
        Operation.Size size = views.get(0).size(source);
        this.height = size.height();
        this.width = size.width();
        for (Augmentation view : views) {
            if (!view.size(source).equals(size)) {
                throw new IllegalArgumentException(
                        "the views differ in size: " + size + " and " + view.size(source));
            }
            view.normalisation().withChannels(source.channels());
        }
        String name = "image-loader-" + POOLS.incrementAndGet() + "-";
        AtomicInteger number = new AtomicInteger();
        this.workers =
                new ThreadPoolExecutor(
                        threads,
                        threads,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        task -> {
                            Thread thread = new Thread(task, name + number.incrementAndGet());
                            // A forgotten loader must not keep the JVM alive.
                            thread.setDaemon(true);
                            threadsMade.removeIf(t -> t.getState() == Thread.State.TERMINATED);
                            threadsMade.add(thread);
                            return thread;
                        });
        // Nor may it keep its threads, and through them all that they hold.
        workers.allowCoreThreadTimeOut(true);
    }

    int channels() {
        return source.channels();
    }

    ElementType type() {
        return type;
    }

    int height() {
        return height;
    }

    int width() {
        return width;
    }

    /** Distinct images found corrupt so far. */
    int corruptCount() {
        return corrupt.size();
    }

    /** The places of the images found corrupt so far. */
    List<String> corruptPlaces() {
        return List.copyOf(corrupt.values());
    }

    /**
     * Begins a pass; ends the one before.
     *
     * @param order the images' indices in the order of the pass
     * @param from position of the first image
     * @param to position after the last image
     * @param batchSize images in a batch; the last one may be smaller
     * @param seed the run's seed
     * @param epoch the epoch
     * @param substitute whether another image takes the place of a corrupt one
     */
    Run begin(
            int[] order,
            int from,
            int to,
            int batchSize,
            long seed,
            int epoch,
            boolean substitute) {
        if (closed) {
            throw new IllegalStateException("the loader over " + source.name() + " is closed");
        }
        Run before = current;
        if (before != null) {
            before.cancelled = true;
            workers.getQueue().clear();
        }
        Run run = new Run(order, from, to, batchSize, seed, epoch, substitute);
        current = run;
        run.fill();
        return run;
    }

    /** Stops the workers; waits for those that are in the middle of an image. */
    @Override
    public void close() {
        closed = true;
        // No interrupts: they would close files under the source's feet.
        workers.getQueue().clear();
        workers.shutdown();
        try {
            for (Thread thread : threadsMade) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pool.clear();
    }

    private ByteBuffer[] buffers(int batchSize) {
        long bytes = (long) batchSize * source.channels() * height * width * type.bytes();
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "a batch of %d x %d x %d x %d values of %d bytes exceeds 2 GiB; take a smaller"
                                    .formatted(
                                            batchSize,
                                            source.channels(),
                                            height,
                                            width,
                                            type.bytes())
                            + " batch");
        }
        ByteBuffer[] pooled = pool.poll();
        if (pooled != null && pooled[0].capacity() >= bytes) {
            return pooled;
        }
        ByteBuffer[] buffers = new ByteBuffer[views.size()];
        for (int i = 0; i < buffers.length; i++) {
            buffers[i] = ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder());
        }
        return buffers;
    }

    /** Takes buffers back. */
    void release(ByteBuffer[] buffers) {
        if (!closed && pool.size() <= depth) {
            pool.add(buffers);
        }
    }

    /** One batch, finished. */
    static final class Filled {
        final ByteBuffer[] buffers;
        final int[] indices;

        Filled(ByteBuffer[] buffers, int[] indices) {
            this.buffers = buffers;
            this.indices = indices;
        }
    }

    /** One batch in the making. */
    private static final class Pending {
        final int from;
        final int[] indices;
        final ByteBuffer[] buffers;
        final CountDownLatch slices;
        final AtomicReference<Throwable> failure = new AtomicReference<>();

        Pending(int from, int size, ByteBuffer[] buffers, int slices) {
            this.from = from;
            this.indices = new int[size];
            this.buffers = buffers;
            this.slices = new CountDownLatch(slices);
        }
    }

    /** One pass over the images. */
    final class Run {
        private final int[] order;
        private final int to;
        private final int batchSize;
        private final long seed;
        private final int epoch;
        private final boolean substitute;
        private final ArrayDeque<Pending> pending = new ArrayDeque<>();
        private int next;
        private volatile boolean cancelled;

        Run(
                int[] order,
                int from,
                int to,
                int batchSize,
                long seed,
                int epoch,
                boolean substitute) {
            this.order = order;
            this.next = from;
            this.to = to;
            this.batchSize = batchSize;
            this.seed = seed;
            this.epoch = epoch;
            this.substitute = substitute;
        }

        boolean hasNext() {
            return !pending.isEmpty() || next < to;
        }

        /** Waits for the next batch. */
        Filled next() {
            check();
            Pending batch = pending.remove();
            try {
                while (!batch.slices.await(100, TimeUnit.MILLISECONDS)) {
                    check();
                }
            } catch (InterruptedException e) {
                pending.addFirst(batch);
                Thread.currentThread().interrupt();
                CancellationException stopped =
                        new CancellationException("interrupted while waiting for a batch");
                stopped.initCause(e);
                throw stopped;
            }
            Throwable failure = batch.failure.get();
            if (failure != null) {
                cancelled = true;
                workers.getQueue().clear();
                // The stack of the consumer says who asked, that of the worker what happened.
                failure.addSuppressed(
                        new IllegalStateException("a worker failed; the batch was asked for here"));
                if (failure instanceof RuntimeException unchecked) {
                    throw unchecked;
                }
                throw (Error) failure;
            }
            fill();
            return new Filled(batch.buffers, batch.indices);
        }

        private void check() {
            if (closed) {
                throw new IllegalStateException("the loader over " + source.name() + " is closed");
            }
            if (cancelled) {
                throw new IllegalStateException(
                        "this pass over "
                                + source.name()
                                + " has ended: a newer one began, or a worker failed");
            }
        }

        private void fill() {
            while (pending.size() < depth && next < to) {
                int size = Math.min(batchSize, to - next);
                int slices = (size + SLICE - 1) / SLICE;
                Pending batch = new Pending(next, size, buffers(batchSize), slices);
                next += size;
                pending.add(batch);
                for (int slice = 0; slice < slices; slice++) {
                    int begin = slice * SLICE;
                    workers.execute(() -> work(batch, begin, Math.min(begin + SLICE, size)));
                }
            }
        }

        private void work(Pending batch, int begin, int end) {
            try {
                for (int i = begin; i < end; i++) {
                    if (closed || cancelled || batch.failure.get() != null) {
                        return;
                    }
                    batch.indices[i] = make(order[batch.from + i], batch.buffers, i);
                }
            } catch (RuntimeException | Error e) {
                batch.failure.compareAndSet(null, e);
            } finally {
                batch.slices.countDown();
            }
        }

        /** Makes the views of one image; returns the index of the image taken, -1 for none. */
        private int make(int wanted, ByteBuffer[] buffers, int item) {
            int index = wanted;
            for (int attempt = 1; ; attempt++) {
                if (makeUnlessCorrupt(index, buffers, item)) {
                    return index;
                }
                if (!substitute) {
                    return -1;
                }
                if (attempt > SUBSTITUTES) {
                    throw new ImageDataException(
                            source.place(wanted),
                            -1,
                            "a readable image among it and " + SUBSTITUTES + " others",
                            "corrupt ones only");
                }
                // Which one depends on the key alone, so a resumed run takes the same.
                index =
                        SplitMix64.of(SUBSTITUTE_KEY, seed, epoch, wanted, attempt)
                                .nextInt(source.size());
            }
        }

        /** Whatever goes wrong names the image; data's own exceptions do already. */
        private boolean makeUnlessCorrupt(int index, ByteBuffer[] buffers, int item) {
            try {
                Image image = readUnlessCorrupt(index);
                if (image != null) {
                    write(image, index, buffers, item);
                }
                return image != null;
            } catch (ImageDataException e) {
                throw e;
            } catch (RuntimeException e) {
                throw new IllegalStateException(failed(index) + ": " + e, e);
            } catch (Error e) {
                // Not wrapped: who catches one, such as exhausted memory, does so by its type.
                e.addSuppressed(new IllegalStateException(failed(index)));
                throw e;
            }
        }

        private String failed(int index) {
            return source.place(index) + ": the views of this image could not be made";
        }

        private void write(Image image, int index, ByteBuffer[] buffers, int item) {
            Canvas work = canvas.get();
            for (int view = 0; view < buffers.length; view++) {
                Augmentation augmentation = views.get(view);
                work.reset(image);
                augmentation.apply(work, Views.generator(seed, epoch, index, view));
                if (work.channels() != source.channels()
                        || work.height() != height
                        || work.width() != width) {
                    throw new ImageDataException(
                            source.place(index),
                            -1,
                            "a view of %d x %d x %d".formatted(source.channels(), height, width),
                            "%d x %d x %d".formatted(work.channels(), work.height(), work.width()));
                }
                if (type == ElementType.FLOAT32) {
                    work.writeFloats(buffers[view], item, augmentation.normalisation());
                } else {
                    work.writeBytes(buffers[view], item);
                }
            }
        }
    }

    private @Nullable Image readUnlessCorrupt(int index) {
        if (corrupt.containsKey(index)) {
            return null;
        }
        try {
            return source.read(index);
        } catch (CorruptImageException e) {
            if (corrupt.putIfAbsent(index, source.place(index)) == null) {
                Progress.message("Skipped a corrupt image: " + e.getMessage());
            }
            if (corrupt.size() > corruptLimit) {
                List<String> places = new ArrayList<>(corrupt.values());
                throw new ImageDataException(
                        source.name(),
                        -1,
                        "at most " + corruptLimit + " corrupt images of " + source.size(),
                        corrupt.size()
                                + ", such as "
                                + String.join("; ", places.subList(0, Math.min(3, places.size()))),
                        e);
            }
            return null;
        }
    }

    /** Limit when none is given: one in a thousand, at least ten, never all. */
    static int defaultCorruptLimit(ImageSource source) {
        return Math.min(source.size() - 1, Math.max(10, source.size() / 1000));
    }

    /** Threads when none are given: all processors but one, at most four. */
    static int defaultThreads() {
        return Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() - 1));
    }
}
