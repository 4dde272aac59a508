package org.directpred.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the files beside a shard say of the number of its samples: WebDataset's {@code sizes.json}
 * ({@code {"train-000.tar": 1000, ...}}) and img2dataset's {@code 00000_stats.json} ({@code
 * {"successes": 9742, ...}}).
 */
final class ShardManifest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SIZES = "sizes.json";
    private static final long LONGEST = 1 << 26;

    private ShardManifest() {}

    /**
     * A promise of samples.
     *
     * @param file the manifest
     * @param samples how many the shard has
     */
    record Promise(Path file, long samples) {}

    /**
     * What is promised of a shard.
     *
     * @throws ImageDataException if a manifest is no JSON
     */
    static Optional<Promise> of(Path shard) {
        String name = shard.getFileName().toString();
        Path sizes = shard.resolveSibling(SIZES);
        Optional<Promise> promise = read(sizes, name);
        if (promise.isPresent() || !name.endsWith(".tar")) {
            return promise;
        }
        String base = name.substring(0, name.length() - ".tar".length());
        return read(shard.resolveSibling(base + "_stats.json"), "successes");
    }

    private static Optional<Promise> read(Path file, String key) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > LONGEST) {
                return Optional.empty();
            }
            JsonNode number = JSON.readTree(Files.readAllBytes(file)).path(key);
            return number.canConvertToLong()
                    ? Optional.of(new Promise(file, number.asLong()))
                    : Optional.empty();
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
