package org.directpred.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.directpred.progress.Bar;
import org.directpred.progress.LivePicture;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.theory.BasinMap;
import org.directpred.theory.BasinMap.Grid;
import org.directpred.theory.PhasePlane;

/**
 * The basin map of 200 x 200 starts to t = 50 at a relative tolerance of 1e-6, beside SciPy: point
 * by point (a sample, extrapolated) and all points as one vectorised system.
 *
 * <p>The rounds alternate between the two programs, of which one always waits, so that both see the
 * same machine; {@code taskset -c 0} puts both on one core. Nothing is left out of our time: making
 * the grid, integrating, laying out the result. The first call is the first one of the process,
 * with a cold compiler. Processor time (the least of all rounds; of the JVM with its compiler and
 * collector) says what a busy machine hides. Labels and errors are checked; the program fails if a
 * label differs, if our largest error exceeds the vectorised RK45's, or if a target is missed.
 */
final class BasinMapBenchmark {
    private static final PhasePlane PLANE = PhasePlane.of(1, 0.05, 0.5, 1);
    private static final Grid GRID = new Grid(-1, 1, 200, 0, 1, 200);
    private static final double TIME = 50;
    private static final double RELATIVE = 1e-6;
    private static final double ABSOLUTE = 1e-9; // BasinMap's for this relative tolerance
    private static final Path SCRIPT = Path.of("library/benchmarks/python/basin_map_peers.py");
    private static final int SAMPLE = 500;
    private static final double POINT_TARGET = 200;
    private static final double VECTOR_TARGET = 0.7;

    private static final OperatingSystemMXBean PROCESSOR =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private BasinMapBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2) {
            System.err.println("usage: BasinMapBenchmark PYTHON ROUNDS");
            System.exit(2);
        }
        Progress.use(new Silence());
        int rounds = Integer.parseInt(arguments[1]);
        Path folder = Files.createTempDirectory("basin-map");
        boolean good;
        try (Peer peer = new Peer(arguments[0], folder)) {
            good = compare(peer, rounds);
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
        System.exit(good ? 0 : 1);
    }

    private static boolean compare(Peer peer, int rounds) throws IOException {
        List<Timing> ours = new ArrayList<>();
        List<Timing> points = new ArrayList<>();
        List<Timing> rk45 = new ArrayList<>();
        List<Timing> dop853 = new ArrayList<>();
        BasinMap map = null;
        double factor = (double) GRID.rows() * GRID.columns() / SAMPLE;
        for (int round = 0; round < rounds; round++) {
            long worked = PROCESSOR.getProcessCpuTime();
            long start = System.nanoTime();
            map = BasinMap.compute(PLANE, GRID, TIME, RELATIVE);
            ours.add(
                    new Timing(
                            (System.nanoTime() - start) / 1e6,
                            (PROCESSOR.getProcessCpuTime() - worked) / 1e6));
            rk45.add(peer.run("rk45"));
            dop853.add(peer.run("dop853"));
            if (round < 3) {
                points.add(peer.run("points " + SAMPLE).times(factor));
            }
        }
        peer.run("reference");
        double[] reference = peer.result("reference");
        System.out.printf(
                Locale.ROOT,
                "JDK %s, %d processor(s); %d rounds, alternating%n",
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                rounds);
        double[] mine = flat(map);
        row("BasinMap", ours, mine, reference);
        row("SciPy RK45, vectorised", rk45, peer.result("rk45"), reference);
        row("SciPy DOP853, vectorised", dop853, peer.result("dop853"), reference);
        row("SciPy RK45, point by point", points, peer.result("points"), sampled(reference));
        System.out.printf(
                Locale.ROOT,
                "point by point is extrapolated from %d of %d points%n",
                SAMPLE,
                GRID.rows() * GRID.columns());

        double pointRatio = best(points) / best(ours);
        double vectorRatio = best(ours) / best(rk45);
        double processorRatio = leastProcessor(ours) / leastProcessor(rk45);
        double ourError = largestError(mine, reference);
        double theirError = largestError(peer.result("rk45"), reference);
        int different =
                differentLabels(mine, peer.result("rk45")) + differentLabels(mine, reference);
        System.out.printf(
                Locale.ROOT,
                "point by point / ours = %.0f (target >= %.0f); ours / vectorised RK45 = %.2f,"
                        + " by processor time %.2f (target <= %.1f); different labels %d; error %.1e against %.1e%n",
                pointRatio,
                POINT_TARGET,
                vectorRatio,
                processorRatio,
                VECTOR_TARGET,
                different,
                ourError,
                theirError);
        return pointRatio >= POINT_TARGET
                && vectorRatio <= VECTOR_TARGET
                && different == 0
                && ourError <= theirError;
    }

    private static void row(
            String name, List<Timing> milliseconds, double[] ends, double[] reference) {
        double[] sorted = milliseconds.stream().mapToDouble(Timing::elapsed).sorted().toArray();
        System.out.printf(
                Locale.ROOT,
                "%-28s first %8.1f ms  median %8.1f  best %8.1f  processor %8.1f"
                        + "  largest error %.1e  useful %d%n",
                name,
                milliseconds.get(0).elapsed(),
                sorted[sorted.length / 2],
                sorted[0],
                leastProcessor(milliseconds),
                largestError(ends, reference),
                useful(ends));
    }

    /** Milliseconds. */
    private record Timing(double elapsed, double processor) {
        Timing times(double factor) {
            return new Timing(factor * elapsed, factor * processor);
        }
    }

    private static double best(List<Timing> all) {
        return all.stream().mapToDouble(Timing::elapsed).min().orElseThrow();
    }

    private static double leastProcessor(List<Timing> all) {
        return all.stream().mapToDouble(Timing::processor).min().orElseThrow();
    }

    private static double[] flat(BasinMap map) {
        double[] all = new double[2 * GRID.rows() * GRID.columns()];
        for (int row = 0; row < GRID.rows(); row++) {
            int at = row * GRID.columns();
            System.arraycopy(map.p()[row], 0, all, at, GRID.columns());
            System.arraycopy(map.s()[row], 0, all, all.length / 2 + at, GRID.columns());
        }
        return all;
    }

    /** The reference at the points of the sample, which python/basin_map_peers.py chooses alike. */
    private static double[] sampled(double[] all) {
        int half = all.length / 2;
        double[] some = new double[2 * SAMPLE];
        for (int i = 0; i < SAMPLE; i++) {
            int at = (int) Math.rint((half - 1.0) * i / (SAMPLE - 1));
            some[i] = all[at];
            some[SAMPLE + i] = all[half + at];
        }
        return some;
    }

    private static double largestError(double[] ends, double[] reference) {
        double largest = 0;
        for (int i = 0; i < ends.length; i++) {
            largest = Math.max(largest, Math.abs(ends[i] - reference[i]));
        }
        return largest;
    }

    private static boolean isUseful(double p) {
        return p > PLANE.lower();
    }

    private static long useful(double[] ends) {
        return Arrays.stream(ends, 0, ends.length / 2).filter(BasinMapBenchmark::isUseful).count();
    }

    private static int differentLabels(double[] one, double[] two) {
        int different = 0;
        for (int i = 0; i < one.length / 2; i++) {
            different += isUseful(one[i]) == isUseful(two[i]) ? 0 : 1;
        }
        return different;
    }

    /** The other program. */
    private static final class Peer implements AutoCloseable {
        private final Path folder;
        private final Process process;
        private final Writer to;
        private final BufferedReader from;

        Peer(String python, Path folder) throws IOException {
            this.folder = folder;
            if (!Files.exists(SCRIPT)) {
                throw new IOException(
                        SCRIPT.toAbsolutePath() + " is missing; run from the root of the checkout");
            }
            ProcessBuilder builder = new ProcessBuilder(python, SCRIPT.toString());
            builder.redirectError(ProcessBuilder.Redirect.INHERIT);
            for (String name :
                    List.of("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")) {
                builder.environment().put(name, "1");
            }
            process = builder.start();
            to = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
            from =
                    new BufferedReader(
                            new InputStreamReader(
                                    process.getInputStream(), StandardCharsets.UTF_8));
            Map<String, Object> setting = new LinkedHashMap<>();
            setting.put("alphaP", PLANE.alphaP());
            setting.put("etaPredictor", PLANE.etaPredictor());
            setting.put("etaOnline", PLANE.etaOnline());
            setting.put("sigmaSquared", PLANE.sigmaSquared());
            setting.put("tau", PLANE.tau());
            setting.put("pFrom", GRID.pFrom());
            setting.put("pTo", GRID.pTo());
            setting.put("columns", GRID.columns());
            setting.put("sFrom", GRID.sFrom());
            setting.put("sTo", GRID.sTo());
            setting.put("rows", GRID.rows());
            setting.put("time", TIME);
            setting.put("relative", RELATIVE);
            setting.put("absolute", ABSOLUTE);
            setting.put("folder", folder.toString());
            to.write(new ObjectMapper().writeValueAsString(setting) + "\n");
        }

        Timing run(String job) throws IOException {
            to.write(job + "\n");
            to.flush();
            String answer = from.readLine();
            if (answer == null) {
                throw new IOException("Python ended at job '" + job + "'; see its message above");
            }
            String[] times = answer.split(" ", -1);
            return new Timing(Double.parseDouble(times[0]), Double.parseDouble(times[1]));
        }

        double[] result(String job) throws IOException {
            byte[] bytes = Files.readAllBytes(folder.resolve(job + ".f64"));
            double[] values = new double[bytes.length / Double.BYTES];
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
            return values;
        }

        @Override
        public void close() throws IOException {
            to.close();
            process.destroy();
        }
    }

    /** Reports nothing: a report in the middle of a measurement is measured too. */
    private static final class Silence implements Sink {
        @Override
        public Bar bar(String name, long total) {
            return new Bar() {
                @Override
                public void update(long done, String note) {}

                @Override
                public void close() {}
            };
        }

        @Override
        public LivePicture picture(String name) {
            throw new UnsupportedOperationException(name);
        }

        @Override
        public void message(String text) {}

        @Override
        public void show(Object value) {}
    }
}
