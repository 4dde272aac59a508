package org.directpred.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * STL-10 in its binary form (Coates, Lee and Ng 2011): colour images of 96 x 96, uint8 without a
 * header, 27,648 bytes each, a plane a channel, column by column. Images are read from the mapped
 * file one at a time; labels are held in memory.
 */
public final class Stl10 implements ImageSource {
    /** Rows and columns. */
    public static final int SIDE = 96;

    /** The folder's name under the data folder. */
    public static final String FOLDER = "stl10_binary";

    /**
     * The classes' names in the order of the labels, which are 1 to 10 in the files and 0 to 9
     * here.
     */
    public static final List<String> CLASSES =
            List.of(
                    "airplane",
                    "bird",
                    "car",
                    "cat",
                    "deer",
                    "dog",
                    "horse",
                    "monkey",
                    "ship",
                    "truck");

    private static final int PLANE = SIDE * SIDE;
    private static final int IMAGE = 3 * PLANE;
    private static final Pattern BLANK = Pattern.compile("\\s+");

    private final String name;
    private final List<MappedFile> files;
    private final int[] firsts;
    private final int size;
    private final byte[] labels;

    private Stl10(String name, List<MappedFile> files, byte[] labels) {
        this.name = name;
        this.files = files;
        this.labels = labels;
        this.firsts = new int[files.size()];
        int count = 0;
        for (int i = 0; i < files.size(); i++) {
            firsts[i] = count;
            count += Math.toIntExact(files.get(i).length() / IMAGE);
        }
        this.size = count;
    }

    /** The 5000 labelled training images in the data folder. */
    public static Stl10 train() {
        return train(folder());
    }

    /** The 5000 labelled training images in a folder. */
    public static Stl10 train(Path folder) {
        return read(
                "STL-10 train", folder.resolve("train_X.bin"), folder.resolve("train_y.bin"), 5000);
    }

    /** The 8000 labelled test images in the data folder. */
    public static Stl10 test() {
        return test(folder());
    }

    /** The 8000 labelled test images in a folder. */
    public static Stl10 test(Path folder) {
        return read(
                "STL-10 test", folder.resolve("test_X.bin"), folder.resolve("test_y.bin"), 8000);
    }

    /** The 100,000 unlabelled images in the data folder. */
    public static Stl10 unlabeled() {
        return unlabeled(folder());
    }

    /** The 100,000 unlabelled images in a folder. */
    public static Stl10 unlabeled(Path folder) {
        return read("STL-10 unlabeled", folder.resolve("unlabeled_X.bin"), null, 100_000);
    }

    /** All 105,000 images but the test ones, on which the paper pretrains; in the data folder. */
    public static Stl10 trainAndUnlabeled() {
        return trainAndUnlabeled(folder());
    }

    /** All 105,000 images but the test ones, on which the paper pretrains; in a folder. */
    public static Stl10 trainAndUnlabeled(Path folder) {
        Stl10 train = train(folder);
        Stl10 unlabeled = unlabeled(folder);
        List<MappedFile> files = new ArrayList<>(train.files);
        files.addAll(unlabeled.files);
        return new Stl10("STL-10 train+unlabeled", files, train.labels);
    }

    /**
     * Images in STL-10's format, of any number.
     *
     * @param name the set's name, for a person
     * @param images the images' file
     * @param labels the labels' file, a byte 1 to 10 for each image, or null
     * @throws ImageDataException if a file is missing, of the wrong length, or a label out of range
     */
    public static Stl10 read(String name, Path images, @Nullable Path labels) {
        return read(name, images, labels, -1);
    }

    private static Stl10 read(String name, Path images, @Nullable Path labels, int expected) {
        OtherVersion.requireFile(images, FOLDER, "Stl10.download(dataFolder) fetches");
        MappedFile file = MappedFile.open(images);
        if (file.length() == 0 || file.length() % IMAGE != 0) {
            throw new ImageDataException(
                    images.toString(),
                    file.length(),
                    "a multiple of " + IMAGE + " bytes",
                    file.length() + " bytes" + FileKind.note(file));
        }
        long count = file.length() / IMAGE;
        if (count > Integer.MAX_VALUE / 2 || (expected >= 0 && count != expected)) {
            throw new ImageDataException(
                    images.toString(),
                    file.length(),
                    expected + " images, " + (long) expected * IMAGE + " bytes",
                    count + " images, " + file.length() + " bytes" + FileKind.note(file));
        }
        return new Stl10(name, List.of(file), labels == null ? new byte[0] : labels(labels, count));
    }

    private static byte[] labels(Path path, long count) {
        MappedFile file = MappedFile.open(path);
        if (file.length() != count) {
            throw new ImageDataException(
                    path.toString(),
                    file.length(),
                    count + " labels, a byte for each image",
                    file.length() + " bytes");
        }
        byte[] labels = file.read(0, (int) count);
        for (int i = 0; i < labels.length; i++) {
            int label = labels[i] & 0xff;
            if (label < 1 || label > CLASSES.size()) {
                throw new ImageDataException(
                        path.toString(), i, "a label from 1 to 10", String.valueOf(label));
            }
            labels[i]--;
        }
        return labels;
    }

    /** The ten predefined folds of the training images, from the data folder. */
    public static List<int[]> folds() {
        return folds(folder());
    }

    /**
     * The ten predefined folds of the training images.
     *
     * @param folder holds {@code fold_indices.txt}
     * @return for each fold the indices of its training images, for {@link ImageSource#subset}
     * @throws ImageDataException if the file cannot be read or is not ten lines of indices from 0
     *     to 4999
     */
    public static List<int[]> folds(Path folder) {
        Path path = folder.resolve("fold_indices.txt");
        if (!Files.isRegularFile(path)) {
            throw new ImageDataException(path.toString(), -1, "a file", "none");
        }
        try {
            return parseFolds(
                    path.toString(),
                    new String(Files.readAllBytes(path), StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw ImageDataException.unreadable(path, e);
        }
    }

    static List<int[]> parseFolds(String file, String text) {
        List<int[]> folds = new ArrayList<>();
        for (String line : text.lines().filter(line -> !line.isBlank()).toList()) {
            int number = folds.size() + 1;
            folds.add(
                    Arrays.stream(BLANK.split(line.strip()))
                            .mapToInt(word -> index(file, number, word))
                            .toArray());
        }
        if (folds.size() != 10) {
            throw new ImageDataException(file, -1, "10 lines of indices", folds.size() + " lines");
        }
        return List.copyOf(folds);
    }

    private static int index(String file, int line, String word) {
        try {
            int index = Integer.parseInt(word);
            if (index >= 0 && index < 5000) {
                return index;
            }
        } catch (NumberFormatException e) {
            // Said below, with the line.
        }
        throw new ImageDataException(
                file, -1, "an index from 0 to 4999 in line " + line, "'" + word + "'");
    }

    private static Path folder() {
        return DataFolder.require(
                FOLDER,
                "Stl10.download(folder) fetches and unpacks it (2.6 GB), or unpack"
                        + " stl10_binary.tar.gz there.");
    }

    /**
     * Downloads and unpacks the set, which takes 2.6 GB and then 3.1 GB of disk, unless it is
     * there. Stopped halfway, it goes on where it was.
     *
     * @param dataFolder where {@code stl10_binary} is made
     * @return the folder with the files
     */
    public static Path download(Path dataFolder) {
        return DatasetArchive.STL10.download(dataFolder);
    }

    /**
     * Unpacks the published archive, its MD5 sum being compared first.
     *
     * @param archive {@code stl10_binary.tar.gz}, wherever it is
     * @param dataFolder where {@code stl10_binary} is made
     * @return the folder with the files
     */
    public static Path unpack(Path archive, Path dataFolder) {
        return DatasetArchive.STL10.unpack(archive, dataFolder);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int channels() {
        return 3;
    }

    @Override
    public int height() {
        return SIDE;
    }

    @Override
    public int width() {
        return SIDE;
    }

    @Override
    public List<String> classes() {
        return labels.length == 0 ? List.of() : CLASSES;
    }

    @Override
    public int label(int index) {
        Objects.checkIndex(index, size);
        return index < labels.length ? labels[index] : UNLABELLED;
    }

    @Override
    public Image read(int index) {
        Objects.checkIndex(index, size);
        int file = file(index);
        byte[] columns = files.get(file).read((long) (index - firsts[file]) * IMAGE, IMAGE);
        byte[] pixels = new byte[IMAGE];
        for (int channel = 0; channel < 3; channel++) {
            Kernels.transpose(
                    columns, channel * PLANE, SIDE, SIDE, SIDE, pixels, channel * PLANE, SIDE);
        }
        return new Image(3, SIDE, SIDE, pixels);
    }

    private int file(int index) {
        int file = Arrays.binarySearch(firsts, index);
        return file >= 0 ? file : -file - 2;
    }

    @Override
    public String place(int index) {
        int file = file(index);
        return files.get(file).path() + ", image " + (index - firsts[file]);
    }
}
