package org.directpred.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * JSON as this package's files have it, read strictly: a field of another kind than was written is
 * damage, and is reported by its name.
 */
final class Json {
    /** Writes text in ASCII, so that half a pair of UTF-16, too, comes back as it was. */
    static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private Json() {}

    /** Text that is not what was written; the message says which part of it. */
    static final class Damaged extends Exception {
        private static final long serialVersionUID = 1L;

        Damaged(String message) {
            super(message);
        }
    }

    /** A JSON object from its bytes. */
    static JsonNode object(byte[] bytes) throws Damaged {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new Damaged("it holds bytes that are not UTF-8");
        }
        JsonNode node;
        try {
            node = MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new Damaged("it is not JSON: " + e.getOriginalMessage());
        }
        if (!node.isObject()) {
            throw new Damaged("it holds " + kind(node) + " where an object is expected");
        }
        return node;
    }

    static JsonNode object(JsonNode node, String name) throws Damaged {
        JsonNode child = node.path(name);
        if (!child.isObject()) {
            throw wrong(name, "an object", child);
        }
        return child;
    }

    static JsonNode array(JsonNode node, String name) throws Damaged {
        JsonNode child = node.path(name);
        if (!child.isArray()) {
            throw wrong(name, "a list", child);
        }
        return child;
    }

    static String text(JsonNode node, String name) throws Damaged {
        JsonNode child = node.path(name);
        if (!child.isTextual()) {
            throw wrong(name, "a text", child);
        }
        return child.textValue();
    }

    static long whole(JsonNode node, String name) throws Damaged {
        JsonNode child = node.path(name);
        if (!child.isIntegralNumber() || !child.canConvertToLong()) {
            throw wrong(name, "a whole number", child);
        }
        return child.longValue();
    }

    /** A number that is neither NaN nor too large for a double, where none was ever written. */
    static double finite(JsonNode node, String name) throws Damaged {
        JsonNode child = node.path(name);
        if (!child.isNumber() || !Double.isFinite(child.doubleValue())) {
            throw wrong(name, "a finite number", child);
        }
        return child.doubleValue();
    }

    /** A number; null stands for NaN, which JSON has not, and infinities are texts. */
    static double number(JsonNode child, String name) throws Damaged {
        if (child.isNull()) {
            return Double.NaN;
        }
        if (child.isNumber()) {
            return child.doubleValue();
        }
        return switch (child.asText()) {
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw wrong(name, "a number", child);
        };
    }

    private static Damaged wrong(String name, String wanted, JsonNode found) {
        return new Damaged("'%s' must be %s, and is %s".formatted(name, wanted, kind(found)));
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case MISSING -> "missing";
            case NULL -> "null";
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case STRING -> "a text";
            case BOOLEAN -> node.asText();
            default -> "the number " + node.asText();
        };
    }
}
