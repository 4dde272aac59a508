package org.directpred.progress;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether settings have names by which another process knows them again. A lambda, and an object
 * that does not say what it is, print an address of this process: what is kept under it can be
 * resumed by no other, and none can tell whether it is the same.
 */
public final class Names {
    // Lambdas, arrays, and Object.toString of a class: in a package or a cell, or bare.
    private static final Pattern ADDRESS =
            Pattern.compile(
                    "[\\w.$]*\\$\\$Lambda[^\\s,\\]]*"
                            + "|\\[+(?:[ZBCSIJFD]|L[\\w.$]+;)@[0-9a-f]{1,8}\\b"
                            + "|\\b[A-Za-z_]\\w*[.$][\\w.$]*(?:/0x[0-9a-f]+)?@[0-9a-f]{1,8}\\b"
                            + "|\\b[A-Za-z_]\\w*@[0-9a-f]{6,8}\\b");

    private static final Map<String, String> HOW =
            Map.of(
                    "views",
                    "name the operation, Operation.named(\"a name\", operation), or make it a record of its settings",
                    "learningRateSchedule",
                    "name the schedule, Schedule.named(\"a name\", step -> factor)",
                    "emaSchedule",
                    "name the schedule",
                    "loss",
                    "let describe() say its name and settings, or use Loss.by(\"a name\", loss)",
                    "algorithm",
                    "let name() say what it is, or use OptimiserChoice.by(\"a name\", factory)",
                    "encoder",
                    "name the encoder, Architecture.of(\"a name\", block, shape)",
                    "predictor",
                    "let describe() say its name and settings; a rule is named by ClosedForm.by(\"a name\", rule)");

    private Names() {}

    /**
     * Refuses a setting whose text is an address.
     *
     * @param keeper what keeps it, the beginning of the message
     * @param field what the setting is called
     * @param text the setting's text
     * @throws IllegalArgumentException naming all three, and what to do
     */
    public static void require(String keeper, String field, String text) {
        if (text == null) {
            throw new IllegalArgumentException(
                    keeper + " needs a name of its " + field + ", not null");
        }
        Matcher address = ADDRESS.matcher(text);
        if (address.find()) {
            throw new IllegalArgumentException(
                    "%s cannot know its %s again: %s is an address of this process, and another in every other; %s"
                            .formatted(
                                    keeper,
                                    field,
                                    address.group(),
                                    HOW.getOrDefault(
                                            field,
                                            "give it a name, or a toString() that says what it is")));
        }
    }

    /** {@link #require(String, String, String)} of all settings. */
    public static void require(String keeper, Map<String, String> settings) {
        settings.forEach((field, text) -> require(keeper, field, text));
    }
}
