package org.directpred.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.directpred.network.FunctionalNetwork.Part;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.tensor.SafeTensors;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;

/**
 * A backbone from a safetensors file, in evaluation mode.
 *
 * <p>The files hold PyTorch's names, shapes and order of numbers: a ResNet's are torchvision's
 * without its last layer, so that in Python
 *
 * <pre>
 * model = torchvision.models.resnet18()
 * model.fc = torch.nn.Identity()
 * model.load_state_dict(safetensors.torch.load_file("backbone.safetensors"), strict=True)
 * </pre>
 *
 * <p>loads one, and {@code safetensors.torch.save_file(model.state_dict(), ...)} writes one that
 * {@link #load} reads, with or without the last layer {@code fc}.
 */
public final class StoredBackbone implements Backbone, AutoCloseable {
    private static final String COUNTER = ".num_batches_tracked";
    private static final Set<String> LAST_LAYER = Set.of("fc.weight", "fc.bias");

    private final Architecture architecture;
    private final Network network;
    private final FlatWeights weights;
    private final NDManager manager;
    private final String description;

    private StoredBackbone(Path file, Architecture architecture, Device device) {
        this.architecture = architecture;
        this.manager = Torch.newManager(device);
        this.network = Network.of(List.of(new Part("", architecture)), Precision.FLOAT32, device);
        this.weights = new FlatWeights(network.layout(), 0, false, DataType.FLOAT32, manager);
        this.description = architecture.name() + " from " + file.getFileName();
        try {
            weights.load("", read(file, network.layout(), ""));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Reads a backbone; the caller closes it.
     *
     * @param file by {@link OnlineAndTarget#saveBackbone} or by Python
     * @param architecture what the file is of
     * @throws IllegalArgumentException naming the file and the parameter that it lacks, has too
     *     many or has in another shape
     * @throws UncheckedIOException if the file cannot be read
     */
    public static StoredBackbone load(Path file, Architecture architecture, Device device) {
        return TrainingThread.call(() -> new StoredBackbone(file, architecture, device));
    }

    @Override
    public NDArray features(NDArray images) {
        return network.features(images, weights.weights(), weights.statistics());
    }

    @Override
    public int dimension() {
        return architecture.outputs();
    }

    @Override
    public Device device() {
        return manager.getDevice();
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public void close() {
        TrainingThread.run(
                () -> {
                    network.close();
                    manager.close();
                });
    }

    /**
     * Writes the parameters and statistics below a prefix, which the file's names leave out.
     *
     * @param metadata text for the file's header
     */
    static void write(Path file, FlatWeights weights, String prefix, Map<String, String> metadata) {
        Map<String, float[]> values = weights.stateDict(prefix);
        try (NDManager cpu = Torch.newManager(Device.cpu())) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            List<ParameterLayout.Slot> slots = new ArrayList<>(weights.layout().weights());
            slots.addAll(weights.layout().statistics());
            for (ParameterLayout.Slot slot : slots) {
                if (slot.name().startsWith(prefix)) {
                    String name = slot.name().substring(prefix.length());
                    tensors.put(name, cpu.create(values.get(name), shape(slot)));
                    if (name.endsWith(".running_var")) {
                        // PyTorch looks at this count only where BatchNorm has no momentum.
                        tensors.put(
                                name.replace(".running_var", COUNTER),
                                cpu.create(new long[] {0}, new Shape()));
                    }
                }
            }
            new SafeTensors(metadata, tensors).write(file);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the backbone %s could not be written (%s)".formatted(file, e.getMessage()), e);
        }
    }

    /**
     * Reads values for the parameters and statistics below a prefix, by the names without it.
     *
     * @throws IllegalArgumentException if the file has others or lacks some
     */
    static Map<String, float[]> read(Path file, ParameterLayout layout, String prefix) {
        List<ParameterLayout.Slot> slots = new ArrayList<>(layout.weights());
        slots.addAll(layout.statistics());
        try (NDManager cpu = Torch.newManager(Device.cpu())) {
            Map<String, NDArray> open = new TreeMap<>(SafeTensors.read(file, cpu).tensors());
            open.keySet().removeIf(n -> n.endsWith(COUNTER) || LAST_LAYER.contains(n));
            Map<String, float[]> values = new LinkedHashMap<>();
            Set<String> missing = new TreeSet<>();
            for (ParameterLayout.Slot slot : slots) {
                if (!slot.name().startsWith(prefix)) {
                    continue;
                }
                String name = slot.name().substring(prefix.length());
                NDArray array = open.remove(name);
                if (array == null) {
                    missing.add(name);
                } else if (!array.getShape().equals(shape(slot))) {
                    throw new IllegalArgumentException(
                            "%s: %s is of shape %s, but this network's is %s"
                                    .formatted(file, name, array.getShape(), shape(slot)));
                } else {
                    values.put(name, array.toType(DataType.FLOAT32, false).toFloatArray());
                }
            }
            if (!missing.isEmpty() || !open.isEmpty()) {
                throw new IllegalArgumentException(
                        "%s is of another network: it lacks %s, and this network has no %s"
                                .formatted(file, missing, open.keySet()));
            }
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the backbone %s cannot be read (%s)".formatted(file, e.getMessage()), e);
        }
    }

    private static Shape shape(ParameterLayout.Slot slot) {
        return new Shape(slot.shape().stream().mapToLong(Long::longValue).toArray());
    }
}
