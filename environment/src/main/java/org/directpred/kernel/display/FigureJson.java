package org.directpred.kernel.display;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tech.tablesaw.plotly.components.Figure;

/**
 * A Tablesaw figure as the JSON that Plotly reads, every text in it as it was given.
 *
 * <p>Tablesaw writes JavaScript for a page: object literals with unquoted names, numbers as quoted
 * strings, NaN, titles and names escaped for HTML but not for JavaScript, and titles in a form that
 * plotly.js ignores from version 3 on. Here that text is read leniently and mended.
 */
final class FigureJson {
    private static final ObjectMapper LENIENT =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
                                    .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
                                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                                    .enable(JsonReadFeature.ALLOW_LEADING_DECIMAL_POINT_FOR_NUMBERS)
                                    .enable(
                                            JsonReadFeature
                                                    .ALLOW_TRAILING_DECIMAL_POINT_FOR_NUMBERS)
                                    .enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                                    .build())
                    .build();
    private static final ObjectMapper STRICT = new ObjectMapper();

    private static final Pattern VARIABLE =
            Pattern.compile("var\\s+(layout|config|trace\\d+)\\s*=\\s*(?=\\{)");

    /** A trace's arrays that hold data, where a quoted number means a number. */
    private static final Set<String> DATA = Set.of("x", "y", "z", "values");

    private static final Set<String> NOT_NUMBERS =
            Set.of("NaN", "Infinity", "-Infinity", "null", "");

    /** A number as Java writes one; {@code 007} and {@code 1d} are names. */
    private static final Pattern NUMBER = Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?(E-?\\d+)?");

    private static final Pattern DATE = Pattern.compile("\\d{4}-\\d\\d-\\d\\d([T ].*)?");

    private FigureJson() {}

    /**
     * The figure with its keys {@code data} and {@code layout}, and {@code config} where it has
     * one.
     *
     * @throws IllegalArgumentException if Tablesaw wrote what cannot be read; the message holds it
     */
    static ObjectNode of(Figure figure) {
        String script = requoted(figure.asJavascript("figure"));
        var result = STRICT.createObjectNode();
        ArrayNode data = result.putArray("data");
        ObjectNode layout = result.putObject("layout");
        Matcher variable = VARIABLE.matcher(script);
        int from = 0;
        while (variable.find(from)) {
            var read = readObject(script, variable.end(), variable.group(1));
            switch (variable.group(1)) {
                case "layout" -> layout.setAll(read.value());
                case "config" -> result.set("config", read.value());
                default -> data.add(read.value());
            }
            from = read.end();
        }
        mend(result);
        data.forEach(trace -> mendPlaces((ObjectNode) trace, layout));
        nameInFull(layout);
        return result;
    }

    /**
     * Tablesaw's script with every text in JSON's form. Between single quotes its templates put
     * text that is escaped for HTML, so that no quote is in it, and a backslash is a backslash;
     * between double quotes stands JSON already.
     */
    private static String requoted(String script) {
        var result = new StringBuilder(script.length());
        int at = 0;
        while (at < script.length()) {
            char c = script.charAt(at);
            int end = at + 1;
            if (c == '\'') {
                int close = script.indexOf('\'', end);
                end = close < 0 ? script.length() : close;
                result.append(
                        TextNode.valueOf(Html.unescape(script.substring(at + 1, end))).toString());
                end++;
            } else if (c == '"') {
                while (end < script.length() && script.charAt(end) != '"') {
                    end += script.charAt(end) == '\\' ? 2 : 1;
                }
                end = Math.min(end + 1, script.length());
                result.append(script, at, end);
            } else {
                result.append(c);
            }
            at = end;
        }
        return result.toString();
    }

    /**
     * A figure that is JSON already.
     *
     * @throws IllegalArgumentException if it is not, or has no {@code data}
     */
    static ObjectNode of(String json) {
        try {
            JsonNode figure = STRICT.readTree(json);
            if (figure instanceof ObjectNode object && object.path("data").isArray()) {
                return object;
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("a figure is not JSON: " + e.getMessage(), e);
        }
        throw new IllegalArgumentException("a figure has no array named data: " + start(json));
    }

    /** The figure as maps and lists, which the kernel writes out. */
    static Map<?, ?> toMap(ObjectNode figure) {
        return STRICT.convertValue(figure, Map.class);
    }

    private record Read(ObjectNode value, int end) {}

    private static Read readObject(String script, int at, String name) {
        try (JsonParser parser = LENIENT.createParser(script.substring(at))) {
            JsonNode value = LENIENT.readTree(parser);
            int end = at + (int) parser.currentLocation().getCharOffset();
            return new Read((ObjectNode) value, end);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "cannot read the " + name + " of a figure: " + start(script.substring(at)), e);
        }
    }

    private static String start(String text) {
        int enough = 200;
        return text.length() <= enough ? text : text.substring(0, enough) + "...";
    }

    private static void mend(ObjectNode node) {
        var names = new ArrayList<String>();
        node.fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            JsonNode value = node.get(name);
            if (value instanceof ObjectNode object) {
                mend(object);
            } else if (value instanceof ArrayNode array) {
                node.set(name, mend(array));
            } else if (value.isTextual()) {
                node.set(name, mendText(name, value.textValue()));
            } else if (isNotFinite(value)) {
                node.set(name, NullNode.instance);
            }
        }
        mendTitle(node);
    }

    private static JsonNode mendText(String name, String text) {
        if (name.equals("opacity")) {
            return STRICT.getNodeFactory().numberNode(Double.parseDouble(text));
        }
        // "reversed" and its like stay words.
        if (name.equals("autorange") && (text.equals("true") || text.equals("false"))) {
            return BooleanNode.valueOf(text.equals("true"));
        }
        return TextNode.valueOf(text);
    }

    /** From version 3 on, plotly.js knows a title only as an object with a text. */
    private static void mendTitle(ObjectNode node) {
        JsonNode title = node.get("title");
        JsonNode font = node.remove("titlefont");
        if (title != null && title.isTextual()) {
            ObjectNode object = STRICT.createObjectNode();
            object.set("text", title);
            if (font != null) {
                object.set("font", font);
            }
            node.set("title", object);
        }
    }

    private static ArrayNode mend(ArrayNode array) {
        ArrayNode result = STRICT.createArrayNode();
        for (JsonNode value : array) {
            if (value instanceof ArrayNode inner) {
                result.add(mend(inner));
            } else if (value instanceof ObjectNode object) {
                mend(object);
                result.add(object);
            } else {
                result.add(isNotFinite(value) ? NullNode.instance : value);
            }
        }
        return result;
    }

    /**
     * Makes numbers of a trace's quoted numbers, unless its axis takes names; and an axis that has
     * got names takes them as they are. By itself Plotly would draw the variants "2" and "10" at 2
     * and 10, and leave out "none" beside them.
     */
    private static void mendPlaces(ObjectNode trace, ObjectNode layout) {
        for (String name : DATA) {
            if (!(trace.get(name) instanceof ArrayNode array)) {
                continue;
            }
            boolean place = name.equals("x") || name.equals("y");
            String axis = place ? axis(trace.path(name + "axis").asText(name)) : "";
            boolean names = layout.path(axis).path("type").asText().equals("category");
            if (!names && allNumbers(array)) {
                trace.set(name, numbers(array));
            } else if (!names && place && Values.hasText(array) && !allDates(array)) {
                typed(layout, axis);
            }
        }
    }

    /** Plotly cuts the name beside the pointer after 15 letters, where variants begin to differ. */
    private static void nameInFull(ObjectNode layout) {
        ObjectNode label = layout.withObjectProperty("hoverlabel");
        if (!label.has("namelength")) {
            label.put("namelength", -1);
        }
    }

    /** The layout's name of an axis: {@code x2} is {@code xaxis2}. */
    static String axis(String shortName) {
        return shortName.charAt(0) + "axis" + shortName.substring(1);
    }

    private static void typed(ObjectNode layout, String axis) {
        ObjectNode object =
                layout.get(axis) instanceof ObjectNode there ? there : layout.putObject(axis);
        String type = object.path("type").asText("-");
        if (type.equals("-")) {
            object.put("type", "category");
        }
    }

    /** Whether each text of the array is a number or stands for a missing one. */
    private static boolean allNumbers(ArrayNode array) {
        for (JsonNode value : array) {
            if (value instanceof ArrayNode inner ? !allNumbers(inner) : !isNumber(value)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNumber(JsonNode value) {
        return !value.isTextual()
                || NOT_NUMBERS.contains(value.textValue())
                || NUMBER.matcher(value.textValue()).matches();
    }

    private static boolean allDates(ArrayNode array) {
        for (JsonNode value : array) {
            if (value.isTextual() && !DATE.matcher(value.textValue()).matches()) {
                return false;
            }
        }
        return true;
    }

    private static ArrayNode numbers(ArrayNode array) {
        ArrayNode result = STRICT.createArrayNode();
        for (JsonNode value : array) {
            if (value instanceof ArrayNode inner) {
                result.add(numbers(inner));
            } else {
                result.add(value.isTextual() ? number(value.textValue()) : value);
            }
        }
        return result;
    }

    private static JsonNode number(String text) {
        if (NOT_NUMBERS.contains(text)) {
            return NullNode.instance;
        }
        double value = Double.parseDouble(text);
        return Double.isFinite(value)
                ? STRICT.getNodeFactory().numberNode(value)
                : NullNode.instance;
    }

    private static boolean isNotFinite(JsonNode value) {
        return value.isFloatingPointNumber() && !Double.isFinite(value.doubleValue());
    }

    /** The figure's text, to be written into a file. */
    static String toText(ObjectNode figure) {
        try {
            return STRICT.writeValueAsString(figure);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
