package org.directpred.progress;

/**
 * Where reports go. An implementation must be safe to call from any thread and must never throw: a
 * picture that cannot be drawn is no reason to lose a training run.
 */
public interface Sink {

    /**
     * Starts a bar.
     *
     * @param name what is being done, for a person
     * @param total the number of units of work, at least 1
     * @return the bar, to be closed when the work ends, however it ends
     */
    Bar bar(String name, long total);

    /**
     * Starts a picture that is redrawn in place while work goes on.
     *
     * @param name what it shows, for a person
     * @return the picture, to be closed when the work ends
     */
    LivePicture picture(String name);

    /** Shows one line of text. */
    void message(String text);

    /**
     * Shows a value as a notebook would show a cell's value: a Plotly figure, a Tablesaw table, a
     * {@link java.awt.image.BufferedImage}, or anything else by its {@code toString}.
     */
    void show(Object value);
}
