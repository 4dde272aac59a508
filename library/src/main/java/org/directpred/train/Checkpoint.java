package org.directpred.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.tensor.Library;
import org.directpred.tensor.Operators;
import org.directpred.tensor.SafeTensors;
import org.directpred.tensor.Torch;

/**
 * Everything that the future of a run depends on, in one safetensors file: weights, target,
 * BatchNorm's statistics, momentum, the predictor, F and its counter, the step, the recipe, and the
 * versions and the number of threads that wrote it. The position of the random numbers is the step,
 * for every image's views are drawn from a generator of its own.
 */
final class Checkpoint {
    private static final String FORMAT = "directpred checkpoint";
    private static final int VERSION = 1;
    private static final String THREADS = "threads";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<TreeMap<String, String>> TEXTS = new TypeReference<>() {};
    private static final TypeReference<TreeMap<String, Long>> NUMBERS = new TypeReference<>() {};

    private Checkpoint() {}

    /** The metadata of a checkpoint that is the best so far. */
    static Map<String, String> value(String metric, double value) {
        return Map.of("metric", metric, "value", Double.toString(value));
    }

    /** What a best checkpoint reached in a metric, or the other value if the file has no such. */
    static double value(Path file, String metric, double otherwise) {
        if (!Files.exists(file)) {
            return otherwise;
        }
        try {
            Map<String, String> metadata = SafeTensors.readMetadata(file);
            return metric.equals(metadata.get("metric"))
                    ? Double.parseDouble(metadata.get("value"))
                    : otherwise;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** The threads of the engine that wrote a file, if it says so and differs from this one's. */
    static Optional<String> otherThreads(Path file) {
        try {
            return Optional.ofNullable(SafeTensors.readMetadata(file).get(THREADS))
                    .filter(written -> !written.equals(Integer.toString(Torch.threads())));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** The precision of the run that a checkpoint is of. */
    static Precision precision(Path file) {
        try {
            String recipe = SafeTensors.readMetadata(file).get("recipe");
            if (recipe == null) {
                throw new IllegalArgumentException(
                        file + " is a safetensors file, but no checkpoint of a run");
            }
            return Precision.valueOf(JSON.readValue(recipe, TEXTS).get("precision"));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /**
     * Writes a learner's state; the file appears whole or not at all.
     *
     * @param more text for the file's header
     * @throws Diverged if an array of it holds a number that is not finite
     */
    static void write(Path file, Learner learner, RunData images, Map<String, String> more) {
        learner.requireWhole();
        requireFinite(learner);
        Map<String, String> metadata = new TreeMap<>(more);
        metadata.put("format", FORMAT);
        metadata.put("version", Integer.toString(VERSION));
        metadata.put("recipe", json(learner.recipe().fields()));
        metadata.putAll(images.metadata());
        metadata.put("counters", json(learner.counters()));
        metadata.put("library", Library.version());
        metadata.put("engine", Torch.version());
        metadata.put(THREADS, Integer.toString(Torch.threads()));
        metadata.put("java", Runtime.version().toString());
        metadata.put("device", learner.manager().getDevice().toString());
        try {
            new SafeTensors(metadata, learner.state()).write(file);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the checkpoint %s could not be written (%s); those before it are still there. Free space on its disk, then run the cell again."
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    /**
     * Takes a learner back to a file's state.
     *
     * @throws IllegalArgumentException naming the file, and the field if it is of another recipe,
     *     or what differs in the images
     */
    static void restore(Path file, Learner learner, RunData images) {
        try (NDManager scope = learner.manager().newSubManager()) {
            SafeTensors stored = SafeTensors.read(file, scope);
            Map<String, String> metadata = stored.metadata();
            if (!FORMAT.equals(metadata.get("format"))) {
                throw new IllegalArgumentException(
                        file
                                + " is a safetensors file, but no checkpoint of a run: its format is "
                                + metadata.get("format"));
            }
            String version = metadata.get("version");
            if (!Integer.toString(VERSION).equals(version)) {
                throw new IllegalArgumentException(
                        "%s is a checkpoint of version %s; this program reads version %d"
                                .formatted(file, version, VERSION));
            }
            SameRecipe.require(
                    file,
                    OlderRecipes.complete(JSON.readValue(metadata.get("recipe"), TEXTS)),
                    learner.recipe());
            images.difference(metadata)
                    .ifPresent(
                            difference -> {
                                throw new IllegalArgumentException(file + " " + difference);
                            });
            Map<String, NDArray> state = learner.state();
            requireSameProbe(file, stored.tensors().keySet(), state.keySet());
            if (!state.keySet().equals(stored.tensors().keySet())) {
                var differing = new TreeSet<>(state.keySet());
                differing.removeAll(stored.tensors().keySet());
                throw new IllegalArgumentException(file + " lacks the arrays " + differing);
            }
            for (Map.Entry<String, NDArray> entry : state.entrySet()) {
                NDArray array = stored.tensors().get(entry.getKey());
                if (!array.getShape().equals(entry.getValue().getShape())) {
                    throw new IllegalArgumentException(
                            "%s: the array %s is of shape %s, but %s was expected"
                                    .formatted(
                                            file,
                                            entry.getKey(),
                                            array.getShape(),
                                            entry.getValue().getShape()));
                }
            }
            Map<String, Long> counters = JSON.readValue(metadata.get("counters"), NUMBERS);
            state.forEach((name, array) -> Operators.copy(array, stored.tensors().get(name)));
            restoreCounters(file, learner, counters);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /**
     * The online probe apart: nothing hangs on it, and it has no accuracy before the first label.
     */
    private static void requireFinite(Learner learner) {
        for (Map.Entry<String, NDArray> entry : learner.state().entrySet()) {
            if (entry.getKey().startsWith(Learner.PROBE)) {
                continue;
            }
            double sum = sum(entry.getValue());
            if (!Double.isFinite(sum)) {
                throw Diverged.state(
                        entry.getKey(), learner.steps(), sum, learner.recipe().learningRate());
            }
        }
    }

    /** Not finite where an element is not. */
    private static double sum(NDArray array) {
        try (NDManager scope = array.getManager().newSubManager()) {
            NDArray a = array.stopGradient();
            a.attach(scope);
            double sum = a.sum().toType(DataType.FLOAT64, false).getDouble();
            // Large numbers alone may be too many for float32.
            return Double.isFinite(sum) ? sum : a.toType(DataType.FLOAT64, false).sum().getDouble();
        }
    }

    private static void restoreCounters(Path file, Learner learner, Map<String, Long> counters) {
        try {
            learner.restoreCounters(counters);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    /** A log with the online accuracy of some rows alone would mislead. */
    private static void requireSameProbe(Path file, Set<String> stored, Set<String> wanted) {
        boolean with = stored.stream().anyMatch(name -> name.startsWith(Learner.PROBE));
        if (with != wanted.stream().anyMatch(name -> name.startsWith(Learner.PROBE))) {
            throw new IllegalArgumentException(
                    "%s is of a run %s an online probe: %s, or use another folder for this run."
                            .formatted(
                                    file,
                                    with ? "with" : "without",
                                    with
                                            ? "start this one by withOnlineProbe()"
                                            : "leave out withOnlineProbe()"));
        }
    }

    private static IllegalArgumentException unreadable(IOException e) {
        return new IllegalArgumentException(
                "the checkpoint cannot be read: "
                        + e.getMessage()
                        + ". Delete the file to go on from the one before.",
                e);
    }

    private static String json(Map<String, ?> map) {
        try {
            return JSON.writeValueAsString(map);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
