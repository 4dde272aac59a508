package org.directpred.progress;

/** A moving progress bar. Updates are cheap: a sink draws at most a few of them a second. */
public interface Bar extends AutoCloseable {

    /**
     * Moves the bar.
     *
     * @param done units of work done so far, 0 to the total
     * @param note a few words beside the bar (a loss, an accuracy); may be empty
     */
    void update(long done, String note);

    /** Ends the bar where it stands. Closing twice does nothing. */
    @Override
    void close();
}
