package org.directpred.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.directpred.image.ImageSource;
import org.directpred.image.PlainBatch;
import org.directpred.image.PlainLoader;
import org.directpred.image.SplitMix64;
import org.directpred.image.Views;
import org.directpred.network.Backbone;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;
import org.directpred.require.Require;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.jspecify.annotations.Nullable;

/**
 * Features of images with their labels: float32 rows {@code [size, dimension]}, and what they are
 * features of. Immutable.
 *
 * <p>The rows lie outside the Java heap, in memory or mapped from a file ({@link #save}, {@link
 * #load}), so that the features of ImageNet fit on a small machine. A part ({@link #subset}, {@link
 * #fewLabels}) shares the rows of the whole.
 */
public final class Features {
    /** The label of a row that has none. */
    public static final int UNLABELLED = ImageSource.UNLABELLED;

    /** Features above this size must go to a file. */
    private static final long MEMORY_LIMIT = 1L << 30;

    private static final int BATCH = 256;

    /** How many rows of a file are computed anew to see whether it fits. */
    private static final int CHECKED = 64;

    private final Rows rows;
    private final int @Nullable [] index;
    private final int[] labels;
    private final List<String> classes;
    private final String provenance;
    // Set once every row has been looked at.
    private volatile boolean finite;

    private Features(
            Rows rows,
            int @Nullable [] index,
            int[] labels,
            List<String> classes,
            String provenance) {
        this.rows = rows;
        this.index = index;
        this.labels = labels;
        this.classes = classes;
        this.provenance = provenance;
    }

    /**
     * Features from an array.
     *
     * @param values {@code [labels.length, dimension]}, row-major; copied
     * @param labels one for each row, 0 to {@code classes.size() - 1} or {@link #UNLABELLED};
     *     copied
     * @param classes the classes' names in the order of the labels
     * @param provenance what they are features of, for tables
     * @throws IllegalArgumentException if the lengths do not fit or a label is none of the classes
     */
    public static Features of(
            float[] values, int[] labels, List<String> classes, String provenance) {
        if (labels.length == 0 || values.length == 0 || values.length % labels.length != 0) {
            throw new IllegalArgumentException(
                    "%s: %d numbers are no whole number of features for each of %d labels"
                            .formatted(provenance, values.length, labels.length));
        }
        int dimension = values.length / labels.length;
        Rows rows = Rows.allocate(labels.length, dimension);
        for (int i = 0; i < labels.length; i++) {
            rows.put(i, values, i * dimension);
        }
        return of(rows, labels, classes, provenance);
    }

    static Features of(Rows rows, int[] labels, List<String> classes, String provenance) {
        Objects.requireNonNull(provenance, "provenance");
        if (labels.length != rows.size()) {
            throw new IllegalArgumentException(
                    "%s: %d rows of features but %d labels"
                            .formatted(provenance, rows.size(), labels.length));
        }
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < UNLABELLED || labels[i] >= classes.size()) {
                throw new IllegalArgumentException(
                        "%s: label %d of row %d is none of the %d classes"
                                .formatted(provenance, labels[i], i, classes.size()));
            }
        }
        return new Features(rows, null, labels.clone(), List.copyOf(classes), provenance);
    }

    /**
     * Features of images by a network: the images as {@link Views#plain} leaves them, batch by
     * batch on the training thread, with progress. The stop button ends it. Corrupt images are left
     * out, and named by a message.
     *
     * @param backbone the network
     * @param images the images; their labels may be {@link #UNLABELLED}
     * @param views how the network's images are prepared
     * @throws IllegalArgumentException if the features would not fit in memory (1 GiB): name a file
     *     then ({@link #extract(Backbone, ImageSource, Views, Path)})
     * @throws TrainingThread.Stopped if the caller is interrupted
     */
    public static Features extract(Backbone backbone, ImageSource images, Views views) {
        requireImages(images);
        long bytes = (long) images.size() * backbone.dimension() * Float.BYTES;
        if (bytes > MEMORY_LIMIT) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s: %d x %d features take %.1f GiB, more than the 1 GiB that is kept"
                                    + " in memory: name a file to extract them into",
                            images.name(),
                            images.size(),
                            backbone.dimension(),
                            bytes / 0x1p30));
        }
        Rows rows = Rows.allocate(images.size(), backbone.dimension());
        int[] labels = fill(rows, backbone, images, views, end -> {});
        return of(
                rows.first(labels.length), labels, images.classes(), provenance(backbone, images));
    }

    /**
     * {@link #extract(Backbone, ImageSource, Views)} by way of a file: the features are read from
     * it if it exists, else extracted into it. The images are known again by what the source holds
     * ({@link ImageSource#identity}), not by its name or place. Beside the features the file keeps
     * a sum of every image ({@link ImageSource#checksum}); taking features from it compares them
     * all, which reads every file once, but runs the network on the first 64 images only. A source
     * of one's own is read for it like any other time, and twice when the file is written.
     *
     * @param cache the file; appears whole or not at all
     * @throws IllegalArgumentException if the file holds features of other images, saying what
     *     differs, or of another network, which its first rows tell, or if it does not say of which
     *     images it is ({@link #save}d, or written by an earlier version)
     * @throws TrainingThread.Stopped if the caller is interrupted
     * @throws UncheckedIOException if the file cannot be read or written
     */
    public static Features extract(Backbone backbone, ImageSource images, Views views, Path cache) {
        requireImages(images);
        if (Files.exists(cache)) {
            Features stored = load(cache);
            FeatureCache.require(cache, backbone, images);
            RowSums.require(cache, images);
            stored.requireSame(backbone, images, views, cache);
            // The same images may have had another name.
            return of(stored.rows, stored.labels, stored.classes, provenance(backbone, images));
        }
        RowSums sums = new RowSums(images);
        try {
            FeatureFile.write(
                    cache,
                    images.size(),
                    backbone.dimension(),
                    images.classes(),
                    provenance(backbone, images),
                    FeatureCache.origin(backbone, images),
                    sums.values(),
                    rows -> fill(rows, backbone, images, views, sums::upTo));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the features to " + cache, e);
        }
        return load(cache);
    }

    /**
     * The images' own pixels as features, scaled to 0 to 1: the baseline that a learned
     * representation has to beat.
     *
     * @param source images of one size
     * @throws IllegalArgumentException if the images differ in size
     */
    public static Features ofPixels(ImageSource source) {
        ImageSource images = requireImages(source);
        if (images.height() == ImageSource.VARIABLE || images.width() == ImageSource.VARIABLE) {
            throw new IllegalArgumentException(
                    images.name() + " has images of several sizes; their pixels are no features");
        }
        int dimension = images.channels() * images.height() * images.width();
        Rows rows = Rows.allocate(images.size(), dimension);
        int[] labels = new int[images.size()];
        float[] row = new float[dimension];
        for (int i = 0; i < labels.length; i++) {
            byte[] pixels = images.read(i).pixels();
            for (int j = 0; j < dimension; j++) {
                row[j] = (pixels[j] & 0xff) / 255f;
            }
            rows.put(i, row, 0);
            labels[i] = images.label(i);
        }
        return of(rows, labels, images.classes(), "pixels of " + images.name());
    }

    private static String provenance(Backbone backbone, ImageSource images) {
        return backbone.description() + " on " + images.name();
    }

    private static ImageSource requireImages(ImageSource images) {
        ImageSource checked = ImageSource.checked(images);
        if (checked.size() == 0) {
            throw new IllegalArgumentException(checked.name() + " has no images");
        }
        return checked;
    }

    /**
     * Writes the features of the images to the first rows, and returns the labels of those.
     *
     * @param read is told up to where images have been read, the last time with their number
     */
    private static int[] fill(
            Rows rows, Backbone backbone, ImageSource images, Views views, IntConsumer read) {
        int[] labels = new int[images.size()];
        int done = 0;
        try (PlainLoader loader = PlainLoader.of(images, views, BATCH);
                Bar bar = Progress.bar("features of " + images.name(), images.size())) {
            Iterator<PlainBatch> batches = loader.iterator();
            while (true) {
                int from = done;
                String where = "after the features of " + from + " images";
                if (!TrainingThread.waiting(where, batches::hasNext)) {
                    break;
                }
                try (PlainBatch batch = TrainingThread.waiting(where, batches::next)) {
                    TrainingThread.run(
                            () -> {
                                TrainingThread.checkStop(where);
                                float[] values = features(backbone, batch);
                                for (int i = 0; i < batch.size(); i++) {
                                    rows.put(from + i, values, i * rows.dimension());
                                }
                            });
                    System.arraycopy(batch.labels(), 0, labels, done, batch.size());
                    if (batch.size() > 0) {
                        read.accept(batch.indices()[batch.size() - 1] + 1);
                    }
                    done += batch.size();
                    bar.update(done, "");
                }
            }
            read.accept(images.size());
            if (done < images.size()) {
                Progress.message(
                        "left out %d of the %d images of %s, which are corrupt: %s"
                                .formatted(
                                        images.size() - done,
                                        images.size(),
                                        images.name(),
                                        loader.skippedPlaces()));
            }
        }
        return Arrays.copyOf(labels, done);
    }

    /** What a backbone, which may be a user's, makes of images. */
    static NDArray checked(Backbone backbone, NDArray images) {
        NDArray features = backbone.features(images);
        if (features == null) {
            throw new IllegalArgumentException(
                    backbone.description() + " gives null instead of the features of a batch");
        }
        return features;
    }

    private static float[] features(Backbone backbone, PlainBatch batch) {
        try (NDManager manager = Torch.newManager(backbone.device())) {
            NDArray images =
                    manager.create(
                            batch.images(),
                            new Shape(
                                    batch.size(), batch.channels(), batch.height(), batch.width()),
                            DataType.FLOAT32);
            NDArray features = checked(backbone, images);
            Shape expected = new Shape(batch.size(), backbone.dimension());
            if (!features.getShape().equals(expected)) {
                throw new IllegalArgumentException(
                        "%s: expected features of shape %s, not %s"
                                .formatted(backbone.description(), expected, features.getShape()));
            }
            return OnHost.floats(features.toType(DataType.FLOAT32, false));
        }
    }

    /** Compares what the file does not say: the network's weights, and the labels. */
    private void requireSame(Backbone backbone, ImageSource images, Views views, Path cache) {
        String wanted = provenance(backbone, images);
        if (size() > images.size()
                || dimension() != backbone.dimension()
                || !classes.equals(images.classes())) {
            throw new IllegalArgumentException(
                    "%s holds %d x %d features of '%s', not %d x %d of '%s': delete it or name another file"
                            .formatted(
                                    cache,
                                    size(),
                                    dimension(),
                                    provenance,
                                    images.size(),
                                    backbone.dimension(),
                                    wanted));
        }
        ImageSource start = images.first(Math.min(CHECKED, images.size()));
        Rows rows = Rows.allocate(start.size(), dimension());
        int[] startLabels = fill(rows, backbone, start, views, end -> {});
        double difference = 0;
        double norm = 0;
        float[] now = new float[dimension()];
        float[] before = new float[dimension()];
        for (int i = 0; i < startLabels.length; i++) {
            rows.get(i, now);
            get(i, before);
            for (int j = 0; j < now.length; j++) {
                difference += ((double) now[j] - before[j]) * ((double) now[j] - before[j]);
                norm += (double) now[j] * now[j];
            }
        }
        // Another device or batch size may change the last digits; other weights change the first.
        if (!(difference <= 1e-4 * norm)
                || !Arrays.equals(startLabels, Arrays.copyOf(labels, startLabels.length))) {
            throw new IllegalArgumentException(
                    "%s holds features of other weights or images than '%s' has now: delete it or name another file"
                            .formatted(cache, wanted));
        }
    }

    /**
     * Reads features from a file; their rows stay on disk until they are needed.
     *
     * @param file written by {@link #save} or {@link #extract}: safetensors with {@code features}
     *     ({@code F32 [size, dimension]}) and {@code labels} ({@code I32 [size]}), so that Python's
     *     {@code safetensors} reads and writes it too; or by Python with features of {@code F16},
     *     {@code BF16} or {@code F64}, which become float32 in memory, and labels of {@code I64}
     * @throws IllegalArgumentException if the file is not of that format, or a number is beyond the
     *     range of float32 or int32
     * @throws UncheckedIOException if it cannot be read
     */
    public static Features load(Path file) {
        try {
            return FeatureFile.read(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the features from " + file, e);
        }
    }

    /**
     * Writes the features to a file that {@link #load} reads.
     *
     * @param file replaced if it exists; appears whole or not at all
     * @throws UncheckedIOException if it cannot be written
     */
    public void save(Path file) {
        try {
            FeatureFile.write(
                    file,
                    size(),
                    dimension(),
                    classes,
                    provenance,
                    Map.of(),
                    new long[0],
                    to -> {
                        float[] row = new float[dimension()];
                        for (int i = 0; i < size(); i++) {
                            get(i, row);
                            to.put(i, row, 0);
                        }
                        return labels;
                    });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the features to " + file, e);
        }
    }

    /**
     * Writes the features as a CSV table for spreadsheets and data frames: a header, then for each
     * row its label, its class's name (empty where it has none) and its features {@code 0, 1, ...}.
     * Text is quoted as RFC 4180 has it; each number reads back as the same float32.
     *
     * @param file replaced if it exists; appears whole or not at all
     * @throws UncheckedIOException if it cannot be written
     */
    public void saveCsv(Path file) {
        FeatureExport.csv(this, file);
    }

    /**
     * Writes the rows as a NumPy array, which {@code numpy.load} reads (and maps): float32 {@code
     * [size, dimension]}, format version 1.0. Labels are not in it: {@link #saveLabelsNpy}.
     *
     * @param file replaced if it exists; appears whole or not at all
     * @throws UncheckedIOException if it cannot be written
     */
    public void saveNpy(Path file) {
        FeatureExport.npy(this, file);
    }

    /**
     * Writes the labels as a NumPy array: int32 {@code [size]}, {@link #UNLABELLED} where a row has
     * none.
     *
     * @param file replaced if it exists; appears whole or not at all
     * @throws UncheckedIOException if it cannot be written
     */
    public void saveLabelsNpy(Path file) {
        FeatureExport.labelsNpy(this, file);
    }

    /** Number of rows. */
    public int size() {
        return labels.length;
    }

    /** Number of features of a row. */
    public int dimension() {
        return rows.dimension();
    }

    /** The class of a row, or {@link #UNLABELLED}. */
    public int label(int row) {
        return labels[row];
    }

    /** The labels of all rows; a copy. */
    public int[] labels() {
        return labels.clone();
    }

    /** The classes' names in the order of the labels. */
    public List<String> classes() {
        return classes;
    }

    /** What these are features of. */
    public String provenance() {
        return provenance;
    }

    /** The features of a row; a copy. */
    public float[] row(int row) {
        float[] values = new float[dimension()];
        get(row, values);
        return values;
    }

    private void get(int row, float[] into) {
        rows.get(index == null ? row : index[row], into);
    }

    /**
     * Some rows, in the given order, sharing this one's memory.
     *
     * @param which rows, each 0 to {@code size() - 1}
     */
    public Features subset(int... which) {
        return part(which, provenance + " (" + which.length + " of " + size() + ")");
    }

    private Features part(int[] which, String name) {
        if (which.length == 0) {
            throw new IllegalArgumentException("a part of " + provenance + " needs a row");
        }
        int[] part = new int[which.length];
        int[] partLabels = new int[which.length];
        for (int i = 0; i < which.length; i++) {
            int row = Objects.checkIndex(which[i], size());
            part[i] = index == null ? row : index[row];
            partLabels[i] = labels[row];
        }
        return new Features(rows, part, partLabels, classes, name);
    }

    /**
     * The same number of labelled rows of each class, drawn at random: what a user has who can
     * label a few images only.
     *
     * @param perClass rows of each class, at least 1
     * @param seed of the draw; a smaller draw with the same seed is a part of a larger one
     * @throws IllegalArgumentException if a class has fewer rows
     */
    public Features fewLabels(int perClass, long seed) {
        Require.atLeast("perClass, the rows of each class,", perClass, 1);
        int[] chosen = new int[perClass * classes.size()];
        for (int c = 0; c < classes.size(); c++) {
            int label = c;
            int[] own = IntStream.range(0, size()).filter(i -> labels[i] == label).toArray();
            if (own.length < perClass) {
                throw new IllegalArgumentException(
                        "class '%s' has %d rows in %s, not the %d asked for"
                                .formatted(classes.get(c), own.length, provenance, perClass));
            }
            int[] order = SplitMix64.of(seed, c).permutation(own.length);
            for (int i = 0; i < perClass; i++) {
                chosen[c * perClass + i] = own[order[i]];
            }
        }
        return part(chosen, provenance + " (" + perClass + " labels per class, seed " + seed + ")");
    }

    /**
     * These features shifted and scaled so that the training features have mean 0 and variance 1 in
     * each coordinate (scikit-learn's {@code StandardScaler}: variance over n; a constant
     * coordinate is shifted only).
     *
     * @param by made by {@link Standardisation#of} from the training features
     * @return a copy in memory
     * @throws IllegalArgumentException if a feature is NaN or infinite, or becomes so
     */
    public Features standardised(Standardisation by) {
        by.requireDimension(this);
        requireFinite();
        Rows scaled = Rows.allocate(size(), dimension());
        float[] row = new float[dimension()];
        for (int i = 0; i < size(); i++) {
            get(i, row);
            by.apply(row);
            scaled.put(i, row, 0);
        }
        Features result = of(scaled, labels, classes, provenance + ", standardised");
        result.requireFinite();
        return result;
    }

    /**
     * Copies rows to the engine.
     *
     * @param from first row
     * @param to one past the last row
     * @param manager owns the result
     * @return {@code [to - from, dimension]}, float32, on the manager's device
     */
    NDArray toArray(int from, int to, NDManager manager) {
        Objects.checkFromToIndex(from, to, size());
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(
                                Math.toIntExact((long) (to - from) * dimension() * Float.BYTES))
                        .order(ByteOrder.nativeOrder());
        FloatBuffer values = bytes.asFloatBuffer();
        if (index == null) {
            rows.copy(from, to - from, values);
        } else {
            for (int i = from; i < to; i++) {
                rows.copy(index[i], values);
            }
        }
        return manager.create(bytes, new Shape(to - from, dimension()), DataType.FLOAT32);
    }

    /**
     * Checks what a classifier needs of its training features.
     *
     * @throws IllegalArgumentException if a row has no label, a class no row, or a feature is NaN
     *     or infinite
     */
    void requireTrainable() {
        requireLabels();
        requireFinite();
        int[] count = new int[classes.size()];
        for (int label : labels) {
            count[label]++;
        }
        for (int c = 0; c < count.length; c++) {
            if (count[c] == 0) {
                throw new IllegalArgumentException(
                        "class '%s' (label %d) has no training example in %s"
                                .formatted(classes.get(c), c, provenance));
            }
        }
    }

    /**
     * Checks that features can be tested against these as training features.
     *
     * @throws IllegalArgumentException if the dimensions or classes differ, a row has no label, or
     *     a feature is NaN or infinite
     */
    void requireTestable(Features test) {
        if (test.dimension() != dimension()) {
            throw new IllegalArgumentException(
                    "training features have %d dimensions (%s), test features %d (%s)"
                            .formatted(dimension(), provenance, test.dimension(), test.provenance));
        }
        if (!test.classes.equals(classes)) {
            throw new IllegalArgumentException(
                    "training and test features have other classes: %s in %s, %s in %s"
                            .formatted(classes, provenance, test.classes, test.provenance));
        }
        test.requireLabels();
        test.requireFinite();
    }

    /**
     * Checks that every feature is a finite number: compared with anything, a NaN gives a neighbour
     * or a class like any other.
     *
     * @throws IllegalArgumentException naming the first that is not
     */
    void requireFinite() {
        if (finite) {
            return;
        }
        float[] row = new float[dimension()];
        for (int i = 0; i < size(); i++) {
            get(i, row);
            for (int j = 0; j < row.length; j++) {
                if (!Float.isFinite(row[j])) {
                    throw new IllegalArgumentException(
                            "feature %d of row %d of %s is %s: mend the network or the file that they come from"
                                    .formatted(j, i, provenance, row[j]));
                }
            }
        }
        finite = true;
    }

    /**
     * Checks that every row has a label.
     *
     * @throws IllegalArgumentException naming the first that has none
     */
    void requireLabels() {
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] == UNLABELLED) {
                throw new IllegalArgumentException(
                        "row %d of %s has no label".formatted(i, provenance));
            }
        }
    }

    @Override
    public String toString() {
        return "Features[" + size() + ", " + dimension() + "] of " + provenance;
    }
}
