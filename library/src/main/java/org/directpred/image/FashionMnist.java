package org.directpred.image;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.directpred.progress.Progress;

/**
 * Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): grey 28 x 28 pictures of clothing, 10 classes,
 * 60,000 for training and 10,000 for testing; MIT licence, copyright Zalando SE.
 *
 * <p>The library carries a slice of it, the first 1000 training and the first 200 test images of
 * each class in their original order, so that the first notebook needs no download.
 */
public final class FashionMnist {
    /** The classes' names in the order of the labels. */
    public static final List<String> CLASSES =
            List.of(
                    "T-shirt/top",
                    "Trouser",
                    "Pullover",
                    "Dress",
                    "Coat",
                    "Sandal",
                    "Shirt",
                    "Sneaker",
                    "Bag",
                    "Ankle boot");

    private static final String FOLDER = "fashion-mnist";
    private static final Path DEBIAN = Path.of("/usr/share/datasets", FOLDER);
    private static final AtomicBoolean SAID = new AtomicBoolean();

    private FashionMnist() {}

    /**
     * The training images: all 60,000 where the set is found (in {@link DataFolder} under {@code
     * fashion-mnist}, or where Debian's package {@code dataset-fashion-mnist} puts it), else the
     * embedded slice, which is said once. {@link ImageSource#name} tells which.
     */
    public static ImageSource train() {
        return full("train").orElseGet(FashionMnist::embeddedTrain);
    }

    /** The test images, all 10,000 or the embedded slice; see {@link #train}. */
    public static ImageSource test() {
        return full("t10k").orElseGet(FashionMnist::embeddedTest);
    }

    /** The embedded 10,000 training images, 1000 of each class. */
    public static ImageSource embeddedTrain() {
        return embedded("train", 10_000);
    }

    /** The embedded 2000 test images, 200 of each class. */
    public static ImageSource embeddedTest() {
        return embedded("test", 2000);
    }

    /**
     * One part of the full set from a folder with the four files of the original, compressed or
     * not.
     *
     * @param folder the folder
     * @param part {@code train} or {@code t10k}
     * @throws ImageDataException if a file is missing or not what it should be
     */
    public static ImageSource in(Path folder, String part) {
        if (!part.equals("train") && !part.equals("t10k")) {
            throw new IllegalArgumentException(
                    "the parts of Fashion-MNIST are train and t10k, not " + part);
        }
        int expected = part.equals("train") ? 60_000 : 10_000;
        IdxFile source =
                IdxFile.read(
                        "Fashion-MNIST " + (part.equals("train") ? "train" : "test"),
                        file(folder, part + "-images-idx3-ubyte"),
                        file(folder, part + "-labels-idx1-ubyte"),
                        CLASSES);
        if (source.size() != expected || source.height() != 28 || source.width() != 28) {
            throw new ImageDataException(
                    source.place(0),
                    4,
                    expected + " images of 28 x 28",
                    source.size() + " of " + source.height() + " x " + source.width());
        }
        return source;
    }

    private static Optional<ImageSource> full(String part) {
        List<Path> folders = new ArrayList<>();
        DataFolder.find(FOLDER).ifPresent(folders::add);
        if (Files.isDirectory(DEBIAN)) {
            folders.add(DEBIAN);
        }
        if (folders.isEmpty()) {
            if (SAID.compareAndSet(false, true)) {
                Progress.message(
                        "Fashion-MNIST: the embedded slice (10,000 + 2000 images) is used; the"
                                + " full set is neither in "
                                + DataFolder.candidates(FOLDER).get(0)
                                + " nor in "
                                + DEBIAN
                                + " (Debian: apt install dataset-fashion-mnist).");
            }
            return Optional.empty();
        }
        return Optional.of(in(folders.get(0), part));
    }

    private static Path file(Path folder, String name) {
        Path compressed = folder.resolve(name + ".gz");
        Path plain = folder.resolve(name);
        if (Files.exists(plain)) {
            return plain;
        }
        if (Files.exists(compressed)) {
            return compressed;
        }
        throw new ImageDataException(
                folder.toString(), -1, "a file " + name + " or " + name + ".gz", "neither");
    }

    private static ImageSource embedded(String part, int count) {
        return IdxFile.resource(
                "Fashion-MNIST " + part + ", embedded slice of " + count,
                "fashion-mnist/" + part + "-images-idx3-ubyte.gz",
                "fashion-mnist/" + part + "-labels-idx1-ubyte.gz",
                CLASSES);
    }
}
