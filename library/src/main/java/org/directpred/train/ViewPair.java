package org.directpred.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.Buffer;
import java.nio.FloatBuffer;
import org.directpred.image.ViewBatch;
import org.directpred.tensor.Sketch;

/** Two views of each image of a batch, from anywhere: what a step trains on. */
public final class ViewPair implements AutoCloseable {
    private final Buffer first;
    private final Buffer second;
    private final Shape shape;
    private final int[] labels;
    private final Runnable release;

    private ViewPair(Buffer first, Buffer second, Shape shape, int[] labels, Runnable release) {
        this.first = first;
        this.second = second;
        this.shape = shape;
        this.labels = labels;
        this.release = release;
    }

    /**
     * A pair of views as numbers, row-major. Not copied.
     *
     * @param first first views of all images, as the network takes them (normalised)
     * @param second second views of the same images
     * @param shape {@code batch, channels, height, width}
     * @throws IllegalArgumentException if the shape is no batch of images or the numbers are not as
     *     many
     */
    public static ViewPair of(float[] first, float[] second, long... shape) {
        Shape s = new Shape(shape);
        if (shape.length != 4 || s.size() < 1) {
            throw new IllegalArgumentException(
                    "the shape of views is [batch, channels, height, width], not " + s);
        }
        if (first.length != s.size() || second.length != s.size()) {
            throw new IllegalArgumentException(
                    "views of shape %s have %d numbers each, not %d and %d"
                            .formatted(s, s.size(), first.length, second.length));
        }
        return new ViewPair(
                FloatBuffer.wrap(first), FloatBuffer.wrap(second), s, new int[0], () -> {});
    }

    /** What a loader made; closing it gives its memory back to the loader. */
    static ViewPair of(ViewBatch batch) {
        return new ViewPair(
                batch.first(),
                batch.second(),
                new Shape(batch.size(), batch.channels(), batch.height(), batch.width()),
                new int[0],
                batch::close);
    }

    /**
     * The same pair with the classes of its images, for an online probe; the training does not look
     * at them.
     *
     * @param others one for each image, from 0, or {@link
     *     org.directpred.image.ImageSource#UNLABELLED}; copied
     * @throws IllegalArgumentException if they are not as many as the images
     */
    public ViewPair withLabels(int... others) {
        if (others.length != shape.get(0)) {
            throw new IllegalArgumentException(
                    "a pair of views of %d images has %d labels, not %d"
                            .formatted(shape.get(0), shape.get(0), others.length));
        }
        return new ViewPair(first, second, shape, others.clone(), release);
    }

    /** {@code [batch, channels, height, width]}. */
    public Shape shape() {
        return shape;
    }

    /** The classes of the images, {@code [batch]}; empty where nobody gave any. Not a copy. */
    int[] labels() {
        return labels;
    }

    /** By which the first views are known again. */
    Sketch firstSketch() {
        return sketch(first);
    }

    /** By which the second views are known again. */
    Sketch secondSketch() {
        return sketch(second);
    }

    private static Sketch sketch(Buffer views) {
        FloatBuffer numbers = (FloatBuffer) views;
        int begin = numbers.position();
        return Sketch.of(numbers.remaining(), i -> numbers.get(begin + i));
    }

    NDArray first(NDManager scope) {
        return scope.create(first.duplicate(), shape, DataType.FLOAT32);
    }

    NDArray second(NDManager scope) {
        return scope.create(second.duplicate(), shape, DataType.FLOAT32);
    }

    /** Gives back what the pair holds. */
    @Override
    public void close() {
        release.run();
    }
}
