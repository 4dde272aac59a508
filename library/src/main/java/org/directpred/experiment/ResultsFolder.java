package org.directpred.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.directpred.progress.Differences;
import org.directpred.progress.Progress;
import org.directpred.tensor.Library;
import org.directpred.train.Names;

/**
 * The folder of an ablation: {@code ablation.json} says what it is of, {@code results.jsonl} has
 * one line for each point that has run, {@code logs} what child processes printed.
 */
final class ResultsFolder {
    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RESULTS = "results.jsonl";
    private static final String MANIFEST = "ablation.json";

    private final Path folder;

    ResultsFolder(Path folder) {
        this.folder = folder.toAbsolutePath();
    }

    Path path() {
        return folder;
    }

    /**
     * Claims the folder for one run.
     *
     * @throws IllegalStateException if another run has it
     */
    AutoCloseableLock claim() {
        Path file = folder.resolve("lock");
        try {
            Files.createDirectories(folder);
            FileChannel channel =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            FileLock lock;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException e) {
                lock = null;
            }
            if (lock == null) {
                channel.close();
                throw new IllegalStateException(
                        folder
                                + " is being written by another run ("
                                + Files.readString(file).strip()
                                + "): wait for it, stop it, or name another folder");
            }
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(
                            ("process " + ProcessHandle.current().pid() + "\n")
                                    .getBytes(StandardCharsets.UTF_8)));
            return channel::close;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot claim the folder " + folder, e);
        }
    }

    /** Releases the folder. */
    interface AutoCloseableLock extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    /**
     * Writes what the folder is of, or compares it with what it says.
     *
     * @throws IllegalArgumentException if it is of something else or other images, or an arm's rule
     *     has no name
     */
    void describe(Ablation ablation) {
        requireNames(ablation);
        try {
            Path file = folder.resolve(MANIFEST);
            ObjectNode manifest = JSON.createObjectNode();
            manifest.put("format", FORMAT);
            manifest.put("library", Library.version());
            manifest.put("name", ablation.name());
            ObjectNode arms = manifest.putObject("arms");
            ArmData data = new ArmData();
            if (Files.exists(file)) {
                // Arms of the folder that this ablation leaves out keep their settings.
                JsonNode before = require(ablation, file);
                arms.setAll((ObjectNode) before.get("arms"));
                data.require(file, before, ablation);
                data.keep(manifest, before);
            }
            for (Arm arm : ablation.arms()) {
                ObjectNode settings = JSON.createObjectNode();
                arm.settings().forEach(settings::put);
                arms.set(arm.name(), settings);
            }
            data.describe(manifest, ablation);
            String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(manifest) + "\n";
            if (Files.exists(file) && Files.readString(file).equals(text)) {
                return;
            }
            Files.createDirectories(folder);
            Path unfinished = Files.createTempFile(folder, MANIFEST, ".part");
            Files.writeString(unfinished, text);
            Files.move(
                    unfinished,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot describe the folder " + folder, e);
        }
    }

    /**
     * Refuses arms of which a function has no name: neither a folder nor a child knows it again.
     */
    void requireNames(Ablation ablation) {
        for (Arm arm : ablation.arms()) {
            if (arm.task() instanceof PretrainingTask task) {
                task.recipe()
                        .requireNames("for arm '%s' the folder %s".formatted(arm.name(), folder));
            }
            Names.require(
                    "for arm '%s' the folder %s".formatted(arm.name(), folder), arm.settings());
        }
    }

    private static JsonNode require(Ablation ablation, Path file) throws IOException {
        JsonNode manifest;
        try {
            manifest = JSON.readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    file + " is not what an ablation writes: " + e.getOriginalMessage(), e);
        }
        requireEqual(file, "format", Integer.toString(FORMAT), manifest.path("format").asText());
        requireEqual(file, "library version", Library.version(), manifest.path("library").asText());
        requireEqual(file, "ablation", ablation.name(), manifest.path("name").asText());
        for (Arm arm : ablation.arms()) {
            JsonNode settings = manifest.path("arms").path(arm.name());
            if (settings.isMissingNode()) {
                continue;
            }
            Map<String, String> held = new LinkedHashMap<>();
            settings.properties().forEach(e -> held.put(e.getKey(), e.getValue().asText()));
            List<Differences.Difference> differences = Differences.of(held, arm.settings());
            if (!differences.isEmpty()) {
                throw new IllegalArgumentException(
                        "%s holds results of another run: %s. Name another folder, or delete that one."
                                .formatted(
                                        file.getParent(),
                                        Differences.text(
                                                differences,
                                                d ->
                                                        "its '%s' of arm '%s' is %s, this one's %s"
                                                                .formatted(
                                                                        d.path(),
                                                                        arm.name(),
                                                                        d.there(),
                                                                        d.here()))));
            }
        }
        return manifest;
    }

    private static void requireEqual(Path file, String what, String wanted, String found) {
        if (!wanted.equals(found)) {
            throw new IllegalArgumentException(
                    "%s holds results of another run: its %s is %s, this one's %s. Name another folder, or delete that one."
                            .formatted(file.getParent(), what, found, wanted));
        }
    }

    /** The rows so far. A line that was cut short by a kill is named and left out. */
    List<Row> read(Ablation ablation) {
        Path file = folder.resolve(RESULTS);
        List<Row> rows = new ArrayList<>();
        try {
            boolean described = Files.exists(folder.resolve(MANIFEST));
            if (described) {
                require(ablation, folder.resolve(MANIFEST));
            }
            if (!Files.exists(file)) {
                return rows;
            }
            if (!described) {
                throw new IllegalArgumentException(
                        "%s has results but no %s that says of what: bring that file back, or name another folder"
                                .formatted(folder, MANIFEST));
            }
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).isBlank()) {
                    continue;
                }
                try {
                    rows.add(row(JSON.readTree(lines.get(i))));
                } catch (JsonProcessingException | RuntimeException e) {
                    Progress.message(
                            "line %d of %s is no result and is left out (cut short when a run was killed?)"
                                    .formatted(i + 1, file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the results in " + folder, e);
        }
        return rows;
    }

    /**
     * Appends a row; other processes may append at the same time. The stop button does not keep a
     * point that is done from being written.
     */
    void append(Row row) {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    write(JSON.writeValueAsString(json(row)));
                    return;
                } catch (ClosedByInterruptException | FileLockInterruptionException e) {
                    interrupted = true;
                    Thread.interrupted();
                } catch (IOException e) {
                    throw new UncheckedIOException(
                            "cannot append to " + folder.resolve(RESULTS), e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void write(String line) throws IOException {
        Files.createDirectories(folder);
        try (FileChannel channel =
                        FileChannel.open(
                                folder.resolve(RESULTS),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            long end = channel.size();
            ByteBuffer last = ByteBuffer.allocate(1);
            boolean cut = end > 0 && channel.read(last, end - 1) == 1 && last.get(0) != '\n';
            // A line that was cut short must not take this one with it.
            ByteBuffer bytes =
                    ByteBuffer.wrap(
                            ((cut ? "\n" : "") + line + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes, end + bytes.position());
            }
            channel.force(true);
        }
    }

    private static ObjectNode json(Row row) {
        ObjectNode node = JSON.createObjectNode();
        node.put("arm", row.point().arm());
        node.put("seed", row.point().seed());
        node.put("seconds", row.seconds());
        node.put("ranOn", row.ranOn());
        row.failure().ifPresent(text -> node.put("failure", text));
        ObjectNode values = node.putObject("values");
        row.outcome().values().forEach((name, value) -> put(values, name, value));
        ObjectNode curves = node.putObject("curves");
        row.outcome()
                .curves()
                .forEach(
                        (name, curve) -> {
                            ObjectNode both = curves.putObject(name);
                            putAll(both.putArray("steps"), curve.steps());
                            putAll(both.putArray("values"), curve.values());
                        });
        return node;
    }

    /** JSON has no NaN: null stands for it. Infinities are rare enough to be written as text. */
    private static void put(ObjectNode node, String name, double value) {
        if (Double.isNaN(value)) {
            node.putNull(name);
        } else if (Double.isInfinite(value)) {
            node.put(name, Double.toString(value));
        } else {
            node.put(name, value);
        }
    }

    private static void putAll(ArrayNode array, List<Double> values) {
        for (double value : values) {
            if (Double.isNaN(value)) {
                array.addNull();
            } else if (Double.isInfinite(value)) {
                array.add(Double.toString(value));
            } else {
                array.add(value);
            }
        }
    }

    private static Row row(JsonNode node) {
        Map<String, Double> values = new LinkedHashMap<>();
        required(node, "values")
                .properties()
                .forEach(entry -> values.put(entry.getKey(), number(entry.getValue())));
        Map<String, Outcome.Curve> curves = new LinkedHashMap<>();
        required(node, "curves")
                .properties()
                .forEach(
                        entry ->
                                curves.put(
                                        entry.getKey(),
                                        new Outcome.Curve(
                                                numbers(required(entry.getValue(), "steps")),
                                                numbers(required(entry.getValue(), "values")))));
        return new Row(
                new Point(required(node, "arm").asText(), required(node, "seed").asLong()),
                new Outcome(values, curves),
                Optional.ofNullable(node.get("failure")).map(JsonNode::asText),
                required(node, "seconds").asDouble(),
                required(node, "ranOn").asText());
    }

    private static JsonNode required(JsonNode node, String name) {
        JsonNode child = node.get(name);
        if (child == null) {
            throw new IllegalArgumentException("no '" + name + "'");
        }
        return child;
    }

    private static double number(JsonNode node) {
        if (node.isNull()) {
            return Double.NaN;
        }
        return node.isTextual() ? Double.parseDouble(node.asText()) : node.asDouble();
    }

    private static List<Double> numbers(JsonNode array) {
        List<Double> numbers = new ArrayList<>();
        array.forEach(node -> numbers.add(number(node)));
        return numbers;
    }
}
