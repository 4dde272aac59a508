package org.directpred.kernel.display;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** The arrays of a figure's JSON. */
final class Values {
    private Values() {}

    /** The numbers, NaN where one is missing; an empty array when there is none. */
    static double[] numbers(JsonNode array) {
        var numbers = new double[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).isNumber() ? array.get(i).doubleValue() : Double.NaN;
        }
        return numbers;
    }

    /** The entries as text, a blank for nothing: Java draws no text of length zero. */
    static List<String> texts(JsonNode array) {
        var texts = new ArrayList<String>(array.size());
        array.forEach(entry -> texts.add(entry.asText().isEmpty() ? " " : entry.asText()));
        return texts;
    }

    static boolean hasText(JsonNode array) {
        for (JsonNode entry : array) {
            if (entry.isTextual()) {
                return true;
            }
        }
        return false;
    }

    /** 0, 1, ... for a trace that has no horizontal values. */
    static double[] indices(int length) {
        var indices = new double[length];
        for (int i = 0; i < length; i++) {
            indices[i] = i;
        }
        return indices;
    }
}
