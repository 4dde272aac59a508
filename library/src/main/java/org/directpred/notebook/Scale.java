package org.directpred.notebook;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The size of a notebook's experiments. */
public enum Scale {
    /** Seconds: whether everything runs. */
    SMOKE,
    /** Minutes on two CPU cores, in less than 1.5 GB: what the committed notebooks show. */
    SMALL,
    /** The paper's: hours to days on a GPU. */
    FULL;

    /** The environment variable that chooses. */
    public static final String VARIABLE = "DIRECTPRED_SCALE";

    /**
     * The scale that {@value #VARIABLE} names, {@link #SMALL} if it is not set.
     *
     * @throws IllegalArgumentException if it names none
     */
    public static Scale current() {
        String name = System.getenv(VARIABLE);
        return name == null || name.isBlank() ? SMALL : named(name);
    }

    /** The scale of that name, in any case. */
    public static Scale named(String name) {
        return Arrays.stream(values())
                .filter(scale -> scale.name().equalsIgnoreCase(name.strip()))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        VARIABLE
                                                + " must be one of "
                                                + names()
                                                + ", not \""
                                                + name
                                                + "\""));
    }

    /** One of three values, by the scale. */
    public <T> T choose(T smoke, T small, T full) {
        return switch (this) {
            case SMOKE -> smoke;
            case SMALL -> small;
            case FULL -> full;
        };
    }

    private static String names() {
        return Arrays.stream(values())
                .map(scale -> scale.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}
