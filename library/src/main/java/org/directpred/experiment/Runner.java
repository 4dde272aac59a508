package org.directpred.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.directpred.progress.Bar;
import org.directpred.progress.Differences;
import org.directpred.progress.LivePicture;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.progress.TimeLeft;
import org.directpred.tensor.TrainingThread;

/** Runs the points of an ablation that its folder lacks. */
final class Runner {
    private static final long LEAVING_SECONDS = 10;

    private final Ablation ablation;
    private final ResultsFolder folder;

    Runner(Ablation ablation, Path folder) {
        if (ablation.variants().isEmpty()) {
            throw new IllegalArgumentException(ablation.name() + " has no variants");
        }
        this.ablation = ablation;
        this.folder = new ResultsFolder(folder);
    }

    Results inThisProcess() {
        try (ResultsFolder.Hold hold = folder.claim()) {
            folder.describe(ablation);
            List<Point> missing = missing();
            try (Track track = new Track(missing.size())) {
                for (Point point : missing) {
                    if (Thread.currentThread().isInterrupted()) {
                        throw new TrainingThread.Stopped("before " + point);
                    }
                    track.begin(point);
                    Sink outer = Progress.use(new Inner(Progress.sink(), track, point));
                    Row row;
                    try {
                        row = RunPoint.run(ablation, point, folder.work(point));
                    } finally {
                        Progress.use(outer);
                    }
                    folder.append(row, hold);
                    folder.discardWork(point);
                    row.failure().ifPresent(text -> Progress.message(point + " failed: " + text));
                    track.end(point, row.failure().isPresent() ? "failed" : "is done");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release the folder " + folder.path(), e);
        }
        return ablation.read(folder.path());
    }

    Results inChildren(AblationSource.Reference source, ProcessPool pool) {
        folder.requireNames(ablation);
        requireSame(source.ablation());
        try (ResultsFolder.Hold hold = folder.claim()) {
            folder.describe(ablation);
            Deque<Point> queue = new ArrayDeque<>(missing());
            try (Track track = new Track(queue.size())) {
                work(queue, source, pool, track);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use the folder " + folder.path(), e);
        }
        return ablation.read(folder.path());
    }

    private void requireSame(Ablation made) {
        for (Variant variant : ablation.variants()) {
            List<Differences.Difference> differences =
                    Differences.of(made.variant(variant.name()).settings(), variant.settings());
            if (!differences.isEmpty()) {
                throw new IllegalArgumentException(
                        "the source makes another '%s'; of variant '%s' %s"
                                .formatted(
                                        made.name(),
                                        variant.name(),
                                        Differences.text(differences)));
            }
        }
        if (!made.name().equals(ablation.name())) {
            throw new IllegalArgumentException(
                    "the source makes '%s', not '%s'".formatted(made.name(), ablation.name()));
        }
    }

    private List<Point> missing() {
        Results results = new Results(ablation, folder.read(ablation));
        // A run that was killed between a point's result and its end has left its checkpoints.
        results.rows().forEach(row -> folder.discardWork(row.point()));
        return results.missing();
    }

    private void work(
            Deque<Point> queue, AblationSource.Reference source, ProcessPool pool, Track track) {
        ExecutorService executor = Executors.newFixedThreadPool(pool.workers());
        try {
            CompletionService<Void> workers = new ExecutorCompletionService<>(executor);
            for (int w = 0; w < pool.workers(); w++) {
                int worker = w;
                workers.submit(
                        () -> {
                            for (Point p = next(queue); p != null; p = next(queue)) {
                                track.begin(p);
                                track.end(p, child(p, source, pool, worker));
                            }
                            return null;
                        });
            }
            for (int w = 0; w < pool.workers(); w++) {
                workers.take().get();
            }
        } catch (InterruptedException e) {
            throw new TrainingThread.Stopped(
                    "with " + queue.size() + " points of " + ablation.name() + " not begun");
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "a child process could not be run: " + e.getCause().getMessage(), e.getCause());
        } finally {
            // Interrupts the workers, which destroy their children.
            executor.shutdownNow();
            awaitWorkers(executor);
        }
    }

    /** Keeps the folder claimed until no child writes to it. */
    private static void awaitWorkers(ExecutorService executor) {
        boolean interrupted = Thread.interrupted();
        try {
            executor.awaitTermination(LEAVING_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Point next(Deque<Point> queue) {
        synchronized (queue) {
            return queue.poll();
        }
    }

    private String child(Point point, AblationSource.Reference source, ProcessPool pool, int worker)
            throws IOException, InterruptedException {
        String ended =
                new ChildProcess(
                                new ChildOrder(folder.path(), source, point),
                                pool,
                                folder.log(point))
                        .run(worker);
        Optional<Row> row = new Results(ablation, folder.read(ablation)).row(point);
        if (row.isEmpty()) {
            Progress.message(point + " " + ended);
            return "crashed";
        }
        folder.discardWork(point);
        row.get().failure().ifPresent(text -> Progress.message(point + " failed: " + text));
        return row.get().failure().isPresent() ? "failed" : "is done";
    }

    /** The bar of the whole: points done, and how long the rest will take. */
    private static final class Track implements AutoCloseable {
        private final int points;
        private final Bar bar;
        private final long start = System.nanoTime();
        private int done;
        private int crashed;

        Track(int points) {
            this.points = points;
            this.bar = points == 0 ? null : Progress.bar("points", points);
        }

        synchronized void begin(Point point) {
            note(point + left());
        }

        /** A point that crashed is still missing, and not counted. */
        synchronized void end(Point point, String how) {
            if (how.equals("crashed")) {
                crashed++;
            } else {
                done++;
            }
            note(point + " " + how + left());
        }

        synchronized void note(String text) {
            if (bar != null) {
                bar.update(done, text);
            }
        }

        private String left() {
            if (done == 0) {
                return "";
            }
            return "; "
                    + TimeLeft.of((System.nanoTime() - start) / 1e9, done, points - done - crashed);
        }

        @Override
        public synchronized void close() {
            if (bar != null) {
                bar.close();
            }
        }
    }

    /** Inside a point, bars become notes of the one bar, and messages name the point. */
    private record Inner(Sink outer, Track track, Point point) implements Sink {
        @Override
        public Bar bar(String name, long total) {
            return new Bar() {
                @Override
                public void update(long done, String note) {
                    track.note("%s: %s %d of %d %s".formatted(point, name, done, total, note));
                }

                @Override
                public void close() {}
            };
        }

        @Override
        public LivePicture picture(String name) {
            return outer.picture(name);
        }

        @Override
        public void message(String text) {
            outer.message(point + ": " + text);
        }

        @Override
        public void show(Object value) {
            outer.show(value);
        }
    }
}
