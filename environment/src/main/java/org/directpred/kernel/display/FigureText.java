package org.directpred.kernel.display;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;

/** A figure in words, for a reader without pictures. */
final class FigureText {
    private static final int NAMES = 8;

    private FigureText() {}

    /** As in {@code figure "Loss" of step and loss: DirectPred, SGD}. */
    static String of(ObjectNode figure) {
        JsonNode layout = figure.path("layout");
        var text = new StringBuilder("figure");
        String title = title(layout);
        if (!title.isEmpty()) {
            text.append(" \"").append(title).append('"');
        }
        String x = title(layout.path("xaxis"));
        String y = title(layout.path("yaxis"));
        if (!x.isEmpty() && !y.isEmpty()) {
            text.append(", ").append(y).append(" over ").append(x);
        }
        var names = new ArrayList<String>();
        for (JsonNode trace : figure.path("data")) {
            String name = trace.path("name").asText("");
            if (!name.isEmpty()) {
                names.add(name);
            }
        }
        if (!names.isEmpty()) {
            text.append(": ")
                    .append(String.join(", ", names.subList(0, Math.min(NAMES, names.size()))));
            if (names.size() > NAMES) {
                text.append(" and ").append(names.size() - NAMES).append(" more");
            }
        }
        return text.toString();
    }

    static String title(JsonNode node) {
        return node.path("title").path("text").asText("");
    }
}
