package org.directpred.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.directpred.tensor.SafeTensors;

/**
 * The text in a checkpoint's header, read with a refusal that names the file and the field for
 * whatever is missing or damaged.
 */
record CheckpointMetadata(Path file, Map<String, String> fields) {
    private static final TypeReference<TreeMap<String, String>> TEXTS = new TypeReference<>() {};
    private static final TypeReference<TreeMap<String, Long>> NUMBERS = new TypeReference<>() {};
    private static final TypeReference<List<RecipeChange>> CHANGES = new TypeReference<>() {};
    static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .build();

    static CheckpointMetadata read(Path file) throws IOException {
        return new CheckpointMetadata(file, SafeTensors.readMetadata(file));
    }

    /** Refuses a file that is no checkpoint, or one of another version. */
    void require(String format, int version) {
        if (!format.equals(fields.get("format"))) {
            throw new IllegalArgumentException(
                    "%s is a safetensors file, but no checkpoint of a run: its format is %s"
                            .formatted(file, fields.get("format")));
        }
        if (!Integer.toString(version).equals(fields.get("version"))) {
            throw new IllegalArgumentException(
                    "%s is a checkpoint of version %s; this program reads version %d"
                            .formatted(file, fields.get("version"), version));
        }
    }

    /** A field that may be absent. */
    Optional<String> optional(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    /** A field that every checkpoint has. */
    String text(String name) {
        return optional(name).orElseThrow(() -> damaged(name, "is missing", null));
    }

    /** A field of names with texts. */
    Map<String, String> texts(String name) {
        return map(name, TEXTS);
    }

    /** A field of names with whole numbers from 0. */
    Map<String, Long> numbers(String name) {
        Map<String, Long> numbers = map(name, NUMBERS);
        numbers.forEach(
                (key, value) -> {
                    if (value < 0) {
                        throw damaged(name, "has %s = %d".formatted(key, value), null);
                    }
                });
        return numbers;
    }

    /** A field that is a number. */
    double number(String name) {
        String text = text(name);
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw damaged(name, "is no number: " + UnreadableLine.brief(text), e);
        }
    }

    /** A field of changes of a recipe, the earliest first. */
    List<RecipeChange> changes(String name) {
        String text = text(name);
        try {
            List<RecipeChange> changes = JSON.readValue(text, CHANGES);
            if (changes != null
                    && changes.stream()
                            .allMatch(
                                    c ->
                                            c != null
                                                    && c.step() >= 0
                                                    && c.field() != null
                                                    && c.before() != null
                                                    && c.after() != null)) {
                return List.copyOf(changes);
            }
        } catch (JsonProcessingException e) {
            throw damaged(name, "cannot be read (%s)".formatted(e.getOriginalMessage()), e);
        }
        throw damaged(name, "is no list of changes: " + UnreadableLine.brief(text), null);
    }

    private <T> Map<String, T> map(String name, TypeReference<TreeMap<String, T>> type) {
        String text = text(name);
        try {
            Map<String, T> map = JSON.readValue(text, type);
            if (map != null && !map.containsValue(null)) {
                return map;
            }
        } catch (JsonProcessingException e) {
            throw damaged(name, "cannot be read (%s)".formatted(e.getOriginalMessage()), e);
        }
        throw damaged(name, "holds null: " + UnreadableLine.brief(text), null);
    }

    IllegalArgumentException damaged(String name, String what, Exception cause) {
        return new IllegalArgumentException(
                "the checkpoint %s is damaged: its field %s %s. Delete the file to go on from the one before."
                        .formatted(file, name, what),
                cause);
    }
}
