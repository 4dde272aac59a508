package org.directpred.image;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The working image of one view: an {@link Operation} changes it. Cropping, resizing and flipping
 * are noted first and done together, in Pillow's 8-bit arithmetic, when the pixels are first
 * needed; from then on the pixels are floats from 0 to 255, as torchvision treats float tensors
 * (there 0 to 1).
 *
 * <p>Mutable, for one thread, and reusable: {@link #reset} keeps the memory. No method allocates
 * once the canvas has seen its largest image.
 */
public final class Canvas {
    private final Kernels kernels;

    private @Nullable Image source;
    private boolean rendered;

    // The part of the source, the size it is resized to, and the part of that which is kept.
    private int boxTop;
    private int boxLeft;
    private int boxHeight;
    private int boxWidth;
    private int resizedHeight;
    private int resizedWidth;
    private Filter filter = Filter.BILINEAR;
    private int top;
    private int left;
    private int height;
    private int width;
    private boolean flipped;

    private float[] values = new float[0];
    private float[] scratch = new float[0];
    private float[] padded = new float[0];
    private final float[] taps = new float[GaussianBlur.LARGEST_TAPS / 2 + 1 + Kernels.GROUP];
    private byte[] columns = new byte[0];
    private byte[] narrowedColumns = new byte[0];
    private byte[] narrowed = new byte[0];
    private byte[] result = new byte[0];
    private final Resampling horizontal = new Resampling();
    private final Resampling vertical = new Resampling();

    /** An empty canvas; {@link #reset} puts an image on it. */
    public Canvas() {
        this(Kernels.best());
    }

    Canvas(Kernels kernels) {
        this.kernels = kernels;
    }

    /** A new canvas with an image on it. */
    public static Canvas of(Image image) {
        return new Canvas().reset(image);
    }

    /**
     * Puts an image on the canvas.
     *
     * @param image not modified
     * @return this canvas
     */
    public Canvas reset(Image image) {
        source = image;
        rendered = false;
        boxTop = 0;
        boxLeft = 0;
        boxHeight = image.height();
        boxWidth = image.width();
        keepWhole(boxHeight, boxWidth);
        flipped = false;
        return this;
    }

    private void keepWhole(int newHeight, int newWidth) {
        resizedHeight = newHeight;
        resizedWidth = newWidth;
        top = 0;
        left = 0;
        height = newHeight;
        width = newWidth;
    }

    private Image image() {
        return Objects.requireNonNull(source, "no image is on the canvas: reset puts one there");
    }

    /** Planes, 1 or 3. */
    public int channels() {
        return image().channels();
    }

    /** Rows after what was noted so far. */
    public int height() {
        return height;
    }

    /** Columns after what was noted so far. */
    public int width() {
        return width;
    }

    /**
     * The pixels, 0 to 255, {@code [channels, height, width]}. An operation of one's own changes
     * them in place; values outside 0 to 255 are its own responsibility. The array may be longer
     * than the image and is reused after the next {@link #reset}.
     */
    public float[] values() {
        render();
        return values;
    }

    /** The pixels rounded to 8 bits, as a new image. */
    public Image toImage() {
        render();
        int count = channels() * height * width;
        byte[] pixels = new byte[count];
        kernels.narrow(values, 0, pixels, 0, count);
        return new Image(channels(), height, width, pixels);
    }

    /**
     * Keeps a part.
     *
     * @throws IllegalArgumentException if the part is empty or reaches outside
     */
    public void crop(int cropTop, int cropLeft, int cropHeight, int cropWidth) {
        if (cropTop < 0
                || cropLeft < 0
                || cropHeight < 1
                || cropWidth < 1
                || cropTop > height - cropHeight
                || cropLeft > width - cropWidth) {
            throw new IllegalArgumentException(
                    "cannot cut %d x %d at row %d, column %d out of an image of %d x %d"
                            .formatted(cropHeight, cropWidth, cropTop, cropLeft, height, width));
        }
        if (rendered || flipped) {
            reset(toImage());
        }
        if (resizedHeight == boxHeight && resizedWidth == boxWidth) {
            boxTop += top + cropTop;
            boxLeft += left + cropLeft;
            boxHeight = cropHeight;
            boxWidth = cropWidth;
            keepWhole(cropHeight, cropWidth);
        } else {
            top += cropTop;
            left += cropLeft;
            height = cropHeight;
            width = cropWidth;
        }
    }

    /**
     * Resizes, in Pillow's arithmetic to the last bit; after a colour operation the pixels are
     * rounded to 8 bits for it.
     *
     * @param newHeight rows, at least 1
     * @param newWidth columns, at least 1
     * @param resizeFilter how
     */
    public void resize(int newHeight, int newWidth, Filter resizeFilter) {
        if (newHeight < 1 || newWidth < 1) {
            throw new IllegalArgumentException("cannot resize to " + newHeight + " x " + newWidth);
        }
        boolean pending =
                rendered || flipped || resizedHeight != boxHeight || resizedWidth != boxWidth;
        if (pending) {
            reset(toImage());
        }
        keepWhole(newHeight, newWidth);
        filter = resizeFilter;
    }

    /** Mirrors left and right. */
    public void flip() {
        if (!rendered) {
            flipped = !flipped;
            return;
        }
        for (int row = 0; row < channels() * height; row++) {
            int from = row * width;
            for (int a = from, b = from + width - 1; a < b; a++, b--) {
                float swapped = values[a];
                values[a] = values[b];
                values[b] = swapped;
            }
        }
    }

    /** Multiplies by a factor and limits to 0 to 255. */
    public void brightness(double factor) {
        render();
        kernels.affineClamped(values, 0, channels() * height * width, (float) factor, 0);
    }

    /** Adds an amount and limits to 0 to 255. */
    public void brighten(double amount) {
        render();
        kernels.affineClamped(values, 0, channels() * height * width, 1, (float) amount);
    }

    /** Turns each channel about its own mean: {@code factor * v + (1 - factor) * mean}, limited. */
    public void contrastOfChannels(double factor) {
        render();
        int plane = height * width;
        for (int channel = 0; channel < channels(); channel++) {
            int from = channel * plane;
            double sum = 0;
            for (int i = 0; i < plane; i++) {
                sum += values[from + i];
            }
            kernels.affineClamped(
                    values,
                    from,
                    from + plane,
                    (float) factor,
                    (float) ((1 - factor) * sum / plane));
        }
    }

    /**
     * Multiplies the S of HSV, limited to 1; hue and largest channel stay, and so does a grey
     * image.
     */
    public void saturationOfHsv(double factor) {
        render();
        if (channels() != 3) {
            return;
        }
        int plane = height * width;
        for (int i = 0; i < plane; i++) {
            float largest = Math.max(values[i], Math.max(values[plane + i], values[2 * plane + i]));
            float least = Math.min(values[i], Math.min(values[plane + i], values[2 * plane + i]));
            if (largest == least) {
                continue;
            }
            // At one hue the channels' distances from the largest keep their ratios.
            float ratio = (float) Math.min(factor, largest / (largest - least));
            for (int at = i; at < 3 * plane; at += plane) {
                values[at] = Kernels.clamp(largest - (largest - values[at]) * ratio);
            }
        }
    }

    /** Cuts values down to whole ones. */
    public void truncate() {
        render();
        int count = channels() * height * width;
        for (int i = 0; i < count; i++) {
            values[i] = (int) values[i];
        }
    }

    /** Blends with the mean grey of the whole: {@code factor * v + (1 - factor) * mean}. */
    public void contrast(double factor) {
        render();
        int plane = height * width;
        long sum = 0;
        for (int from = 0; from < plane; from += Kernels.LONGEST_SUM) {
            int to = Math.min(plane, from + Kernels.LONGEST_SUM);
            sum +=
                    channels() == 1
                            ? kernels.sum(values, from, to)
                            : kernels.greySum(values, plane, from, to);
        }
        double mean = sum / (Kernels.GREY_UNITS * (double) plane);
        kernels.affineClamped(
                values, 0, channels() * plane, (float) factor, (float) ((1 - factor) * mean));
    }

    /** Blends with each pixel's grey; a grey image stays as it is. */
    public void saturation(double factor) {
        render();
        if (channels() == 3) {
            int plane = height * width;
            kernels.saturation(values, plane, 0, plane, (float) factor);
        }
    }

    /**
     * Turns the hue; a grey image stays as it is.
     *
     * @param shift part of the circle, -1/2 to 1/2
     */
    public void hue(double shift) {
        if (!(Math.abs(shift) <= 0.5)) {
            throw new IllegalArgumentException(
                    "the hue turns by -0.5 to 0.5 of the circle, not " + shift);
        }
        render();
        if (channels() == 3) {
            int plane = height * width;
            kernels.hue(values, plane, 0, plane, (float) shift);
        }
    }

    /** Makes the three planes equal, to the grey of each pixel. */
    public void grey() {
        render();
        if (channels() == 3) {
            int plane = height * width;
            kernels.grey(values, plane, 0, plane);
        }
    }

    /** Values of at least the threshold become 255 minus themselves. */
    public void solarise(double threshold) {
        render();
        kernels.solarise(values, 0, channels() * height * width, (float) threshold);
    }

    /**
     * Blurs by a Gaussian of an odd number of taps in either direction; the border is reflected
     * without repeating the edge.
     *
     * @param size taps, odd, from 1 to {@link GaussianBlur#LARGEST_TAPS}; half of it must be less
     *     than the image's height and width
     * @param sigma the standard deviation in pixels, positive
     */
    public void blur(int size, double sigma) {
        render();
        int half = checkTaps(size, sigma);
        if (half >= Math.min(height, width)) {
            throw new IllegalArgumentException(
                    "a blur of %d taps needs an image of at least %d x %d, not %d x %d"
                            .formatted(size, half + 1, half + 1, height, width));
        }
        blur(half, sigma, false);
    }

    /**
     * Blurs by a Gaussian of an odd number of taps in either direction, as if all beyond the border
     * were black.
     *
     * @param size taps, odd, from 1 to {@link GaussianBlur#LARGEST_TAPS}
     * @param sigma the standard deviation in pixels, positive
     */
    public void blurOnBlack(int size, double sigma) {
        render();
        blur(checkTaps(size, sigma), sigma, true);
    }

    /**
     * Rounds to whole values and blurs by Pillow's {@code GaussianBlur}, three box blurs in either
     * direction.
     *
     * @param sigma the standard deviation in pixels, positive, at most {@link PillowBlur#LARGEST}
     */
    public void boxBlur(double sigma) {
        if (!(sigma > 0 && sigma <= PillowBlur.LARGEST)) {
            throw new IllegalArgumentException(
                    "a box blur needs a sigma above 0 and at most %s, not %s"
                            .formatted(PillowBlur.LARGEST, sigma));
        }
        render();
        int count = channels() * height * width;
        for (int i = 0; i < count; i++) {
            values[i] = (float) Math.rint(Kernels.clamp(values[i]));
        }
        new BoxBlur(sigma).apply(values, channels(), height, width);
    }

    private static int checkTaps(int size, double sigma) {
        if (size % 2 == 0 || size < 1 || size > GaussianBlur.LARGEST_TAPS || !(sigma > 0)) {
            throw new IllegalArgumentException(
                    "a blur needs an odd number of taps up to "
                            + GaussianBlur.LARGEST_TAPS
                            + " and a positive sigma, not "
                            + size
                            + " and "
                            + sigma);
        }
        return size / 2;
    }

    private void blur(int half, double sigma, boolean onBlack) {
        int radius = gaussian(half, sigma);
        if (radius == 0) {
            return;
        }
        int groups = (radius + Kernels.GROUP - 1) / Kernels.GROUP;
        int margin = groups * Kernels.GROUP;
        // Between radius and margin the taps are zero and read what an earlier image left there.
        padded = atLeast(padded, width + 2 * margin);
        scratch = atLeast(scratch, (height + 2 * margin) * width);
        int inside = margin * width;
        for (int channel = 0; channel < channels(); channel++) {
            int from = channel * height * width;
            for (int y = 0; y < height; y++) {
                int row = from + y * width;
                System.arraycopy(values, row, padded, margin, width);
                for (int k = 1; k <= radius; k++) {
                    padded[margin - k] = onBlack ? 0 : values[row + k];
                    padded[margin + width - 1 + k] = onBlack ? 0 : values[row + width - 1 - k];
                }
                kernels.blur(padded, margin, 1, taps, groups, scratch, inside + y * width, width);
            }
            for (int k = 1; k <= radius; k++) {
                if (onBlack) {
                    blackRow(-k, inside);
                    blackRow(height - 1 + k, inside);
                } else {
                    copyRow(k, -k, inside);
                    copyRow(height - 1 - k, height - 1 + k, inside);
                }
            }
            kernels.blur(scratch, inside, width, taps, groups, values, from, height * width);
        }
    }

    private void blackRow(int row, int inside) {
        Arrays.fill(scratch, inside + row * width, inside + (row + 1) * width, 0);
    }

    private void copyRow(int fromRow, int toRow, int inside) {
        System.arraycopy(scratch, inside + fromRow * width, scratch, inside + toRow * width, width);
    }

    /** Fills the taps from the middle outwards; returns how many on each side count. */
    private int gaussian(int half, double sigma) {
        double sum = 0;
        for (int k = -half; k <= half; k++) {
            sum += StrictMath.exp(-0.5 * (k / sigma) * (k / sigma));
        }
        Arrays.fill(taps, 0);
        int radius = 0;
        for (int k = 0; k <= half; k++) {
            double weight = StrictMath.exp(-0.5 * (k / sigma) * (k / sigma)) / sum;
            // What is left out moves no pixel by more than 3e-5 of 255.
            if (weight > 1e-7) {
                taps[k] = (float) weight;
                radius = k;
            }
        }
        return radius;
    }

    /** Writes the pixels, normalised, as float32 from a position of a batch on. Ends this image. */
    void writeFloats(ByteBuffer batch, int item, Normalisation normalisation) {
        render();
        int plane = height * width;
        for (int channel = 0; channel < channels(); channel++) {
            kernels.affine(
                    values,
                    channel * plane,
                    (channel + 1) * plane,
                    normalisation.scale(channel),
                    normalisation.shift(channel));
        }
        int count = channels() * plane;
        batch.asFloatBuffer().put(item * count, values, 0, count);
        source = null;
    }

    /** Writes the pixels rounded to 8 bits from a position of a batch on. Ends this image. */
    void writeBytes(ByteBuffer batch, int item) {
        render();
        int count = channels() * height * width;
        result = atLeast(result, count);
        kernels.narrow(values, 0, result, 0, count);
        batch.put(item * count, result, 0, count);
        source = null;
    }

    private void render() {
        if (rendered) {
            return;
        }
        Image image = image();
        int plane = height * width;
        values = atLeast(values, Math.multiplyExact(channels(), plane));
        boolean horizontally = resizedWidth != boxWidth;
        boolean vertically = resizedHeight != boxHeight;
        if (horizontally) {
            horizontal.prepare(boxWidth, resizedWidth, left, width, filter);
        }
        // Only the rows that the vertical pass reads are worth the horizontal one.
        int firstRow = top;
        int rowCount = height;
        if (vertically) {
            vertical.prepare(boxHeight, resizedHeight, top, height, filter);
            firstRow = vertical.starts[0];
            int end = firstRow;
            for (int i = 0; i < height; i++) {
                end = Math.max(end, vertical.starts[i] + vertical.lengths[i]);
            }
            rowCount = end - firstRow;
            for (int i = 0; i < height; i++) {
                vertical.starts[i] -= firstRow;
            }
        }
        int stride = kernels.padded(width);
        narrowed = atLeast(narrowed, Math.multiplyExact(stride, rowCount));
        boolean together = horizontally && image.isInterleaved();
        int columnStride = kernels.padded(rowCount);
        int firstColumn = 0;
        int columnCount = 0;
        if (horizontally) {
            firstColumn = horizontal.starts[0];
            for (int i = 0; i < width; i++) {
                columnCount = Math.max(columnCount, horizontal.starts[i] + horizontal.lengths[i]);
            }
            columnCount -= firstColumn;
            for (int i = 0; i < width; i++) {
                horizontal.starts[i] -= firstColumn;
            }
            int planesAtOnce = together ? channels() : 1;
            columns =
                    atLeast(columns, Math.multiplyExact(columnStride, columnCount * planesAtOnce));
            narrowedColumns = atLeast(narrowedColumns, Math.multiplyExact(columnStride, width));
        }
        int firstSourceRow = boxTop + firstRow;
        if (together) {
            // Turned, an interleaved image is taken apart: every third row is of one channel.
            Kernels.transpose(
                    image.raw(),
                    (firstSourceRow * image.width() + boxLeft + firstColumn) * 3,
                    image.width() * 3,
                    rowCount,
                    columnCount * 3,
                    columns,
                    0,
                    columnStride);
        }
        for (int channel = 0; channel < channels(); channel++) {
            if (horizontally) {
                if (!together) {
                    Kernels.transpose(
                            image.pixels(),
                            sourceAt(image, channel, firstSourceRow, boxLeft + firstColumn),
                            image.width(),
                            rowCount,
                            columnCount,
                            columns,
                            0,
                            columnStride);
                }
                // Along rows by way of columns: whole vectors then share one weight.
                kernels.resample(
                        columns,
                        together ? channel * columnStride : 0,
                        together ? 3 * columnStride : columnStride,
                        columnStride,
                        horizontal,
                        narrowedColumns);
                // Read from the last column on, the image is flipped for nothing.
                Kernels.transpose(
                        narrowedColumns,
                        flipped ? (width - 1) * columnStride : 0,
                        flipped ? -columnStride : columnStride,
                        width,
                        rowCount,
                        narrowed,
                        0,
                        stride);
            } else {
                for (int y = 0; y < rowCount; y++) {
                    System.arraycopy(
                            image.pixels(),
                            sourceAt(image, channel, firstSourceRow + y, boxLeft + left),
                            narrowed,
                            y * stride,
                            width);
                }
            }
            byte[] planeBytes = narrowed;
            if (vertically) {
                result = atLeast(result, Math.multiplyExact(stride, height));
                kernels.resample(narrowed, 0, stride, stride, vertical, result);
                planeBytes = result;
            }
            for (int y = 0; y < height; y++) {
                kernels.widen(planeBytes, y * stride, values, channel * plane + y * width, width);
            }
        }
        rendered = true;
        if (flipped && !horizontally) {
            flip();
        }
        flipped = false;
    }

    private static int sourceAt(Image image, int channel, int row, int column) {
        return (channel * image.height() + row) * image.width() + column;
    }

    private static float[] atLeast(float[] array, int length) {
        return array.length >= length ? array : new float[length];
    }

    private static byte[] atLeast(byte[] array, int length) {
        return array.length >= length ? array : new byte[length];
    }
}
