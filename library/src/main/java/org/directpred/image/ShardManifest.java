package org.directpred.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The number of a shard's samples by the files beside it: WebDataset's {@code sizes.json} ({@code
 * {"train-000.tar": 1000, ...}}) and img2dataset's {@code 00000_stats.json} ({@code {"successes":
 * 9742, ...}}).
 */
final class ShardManifest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SIZES = "sizes.json";
    private static final long LONGEST = 1 << 26;

    private static final String STATS = "_stats.json";
    private static final String TAR = ".tar";

    /** Each is read once, for all shards. */
    private final Map<Path, JsonNode> read = new HashMap<>();

    /**
     * A promise of samples.
     *
     * @param file the manifest
     * @param samples how many the shard has
     */
    record Promise(Path file, long samples) {}

    /**
     * The promise about a shard, where a file beside it has one.
     *
     * @throws ImageDataException if a manifest is no JSON
     */
    Optional<Promise> of(Path shard) {
        String name = shard.getFileName().toString();
        Optional<Promise> promise = promise(shard.resolveSibling(SIZES), name);
        if (promise.isPresent() || !isTar(name)) {
            return promise;
        }
        String base = name.substring(0, name.length() - TAR.length());
        return promise(shard.resolveSibling(base + STATS), "successes");
    }

    static boolean isTar(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith(TAR);
    }

    /**
     * Requires each shard that a folder's manifests name.
     *
     * @param files the names of the folder's files
     * @throws ImageDataException naming the first that is not there, or if a manifest is no JSON
     */
    void requireNamed(Path folder, List<String> files) {
        Path sizes = folder.resolve(SIZES);
        for (Iterator<String> names = json(sizes).fieldNames(); names.hasNext(); ) {
            String name = names.next();
            // An address or a path is where the shards came from.
            if (isTar(name) && name.matches("[^/\\\\:]+") && !files.contains(name)) {
                requireShard(folder, promise(sizes, name), name);
            }
        }
        for (String file : files) {
            if (file.endsWith(STATS)) {
                String name = file.substring(0, file.length() - STATS.length()) + TAR;
                if (!files.contains(name)) {
                    requireShard(folder, promise(folder.resolve(file), "successes"), name);
                }
            }
        }
    }

    private static void requireShard(Path folder, Optional<Promise> promise, String name) {
        if (promise.isPresent() && promise.get().samples() > 0) {
            throw new ImageDataException(
                    folder.resolve(name).toString(),
                    -1,
                    "a shard with %d samples, by %s"
                            .formatted(promise.get().samples(), promise.get().file().getFileName()),
                    "none: bring it back, take it out of the manifest, or give the list of the"
                            + " shards that are wanted");
        }
    }

    private Optional<Promise> promise(Path file, String key) {
        JsonNode number = json(file).path(key);
        return number.canConvertToLong()
                ? Optional.of(new Promise(file, number.asLong()))
                : Optional.empty();
    }

    private JsonNode json(Path file) {
        return read.computeIfAbsent(file, ShardManifest::parse);
    }

    private static JsonNode parse(Path file) {
        try {
            return Files.isRegularFile(file) && Files.size(file) <= LONGEST
                    ? JSON.readTree(Files.readAllBytes(file))
                    : MissingNode.getInstance();
        } catch (JsonProcessingException e) {
            throw new ImageDataException(
                    file.toString(),
                    -1,
                    "JSON with the number of samples of each shard",
                    e.getOriginalMessage() + ": mend or remove it",
                    e);
        } catch (IOException e) {
            throw ImageDataException.unreadable(file, e);
        }
    }
}
