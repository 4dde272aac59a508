package org.directpred.kernel.display;

/** Text inside HTML. */
final class Html {
    private Html() {}

    /** The text with the characters that HTML would read replaced by entities. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** The inverse of {@link #escape}, for the entities that Tablesaw's templates write. */
    static String unescape(String text) {
        return text.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
    }
}
