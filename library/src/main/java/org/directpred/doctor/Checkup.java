package org.directpred.doctor;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The lines of a checkup, in the order in which they were checked.
 *
 * @param lines one for each thing looked at
 */
public record Checkup(List<Line> lines) {
    /** How serious a line is. */
    public enum Level {
        /** As it should be. */
        OK,
        /** Runs will work, but slower or with less than this machine could give. */
        WARNING,
        /** Runs will fail, or will not run where they are meant to. */
        FAULT
    }

    /**
     * One thing that was looked at.
     *
     * @param level how serious it is
     * @param subject what was looked at, such as {@code driver}
     * @param found what was found
     * @param advice what to do about it; empty for {@link Level#OK}
     */
    public record Line(Level level, String subject, String found, String advice) {
        @Override
        public String toString() {
            String text =
                    "%-9s%-22s%s".formatted(level.name().toLowerCase(Locale.ROOT), subject, found);
            return advice.isEmpty() ? text : text + ". " + advice;
        }
    }

    /** Copies the lines. */
    public Checkup {
        lines = List.copyOf(lines);
    }

    /** The most serious level among the lines. */
    public Level worst() {
        return lines.stream().map(Line::level).max(Enum::compareTo).orElse(Level.OK);
    }

    /** The line of that subject. */
    public Line line(String subject) {
        return lines.stream()
                .filter(line -> line.subject().equals(subject))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "there is no line \"" + subject + "\" in this checkup"));
    }

    /** A line each. */
    @Override
    public String toString() {
        return lines.stream().map(Line::toString).collect(Collectors.joining("\n"));
    }
}
