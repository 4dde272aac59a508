package org.directpred.doctor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.lang.management.MemoryUsage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.directpred.doctor.Checkup.Level;
import org.directpred.doctor.Checkup.Line;
import org.directpred.image.DataFolder;
import org.directpred.image.ImageDecoder;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.Operators;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TorchScript;
import org.directpred.tensor.TrainingThread;

/**
 * A look at a machine before a long run: card, driver, engine, the engine's results beside plain
 * loops in Java, decoders, data.
 *
 * <pre>{@code
 * Doctor.report();
 * }</pre>
 *
 * {@code environment/doctor} prints the same and exits with 1 where a line is a fault.
 */
public final class Doctor {
    /** The kernel spec's flavour, {@code CPU} or {@code CUDA}. */
    private static final String FLAVOUR = "directpred.device";

    /** CUDA 12's libraries run on any driver of CUDA 12 or newer. */
    private static final int OLDEST_CUDA = 12000;

    private static final long ENOUGH_GPU_MEMORY = 4L << 30;
    private static final double DECOMPOSED = 1e-10;
    private static final double CONVOLVED = 1e-4;

    private static final int IMAGES = 4;
    private static final int IN = 16;
    private static final int OUT = 32;
    private static final int SIDE = 12;

    private static final String LAYER =
            """
              def layer(self, x: Tensor, w: Tensor, m: Tensor, v: Tensor) -> Tensor:
                y = torch.conv2d(x, w, None, [1, 1], [1, 1], [1, 1], 1)
                return torch.batch_norm(y, None, None, m, v, True, 0.10000000000000001, 1.0000000000000001e-05, True)
            """;

    private final List<Line> lines = new ArrayList<>();

    Doctor() {}

    /** Looks at everything. Takes a few seconds; trains nothing and writes nothing. */
    public static Checkup report() {
        Doctor doctor = new Doctor();
        doctor.java();
        boolean engine = doctor.engine();
        doctor.card(engine);
        if (engine) {
            doctor.results();
        }
        doctor.processor();
        doctor.images();
        doctor.data();
        return doctor.checkup();
    }

    Checkup checkup() {
        return new Checkup(lines);
    }

    /** Prints the report; the exit status is 1 where a line is a fault. */
    public static void main(String[] arguments) {
        Checkup checkup = report();
        System.out.println(checkup);
        System.exit(checkup.worst() == Level.FAULT ? 1 : 0);
    }

    private void ok(String subject, String found) {
        lines.add(new Line(Level.OK, subject, found, ""));
    }

    private void warn(String subject, String found, String advice) {
        lines.add(new Line(Level.WARNING, subject, found, advice));
    }

    private void fault(String subject, String found, String advice) {
        lines.add(new Line(Level.FAULT, subject, found, advice));
    }

    private void java() {
        long heap = Runtime.getRuntime().maxMemory() >> 20;
        ok(
                "Java",
                String.format(
                        Locale.ROOT,
                        "%s, %s, heap up to %d MB",
                        Runtime.version(),
                        System.getProperty("java.vm.vendor"),
                        heap));
    }

    private boolean engine() {
        try {
            ok("engine", Torch.version());
        } catch (IllegalStateException e) {
            fault(
                    "engine",
                    e.getMessage() + " (" + rootCause(e) + ")",
                    "Install the kernel again: environment/kernel");
            return false;
        }
        List<String> libraries = loaded();
        if (!libraries.isEmpty()) {
            ok("libraries", String.join(", ", libraries));
        }
        return true;
    }

    /** The libraries of PyTorch, CUDA and DJL in this process, by their paths; Linux alone says. */
    private static List<String> loaded() {
        Path maps = Path.of("/proc/self/maps");
        if (!Files.isReadable(maps)) {
            return List.of();
        }
        try (Stream<String> rows = Files.lines(maps, StandardCharsets.UTF_8)) {
            return rows.map(row -> row.substring(row.indexOf('/') < 0 ? 0 : row.indexOf('/')))
                    .filter(path -> path.startsWith("/"))
                    .filter(
                            path ->
                                    path.replaceAll(".*/", "")
                                            .matches(
                                                    ".*(torch|cudart|cudnn|cublas|nccl|cusolver).*\\.so.*"))
                    .distinct()
                    .sorted()
                    .collect(Collectors.toList());
        } catch (IOException e) {
            return List.of();
        }
    }

    private void card(boolean engine) {
        boolean wanted = "CUDA".equals(System.getProperty(FLAVOUR));
        Optional<CudaDriver.Answer> driver = CudaDriver.ask();
        int seen = engine ? Torch.engine().getGpuCount() : 0;
        if (driver.isEmpty()) {
            if (seen > 0) {
                warn(
                        "driver",
                        "none is found, yet the engine sees " + gpus(seen),
                        "This is a pretend GPU: its results are the processor's");
            } else if (wanted) {
                fault(
                        "driver",
                        "no NVIDIA driver: libcuda is not on this machine",
                        "Install NVIDIA's driver, or use the CPU's kernel: environment/kernel --flavour cpu");
            } else {
                ok("driver", "none; the kernel is the CPU's");
            }
        } else {
            driver(driver.get(), wanted);
        }
        if (seen > 0) {
            for (int i = 0; i < seen; i++) {
                card(i);
            }
        } else if (wanted) {
            fault(
                    "card",
                    "the engine sees no GPU",
                    driver.filter(d -> d.devices() > 0).isPresent()
                            ? "The driver sees "
                                    + gpus(driver.get().devices())
                                    + ": the engine asks CUDA's runtime, libcudart, which is not on the loader's path, or is of another CUDA. Install the kernel again: environment/kernel --flavour cu128"
                            : "Without one every run takes the CPU");
        } else if (driver.filter(d -> d.devices() > 0).isPresent()) {
            warn(
                    "card",
                    "the driver sees " + gpus(driver.get().devices()) + ", the engine is the CPU's",
                    "For the GPU: environment/kernel --flavour cu128");
        }
    }

    private void driver(CudaDriver.Answer answer, boolean wanted) {
        if (answer.status() != 0 && answer.status() != 100) {
            String found = "NVIDIA's driver does not start (CUDA error " + answer.status() + ")";
            String advice =
                    "Ask nvidia-smi; after an update of the driver the machine wants a restart";
            if (wanted) {
                fault("driver", found, advice);
            } else {
                warn("driver", found, advice);
            }
        } else if (answer.devices() == 0) {
            String found = "for CUDA " + answer.version() + ", but it sees no card";
            if (wanted) {
                fault(
                        "driver",
                        found,
                        "Is CUDA_VISIBLE_DEVICES set, or the container without cards?");
            } else {
                ok("driver", found);
            }
        } else if (answer.cuda() < OLDEST_CUDA) {
            String found = "for CUDA " + answer.version() + " and older";
            if (wanted) {
                fault(
                        "driver",
                        found,
                        "The engine needs CUDA 12: install a driver of 525 or newer");
            } else {
                ok("driver", found);
            }
        } else {
            ok("driver", "for CUDA " + answer.version());
        }
    }

    private static String gpus(int count) {
        return count == 1 ? "1 GPU" : count + " GPUs";
    }

    private void card(int index) {
        String subject = "gpu" + index;
        MemoryUsage memory = CudaUtils.getGpuMemory(Device.gpu(index));
        long free = memory.getMax() - memory.getUsed();
        String capability = CudaUtils.getComputeCapability(index);
        String found =
                String.format(
                        Locale.ROOT,
                        "compute capability %s.%s, %.1f of %.1f GB free",
                        capability.substring(0, capability.length() - 1),
                        capability.substring(capability.length() - 1),
                        free / 1e9,
                        memory.getMax() / 1e9);
        if (free < Math.min(ENOUGH_GPU_MEMORY, memory.getMax() / 2)) {
            warn(subject, found, "Another program holds its memory: nvidia-smi names it");
        } else {
            ok(subject, found);
        }
    }

    /**
     * The best device's results beside plain loops in Java, of the operators that training is made
     * of.
     */
    private void results() {
        Device device = Torch.bestDevice();
        try {
            TrainingThread.run(
                    () -> {
                        try (NDManager manager = Torch.newManager(device)) {
                            decompose(manager, device);
                            convolve(manager, device);
                        }
                    });
        } catch (RuntimeException e) {
            fault(
                    "results",
                    "an operator fails on " + device + ": " + rootCause(e),
                    "The engine's libraries do not fit each other or the card: install the kernel again");
        }
    }

    private void decompose(NDManager manager, Device device) {
        int n = 64;
        double[] a = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                a[i * n + j] = a[j * n + i] = Math.sin(1.7 * i + 0.3 * j * j) / (1 + i - j);
            }
        }
        NDArray matrix = manager.create(a, new Shape(n, n));
        NDList result = Operators.eigh(matrix);
        double[] s = OnHost.doubles(result.get(0));
        double[] u = OnHost.doubles(result.get(1));
        double worst = 0;
        double largest = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int k = 0; k < n; k++) {
                    sum += u[i * n + k] * s[k] * u[j * n + k];
                }
                worst = Math.max(worst, Math.abs(sum - a[i * n + j]));
                largest = Math.max(largest, Math.abs(a[i * n + j]));
            }
        }
        judge("eigenvalues", "of a 64 x 64 matrix", device, worst / largest, DECOMPOSED);
    }

    private void convolve(NDManager manager, Device device) {
        double[] image = new double[IMAGES * IN * SIDE * SIDE];
        double[] kernel = new double[OUT * IN * 3 * 3];
        for (int i = 0; i < image.length; i++) {
            image[i] = (float) Math.sin(0.37 * i * i);
        }
        for (int i = 0; i < kernel.length; i++) {
            kernel[i] = (float) Math.cos(0.11 * i * i) / 12;
        }
        double[] expected = normalised(convolved(image, kernel));
        try (TorchScript script = TorchScript.compile(LAYER, Device.cpu())) {
            float[] found =
                    OnHost.floats(
                            script.call(
                                            "layer",
                                            manager.create(image, new Shape(IMAGES, IN, SIDE, SIDE))
                                                    .toType(DataType.FLOAT32, false),
                                            manager.create(kernel, new Shape(OUT, IN, 3, 3))
                                                    .toType(DataType.FLOAT32, false),
                                            manager.zeros(new Shape(OUT), DataType.FLOAT32),
                                            manager.ones(new Shape(OUT), DataType.FLOAT32))
                                    .get(0));
            double worst =
                    IntStream.range(0, expected.length)
                            .mapToDouble(i -> Math.abs(found[i] - expected[i]))
                            // A comparison with NaN is false: it must count as the largest error.
                            .map(d -> Double.isNaN(d) ? Double.POSITIVE_INFINITY : d)
                            .max()
                            .orElseThrow();
            judge("convolution", "with BatchNorm in float32", device, worst, CONVOLVED);
        }
    }

    /** A 3 x 3 convolution with a border of zeros, by plain loops. */
    private static double[] convolved(double[] image, double[] kernel) {
        double[] y = new double[IMAGES * OUT * SIDE * SIDE];
        for (int n = 0; n < IMAGES; n++) {
            for (int o = 0; o < OUT; o++) {
                for (int r = 0; r < SIDE; r++) {
                    for (int c = 0; c < SIDE; c++) {
                        double sum = 0;
                        for (int i = 0; i < IN; i++) {
                            for (int k = 0; k < 9; k++) {
                                int row = r + k / 3 - 1;
                                int column = c + k % 3 - 1;
                                if (row >= 0 && row < SIDE && column >= 0 && column < SIDE) {
                                    sum +=
                                            kernel[(o * IN + i) * 9 + k]
                                                    * image[
                                                            ((n * IN + i) * SIDE + row) * SIDE
                                                                    + column];
                                }
                            }
                        }
                        y[((n * OUT + o) * SIDE + r) * SIDE + c] = sum;
                    }
                }
            }
        }
        return y;
    }

    /** BatchNorm's training mode, without scale and shift, by plain loops. */
    private static double[] normalised(double[] y) {
        int pixels = SIDE * SIDE;
        double[] z = new double[y.length];
        for (int o = 0; o < OUT; o++) {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < IMAGES * pixels; i++) {
                double value = y[(i / pixels * OUT + o) * pixels + i % pixels];
                sum += value;
                squares += value * value;
            }
            double mean = sum / (IMAGES * pixels);
            double variance = squares / (IMAGES * pixels) - mean * mean;
            for (int i = 0; i < IMAGES * pixels; i++) {
                int at = (i / pixels * OUT + o) * pixels + i % pixels;
                z[at] = (y[at] - mean) / Math.sqrt(variance + 1e-5);
            }
        }
        return z;
    }

    void judge(String subject, String what, Device device, double error, double bound) {
        String found =
                "%s on %s: error %s"
                        .formatted(what, device, String.format(Locale.ROOT, "%.1e", error));
        if (error <= bound) {
            ok(subject, found);
        } else {
            fault(
                    subject,
                    found + " above " + bound,
                    "The device computes wrongly, or in lower precision (TF32) than asked for");
        }
    }

    private void processor() {
        int cores = Runtime.getRuntime().availableProcessors();
        int threads = Torch.threads();
        String found = cores + " cores, the engine computes on " + threads;
        if (threads > cores) {
            warn("processor", found, "More threads than cores slow a run: unset OMP_NUM_THREADS");
        } else {
            ok("processor", found);
        }
        Path info = Path.of("/proc/cpuinfo");
        if (Files.isReadable(info)) {
            try {
                String flags = Files.readString(info, StandardCharsets.UTF_8);
                ok(
                        "bf16",
                        flags.contains("avx512_bf16") || flags.contains("amx_bf16")
                                ? "the processor has instructions for it"
                                : "the processor has none: float32 is as fast there");
            } catch (IOException e) {
                warn("bf16", "cannot be told: " + e.getMessage(), "");
            }
        }
    }

    private void images() {
        if (ImageDecoder.hasTurboJpeg()) {
            ok("JPEG", "libturbojpeg");
        } else {
            warn(
                    "JPEG",
                    "the platform's decoder, about a third as fast",
                    "Install libturbojpeg (apt install libturbojpeg0)");
        }
    }

    private void data() {
        for (String name :
                List.of("fashion-mnist", "stl10_binary", "cifar-10-batches-bin", "imagenet")) {
            Optional<Path> folder = DataFolder.find(name);
            ok(
                    name,
                    folder.map(Path::toString)
                            .orElseGet(
                                    () ->
                                            "not found in "
                                                    + DataFolder.candidates(name).stream()
                                                            .map(Path::toString)
                                                            .collect(Collectors.joining(", "))));
        }
    }

    private static String rootCause(Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message.strip();
    }
}
