package org.directpred.progress;

import java.util.Objects;

/** The one place through which the library reports. */
public final class Progress {
    private static volatile Sink sink = new ConsoleSink(System.out);

    private Progress() {}

    /** The sink in use: the kernel's in a notebook, else text on the standard output. */
    public static Sink sink() {
        return sink;
    }

    /**
     * Replaces the sink.
     *
     * @return the sink that was in use, for putting it back
     */
    public static synchronized Sink use(Sink replacement) {
        Sink before = sink;
        sink = Objects.requireNonNull(replacement, "replacement");
        return before;
    }

    /** {@link Sink#bar} on the sink in use. */
    public static Bar bar(String name, long total) {
        return sink.bar(name, total);
    }

    /** {@link Sink#picture} on the sink in use. */
    public static LivePicture picture(String name) {
        return sink.picture(name);
    }

    /** {@link Sink#message} on the sink in use. */
    public static void message(String text) {
        sink.message(text);
    }

    /** {@link Sink#show} on the sink in use. */
    public static void show(Object value) {
        sink.show(value);
    }
}
