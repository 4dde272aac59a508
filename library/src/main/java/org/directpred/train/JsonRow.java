package org.directpred.train;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The fields of a line of JSON. Reading takes each field once, and refuses one that is missing, of
 * another kind, or left over. A number comes back as exactly the double that was written; NaN is
 * written as null, for JSON knows none, and an infinity as text.
 */
final class JsonRow {
    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .enable(
                            DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                            DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                    .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                    .build();

    private final ObjectNode fields;
    private final String place;

    private JsonRow(ObjectNode fields, String place) {
        this.fields = fields;
        this.place = place;
    }

    /** A row without fields, to write. */
    JsonRow() {
        this(JSON.createObjectNode(), "");
    }

    /** The row that a line holds, to read. */
    static JsonRow of(String line) throws UnreadableLine {
        JsonNode node;
        try {
            node = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new UnreadableLine(e.getOriginalMessage(), e);
        }
        if (node instanceof ObjectNode object) {
            return new JsonRow(object, "");
        }
        throw new UnreadableLine("it is no JSON object: " + UnreadableLine.brief(line));
    }

    JsonRow with(String field, long value) {
        fields.put(field, value);
        return this;
    }

    JsonRow with(String field, String value) {
        fields.put(field, value);
        return this;
    }

    JsonRow with(String field, double value) {
        fields.set(field, node(value));
        return this;
    }

    JsonRow with(String field, List<Double> values) {
        var array = fields.putArray(field);
        values.forEach(value -> array.add(node(value)));
        return this;
    }

    JsonRow with(String field, Map<String, Double> values) {
        var object = fields.putObject(field);
        values.forEach((name, value) -> object.set(name, node(value)));
        return this;
    }

    JsonRow with(String field, JsonRow value) {
        fields.set(field, value.fields);
        return this;
    }

    private static JsonNode node(double value) {
        if (Double.isNaN(value)) {
            return JSON.nullNode();
        }
        return Double.isInfinite(value)
                ? JSON.getNodeFactory().textNode(Double.toString(value))
                : JSON.getNodeFactory().numberNode(value);
    }

    /** The line. */
    @Override
    public String toString() {
        try {
            return JSON.writeValueAsString(fields);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Takes a whole number from 0. */
    long natural(String field) throws UnreadableLine {
        JsonNode value = take(field);
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw unexpected(field, value, "a whole number from 0");
        }
        return value.longValue();
    }

    /** Takes a whole number from 0 that an int holds. */
    int index(String field) throws UnreadableLine {
        long value = natural(field);
        if (value > Integer.MAX_VALUE) {
            throw new UnreadableLine(
                    "its %s%s is %d, which is too large".formatted(place, field, value));
        }
        return (int) value;
    }

    /** Takes a number. */
    double number(String field) throws UnreadableLine {
        return number(field, take(field));
    }

    /** Takes a list of numbers. */
    List<Double> numbers(String field) throws UnreadableLine {
        JsonNode value = take(field);
        if (!value.isArray()) {
            throw unexpected(field, value, "a list of numbers");
        }
        List<Double> numbers = new ArrayList<>();
        for (JsonNode each : value) {
            numbers.add(number(field, each));
        }
        return numbers;
    }

    /** Takes an object of numbers. */
    Map<String, Double> numbersByName(String field) throws UnreadableLine {
        JsonRow row = row(field);
        Map<String, Double> numbers = new LinkedHashMap<>();
        for (var each : row.fields.properties()) {
            numbers.put(each.getKey(), row.number(each.getKey(), each.getValue()));
        }
        return numbers;
    }

    /** Takes a text. */
    String text(String field) throws UnreadableLine {
        JsonNode value = take(field);
        if (!value.isTextual()) {
            throw unexpected(field, value, "a text");
        }
        return value.textValue();
    }

    /** Takes an object. */
    JsonRow row(String field) throws UnreadableLine {
        JsonNode value = take(field);
        if (value instanceof ObjectNode object) {
            return new JsonRow(object, place + field + ".");
        }
        throw unexpected(field, value, "an object");
    }

    /** Refuses fields that were not taken. */
    void requireNoMore() throws UnreadableLine {
        if (!fields.isEmpty()) {
            throw new UnreadableLine(
                    "it has a field %s%s, which is unknown"
                            .formatted(place, fields.fieldNames().next()));
        }
    }

    private JsonNode take(String field) throws UnreadableLine {
        JsonNode value = fields.remove(field);
        if (value == null) {
            throw new UnreadableLine("it has no field " + place + field);
        }
        return value;
    }

    private double number(String field, JsonNode value) throws UnreadableLine {
        if (value.isNull()) {
            return Double.NaN;
        }
        if (value.isNumber() && Double.isFinite(value.doubleValue())) {
            return value.doubleValue();
        }
        // NaN as text is what earlier versions wrote.
        return switch (value.isTextual() ? value.textValue() : "") {
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            case "NaN" -> Double.NaN;
            default -> throw unexpected(field, value, "a number or null");
        };
    }

    private UnreadableLine unexpected(String field, JsonNode value, String expected) {
        return new UnreadableLine(
                "its %s%s is %s, and %s was expected"
                        .formatted(place, field, UnreadableLine.brief(value.toString()), expected));
    }
}
