package org.directpred.train;

/** A line of a log that is not what was expected; its message says why. */
final class UnreadableLine extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableLine(String why, Throwable cause) {
        super(why, cause);
    }

    UnreadableLine(String why) {
        this(why, null);
    }

    /** Enough of a line to know it by. */
    static String brief(String line) {
        return '"' + (line.length() > 80 ? line.substring(0, 80) + "..." : line) + '"';
    }
}
