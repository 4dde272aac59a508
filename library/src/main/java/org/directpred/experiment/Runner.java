package org.directpred.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.directpred.progress.Bar;
import org.directpred.progress.Differences;
import org.directpred.progress.LivePicture;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.progress.TimeLeft;
import org.directpred.tensor.TrainingThread;

/** Runs the points of an ablation that its folder lacks. */
final class Runner {
    private static final int LAST_LINES = 5;

    private final Ablation ablation;
    private final ResultsFolder folder;

    Runner(Ablation ablation, Path folder) {
        if (ablation.arms().isEmpty()) {
            throw new IllegalArgumentException(ablation.name() + " has no arms");
        }
        this.ablation = ablation;
        this.folder = new ResultsFolder(folder);
    }

    Results inThisProcess() {
        try (ResultsFolder.AutoCloseableLock lock = folder.claim()) {
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
                        row = RunPoint.run(ablation, point);
                    } finally {
                        Progress.use(outer);
                    }
                    folder.append(row);
                    row.failure().ifPresent(text -> Progress.message(point + " failed: " + text));
                    track.end(point);
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
        try (ResultsFolder.AutoCloseableLock lock = folder.claim()) {
            folder.describe(ablation);
            Files.createDirectories(folder.path().resolve("logs"));
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
        for (Arm arm : ablation.arms()) {
            List<Differences.Difference> differences =
                    Differences.of(made.arm(arm.name()).settings(), arm.settings());
            if (!differences.isEmpty()) {
                throw new IllegalArgumentException(
                        "the source makes another '%s'; of arm '%s' %s"
                                .formatted(made.name(), arm.name(), Differences.text(differences)));
            }
        }
        if (!made.name().equals(ablation.name())) {
            throw new IllegalArgumentException(
                    "the source makes '%s', not '%s'".formatted(made.name(), ablation.name()));
        }
    }

    private List<Point> missing() {
        return new Results(ablation, folder.read(ablation)).missing();
    }

    private void work(
            Deque<Point> queue, AblationSource.Reference source, ProcessPool pool, Track track) {
        ExecutorService executor = Executors.newFixedThreadPool(pool.workers());
        try {
            List<Future<?>> workers = new ArrayList<>();
            for (int w = 0; w < pool.workers(); w++) {
                int worker = w;
                workers.add(
                        executor.submit(
                                () -> {
                                    for (Point p = next(queue); p != null; p = next(queue)) {
                                        track.begin(p);
                                        child(p, source, pool, worker);
                                        track.end(p);
                                    }
                                    return null;
                                }));
            }
            for (Future<?> worker : workers) {
                worker.get();
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
        }
    }

    private static Point next(Deque<Point> queue) {
        synchronized (queue) {
            return queue.poll();
        }
    }

    private void child(Point point, AblationSource.Reference source, ProcessPool pool, int worker)
            throws IOException, InterruptedException {
        Path log =
                folder.path()
                        .resolve("logs")
                        .resolve(
                                point.arm().replaceAll("[^A-Za-z0-9.]+", "-")
                                        + "-"
                                        + point.seed()
                                        + ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command(point, source))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile());
        Map<String, String> environment = builder.environment();
        String threads = Integer.toString(pool.threads());
        environment.put("OMP_NUM_THREADS", threads);
        environment.put("MKL_NUM_THREADS", threads);
        environment.put("OMP_WAIT_POLICY", "PASSIVE");
        environment.put(
                "CUDA_VISIBLE_DEVICES", pool.devices().isEmpty() ? "" : pool.devices().get(worker));
        Process process = builder.start();
        try {
            int status = process.waitFor();
            if (status != 0) {
                Progress.message(
                        "%s crashed with exit status %d and is still missing; the end of %s: %s"
                                .formatted(point, status, log, end(log)));
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private List<String> command(Point point, AblationSource.Reference source) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                ProcessPool.inherited(
                        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()));
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(RunPoint.class.getName());
        command.add(RunPoint.WITH_PARENT);
        command.add(folder.path().toString());
        command.add(source.className());
        command.add(point.arm());
        command.add(Long.toString(point.seed()));
        command.addAll(source.words());
        return command;
    }

    private static String end(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
        return String.join(
                " | ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }

    /** The bar of the whole: points done, and how long the rest will take. */
    private static final class Track implements AutoCloseable {
        private final int points;
        private final Bar bar;
        private final long start = System.nanoTime();
        private int done;

        Track(int points) {
            this.points = points;
            this.bar = points == 0 ? null : Progress.bar("points", points);
        }

        synchronized void begin(Point point) {
            note(point + left());
        }

        synchronized void end(Point point) {
            done++;
            note(point + " is done" + left());
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
            return "; " + TimeLeft.of((System.nanoTime() - start) / 1e9, done, points - done);
        }

        @Override
        public synchronized void close() {
            if (bar != null) {
                bar.close();
            }
        }
    }

    /** Inside a point, bars become notes of the one bar; messages and figures pass. */
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
            outer.message(text);
        }

        @Override
        public void show(Object value) {
            outer.show(value);
        }
    }
}
