package org.directpred.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.NativeResource;
import java.util.Locale;
import java.util.function.Supplier;

/** The PyTorch engine, started once with the settings that this library relies on. */
public final class Torch {
    private Torch() {}

    /**
     * The engine.
     *
     * @throws IllegalStateException if its native libraries cannot be loaded
     */
    public static Engine engine() {
        return Holder.ENGINE;
    }

    /**
     * The engine's name and version, with the number of threads it computes on: provenance of every
     * result.
     */
    public static String version() {
        return "PyTorch " + engine().getVersion() + ", " + threads() + " threads";
    }

    /**
     * The number of threads that the engine computes on, {@code OMP_NUM_THREADS} where that is set;
     * sums are the same bit for bit only on as many.
     */
    public static int threads() {
        engine();
        return JniUtils.getNumThreads();
    }

    /** The first GPU where the engine finds one, else the CPU. */
    public static Device bestDevice() {
        return engine().getGpuCount() > 0 ? Device.gpu() : Device.cpu();
    }

    /**
     * The device of that name.
     *
     * @param name {@code cpu}, {@code gpu} (the first one) or {@code gpu0}, {@code gpu1}, ...
     * @throws IllegalArgumentException if the name is none of these or the machine has no such
     *     device
     */
    public static Device device(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("cpu")) {
            return Device.cpu();
        }
        if (!lower.matches("gpu\\d*")) {
            throw new IllegalArgumentException(
                    "unknown device \"" + name + "\": expected cpu, gpu, gpu0, gpu1, ...");
        }
        int index = lower.length() == 3 ? 0 : Integer.parseInt(lower.substring(3));
        int present = engine().getGpuCount();
        if (index >= present) {
            throw new IllegalArgumentException(
                    "there is no device \""
                            + name
                            + "\": this engine ("
                            + version()
                            + ") sees "
                            + present
                            + " GPUs. Use \"cpu\", or install the CUDA flavour of the kernel.");
        }
        return Device.gpu(index);
    }

    /**
     * A new root of ownership on a device; the caller closes it, and with it every array made in
     * it.
     */
    public static NDManager newManager(Device device) {
        return engine().newBaseManager(device);
    }

    /**
     * Checks that an array has not been closed, before the engine says so in words that name
     * nothing.
     *
     * @param message says what is closed and what to do
     * @throws IllegalStateException with that message if it has
     */
    public static void requireOpen(NDArray array, Supplier<String> message) {
        if (array instanceof NativeResource<?> resource && resource.isReleased()) {
            throw new IllegalStateException(message.get());
        }
    }

    /**
     * The array without its history: same memory, outside the graph. The caller closes it or its
     * manager does.
     */
    public static NDArray detach(NDArray array) {
        return array.stopGradient();
    }

    /**
     * Drops the gradient of a leaf, whose values stay. PyTorch's {@code zero_grad} does the same:
     * to set the gradient to zeros would cost their memory through the next forward pass, and an
     * addition in its backward pass.
     *
     * @param leaf an array with {@code setRequiresGradient(true)}. Called outside every gradient
     *     collector.
     */
    public static void dropGradient(NDArray leaf) {
        NDArray fresh = leaf.stopGradient();
        fresh.setRequiresGradient(true);
        // The same Java object, for whoever keeps it, takes over the tensor without gradient.
        leaf.intern(fresh);
    }

    private static final class Holder {
        static final Engine ENGINE = start();

        private static Engine start() {
            Engine engine;
            try {
                engine = Engine.getEngine("PyTorch");
            } catch (RuntimeException e) {
                throw new IllegalStateException(
                        "the PyTorch engine did not start: its native libraries (ai.djl.pytorch:pytorch-jni and"
                                + " pytorch-native-cpu, or a CUDA build) must be on the class path for "
                                + System.getProperty("os.name")
                                + " "
                                + System.getProperty("os.arch"),
                        e);
            }
            // The profiling executor spends the first calls of every graph on specialisation; our
            // graphs gain nothing.
            JniUtils.setGraphExecutorOptimize(false);
            return engine;
        }
    }
}
