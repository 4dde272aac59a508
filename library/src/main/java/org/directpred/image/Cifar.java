package org.directpred.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * CIFAR-10 and CIFAR-100 in their binary form (Krizhevsky 2009): colour images of 32 x 32 in
 * records of the label (CIFAR-100: coarse and fine label) and 3072 bytes, a plane a channel, row by
 * row. Images are read from the mapped files one at a time; labels are held in memory.
 */
public final class Cifar implements ImageSource {
    /** Rows and columns. */
    public static final int SIDE = 32;

    /** CIFAR-10's folder under the data folder. */
    public static final String FOLDER_10 = "cifar-10-batches-bin";

    /** CIFAR-100's folder under the data folder. */
    public static final String FOLDER_100 = "cifar-100-binary";

    /** CIFAR-10's classes in the order of the labels. */
    public static final List<String> CLASSES_10 =
            List.of(
                    "airplane",
                    "automobile",
                    "bird",
                    "cat",
                    "deer",
                    "dog",
                    "frog",
                    "horse",
                    "ship",
                    "truck");

    private static final int IMAGE = 3 * SIDE * SIDE;
    private static final int RECORDS = 10_000;

    private final String name;
    private final List<MappedFile> files;
    private final int[] firsts;
    private final int labelBytes;
    private final byte[] labels;
    private final List<String> classes;

    private Cifar(String name, List<MappedFile> files, int labelBytes, List<String> classes) {
        this.name = name;
        this.files = files;
        this.labelBytes = labelBytes;
        this.classes = classes;
        this.firsts = new int[files.size()];
        int record = labelBytes + IMAGE;
        long count = 0;
        for (int i = 0; i < files.size(); i++) {
            MappedFile file = files.get(i);
            if (file.length() == 0 || file.length() % record != 0) {
                throw new ImageDataException(
                        file.path().toString(),
                        file.length(),
                        "a multiple of " + record + " bytes",
                        file.length() + " bytes" + FileKind.note(file));
            }
            firsts[i] = (int) count;
            count += file.length() / record;
            if (count > Integer.MAX_VALUE / 2) {
                throw new ImageDataException(
                        file.path().toString(),
                        file.length(),
                        "at most " + Integer.MAX_VALUE / 2 + " images",
                        count + " images");
            }
        }
        this.labels = new byte[(int) count];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = label(i, record);
        }
    }

    /** Reads the label of one record; of CIFAR-100's two, the second and finer. */
    private byte label(int index, int record) {
        int file = file(index);
        long at = (long) (index - firsts[file]) * record + labelBytes - 1;
        byte[] label = files.get(file).read(at, 1);
        if ((label[0] & 0xff) >= classes.size()) {
            throw new ImageDataException(
                    files.get(file).path().toString(),
                    at,
                    "a label from 0 to " + (classes.size() - 1),
                    String.valueOf(label[0] & 0xff));
        }
        return label[0];
    }

    /** CIFAR-10's 50,000 training images in the data folder. */
    public static Cifar train10() {
        return train10(folder(FOLDER_10, "cifar-10-binary.tar.gz", "download10"));
    }

    /** CIFAR-10's 50,000 training images in a folder. */
    public static Cifar train10(Path folder) {
        return published(
                "CIFAR-10 train",
                IntStream.rangeClosed(1, 5)
                        .mapToObj(i -> folder.resolve("data_batch_" + i + ".bin"))
                        .toList(),
                1,
                CLASSES_10,
                RECORDS);
    }

    /** CIFAR-10's 10,000 test images in the data folder. */
    public static Cifar test10() {
        return test10(folder(FOLDER_10, "cifar-10-binary.tar.gz", "download10"));
    }

    /** CIFAR-10's 10,000 test images in a folder. */
    public static Cifar test10(Path folder) {
        return published(
                "CIFAR-10 test", List.of(folder.resolve("test_batch.bin")), 1, CLASSES_10, RECORDS);
    }

    /** CIFAR-100's 50,000 training images in the data folder, with the 100 fine labels. */
    public static Cifar train100() {
        return train100(folder(FOLDER_100, "cifar-100-binary.tar.gz", "download100"));
    }

    /** CIFAR-100's 50,000 training images in a folder, with the 100 fine labels. */
    public static Cifar train100(Path folder) {
        return published(
                "CIFAR-100 train",
                List.of(folder.resolve("train.bin")),
                2,
                fineNames(folder),
                5 * RECORDS);
    }

    /** CIFAR-100's 10,000 test images in the data folder, with the 100 fine labels. */
    public static Cifar test100() {
        return test100(folder(FOLDER_100, "cifar-100-binary.tar.gz", "download100"));
    }

    /** CIFAR-100's 10,000 test images in a folder, with the 100 fine labels. */
    public static Cifar test100(Path folder) {
        return published(
                "CIFAR-100 test",
                List.of(folder.resolve("test.bin")),
                2,
                fineNames(folder),
                RECORDS);
    }

    /**
     * Files in CIFAR's format, of any number of records.
     *
     * @param name the set's name, for a person
     * @param files the files, in order
     * @param labelBytes bytes before each image, 1 or 2; the last one is the label
     * @param classes the classes' names in the order of the labels, 1 to 256
     * @throws ImageDataException if a file is missing, of the wrong length, or a label out of range
     */
    public static Cifar read(String name, List<Path> files, int labelBytes, List<String> classes) {
        if (files.isEmpty() || labelBytes < 1 || labelBytes > 2) {
            throw new IllegalArgumentException(
                    "needs at least one file and 1 or 2 bytes of label, not "
                            + files.size()
                            + " files and "
                            + labelBytes
                            + " bytes");
        }
        return new Cifar(
                name,
                files.stream().map(MappedFile::open).toList(),
                labelBytes,
                List.copyOf(classes));
    }

    private static Cifar published(
            String name, List<Path> files, int labelBytes, List<String> classes, int records) {
        for (Path path : files) {
            requireFile(path, labelBytes == 1);
            MappedFile file = MappedFile.open(path);
            long expected = (long) records * (labelBytes + IMAGE);
            if (file.length() != expected) {
                throw new ImageDataException(
                        path.toString(),
                        file.length(),
                        expected + " bytes, " + records + " images",
                        file.length() + " bytes" + FileKind.note(file));
            }
        }
        return read(name, files, labelBytes, classes);
    }

    private static void requireFile(Path path, boolean ten) {
        OtherVersion.requireFile(
                path,
                ten ? FOLDER_10 : FOLDER_100,
                "Cifar.download" + (ten ? "10" : "100") + "(dataFolder) fetches");
    }

    private static List<String> fineNames(Path folder) {
        Path path = folder.resolve("fine_label_names.txt");
        requireFile(path, false);
        if (!Files.isRegularFile(path)) {
            throw new ImageDataException(path.toString(), -1, "a file", "something else");
        }
        try {
            List<String> names = new ArrayList<>(Files.readAllLines(path));
            names.removeIf(String::isBlank);
            if (names.size() != 100) {
                throw new ImageDataException(
                        path.toString(), -1, "100 names", names.size() + " names");
            }
            return List.copyOf(names);
        } catch (IOException e) {
            throw ImageDataException.unreadable(path, e);
        }
    }

    private static Path folder(String name, String archive, String method) {
        String python = name.equals(FOLDER_10) ? "cifar-10-batches-py" : "cifar-100-python";
        return DataFolder.require(
                name,
                DataFolder.find(python)
                                .map(found -> "In " + found + " is the Python version. ")
                                .orElse("")
                        + "Cifar."
                        + method
                        + "(folder) fetches and unpacks it, or unpack "
                        + archive
                        + " there.");
    }

    /**
     * Downloads and unpacks CIFAR-10 (170 MB) unless it is there.
     *
     * @param dataFolder where {@code cifar-10-batches-bin} is made
     * @return the folder with the files
     */
    public static Path download10(Path dataFolder) {
        return DatasetArchive.CIFAR10.download(dataFolder);
    }

    /**
     * Downloads and unpacks CIFAR-100 (169 MB) unless it is there.
     *
     * @param dataFolder where {@code cifar-100-binary} is made
     * @return the folder with the files
     */
    public static Path download100(Path dataFolder) {
        return DatasetArchive.CIFAR100.download(dataFolder);
    }

    /**
     * Unpacks CIFAR-10's published archive, its MD5 sum being compared first.
     *
     * @param archive {@code cifar-10-binary.tar.gz}, wherever it is
     * @param dataFolder where {@code cifar-10-batches-bin} is made
     * @return the folder with the files
     */
    public static Path unpack10(Path archive, Path dataFolder) {
        return DatasetArchive.CIFAR10.unpack(archive, dataFolder);
    }

    /**
     * Unpacks CIFAR-100's published archive, its MD5 sum being compared first.
     *
     * @param archive {@code cifar-100-binary.tar.gz}, wherever it is
     * @param dataFolder where {@code cifar-100-binary} is made
     * @return the folder with the files
     */
    public static Path unpack100(Path archive, Path dataFolder) {
        return DatasetArchive.CIFAR100.unpack(archive, dataFolder);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size() {
        return labels.length;
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
        return classes;
    }

    @Override
    public int label(int index) {
        return labels[Objects.checkIndex(index, labels.length)] & 0xff;
    }

    @Override
    public Image read(int index) {
        Objects.checkIndex(index, labels.length);
        int file = file(index);
        long record = (long) (index - firsts[file]) * (labelBytes + IMAGE);
        return new Image(3, SIDE, SIDE, files.get(file).read(record + labelBytes, IMAGE));
    }

    private int file(int index) {
        int file = java.util.Arrays.binarySearch(firsts, index);
        return file >= 0 ? file : -file - 2;
    }

    @Override
    public String content(int index) {
        // All are read, 150 MB: the labels have touched every page of the files already.
        byte[] pixels = read(index).pixels();
        return PixelSum.content(index, SIDE, SIDE, pixels, 0, pixels.length);
    }

    @Override
    public String place(int index) {
        int file = file(index);
        return files.get(file).path() + ", image " + (index - firsts[file]);
    }
}
