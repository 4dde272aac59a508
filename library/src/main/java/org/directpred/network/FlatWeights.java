package org.directpred.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.Operators;

/**
 * The parameters of one network: a flat array of weights and one of BatchNorm statistics, both
 * float32.
 */
public final class FlatWeights implements AutoCloseable {
    private final ParameterLayout layout;
    private final NDManager manager;
    private final NDArray weights;
    private final NDArray statistics;

    /**
     * Fresh parameters.
     *
     * @param trained whether gradients are taken with respect to the weights
     * @param type float32, or float64 for checks
     */
    public FlatWeights(
            ParameterLayout layout, long seed, boolean trained, DataType type, NDManager parent) {
        this.layout = layout;
        this.manager = parent.newSubManager();
        this.weights = of(layout.initialWeights(seed), type);
        this.statistics = of(layout.initialStatistics(), type);
        if (trained) {
            weights.setRequiresGradient(true);
        }
    }

    /** The layout of the parameters in the flat arrays. */
    public ParameterLayout layout() {
        return layout;
    }

    /** All trained parameters, {@code [weightElements]}; not a copy. */
    public NDArray weights() {
        return weights;
    }

    /** All running means and variances, {@code [statisticElements]}; not a copy. */
    public NDArray statistics() {
        return statistics;
    }

    /** One parameter or buffer in PyTorch's layout, as a copy. */
    public float[] get(String name) {
        for (ParameterLayout.Slot slot : layout.weights()) {
            if (slot.name().equals(name)) {
                return ParameterLayout.fromChannelsLast(read(weights, slot), slot.shape());
            }
        }
        for (ParameterLayout.Slot slot : layout.statistics()) {
            if (slot.name().equals(name)) {
                return read(statistics, slot);
            }
        }
        throw new IllegalArgumentException("there is no parameter named " + name);
    }

    /**
     * Every parameter and buffer by PyTorch's name and in its layout, as copies.
     *
     * @param prefix of the names to take; it is left out of the result's
     */
    public Map<String, float[]> stateDict(String prefix) {
        Map<String, float[]> all = new LinkedHashMap<>();
        collect(weights, layout.weights(), prefix, all);
        collect(statistics, layout.statistics(), prefix, all);
        return all;
    }

    /**
     * Takes over parameters and buffers in PyTorch's layout.
     *
     * @param prefix stands before each name of the map here
     * @param values exactly the names that this network has below the prefix
     * @throws IllegalArgumentException naming a parameter that is missing, unknown or of another
     *     size
     */
    public void load(String prefix, Map<String, float[]> values) {
        Map<String, float[]> open = new LinkedHashMap<>(values);
        float[] w = floats(weights);
        float[] s = floats(statistics);
        place(layout.weights(), prefix, open, w);
        place(layout.statistics(), prefix, open, s);
        if (!open.isEmpty()) {
            throw new IllegalArgumentException(
                    "this network has no parameter named " + open.keySet());
        }
        try (NDArray newWeights = manager.create(w, weights.getShape());
                NDArray newStatistics = manager.create(s, statistics.getShape())) {
            Operators.copy(weights, newWeights);
            Operators.copy(statistics, newStatistics);
        }
    }

    @Override
    public void close() {
        manager.close();
    }

    private static void collect(
            NDArray array,
            List<ParameterLayout.Slot> slots,
            String prefix,
            Map<String, float[]> all) {
        float[] values = floats(array);
        for (ParameterLayout.Slot slot : slots) {
            if (slot.name().startsWith(prefix)) {
                float[] part =
                        Arrays.copyOfRange(
                                values, (int) slot.offset(), (int) (slot.offset() + slot.size()));
                all.put(
                        slot.name().substring(prefix.length()),
                        ParameterLayout.fromChannelsLast(part, slot.shape()));
            }
        }
    }

    private static void place(
            List<ParameterLayout.Slot> slots,
            String prefix,
            Map<String, float[]> open,
            float[] to) {
        for (ParameterLayout.Slot slot : slots) {
            if (slot.name().startsWith(prefix)) {
                String name = slot.name().substring(prefix.length());
                float[] values = open.remove(name);
                if (values == null) {
                    throw new IllegalArgumentException("the parameter " + name + " is missing");
                }
                if (values.length != slot.size()) {
                    throw new IllegalArgumentException(
                            "the parameter %s must have %d elements (shape %s), not %d"
                                    .formatted(name, slot.size(), slot.shape(), values.length));
                }
                float[] placed = ParameterLayout.toChannelsLast(values, slot.shape());
                System.arraycopy(placed, 0, to, (int) slot.offset(), placed.length);
            }
        }
    }

    private NDArray of(float[] values, DataType type) {
        NDArray array = manager.create(values, new Shape(values.length));
        if (type == DataType.FLOAT32) {
            return array;
        }
        try (array) {
            return array.toType(type, false);
        }
    }

    private static float[] floats(NDArray array) {
        try (NDArray plain = array.stopGradient();
                NDArray narrow = plain.toType(DataType.FLOAT32, true)) {
            return OnHost.floats(narrow);
        }
    }

    private static float[] read(NDArray array, ParameterLayout.Slot slot) {
        float[] values = floats(array);
        return Arrays.copyOfRange(values, (int) slot.offset(), (int) (slot.offset() + slot.size()));
    }
}
