package org.directpred.image;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The operations that make one view of an image, in their order.
 *
 * @param operations one after the other
 * @param normalisation what becomes of the values at the end
 */
public record Augmentation(List<Operation> operations, Normalisation normalisation) {
    /** Copies the list. */
    public Augmentation {
        for (int i = 0; i < operations.size(); i++) {
            if (operations.get(i) == null) {
                throw new IllegalArgumentException("operation %d of a view is null".formatted(i));
            }
        }
        operations = List.copyOf(operations);
    }

    /** Operations and no normalisation beyond [0, 1]. */
    public static Augmentation of(Operation... operations) {
        return new Augmentation(Arrays.asList(operations), Normalisation.NONE);
    }

    /** A copy with another normalisation. */
    public Augmentation withNormalisation(Normalisation other) {
        return new Augmentation(operations, other);
    }

    /** A copy with one more operation at the end. */
    public Augmentation then(Operation operation) {
        return new Augmentation(
                Stream.concat(operations.stream(), Stream.of(operation)).toList(), normalisation);
    }

    /** Applies the operations, all but the normalisation. */
    public void apply(Canvas canvas, SplitMix64 random) {
        for (Operation operation : operations) {
            operation.apply(canvas, random);
        }
    }

    /** The view of an image for a key, to look at. */
    public Image view(Image image, SplitMix64 random) {
        Canvas canvas = Canvas.of(image);
        apply(canvas, random);
        return canvas.toImage();
    }

    /**
     * The image and what it is after each operation, to look at.
     *
     * @param image not modified
     * @param random the view's generator
     */
    public List<Step> steps(Image image, SplitMix64 random) {
        List<Step> steps = new ArrayList<>();
        steps.add(new Step("image", image));
        Canvas canvas = Canvas.of(image);
        for (Operation operation : operations) {
            operation.apply(canvas, random);
            steps.add(new Step(operation.toString(), canvas.toImage()));
        }
        return List.copyOf(steps);
    }

    /**
     * The size of a view.
     *
     * @param source where the images come from
     * @throws IllegalArgumentException if the operations leave the size open for images that differ
     */
    public Operation.Size size(ImageSource source) {
        Operation.Size size = new Operation.Size(source.height(), source.width());
        for (Operation operation : operations) {
            size = operation.size(size);
            if (size == null) {
                throw new IllegalArgumentException(
                        "the operation " + operation + " gives null as the size of its result");
            }
        }
        if (size.height() < 1 || size.width() < 1) {
            throw new IllegalArgumentException(
                    "the images of "
                            + source.name()
                            + " differ in size and the operations "
                            + operations
                            + " do not end in one size; add a RandomResizedCrop, or a Resize and a"
                            + " CentreCrop");
        }
        return size;
    }

    /**
     * An image on the way to a view.
     *
     * @param name the operation that made it
     * @param image what it is now
     */
    public record Step(String name, Image image) {
        /** The image for a notebook. */
        public BufferedImage picture() {
            return image.toBufferedImage();
        }
    }
}
