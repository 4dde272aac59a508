package org.directpred.evaluate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.directpred.image.ImageSource;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;
import org.directpred.tensor.TrainingThread;

/**
 * What each image was that features were extracted from ({@link ImageSource#checksum}), made while
 * it is read and compared when the features are used again. {@link ImageSource#identity} looks at a
 * part of a large set alone.
 */
final class RowSums {
    private static final int AT_A_TIME = 1024;

    private final ImageSource images;
    private final long[] sums;
    private int done;

    RowSums(ImageSource images) {
        this.images = images;
        this.sums = new long[images.size()];
    }

    /** Sums the images up to an index that has just been read: its bytes are still in memory. */
    void upTo(int end) {
        IntStream.range(done, end).parallel().forEach(i -> sums[i] = images.checksum(i));
        done = Math.max(done, end);
    }

    /** The sums, of all images in the end; not a copy. */
    long[] values() {
        return sums;
    }

    /**
     * Compares the images of a file of features with those that are there now, all of them.
     *
     * @throws IllegalArgumentException naming the first that differs, or if the file has no sums
     */
    static void require(Path cache, ImageSource images) {
        long[] stored;
        try {
            stored = FeatureFile.readSums(cache);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the features from " + cache, e);
        }
        if (stored.length != images.size()) {
            throw new IllegalArgumentException(
                    "%s has sums of %d images, where '%s' has %d: it was written by an earlier version, which kept none, or is damaged. Delete it or name another file."
                            .formatted(cache, stored.length, images.name(), images.size()));
        }
        RowSums now = new RowSums(images);
        try (Bar bar = Progress.bar("comparing " + images.name(), stored.length)) {
            for (int from = 0; from < stored.length; from += AT_A_TIME) {
                int end = Math.min(stored.length, from + AT_A_TIME);
                TrainingThread.checkStop("after comparing " + from + " images");
                now.upTo(end);
                for (int i = from; i < end; i++) {
                    if (now.sums[i] != stored[i]) {
                        throw new IllegalArgumentException(
                                "%s holds features of other images: image %d of '%s' (%s) is not the one that they were extracted from. Delete it or name another file."
                                        .formatted(cache, i, images.name(), images.place(i)));
                    }
                }
                bar.update(end, "");
            }
        }
    }
}
