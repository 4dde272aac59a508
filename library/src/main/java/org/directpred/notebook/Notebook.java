package org.directpred.notebook;

import java.util.Locale;

/**
 * Claims, formatted lines and provenance for the cells of a notebook, which imports them by {@code
 * import static org.directpred.notebook.Notebook.*}.
 *
 * <pre>{@code
 * check("the two forms agree", difference < 1e-14);
 * say("largest difference %.1e", difference);
 * }</pre>
 */
public final class Notebook {
    private Notebook() {}

    /**
     * Prints a claim that holds, and stops the notebook at one that does not.
     *
     * @param claim in words
     * @param held whether it holds
     * @throws AssertionError naming the claim, if it does not hold
     */
    public static void check(String claim, boolean held) {
        if (!held) {
            throw new AssertionError("does not hold: " + claim);
        }
        System.out.println("holds: " + claim);
    }

    /**
     * Prints a line with numbers, formatted alike on every machine.
     *
     * @param format as in {@link String#format(Locale, String, Object...)}, of the root locale
     * @param values the values of the format
     */
    public static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    /**
     * Prints what the numbers of a notebook depend on: the given lines, then the scale and the
     * version of Java.
     *
     * @param lines for instance the recipe, the seeds and the version of the engine
     */
    public static void provenance(Object... lines) {
        for (Object line : lines) {
            System.out.println(line);
        }
        say(
                "scale %s, Java %s",
                Scale.current().name().toLowerCase(Locale.ROOT), Runtime.version());
    }
}
