package org.directpred.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.directpred.image.CorruptImageException;
import org.directpred.image.Image;
import org.directpred.image.ImageSource;
import org.directpred.tensor.OnHost;

/** Whether the images of a run are worth training on at all: where they are all one, none is. */
final class Sameness {
    private static final int LOOKED_AT = 64;

    private Sameness() {}

    /**
     * Says so if images here and there in a source are all, or nearly all, the same.
     *
     * @return an advice; empty where they differ
     */
    static Optional<String> of(ImageSource images) {
        int looked = 0;
        Set<List<Object>> different = new HashSet<>();
        // At random, for what lies evenly spread may be one image of several in turn.
        int[] some =
                images.size() <= LOOKED_AT
                        ? IntStream.range(0, images.size()).toArray()
                        : new Random(1)
                                .ints(0, images.size())
                                .distinct()
                                .limit(LOOKED_AT)
                                .toArray();
        for (int index : some) {
            try {
                different.add(content(images.read(index)));
                looked++;
            } catch (CorruptImageException e) {
                // The loader names it.
            }
        }
        if (looked < 2 || different.size() * 4 > looked) {
            return Optional.empty();
        }
        return Optional.of(
                different.size() == 1
                        ? String.format(
                                Locale.ROOT,
                                "the images are identical (all %d that were looked at, of %d, have the same pixels), so there is nothing to tell apart: no learning rate helps, give it other images",
                                looked,
                                images.size())
                        : String.format(
                                Locale.ROOT,
                                "the images hardly differ (only %d different ones among the %d that were looked at, of %d): look at the images first, then at the learning rate",
                                different.size(),
                                looked,
                                images.size()));
    }

    /** The same of a batch of views. */
    static Optional<String> ofViews(NDArray views) {
        int rows = Math.toIntExact(views.getShape().get(0));
        float[] values;
        try (NDArray narrow = views.toType(DataType.FLOAT32, true)) {
            values = OnHost.floats(narrow);
        }
        int length = values.length / rows;
        for (int row = 1; row < rows; row++) {
            if (!Arrays.equals(values, 0, length, values, row * length, (row + 1) * length)) {
                return Optional.empty();
            }
        }
        return Optional.of(
                String.format(
                        Locale.ROOT,
                        "the %d first views of the batch are identical, so there is nothing to tell apart: no learning rate helps, give it other images",
                        rows));
    }

    private static List<Object> content(Image image) {
        return List.of(
                image.channels(), image.height(), image.width(), ByteBuffer.wrap(image.pixels()));
    }
}
