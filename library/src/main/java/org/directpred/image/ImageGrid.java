package org.directpred.image;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.directpred.require.Require;

/** Pictures of many images at once, as a cell's value. */
public final class ImageGrid {
    private static final int GAP = 2;

    private ImageGrid() {}

    /**
     * Images side by side, from left to right and from top to bottom.
     *
     * @param images at least one
     * @param columns images in a row, at least 1
     * @param zoom each pixel becomes a square of this side, at least 1
     */
    public static BufferedImage of(List<Image> images, int columns, int zoom) {
        if (images.isEmpty()) {
            throw new IllegalArgumentException("a grid needs at least one image");
        }
        Require.atLeast("columns", columns, 1);
        Require.atLeast("zoom", zoom, 1);
        int cellHeight = 0;
        int cellWidth = 0;
        for (Image image : images) {
            cellHeight = Math.max(cellHeight, image.height() * zoom);
            cellWidth = Math.max(cellWidth, image.width() * zoom);
        }
        int rows = (images.size() + columns - 1) / columns;
        BufferedImage picture =
                new BufferedImage(
                        columns * (cellWidth + GAP) + GAP,
                        rows * (cellHeight + GAP) + GAP,
                        BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        try {
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, picture.getWidth(), picture.getHeight());
            graphics.setRenderingHint(
                    RenderingHints.KEY_INTERPOLATION,
                    RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR);
            for (int i = 0; i < images.size(); i++) {
                Image image = images.get(i);
                graphics.drawImage(
                        image.toBufferedImage(),
                        i % columns * (cellWidth + GAP) + GAP,
                        i / columns * (cellHeight + GAP) + GAP,
                        image.width() * zoom,
                        image.height() * zoom,
                        null);
            }
        } finally {
            graphics.dispose();
        }
        return picture;
    }

    /**
     * A row for each image: the image, then pairs of its views in the first epochs.
     *
     * @param source where the images come from
     * @param views what is made of them
     * @param seed the run's seed
     * @param pairs pairs of views in a row, at least 1
     * @param zoom each pixel becomes a square of this side, at least 1
     * @param indices which images, at least one
     */
    public static BufferedImage ofViews(
            ImageSource source, Views views, long seed, int pairs, int zoom, int... indices) {
        Require.atLeast("pairs", pairs, 1);
        List<Image> images = new ArrayList<>();
        for (int index : indices) {
            Image image = CheckedSource.read(source, index);
            images.add(image);
            for (int epoch = 0; epoch < pairs; epoch++) {
                images.add(views.view(image, seed, epoch, index, 0));
                images.add(views.view(image, seed, epoch, index, 1));
            }
        }
        return of(images, 1 + 2 * pairs, zoom);
    }

    /**
     * One image after each operation of a view.
     *
     * @param image the image
     * @param augmentation the operations
     * @param random the view's generator, such as {@link Views#generator}
     * @param zoom each pixel becomes a square of this side, at least 1
     */
    public static BufferedImage ofSteps(
            Image image, Augmentation augmentation, SplitMix64 random, int zoom) {
        List<Image> images =
                augmentation.steps(image, random).stream().map(Augmentation.Step::image).toList();
        return of(images, images.size(), zoom);
    }
}
