package org.directpred.train;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;

/** The name that a misspelt one was probably meant to be. */
final class Nearest {
    private Nearest() {}

    /** {@code ; did you mean ...?}, or nothing where no name is near. */
    static String hint(String wrong, Collection<String> names) {
        return names.stream()
                .map(name -> Map.entry(name, distance(lower(wrong), lower(name))))
                .min(Map.Entry.comparingByValue(Comparator.naturalOrder()))
                // Half of the letters may be wrong.
                .filter(nearest -> 2 * nearest.getValue() <= wrong.length() + 1)
                .map(nearest -> "; did you mean " + nearest.getKey() + "?")
                .orElse("");
    }

    private static String lower(String text) {
        return text.length() > 100
                ? text.substring(0, 100).toLowerCase(Locale.ROOT)
                : text.toLowerCase(Locale.ROOT);
    }

    /** Letters to insert, delete or exchange (Levenshtein 1966). */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int exchanged = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(exchanged, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
