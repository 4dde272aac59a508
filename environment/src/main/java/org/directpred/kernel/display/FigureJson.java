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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tech.tablesaw.plotly.components.Figure;

/**
 * A Tablesaw figure as the JSON that Plotly reads.
 *
 * <p>Tablesaw writes JavaScript for a page: object literals with unquoted names, numbers as quoted
 * strings, NaN, text escaped for HTML, and titles in a form that plotly.js ignores from version 3
 * on. Here that text is read leniently and mended.
 */
final class FigureJson {
    private static final ObjectMapper LENIENT =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
                                    .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
                                    .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
                                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                                    .enable(JsonReadFeature.ALLOW_LEADING_DECIMAL_POINT_FOR_NUMBERS)
                                    .enable(
                                            JsonReadFeature
                                                    .ALLOW_TRAILING_DECIMAL_POINT_FOR_NUMBERS)
                                    .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
                                    .enable(JsonReadFeature.ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER)
                                    .enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                                    .build())
                    .build();
    private static final ObjectMapper STRICT = new ObjectMapper();

    private static final Pattern VARIABLE =
            Pattern.compile("var\\s+(layout|config|trace\\d+)\\s*=\\s*(?=\\{)");

    /** The arrays that hold data, where a quoted number means a number. */
    private static final Set<String> DATA = Set.of("x", "y", "z", "values", "size");

    private static final Set<String> NOT_NUMBERS =
            Set.of("NaN", "Infinity", "-Infinity", "null", "");

    private FigureJson() {}

    /**
     * The figure with its keys {@code data} and {@code layout}, and {@code config} where it has
     * one.
     *
     * @throws IllegalArgumentException if Tablesaw wrote what cannot be read; the message holds it
     */
    static ObjectNode of(Figure figure) {
        String script = figure.asJavascript("figure");
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
        mend(result, "");
        return result;
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

    private static void mend(ObjectNode node, String path) {
        var names = new ArrayList<String>();
        node.fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            JsonNode value = node.get(name);
            if (value instanceof ObjectNode object) {
                mend(object, path + "/" + name);
            } else if (value instanceof ArrayNode array) {
                node.set(name, mend(array, DATA.contains(name), path + "/" + name));
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
        return TextNode.valueOf(Html.unescape(text));
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

    private static ArrayNode mend(ArrayNode array, boolean data, String path) {
        boolean numbers = data && allNumbers(array);
        List<JsonNode> mended = new ArrayList<>(array.size());
        for (JsonNode value : array) {
            if (value instanceof ArrayNode inner) {
                mended.add(mend(inner, data, path));
            } else if (value instanceof ObjectNode object) {
                mend(object, path);
                mended.add(object);
            } else if (numbers && value.isTextual()) {
                mended.add(number(value.textValue()));
            } else if (value.isTextual()) {
                mended.add(TextNode.valueOf(Html.unescape(value.textValue())));
            } else {
                mended.add(isNotFinite(value) ? NullNode.instance : value);
            }
        }
        ArrayNode result = STRICT.createArrayNode();
        result.addAll(mended);
        return result;
    }

    /** Whether each text of the array is a number or stands for a missing one. */
    private static boolean allNumbers(ArrayNode array) {
        for (JsonNode value : array) {
            if (value.isTextual() && !NOT_NUMBERS.contains(value.textValue())) {
                try {
                    Double.parseDouble(value.textValue());
                } catch (NumberFormatException e) {
                    return false;
                }
            }
        }
        return true;
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
