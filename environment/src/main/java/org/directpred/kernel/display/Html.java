package org.directpred.kernel.display;

/** Text inside HTML. */
final class Html {
    /** Notebooks set what stands between dollars as mathematics, but not in these classes. */
    static final String AS_IT_IS = "class=\"tex2jax_ignore mathjax_ignore\"";

    private Html() {}

    /** The text with the characters that HTML would read replaced by entities. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** The text as an element in which nothing is read as mathematics. */
    static String asItIs(String text) {
        return text.contains("$") || text.contains("\\")
                ? "<span " + AS_IT_IS + ">" + escape(text) + "</span>"
                : escape(text);
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
