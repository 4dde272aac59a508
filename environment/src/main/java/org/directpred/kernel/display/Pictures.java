package org.directpred.kernel.display;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.directpred.figure.AnimatedFigure;
import tech.tablesaw.plotly.components.Figure;

/** Bitmaps of what can be drawn. */
final class Pictures {
    static final String PNG = "image/png";

    private Pictures() {}

    /**
     * Draws a value.
     *
     * @param value a picture, a figure or an animated figure
     * @throws IllegalArgumentException if it is something else, or a figure of a kind that has no
     *     bitmap
     */
    static BufferedImage of(Object value) {
        if (value instanceof BufferedImage image) {
            return image;
        }
        if (value instanceof Figure figure) {
            return of(FigureJson.of(figure));
        }
        if (value instanceof AnimatedFigure animated) {
            return of(animated.fallback());
        }
        throw new IllegalArgumentException(
                "a live picture shows a figure or a BufferedImage, not "
                        + (value == null ? "null" : value.getClass().getName()));
    }

    /** Draws a figure in Plotly's own terms. */
    static BufferedImage of(ObjectNode figure) {
        return FigurePicture.draw(figure);
    }

    /** The bitmap as a PNG file in base 64, as a notebook keeps it. */
    static String base64(BufferedImage image) {
        var bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
