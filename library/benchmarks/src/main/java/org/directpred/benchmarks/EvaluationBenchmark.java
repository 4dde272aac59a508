package org.directpred.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.directpred.evaluate.Diagnostics;
import org.directpred.evaluate.Evaluation;
import org.directpred.evaluate.Features;
import org.directpred.evaluate.LinearProbe;
import org.directpred.evaluate.NearestNeighbours;
import org.directpred.progress.Bar;
import org.directpred.progress.LivePicture;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;

/**
 * The evaluation's jobs on 50,000 x 512 features; {@code python/evaluation_peers.py} does the same
 * on the same files with PyTorch, scikit-learn and faiss.
 *
 * <p>Each round of a job is timed from the features in memory to the accuracy, with everything
 * between: standardisation, upload, training, test. The first round of a process includes the
 * warming up of the JVM and is printed like any other.
 */
final class EvaluationBenchmark {
    private static final int DIMENSION = 512;
    private static final int CLASSES = 10;

    private EvaluationBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 2) {
            System.err.println(
                    "usage: EvaluationBenchmark FOLDER ROUNDS"
                            + " [official|quick|neighbours|diagnostics]...");
            System.exit(2);
        }
        Path folder = Path.of(arguments[0]);
        int rounds = Integer.parseInt(arguments[1]);
        List<String> jobs =
                arguments.length > 2
                        ? Arrays.asList(arguments).subList(2, arguments.length)
                        : List.of("official", "quick", "neighbours", "diagnostics");
        Progress.use(new Silence());
        Features train = features(folder.resolve("train.safetensors"), 50_000, 1);
        Features test = features(folder.resolve("test.safetensors"), 10_000, 2);
        System.out.println(Torch.version() + ", JDK " + Runtime.version());
        for (int round = 0; round < rounds; round++) {
            for (String job : jobs) {
                switch (job) {
                    case "official" -> time(job, () -> LinearProbe.official().on(train, test));
                    case "quick" -> time(job, () -> LinearProbe.quick().on(train, test));
                    case "neighbours" ->
                            time(job, () -> NearestNeighbours.weighted().on(train, test));
                    case "diagnostics" -> diagnostics();
                    default -> throw new IllegalArgumentException("unknown job " + job);
                }
            }
        }
        System.out.println(memory());
    }

    private static void time(String job, Supplier<Evaluation> work) {
        long start = System.nanoTime();
        long startOfProcessor = processorTime();
        Evaluation evaluation = work.get();
        double seconds = (System.nanoTime() - start) / 1e9;
        double processor = (processorTime() - startOfProcessor) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "java   %-10s %7.3f s  processor %7.3f s  accuracy %.4f  best %.4f%n",
                job,
                seconds,
                processor,
                evaluation.accuracy(),
                evaluation.bestAccuracy());
    }

    /** Time of all processors, all threads of this process together, in ns. */
    private static long processorTime() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    /** One look at a run of the paper's size: batch 128, two views, d = 128, 11.5 M weights. */
    private static void diagnostics() {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        NDArray z = manager.randomNormal(new Shape(256, 128));
                        NDArray w = manager.randomNormal(new Shape(128, 128));
                        NDArray online = manager.randomNormal(new Shape(11_500_000));
                        NDArray target = online.mul(0.5);
                        double[] times = new double[21];
                        for (int i = 0; i < times.length; i++) {
                            long start = System.nanoTime();
                            Diagnostics.of(z, w).withTarget(target, online).values();
                            times[i] = (System.nanoTime() - start) / 1e6;
                        }
                        Arrays.sort(times);
                        System.out.printf(
                                Locale.ROOT,
                                "java   diagnostics  median %.1f ms, slowest of 21 %.1f ms%n",
                                times[10],
                                times[20]);
                    }
                });
    }

    /** Reads the features, or makes them: ten clouds whose spectrum falls like a network's. */
    private static Features features(Path file, int rows, long seed) {
        if (!Files.exists(file)) {
            Random shape = new Random(0);
            double[] scale = new double[DIMENSION];
            for (int j = 0; j < DIMENSION; j++) {
                scale[j] = Math.pow(1.0 + j, -0.35);
            }
            double[] centres =
                    IntStream.range(0, CLASSES * DIMENSION)
                            .mapToDouble(i -> shape.nextGaussian())
                            .toArray();
            Random noise = new Random(seed);
            float[] values = new float[rows * DIMENSION];
            int[] labels = new int[rows];
            for (int i = 0; i < rows; i++) {
                labels[i] = noise.nextInt(CLASSES);
                for (int j = 0; j < DIMENSION; j++) {
                    double value = 0.13 * centres[labels[i] * DIMENSION + j] + noise.nextGaussian();
                    // Rectified, as the features after a ReLU are.
                    values[i * DIMENSION + j] = (float) Math.max(0, scale[j] * (value + 0.5));
                }
            }
            List<String> names = IntStream.range(0, CLASSES).mapToObj(c -> "c" + c).toList();
            Features.of(values, labels, names, "made").save(file);
        }
        return Features.load(file);
    }

    /** The largest resident set of this process, where Linux tells. */
    private static String memory() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return "peak memory not known on this system";
        }
        return Files.readAllLines(status, StandardCharsets.US_ASCII).stream()
                .filter(line -> line.startsWith("VmHWM"))
                .findFirst()
                .orElse("");
    }

    /** Reports of progress would be timed too. */
    static final class Silence implements Sink, Bar, LivePicture {
        @Override
        public Bar bar(String name, long total) {
            return this;
        }

        @Override
        public LivePicture picture(String name) {
            return this;
        }

        @Override
        public void message(String text) {
            System.out.println(text);
        }

        @Override
        public void show(Object value) {}

        @Override
        public void update(long done, String note) {}

        @Override
        public void update(Supplier<?> figure) {}

        @Override
        public void close() {}
    }
}
