package org.directpred.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.directpred.network.Layer.BatchNorm;
import org.directpred.network.Layer.Child;
import org.directpred.network.Layer.Convolution;
import org.directpred.network.Layer.Custom;
import org.directpred.network.Layer.GlobalAveragePool;
import org.directpred.network.Layer.Linear;
import org.directpred.network.Layer.MaxPool;
import org.directpred.network.Layer.Relu;
import org.directpred.network.Layer.Residual;
import org.directpred.network.Layer.Sequence;
import org.directpred.tensor.ParameterGroups;

/**
 * The place of each parameter of a network in its two flat arrays: one of weights, one of BatchNorm
 * statistics.
 *
 * <p>In the array of weights the matrices and kernels come first, the vectors (biases, BatchNorm's
 * scale and shift) after them: so bf16 casts, decay and LARS apply to one stretch. Kernels lie as
 * {@code [out, height, width, in]}, which makes a permuted view of them a channels-last weight
 * without a copy; {@link Slot#shape} is PyTorch's {@code [out, in, height, width]}.
 */
public final class ParameterLayout {

    /**
     * One parameter or buffer.
     *
     * @param name PyTorch's name in its {@code state_dict}
     * @param shape PyTorch's shape
     * @param offset its first element in the flat array
     */
    public record Slot(String name, List<Long> shape, long offset) {
        /** The number of elements. */
        public long size() {
            return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
        }

        /** Whether it is a bias or BatchNorm's scale or shift. */
        public boolean isVector() {
            return shape.size() <= 1;
        }
    }

    private record Draft(String name, List<Long> shape, Filler filler) {}

    @FunctionalInterface
    interface Filler {
        void fill(float[] values, long seed);
    }

    /** Names of parameters and of buffers, each in the order in which the layers run. */
    record Names(List<String> weights, List<String> statistics) {}

    private final List<Slot> weights;
    private final List<Slot> statistics;
    private final Map<String, Filler> fillers = new HashMap<>();
    private final long matrixElements;
    private final long weightElements;
    private final long statisticElements;

    /**
     * The layout of a network of several named parts.
     *
     * @param parts the parts' prefixes and layers, in the order in which they run
     */
    public ParameterLayout(List<Child> parts) {
        List<Draft> drafts = new ArrayList<>();
        List<Draft> buffers = new ArrayList<>();
        for (Child part : parts) {
            collect(part.name(), part.layer(), drafts, buffers);
        }
        List<Draft> ordered = new ArrayList<>();
        drafts.stream().filter(d -> d.shape().size() > 1).forEach(ordered::add);
        long matrices = elements(ordered);
        drafts.stream().filter(d -> d.shape().size() <= 1).forEach(ordered::add);
        weights = slots(ordered);
        statistics = slots(buffers);
        matrixElements = matrices;
        weightElements = elements(ordered);
        statisticElements = elements(buffers);
        ordered.forEach(d -> fillers.put(d.name(), d.filler()));
        buffers.forEach(d -> fillers.put(d.name(), d.filler()));
    }

    /** The names of a part, which has the prefix before each of them. */
    static Names names(String prefix, Layer layer) {
        List<Draft> drafts = new ArrayList<>();
        List<Draft> buffers = new ArrayList<>();
        collect(prefix, layer, drafts, buffers);
        return new Names(
                drafts.stream().map(Draft::name).toList(),
                buffers.stream().map(Draft::name).toList());
    }

    /** The trained parameters in the order in which they lie. */
    public List<Slot> weights() {
        return weights;
    }

    /** BatchNorm's running means and variances in the order in which they lie. */
    public List<Slot> statistics() {
        return statistics;
    }

    /** The number of elements of the matrices and kernels: where the vectors begin. */
    public long matrixElements() {
        return matrixElements;
    }

    /** The length of the array of weights. */
    public long weightElements() {
        return weightElements;
    }

    /** The length of the array of statistics. */
    public long statisticElements() {
        return statisticElements;
    }

    /** How the array of weights is divided. */
    public ParameterGroups parameterGroups() {
        return new ParameterGroups(
                weights.stream().filter(slot -> !slot.isVector()).map(Slot::size).toList(),
                weights.stream().filter(Slot::isVector).map(Slot::size).toList());
    }

    /** The index of a weight among {@link #weights}. */
    int weight(String name) {
        return index(weights, name);
    }

    /** The index of a buffer among {@link #statistics}. */
    int statistic(String name) {
        return index(statistics, name);
    }

    /**
     * Fresh weights.
     *
     * @param seed each parameter draws from a generator of its own, keyed by the seed and its name:
     *     the values depend neither on the device nor on what else the network has
     */
    public float[] initialWeights(long seed) {
        return initial(weights, weightElements, seed);
    }

    /** Fresh statistics: means of 0, variances of 1, unless a user's block came with others. */
    public float[] initialStatistics() {
        return initial(statistics, statisticElements, 0);
    }

    private float[] initial(List<Slot> slots, long elements, long seed) {
        float[] all = new float[Math.toIntExact(elements)];
        for (Slot slot : slots) {
            float[] values = new float[Math.toIntExact(slot.size())];
            Objects.requireNonNull(fillers.get(slot.name()), slot.name())
                    .fill(values, mix(seed, slot.name()));
            System.arraycopy(
                    toChannelsLast(values, slot.shape()),
                    0,
                    all,
                    (int) slot.offset(),
                    values.length);
        }
        return all;
    }

    /**
     * Reorders a kernel from PyTorch's {@code [out, in, h, w]} to {@code [out, h, w, in]}; leaves
     * others as they are.
     */
    public static float[] toChannelsLast(float[] values, List<Long> shape) {
        return permuted(values, shape, true);
    }

    /** The inverse of {@link #toChannelsLast}. */
    public static float[] fromChannelsLast(float[] values, List<Long> shape) {
        return permuted(values, shape, false);
    }

    private static float[] permuted(float[] values, List<Long> shape, boolean forward) {
        if (shape.size() != 4) {
            return values;
        }
        int out = shape.get(0).intValue();
        int in = shape.get(1).intValue();
        int area = (int) (shape.get(2) * shape.get(3));
        float[] result = new float[values.length];
        for (int o = 0; o < out; o++) {
            for (int i = 0; i < in; i++) {
                for (int p = 0; p < area; p++) {
                    int first = (o * in + i) * area + p;
                    int last = (o * area + p) * in + i;
                    if (forward) {
                        result[last] = values[first];
                    } else {
                        result[first] = values[last];
                    }
                }
            }
        }
        return result;
    }

    private static void collect(
            String prefix, Layer layer, List<Draft> weights, List<Draft> buffers) {
        if (layer instanceof Sequence sequence) {
            for (Child child : sequence.children()) {
                collect(join(prefix, child.name()), child.layer(), weights, buffers);
            }
        } else if (layer instanceof Residual residual) {
            collect(prefix, residual.main(), weights, buffers);
            collect(join(prefix, "downsample"), residual.shortcut(), weights, buffers);
        } else if (layer instanceof Convolution c) {
            Filler filler =
                    switch (c.start()) {
                        case UNIFORM_FAN_IN -> uniform(c.scale());
                        case NORMAL_FAN_OUT -> normal(c.scale());
                    };
            List<Long> shape =
                    List.of((long) c.out(), (long) c.in(), (long) c.kernel(), (long) c.kernel());
            weights.add(new Draft(join(prefix, "weight"), shape, filler));
        } else if (layer instanceof Linear linear) {
            Filler filler = uniform(linear.scale());
            weights.add(
                    new Draft(
                            join(prefix, "weight"),
                            List.of((long) linear.out(), (long) linear.in()),
                            filler));
            if (linear.bias()) {
                weights.add(new Draft(join(prefix, "bias"), List.of((long) linear.out()), filler));
            }
        } else if (layer instanceof BatchNorm norm) {
            List<Long> shape = List.of((long) norm.channels());
            if (norm.affine()) {
                weights.add(new Draft(join(prefix, "weight"), shape, constant(1)));
                weights.add(new Draft(join(prefix, "bias"), shape, constant(0)));
            }
            buffers.add(new Draft(join(prefix, "running_mean"), shape, constant(0)));
            buffers.add(new Draft(join(prefix, "running_var"), shape, constant(1)));
        } else if (layer instanceof Custom custom) {
            try (BlockForm form = new BlockForm(custom.maker().get(), custom.input())) {
                form.weights().forEach(entry -> weights.add(draft(prefix, entry)));
                form.statistics().forEach(entry -> buffers.add(draft(prefix, entry)));
            }
        } else if (!(layer instanceof Relu
                || layer instanceof MaxPool
                || layer instanceof GlobalAveragePool)) {
            throw new IllegalArgumentException("unknown layer " + layer);
        }
    }

    static String join(String prefix, String name) {
        return prefix.isEmpty() ? name : name.isEmpty() ? prefix : prefix + "." + name;
    }

    private static Draft draft(String prefix, BlockForm.Entry entry) {
        return new Draft(join(prefix, entry.name()), entry.shape(), entry.start());
    }

    private static Filler constant(float value) {
        return (values, seed) -> Arrays.fill(values, value);
    }

    private static Filler uniform(double bound) {
        return (values, seed) -> {
            Random random = new Random(seed);
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
            }
        };
    }

    private static Filler normal(double deviation) {
        return (values, seed) -> {
            Random random = new Random(seed);
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextGaussian() * deviation);
            }
        };
    }

    private static List<Slot> slots(List<Draft> drafts) {
        List<Slot> slots = new ArrayList<>();
        long offset = 0;
        for (Draft d : drafts) {
            Slot slot = new Slot(d.name(), d.shape(), offset);
            slots.add(slot);
            offset += slot.size();
        }
        return Collections.unmodifiableList(slots);
    }

    private static long elements(List<Draft> drafts) {
        return drafts.stream()
                .mapToLong(
                        d ->
                                d.shape().stream()
                                        .mapToLong(Long::longValue)
                                        .reduce(1, Math::multiplyExact))
                .sum();
    }

    private static int index(List<Slot> slots, String name) {
        for (int i = 0; i < slots.size(); i++) {
            if (slots.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("there is no parameter named " + name);
    }

    /** SplitMix64's finaliser over the seed and the name. */
    private static long mix(long seed, String name) {
        long z = seed;
        for (int i = 0; i < name.length(); i++) {
            z = (z ^ name.charAt(i)) * 0x9E3779B97F4A7C15L;
            z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
            z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
            z ^= z >>> 31;
        }
        return z;
    }
}
