package org.directpred.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A row as one line of {@code results.jsonl}. */
final class RowJson {
    private RowJson() {}

    /** The line, without its end. */
    static String write(Row row) throws JsonProcessingException {
        ObjectNode node = Json.MAPPER.createObjectNode();
        node.put("arm", row.point().variant());
        node.put("seed", row.point().seed());
        node.put("seconds", row.seconds());
        node.put("ranOn", row.ranOn());
        row.failure().ifPresent(text -> node.put("failure", text));
        ObjectNode values = node.putObject("values");
        row.measurements().values().forEach((name, value) -> put(values, name, value));
        ObjectNode curves = node.putObject("curves");
        row.measurements()
                .curves()
                .forEach(
                        (name, curve) -> {
                            ObjectNode both = curves.putObject(name);
                            putAll(both.putArray("steps"), curve.steps());
                            putAll(both.putArray("values"), curve.values());
                        });
        return Json.MAPPER.writeValueAsString(node);
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

    /**
     * The row of a line.
     *
     * @throws Json.Damaged if it is no row; says what is wrong with it
     */
    static Row read(byte[] line) throws Json.Damaged {
        JsonNode node = Json.object(line);
        Map<String, Double> values = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> value : Json.object(node, "values").properties()) {
            values.put(value.getKey(), Json.number(value.getValue(), value.getKey()));
        }
        Map<String, Measurements.Series> curves = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> curve : Json.object(node, "curves").properties()) {
            curves.put(curve.getKey(), curve(curve.getKey(), curve.getValue()));
        }
        double seconds = Json.finite(node, "seconds");
        return new Row(
                new Point(Json.text(node, "arm"), Json.whole(node, "seed")),
                new Measurements(values, curves),
                node.has("failure") ? Optional.of(Json.text(node, "failure")) : Optional.empty(),
                seconds,
                Json.text(node, "ranOn"));
    }

    private static Measurements.Series curve(String name, JsonNode node) throws Json.Damaged {
        List<Double> steps = numbers(Json.array(node, "steps"), name);
        List<Double> values = numbers(Json.array(node, "values"), name);
        if (steps.size() != values.size()) {
            throw new Json.Damaged(
                    "the curve '%s' has %d steps, but %d values"
                            .formatted(name, steps.size(), values.size()));
        }
        return new Measurements.Series(steps, values);
    }

    private static List<Double> numbers(JsonNode array, String name) throws Json.Damaged {
        List<Double> numbers = new ArrayList<>();
        for (JsonNode number : array) {
            numbers.add(Json.number(number, name));
        }
        return numbers;
    }
}
