package org.directpred.progress;

import java.util.function.Supplier;

/** A picture that is redrawn in place. */
public interface LivePicture extends AutoCloseable {

    /**
     * Redraws the picture, unless the last redraw is too recent to be worth another.
     *
     * @param figure makes the Plotly figure or {@link java.awt.image.BufferedImage} to show; called
     *     only when it is drawn
     */
    void update(Supplier<?> figure);

    /**
     * Removes the live picture or leaves its last frame, as the sink sees fit. Closing twice does
     * nothing.
     */
    @Override
    void close();
}
