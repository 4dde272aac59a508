package org.directpred.progress;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import org.directpred.require.Require;

/**
 * Reports as plain lines of text: a bar prints a line at each tenth of its way, a live picture
 * prints nothing.
 */
public final class ConsoleSink implements Sink {
    private static final int LINES_PER_BAR = 10;

    private final PrintStream out;

    /**
     * A sink that prints.
     *
     * @param out where the lines go
     */
    public ConsoleSink(PrintStream out) {
        this.out = Objects.requireNonNull(out, "out");
    }

    @Override
    public Bar bar(String name, long total) {
        Require.atLeast("the total of the bar \"" + name + "\"", total, 1);
        return new TextBar(name, total);
    }

    @Override
    public LivePicture picture(String name) {
        return new NoPicture();
    }

    @Override
    public void message(String text) {
        out.println(text);
    }

    @Override
    public void show(Object value) {
        out.println(value);
    }

    private static final class NoPicture implements LivePicture {
        @Override
        public void update(Supplier<?> figure) {}

        @Override
        public void close() {}
    }

    private final class TextBar implements Bar {
        private final String name;
        private final long total;
        private final long start = System.nanoTime();
        private long printed;

        TextBar(String name, long total) {
            this.name = name;
            this.total = total;
        }

        @Override
        public synchronized void update(long done, String note) {
            long tenth = done * LINES_PER_BAR / total;
            if (tenth > printed) {
                printed = tenth;
                double seconds = Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0;
                String words = note.isEmpty() ? "" : "  " + note;
                out.println(
                        String.format(
                                Locale.ROOT,
                                "%s: %d/%d, %.1f s%s",
                                name,
                                done,
                                total,
                                seconds,
                                words));
            }
        }

        @Override
        public void close() {}
    }
}
