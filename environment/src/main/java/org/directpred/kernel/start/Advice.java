package org.directpred.kernel.start;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.JShell;
import org.dflib.jjava.jupyter.messages.publish.PublishError;

/** What is wrong with a cell and what to do, in one sentence. */
final class Advice {
    /** What JJava says of a statement that gives a value where none is taken. */
    private static final String VALUE_NOT_TAKEN = "No result with key: ";

    /** What the compiler says of a return without a value, which JShell puts into a method. */
    private static final String VALUE_MISSING = "incompatible types: missing return value";

    private static final String NO_METHOD =
            "A cell is no method and cannot return: leave 'return' out, and let the expression"
                    + " alone be the cell's last line.";

    private static final String UNRESOLVED = "jdk.jshell.UnresolvedReferenceException: ";

    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");
    private static final Pattern RETURN = Pattern.compile("\\breturn\\b");
    private static final Pattern BLOCK = Pattern.compile("\\{[^{}]*\\}");
    private static final Pattern SYMBOL = Pattern.compile("cannot find symbol symbol: (?<name>.+)");
    private static final Pattern PACKAGE = Pattern.compile("package (?<name>\\S+) does not exist");

    private final JShell shell;

    /**
     * Advice on the cells of a shell.
     *
     * @param shell asked what a method or class of an earlier cell still lacks
     */
    Advice(JShell shell) {
        this.shell = shell;
    }

    /**
     * The error as a person is told it: the sentence is its message and its last line. An error of
     * the person's own program stays as it is.
     *
     * @param error what JJava says
     * @param code the cell
     */
    PublishError of(PublishError error, String code) {
        String message = error.getErrorMessage();
        if (message.startsWith(VALUE_NOT_TAKEN) && RETURN.matcher(code).find()) {
            // The frames are JJava's own, and its message says nothing of the cell.
            return told(error, List.of(), NO_METHOD);
        }
        if (message.startsWith(UNRESOLVED)) {
            return told(
                    error,
                    List.of(),
                    unresolved()
                            + " not defined yet: run the cell that defines it first, import it, or"
                            + " mend its name.");
        }
        return switch (error.getErrorName()) {
            case "CompilationException" -> compilation(error, code);
            case "IncompleteSourceException" ->
                    told(
                            error,
                            error.getStacktrace(),
                            "The cell ends too early: a bracket, a brace or a comment is not"
                                    + " closed.");
            default -> error;
        };
    }

    private static PublishError compilation(PublishError error, String code) {
        String said = compiler(error.getStacktrace()).orElse(error.getErrorMessage());
        if (said.equals(VALUE_MISSING) && RETURN.matcher(withoutBlocks(code)).find()) {
            return told(error, error.getStacktrace(), NO_METHOD);
        }
        Matcher symbol = SYMBOL.matcher(said);
        if (symbol.matches()) {
            return told(
                    error,
                    error.getStacktrace(),
                    "There is no "
                            + symbol.group("name")
                            + " here: run the cell that defines it first, import it, or mend its"
                            + " name.");
        }
        Matcher missing = PACKAGE.matcher(said);
        if (missing.matches()) {
            return told(
                    error,
                    error.getStacktrace(),
                    "There is no package "
                            + missing.group("name")
                            + " on the kernel's class path: mend its name, or give the kernel its"
                            + " jar ('environment/kernel --classpath JAR').");
        }
        return new PublishError(error.getErrorName(), said, error.getStacktrace());
    }

    /** A cell without what stands in braces: a method's return is not the cell's. */
    private static String withoutBlocks(String code) {
        String outer = code;
        for (String before = ""; !before.equals(outer); ) {
            before = outer;
            outer = BLOCK.matcher(outer).replaceAll("");
        }
        return outer;
    }

    /** The compiler's first message, which stands below the line of the cell that it is about. */
    private static Optional<String> compiler(List<String> lines) {
        var message = new ArrayList<String>();
        for (String line : lines) {
            String plain = COLOUR.matcher(line).replaceAll("");
            if (plain.startsWith("|")) {
                if (!message.isEmpty()) {
                    break;
                }
            } else if (!plain.isBlank()) {
                message.add(plain.strip());
            } else if (!message.isEmpty()) {
                break;
            }
        }
        String joined = String.join(" ", message).replaceAll("\\s+", " ");
        return joined.isEmpty() ? Optional.empty() : Optional.of(joined);
    }

    /** What methods and classes of earlier cells use and no cell defines. */
    private String unresolved() {
        var names = new TreeSet<String>();
        shell.snippets()
                .filter(snippet -> snippet instanceof DeclarationSnippet)
                .forEach(
                        snippet ->
                                shell.unresolvedDependencies((DeclarationSnippet) snippet)
                                        .forEach(names::add));
        return names.isEmpty()
                ? "Something that an earlier cell's method or class uses is"
                : String.join(", ", names) + (names.size() == 1 ? " is" : " are");
    }

    private static PublishError told(PublishError error, List<String> lines, String sentence) {
        var all = new ArrayList<>(lines);
        all.add(sentence);
        return new PublishError(error.getErrorName(), sentence, all);
    }
}
