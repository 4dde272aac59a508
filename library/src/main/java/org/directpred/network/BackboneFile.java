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
import org.directpred.progress.Progress;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.SafeTensors;
import org.directpred.tensor.Torch;

/** An encoder's parameters and statistics in a safetensors file, by PyTorch's names. */
final class BackboneFile {
    private static final String COUNTER = ".num_batches_tracked";

    /** MoCo's encoder that gradients train, beside the one that follows it as a moving average. */
    private static final String QUERY = "encoder_q.";

    private static final String KEY = "encoder_k.";

    /** torchvision's last layer, or the head that a training put in its place. */
    private static final String LAST_LAYER = "fc.";

    /** The format's name in a checkpoint of a run. */
    private static final String CHECKPOINT = "directpred checkpoint";

    private BackboneFile() {}

    /**
     * Writes the parameters and statistics below a prefix, which the file's names leave out.
     *
     * @param metadata text for the file's header
     */
    static void write(Path file, FlatWeights weights, String prefix, Map<String, String> metadata) {
        Map<String, float[]> values = weights.stateDict(prefix);
        try (NDManager cpu = Torch.newManager(Device.cpu())) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            for (ParameterLayout.Slot slot : slots(weights.layout(), prefix)) {
                String name = slot.name().substring(prefix.length());
                tensors.put(name, cpu.create(values.get(name), shape(slot)));
                if (name.endsWith(".running_var")) {
                    // PyTorch looks at this count only where BatchNorm has no momentum.
                    tensors.put(
                            name.replace(".running_var", COUNTER),
                            cpu.create(new long[] {0}, new Shape()));
                }
            }
            new SafeTensors(metadata, tensors).write(file);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the backbone %s could not be written (%s)".formatted(file, e.getMessage()), e);
        }
    }

    /**
     * Reads values for the parameters and statistics below a prefix of this network, by the names
     * without it. In the file all of them may stand below a prefix of its own ({@code
     * module.encoder.}), which is found and said; what else the file holds beside that is left. Of
     * MoCo's two encoders the query encoder is taken, which gradients train.
     *
     * @throws IllegalArgumentException if the file has others or lacks some, or has them below
     *     several prefixes
     */
    static Map<String, float[]> read(Path file, ParameterLayout layout, String prefix) {
        List<ParameterLayout.Slot> slots = slots(layout, prefix);
        Set<String> wanted = new TreeSet<>();
        slots.forEach(slot -> wanted.add(slot.name().substring(prefix.length())));
        try (NDManager cpu = Torch.newManager(Device.cpu())) {
            SafeTensors stored = SafeTensors.read(file, cpu);
            requireBackbone(file, stored);
            String theirs = theirPrefix(file, wanted, stored.tensors().keySet());
            Map<String, NDArray> open = new TreeMap<>();
            stored.tensors()
                    .forEach(
                            (name, array) -> {
                                if (name.startsWith(theirs)) {
                                    open.put(name.substring(theirs.length()), array);
                                }
                            });
            open.keySet()
                    .removeIf(
                            n ->
                                    n.endsWith(COUNTER)
                                            || (n.startsWith(LAST_LAYER) && !wanted.contains(n)));
            Map<String, float[]> values = new LinkedHashMap<>();
            Set<String> missing = new TreeSet<>();
            for (ParameterLayout.Slot slot : slots) {
                String name = slot.name().substring(prefix.length());
                NDArray array = open.remove(name);
                if (array == null) {
                    missing.add(name);
                } else {
                    values.put(name, values(file, theirs + name, array, shape(slot)));
                }
            }
            if (!missing.isEmpty() || !open.isEmpty()) {
                throw new IllegalArgumentException(
                        "%s is of another network: it lacks %s, and this network has no %s"
                                .formatted(file, missing, open.keySet()));
            }
            if (!theirs.isEmpty()) {
                Progress.message(
                        "%s: took the %d parameters below \"%s\"; the rest of the file was left"
                                .formatted(file, values.size(), theirs));
            }
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the backbone %s cannot be read (%s)".formatted(file, e.getMessage()), e);
        }
    }

    /** Refuses the other files of this library, which hold no encoder by PyTorch's names. */
    private static void requireBackbone(Path file, SafeTensors stored) {
        if (CHECKPOINT.equals(stored.metadata().get("format"))) {
            throw new IllegalArgumentException(
                    "%s is the checkpoint of a run, not a backbone: start the run again with Pretraining.of(recipe).in(folder).on(images), then use run.backbone() or write one with run.saveBackbone(file)"
                            .formatted(file));
        }
        if (stored.tensors().keySet().equals(Set.of("features", "labels"))) {
            throw new IllegalArgumentException(
                    "%s is a file of features, not a backbone: read it with Features.load(file)"
                            .formatted(file));
        }
    }

    /** The prefix of every wanted parameter's name; empty where there is no such. */
    private static String theirPrefix(Path file, Set<String> wanted, Set<String> names) {
        if (names.containsAll(wanted)) {
            return "";
        }
        String first = wanted.iterator().next();
        List<String> prefixes =
                names.stream()
                        .filter(name -> name.endsWith("." + first))
                        .map(name -> name.substring(0, name.length() - first.length()))
                        .filter(p -> wanted.stream().allMatch(w -> names.contains(p + w)))
                        .sorted()
                        .toList();
        List<String> queries =
                prefixes.stream()
                        .filter(p -> p.endsWith(QUERY))
                        .filter(p -> prefixes.contains(keyOf(p)))
                        .toList();
        if (prefixes.size() == 2 && queries.size() == 1) {
            return queries.get(0);
        }
        if (prefixes.size() > 1) {
            throw new IllegalArgumentException(
                    "%s holds this network several times, below %s: keep the one that is meant, in Python by {k: v for k, v in weights.items() if k.startswith(\"%s\")}"
                            .formatted(file, prefixes, prefixes.get(0)));
        }
        return prefixes.isEmpty() ? "" : prefixes.get(0);
    }

    private static String keyOf(String query) {
        return query.substring(0, query.length() - QUERY.length()) + KEY;
    }

    private static float[] values(Path file, String name, NDArray array, Shape expected) {
        if (!array.getShape().equals(expected)) {
            throw new IllegalArgumentException(
                    "%s: %s is of shape %s, but this network's is %s"
                            .formatted(file, name, array.getShape(), expected));
        }
        if (!array.getDataType().isFloating()) {
            throw new IllegalArgumentException(
                    "%s: %s is of type %s, but numbers with a fraction were expected (float16, bfloat16, float32 or float64)"
                            .formatted(file, name, array.getDataType()));
        }
        float[] values = OnHost.floats(array.toType(DataType.FLOAT32, false));
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException(
                        "%s: number %d of %s is %s".formatted(file, i, name, values[i]));
            }
        }
        return values;
    }

    private static List<ParameterLayout.Slot> slots(ParameterLayout layout, String prefix) {
        List<ParameterLayout.Slot> slots = new ArrayList<>(layout.weights());
        slots.addAll(layout.statistics());
        slots.removeIf(slot -> !slot.name().startsWith(prefix));
        return slots;
    }

    private static Shape shape(ParameterLayout.Slot slot) {
        return new Shape(slot.shape().stream().mapToLong(Long::longValue).toArray());
    }
}
