package org.directpred.kernel.display;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.directpred.progress.Bar;
import org.directpred.progress.LivePicture;
import org.directpred.progress.Sink;

/**
 * Reports in a notebook: bars and live pictures are outputs that replace themselves, at most four
 * times a second.
 *
 * <p>A live picture is a bitmap, for JupyterLab does not redraw a replaced Plotly figure.
 */
final class NotebookSink implements Sink {
    static final Duration BETWEEN_UPDATES = Duration.ofMillis(250);

    /** Drawing may take at most about a tenth of the time of the work that it shows... */
    private static final int WORK_PER_DRAWING = 10;

    /** ...but a drawing that was slow, as the first one is, does not stop the next for long. */
    private static final Duration LONGEST_BETWEEN_DRAWINGS = Duration.ofSeconds(2);

    private static final String DISPLAY_ID = "display_id";

    private final Screen screen;
    private final LongSupplier nanoseconds;

    /**
     * A sink.
     *
     * @param screen where the outputs go
     * @param nanoseconds the clock, {@link System#nanoTime}
     */
    NotebookSink(Screen screen, LongSupplier nanoseconds) {
        this.screen = Objects.requireNonNull(screen, "screen");
        this.nanoseconds = Objects.requireNonNull(nanoseconds, "nanoseconds");
    }

    @Override
    public Bar bar(String name, long total) {
        if (total < 1) {
            throw new IllegalArgumentException(
                    "a bar's total must be at least 1, not " + total + " (" + name + ")");
        }
        return new HtmlBar(name, total);
    }

    @Override
    public LivePicture picture(String name) {
        return new PngPicture(name);
    }

    @Override
    public void message(String text) {
        screen.show(new DisplayData(text));
    }

    @Override
    public void show(Object value) {
        if (value == null) {
            message("null");
        } else {
            screen.show(screen.render(value));
        }
    }

    /** One output that is shown once and replaced from then on. */
    private final class Place {
        private final String id = UUID.randomUUID().toString();
        private boolean shown;

        void put(DisplayData data) {
            data.putTransientData(DISPLAY_ID, id);
            if (shown) {
                screen.replace(data);
            } else {
                screen.show(data);
                shown = true;
            }
        }
    }

    private final class HtmlBar implements Bar {
        private final String name;
        private final long total;
        private final Place place = new Place();
        private final long start = nanoseconds.getAsLong();
        private long drawnAt;
        private long drawn;
        private long done;
        private String note = "";
        private boolean closed;

        HtmlBar(String name, long total) {
            this.name = name;
            this.total = total;
            draw();
        }

        @Override
        public synchronized void update(long newDone, String newNote) {
            if (closed) {
                return;
            }
            done = newDone;
            note = newNote;
            if (nanoseconds.getAsLong() - drawnAt >= BETWEEN_UPDATES.toNanos()) {
                draw();
            }
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                draw();
            }
        }

        private void draw() {
            drawnAt = nanoseconds.getAsLong();
            drawn = done;
            double seconds = Duration.ofNanos(drawnAt - start).toMillis() / 1000.0;
            String words =
                    String.format(Locale.ROOT, "%s: %d/%d, %.1f s", name, drawn, total, seconds)
                            + (note.isEmpty() ? "" : "  " + note);
            var data = new DisplayData(words);
            data.putHTML(
                    "<progress value=\""
                            + drawn
                            + "\" max=\""
                            + total
                            + "\"></progress> "
                            + Html.asItIs(words));
            place.put(data);
        }
    }

    private final class PngPicture implements LivePicture {
        private final String name;
        private final Place place = new Place();
        private long nextDrawing = Long.MIN_VALUE;
        private Supplier<?> skipped;
        private boolean closed;

        PngPicture(String name) {
            this.name = name;
        }

        @Override
        public synchronized void update(Supplier<?> figure) {
            if (closed) {
                return;
            }
            if (nanoseconds.getAsLong() >= nextDrawing) {
                draw(figure);
            } else {
                skipped = figure;
            }
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                if (skipped != null) {
                    draw(skipped);
                }
            }
        }

        private void draw(Supplier<?> figure) {
            skipped = null;
            long before = nanoseconds.getAsLong();
            var data = new DisplayData(name);
            try {
                data.putData(Pictures.PNG, Pictures.base64(Pictures.of(figure.get())));
            } catch (RuntimeException e) {
                // A picture that cannot be drawn is no reason to lose a training run.
                data.putText(name + ": cannot be drawn, " + e);
            }
            place.put(data);
            long after = nanoseconds.getAsLong();
            long pause =
                    Math.min(
                            LONGEST_BETWEEN_DRAWINGS.toNanos(),
                            WORK_PER_DRAWING * (after - before));
            nextDrawing = after + Math.max(BETWEEN_UPDATES.toNanos(), pause);
        }
    }
}
