package org.directpred.kernel.display;

import java.lang.reflect.Array;
import java.util.StringJoiner;

/** Arrays as text that can be read: their shape and their first entries. */
final class ArrayText {
    private static final int ENTRIES = 12;
    private static final int ROWS = 12;

    private ArrayText() {}

    /** The array's text, as in {@code double[3] [1.0, 2.0, 3.0]}; rows on lines of their own. */
    static String of(Object array) {
        Class<?> leaf = array.getClass();
        var shape = new StringBuilder();
        Object level = array;
        while (leaf.isArray()) {
            leaf = leaf.getComponentType();
            shape.append('[');
            if (level != null) {
                int length = Array.getLength(level);
                shape.append(length);
                level = length > 0 && leaf.isArray() ? Array.get(level, 0) : null;
            }
            shape.append(']');
        }
        return leaf.getSimpleName() + shape + " " + entries(array, "");
    }

    private static String entries(Object array, String indent) {
        int length = Array.getLength(array);
        boolean rows = array.getClass().getComponentType().isArray();
        int shown = Math.min(length, rows ? ROWS : ENTRIES);
        var text =
                rows
                        ? new StringJoiner(",\n" + indent + " ", "[", "]")
                        : new StringJoiner(", ", "[", "]");
        for (int i = 0; i < shown; i++) {
            Object entry = Array.get(array, i);
            boolean inner = entry != null && entry.getClass().isArray();
            text.add(inner ? entries(entry, indent + " ") : String.valueOf(entry));
        }
        if (shown < length) {
            text.add("... " + (length - shown) + " more");
        }
        return text.toString();
    }
}
