package org.directpred.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.tensor.Library;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.Operators;
import org.directpred.tensor.SafeTensors;
import org.directpred.tensor.SafeTensorsHeader;
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
    private static final String RECIPE_JSON = "recipe json";
    private static final String THREADS = "threads";
    private static final String LOG_ROWS = "rows of the logs";
    private static final String EPOCHS = "epochs";
    private static final String CHANGES = "recipe changes";
    private static final String PREDICTOR = "predictor";

    /** The fields on which depends what a predictor's rule gave in the last step. */
    private static final Set<String> OF_THE_RULE =
            Set.of(PREDICTOR, "decoupledPredictorDecay", "length", "batchSize", "lastBatch");

    private static final ObjectMapper JSON = new ObjectMapper();

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
            CheckpointMetadata metadata = CheckpointMetadata.read(file);
            return metadata.optional("metric").filter(metric::equals).isPresent()
                    ? metadata.number("value")
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

    /**
     * How many rows each of the run's logs had when a checkpoint was written, by the file's name;
     * empty for a checkpoint that does not say.
     */
    static Map<String, Long> logRows(Path file) {
        try {
            CheckpointMetadata metadata = CheckpointMetadata.read(file);
            return metadata.optional(LOG_ROWS).isPresent() ? metadata.numbers(LOG_ROWS) : Map.of();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** The metadata of a checkpoint that is written after so many rows of each log. */
    static Map<String, String> logRows(Map<String, Long> rows) {
        return Map.of(LOG_ROWS, json(new TreeMap<>(rows)));
    }

    /** The text of a run's checkpoint, which must be one that this program reads. */
    static CheckpointMetadata metadata(Path file) {
        try {
            CheckpointMetadata metadata = CheckpointMetadata.read(file);
            metadata.require(FORMAT, VERSION);
            return metadata;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** The fields of a checkpoint's recipe, also of those that it is older than. */
    static Map<String, String> recipe(CheckpointMetadata metadata) {
        return OlderRecipes.complete(metadata.texts("recipe"));
    }

    /**
     * The recipe of a checkpoint.
     *
     * @param own the user's values in it, which a file has by their names alone
     * @throws IllegalArgumentException naming the file and what of the recipe cannot be read
     */
    static Recipe recipe(Path file, Object... own) {
        CheckpointMetadata metadata = metadata(file);
        Optional<String> json = metadata.optional(RECIPE_JSON);
        try {
            return json.isPresent()
                    ? RecipeJson.read(json.get(), own)
                    : EarlierRecipe.of(file, recipe(metadata), own);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the recipe of the checkpoint %s cannot be read: %s"
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    /** Which steps are which epoch's; empty for a checkpoint that does not say. */
    static Optional<Epochs> epochs(CheckpointMetadata metadata) {
        if (metadata.optional(EPOCHS).isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Epochs.of(metadata.texts(EPOCHS)));
        } catch (NumberFormatException e) {
            throw metadata.damaged(EPOCHS, e.getMessage(), e);
        }
    }

    /** What was changed in a run's recipe on its way. */
    static List<RecipeChange> changes(CheckpointMetadata metadata) {
        return metadata.optional(CHANGES).isPresent() ? metadata.changes(CHANGES) : List.of();
    }

    /** The metadata of a checkpoint of a run of these epochs and changes. */
    static Map<String, String> history(Epochs epochs, List<RecipeChange> changes) {
        Map<String, String> history = new TreeMap<>(changesText(changes));
        history.put(EPOCHS, json(new TreeMap<>(epochs.fields())));
        return history;
    }

    /** The changes of a run's recipe, for a file's header; nothing where there are none. */
    static Map<String, String> changesText(List<RecipeChange> changes) {
        return changes.isEmpty() ? Map.of() : Map.of(CHANGES, json(changes));
    }

    /** The precision of the run that a checkpoint is of. */
    static Precision precision(Path file) {
        try {
            CheckpointMetadata metadata = CheckpointMetadata.read(file);
            metadata.require(FORMAT, VERSION);
            String name = metadata.texts("recipe").get("precision");
            return Arrays.stream(Precision.values())
                    .filter(p -> p.name().equals(name))
                    .findFirst()
                    .orElseThrow(
                            () -> metadata.damaged("recipe", "has the precision " + name, null));
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
        metadata.put(RECIPE_JSON, learner.recipe().json());
        metadata.putAll(images.metadata());
        metadata.put("counters", json(learner.counters()));
        metadata.putAll(Answers.metadata(learner));
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
     * @param changed whether the file may be of a recipe that was changed since
     * @throws IllegalArgumentException naming the file, and the field if it is of another recipe,
     *     or what differs in the images
     */
    static void restore(Path file, Learner learner, RunData images, boolean changed) {
        try (NDManager scope = learner.manager().newSubManager()) {
            SafeTensors stored = SafeTensors.read(file, scope);
            CheckpointMetadata metadata = new CheckpointMetadata(file, stored.metadata());
            metadata.require(FORMAT, VERSION);
            requireNoBfloat16(file);
            Set<String> differing = differing(metadata, learner.recipe(), changed);
            // Every checkpoint names its images.
            metadata.text("images");
            images.difference(
                            metadata,
                            differing.contains("batchSize") || differing.contains("lastBatch"))
                    .ifPresent(
                            difference -> {
                                throw new IllegalArgumentException(file + " " + difference);
                            });
            Map<String, NDArray> state = learner.state();
            Map<String, NDArray> arrays =
                    OlderRecipes.withoutSecondF(stored.tensors(), state.keySet());
            requireSameProbe(file, arrays.keySet(), state.keySet());
            if (differing.contains(PREDICTOR)) {
                requireLikePredictor(metadata, arrays, learner);
            }
            if (!state.keySet().equals(arrays.keySet())) {
                var lacking = new TreeSet<>(state.keySet());
                lacking.removeAll(arrays.keySet());
                throw new IllegalArgumentException(file + " lacks the arrays " + lacking);
            }
            state.forEach((name, array) -> requireLike(file, name, array, arrays.get(name)));
            Map<String, Long> counters = counters(metadata, learner);
            state.forEach((name, array) -> Operators.copy(array, arrays.get(name)));
            boolean sameRule = Collections.disjoint(differing, OF_THE_RULE);
            restoreCounters(file, learner, counters, sameRule);
            if (sameRule) {
                Answers.require(metadata, learner);
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** The fields in which a checkpoint's recipe differs from the run's, where it may. */
    private static Set<String> differing(
            CheckpointMetadata metadata, Recipe recipe, boolean changed) {
        if (!changed) {
            SameRecipe.require(metadata.file(), recipe(metadata), recipe);
            return Set.of();
        }
        return SameRecipe.changes(metadata.file(), recipe(metadata), recipe).stream()
                .map(d -> SameRecipe.field(d.path()))
                .collect(Collectors.toSet());
    }

    /** Refuses to go on with another predictor whose state is not of the same kind. */
    private static void requireLikePredictor(
            CheckpointMetadata metadata, Map<String, NDArray> stored, Learner learner) {
        Set<String> before = predictorState(stored, metadata.numbers("counters").keySet());
        Set<String> now = predictorState(learner.state(), learner.counters().keySet());
        if (!before.equals(now)) {
            throw new IllegalArgumentException(
                    "%s cannot go on by that recipe: its predictor is \"%s\" and cannot become \"%s\" (its state is %s, and the other's is %s). Leave that as it is, or use another folder for this run."
                            .formatted(
                                    metadata.file(),
                                    recipe(metadata).get(PREDICTOR),
                                    learner.recipe().predictor().describe(),
                                    before,
                                    now));
        }
    }

    private static Set<String> predictorState(Map<String, NDArray> arrays, Set<String> counters) {
        Set<String> all = new TreeSet<>();
        arrays.forEach((name, array) -> all.add(name + array.getShape()));
        all.addAll(counters);
        all.removeIf(name -> !name.startsWith(PREDICTOR + "."));
        return all;
    }

    /** Arrays of bfloat16 are read as float32, with fewer digits than any run has written. */
    private static void requireNoBfloat16(Path file) throws IOException {
        for (SafeTensorsHeader.Entry entry : SafeTensorsHeader.read(file).entries()) {
            if (entry.type() == DataType.BFLOAT16) {
                throw new IllegalArgumentException(
                        "%s: the array %s is of type bfloat16, which no checkpoint has"
                                .formatted(file, entry.name()));
            }
        }
    }

    /** Refuses an array of another type or shape, or one that holds NaN or infinity. */
    private static void requireLike(Path file, String name, NDArray expected, NDArray stored) {
        if (!stored.getShape().equals(expected.getShape())
                || stored.getDataType() != expected.getDataType()) {
            throw new IllegalArgumentException(
                    "%s: the array %s is of type %s and shape %s, but %s and %s were expected"
                            .formatted(
                                    file,
                                    name,
                                    stored.getDataType(),
                                    stored.getShape(),
                                    expected.getDataType(),
                                    expected.getShape()));
        }
        if (!name.startsWith(Learner.PROBE) && !Double.isFinite(sum(stored))) {
            throw new IllegalArgumentException(
                    "the checkpoint %s is damaged: its array %s holds numbers that are not finite. Delete the file to go on from the one before."
                            .formatted(file, name));
        }
    }

    private static Map<String, Long> counters(CheckpointMetadata metadata, Learner learner) {
        Map<String, Long> counters =
                OlderRecipes.withoutSecondF(
                        metadata.numbers("counters"), learner.counters().keySet());
        if (!counters.keySet().equals(learner.counters().keySet())) {
            throw metadata.damaged(
                    "counters",
                    "has %s, but %s were expected"
                            .formatted(counters.keySet(), learner.counters().keySet()),
                    null);
        }
        return counters;
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
            double sum = OnHost.number(a.sum().toType(DataType.FLOAT64, false));
            // Large numbers alone may be too many for float32.
            return Double.isFinite(sum)
                    ? sum
                    : OnHost.number(a.toType(DataType.FLOAT64, false).sum());
        }
    }

    private static void restoreCounters(
            Path file, Learner learner, Map<String, Long> counters, boolean sameRule) {
        try {
            learner.restoreCounters(counters, sameRule);
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

    static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
