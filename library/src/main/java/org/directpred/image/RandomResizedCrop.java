package org.directpred.image;

import org.directpred.require.Require;

/**
 * Cuts out a random part and resizes it, as torchvision's operation of that name: the part's share
 * of the area is uniform on the scale, its width over height log-uniform on the ratio; after ten
 * parts that do not fit, the largest in the middle whose ratio is allowed.
 *
 * @param height rows of the result
 * @param width columns of the result
 * @param smallest least share of the image's area, in (0, 1]
 * @param largest largest share of the image's area
 * @param narrowest least width over height
 * @param widest largest width over height
 * @param filter how it is resized
 */
public record RandomResizedCrop(
        int height,
        int width,
        double smallest,
        double largest,
        double narrowest,
        double widest,
        Filter filter)
        implements Operation {
    private static final int TRIES = 10;

    /** Checks the parameters. */
    public RandomResizedCrop {
        Require.atLeast("height", height, 1);
        Require.atLeast("width", width, 1);
        Require.between("the smallest share", smallest, Double.MIN_NORMAL, largest);
        Require.between("the largest share", largest, smallest, 1);
        Require.between("the narrowest ratio", narrowest, Double.MIN_NORMAL, widest);
        Require.between("the widest ratio", widest, narrowest, Double.MAX_VALUE);
    }

    /**
     * A square result with torchvision's defaults: share 0.08 to 1, ratio 3/4 to 4/3, bilinear.
     *
     * @param side rows and columns of the result
     */
    public static RandomResizedCrop to(int side) {
        return new RandomResizedCrop(side, side, 0.08, 1, 3.0 / 4, 4.0 / 3, Filter.BILINEAR);
    }

    /** A copy with another range of the share of the area. */
    public RandomResizedCrop withScale(double least, double most) {
        return new RandomResizedCrop(height, width, least, most, narrowest, widest, filter);
    }

    /** A copy with another range of width over height. */
    public RandomResizedCrop withRatio(double least, double most) {
        return new RandomResizedCrop(height, width, smallest, largest, least, most, filter);
    }

    /** A copy with another filter. */
    public RandomResizedCrop withFilter(Filter other) {
        return new RandomResizedCrop(height, width, smallest, largest, narrowest, widest, other);
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        Box box = sample(canvas.height(), canvas.width(), random);
        canvas.crop(box.top, box.left, box.height, box.width);
        canvas.resize(height, width, filter);
    }

    @Override
    public Size size(Size input) {
        return new Size(height, width);
    }

    /**
     * Draws the part to cut out.
     *
     * @param imageHeight rows of the image
     * @param imageWidth columns of the image
     * @param random the generator
     */
    public Box sample(int imageHeight, int imageWidth, SplitMix64 random) {
        double area = (double) imageHeight * imageWidth;
        double logNarrowest = StrictMath.log(narrowest);
        double logWidest = StrictMath.log(widest);
        for (int i = 0; i < TRIES; i++) {
            double target = area * random.uniform(smallest, largest);
            double ratio = StrictMath.exp(random.uniform(logNarrowest, logWidest));
            int boxWidth = (int) Math.rint(Math.sqrt(target * ratio));
            int boxHeight = (int) Math.rint(Math.sqrt(target / ratio));
            if (boxWidth > 0
                    && boxWidth <= imageWidth
                    && boxHeight > 0
                    && boxHeight <= imageHeight) {
                int boxTop = random.nextInt(imageHeight - boxHeight + 1);
                int boxLeft = random.nextInt(imageWidth - boxWidth + 1);
                return new Box(boxTop, boxLeft, boxHeight, boxWidth);
            }
        }
        double ratio = (double) imageWidth / imageHeight;
        int boxWidth = imageWidth;
        int boxHeight = imageHeight;
        if (ratio < narrowest) {
            boxHeight = Math.max(1, (int) Math.rint(boxWidth / narrowest));
        } else if (ratio > widest) {
            boxWidth = Math.max(1, (int) Math.rint(boxHeight * widest));
        }
        return new Box(
                (imageHeight - boxHeight) / 2, (imageWidth - boxWidth) / 2, boxHeight, boxWidth);
    }

    /**
     * A part of an image.
     *
     * @param top its first row
     * @param left its first column
     * @param height rows
     * @param width columns
     */
    public record Box(int top, int left, int height, int width) {}
}
