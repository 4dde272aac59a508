package org.directpred.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;

/**
 * JPEG and PNG images inside tar files, read in place: WebDataset's shards, and ImageNet's original
 * archives. A tar is a pack with random access once its headers have been read, which is done once
 * and kept in an index beside it. The tars are mapped when they are first read from; held in memory
 * are 20 bytes an image.
 */
public final class TarImages implements ImageSource {
    private static final Pattern WORDNET = Pattern.compile("n\\d{8}");
    private static final Pattern VALIDATION = Pattern.compile("ILSVRC2012_val_(\\d{8})");
    private static final Pattern TRAINING_TAR = Pattern.compile("(?:.*/)?(n\\d{8})\\.tar");

    /** Three times ImageNet's 21,841; a larger label is a mistake, and each class takes memory. */
    private static final int MOST_CLASSES = 1 << 16;

    private final String name;
    private final List<Path> paths;
    private final TarIndex index;
    private final AtomicReferenceArray<MappedFile> files;

    private TarImages(String name, List<Path> paths, TarIndex index) {
        this.name = name;
        this.paths = paths;
        this.index = index;
        this.files = new AtomicReferenceArray<>(paths.size());
    }

    /** Finds the images of one tar and adds them. */
    private interface Scanner {
        void scan(MappedFile file, int number, TarIndex.Builder images) throws IOException;
    }

    /** Names the classes once all images are known. */
    private interface Classes {
        List<String> of(TarIndex.Builder images);
    }

    /**
     * WebDataset's shards: samples are neighbouring members with one name up to the first dot,
     * {@code key.jpg} (or jpeg, png) and, for the label, {@code key.cls} with a number. Other
     * members are passed over.
     *
     * @param shards the tars, in order
     * @throws ImageDataException if a shard is missing or damaged, a label is no number from 0 on,
     *     or there is no image
     */
    public static TarImages shards(List<Path> shards) {
        if (shards.isEmpty()) {
            throw new IllegalArgumentException("at least one shard is needed");
        }
        return open(
                shards.get(0).toAbsolutePath().getParent().getFileName()
                        + ", "
                        + shards.size()
                        + " shards",
                shards,
                "shards",
                TarImages::scanShard,
                images ->
                        IntStream.rangeClosed(0, images.largestLabel())
                                .mapToObj(String::valueOf)
                                .toList());
    }

    /**
     * WebDataset's shards: all tars of a folder, in the order of their names; see {@link
     * #shards(List)}.
     */
    public static TarImages shards(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new ImageDataException(folder.toString(), -1, "a folder with tars", "none");
        }
        List<Path> shards;
        try (Stream<Path> found = Files.list(folder)) {
            shards = found.filter(path -> path.toString().endsWith(".tar")).sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            throw new ImageDataException(
                    folder.toString(), -1, "a folder that can be listed", String.valueOf(e), e);
        }
        if (shards.isEmpty()) {
            throw new ImageDataException(folder.toString(), -1, "files that end in .tar", "none");
        }
        return shards(shards);
    }

    /**
     * ImageNet's {@code ILSVRC2012_img_train.tar}: a tar of a tar for each class. The class of an
     * image is the rank of its tar's name.
     *
     * @param tar the file
     * @throws ImageDataException if it is missing, damaged, or holds anything but tars of classes
     */
    public static TarImages imageNetTrain(Path tar) {
        Map<String, Integer> found = new TreeMap<>();
        return open(
                "ImageNet train",
                List.of(tar),
                "train",
                (file, number, images) -> scanTraining(file, number, images, found),
                images -> List.copyOf(found.keySet()));
    }

    /**
     * ImageNet's {@code ILSVRC2012_img_val.tar} with its labels.
     *
     * @param tar the file, flat; images are in the order of their names
     * @param labels the published {@code ILSVRC2012_devkit_t12.tar.gz}, or a text that has the
     *     class of each image: lines such as {@code ILSVRC2012_val_00000001,n01751748 111 108 ...}
     *     (Kaggle's {@code LOC_val_solution.csv}) in any order, or one class, {@code n01751748}, in
     *     each line in the order of the images
     * @throws ImageDataException if a file is missing or damaged, the devkit is not the published
     *     one, or an image has no label
     */
    public static TarImages imageNetValidation(Path tar, Path labels) {
        TarImages plain = imageNetValidation(tar);
        return plain.labelled(
                labels.toString().endsWith(".tar.gz")
                        ? ImageNetDevkit.validationClasses(labels)
                        : validationClasses(labels, plain.size()),
                labels);
    }

    /** ImageNet's {@code ILSVRC2012_img_val.tar} without labels. */
    public static TarImages imageNetValidation(Path tar) {
        return open("ImageNet val", List.of(tar), "val", TarImages::scanFlat, images -> List.of());
    }

    /**
     * The same images with the names of their classes.
     *
     * @param wordnet one name for each image
     * @param origin where they are from, for the message
     */
    TarImages labelled(List<String> wordnet, Path origin) {
        if (wordnet.size() != size()) {
            throw new ImageDataException(
                    origin.toString(),
                    -1,
                    "a class for each of " + size() + " images",
                    wordnet.size() + " classes");
        }
        List<String> classes = wordnet.stream().distinct().sorted().toList();
        Map<String, Integer> ranks = new HashMap<>();
        for (String each : classes) {
            ranks.put(each, ranks.size());
        }
        return new TarImages(
                name,
                paths,
                new TarIndex(
                        index.tars,
                        classes,
                        index.tar,
                        index.offset,
                        index.length,
                        wordnet.stream().mapToInt(ranks::get).toArray()));
    }

    private static List<String> validationClasses(Path labels, int images) {
        List<String> lines;
        try {
            lines = Files.readAllLines(labels, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new ImageDataException(
                    labels.toString(), -1, "a text that can be read", String.valueOf(e), e);
        }
        String[] classes = new String[images];
        int next = 0;
        for (int line = 0; line < lines.size(); line++) {
            Matcher wordnet = WORDNET.matcher(lines.get(line));
            if (!wordnet.find()) {
                continue;
            }
            Matcher image = VALIDATION.matcher(lines.get(line));
            int at = image.find() ? Integer.parseInt(image.group(1)) - 1 : next++;
            if (at < 0 || at >= images) {
                throw new ImageDataException(
                        labels.toString(),
                        -1,
                        "classes for " + images + " images",
                        "one more in line " + (line + 1));
            }
            classes[at] = wordnet.group();
        }
        for (int i = 0; i < images; i++) {
            if (classes[i] == null) {
                throw new ImageDataException(
                        labels.toString(),
                        -1,
                        "a class for each of " + images + " images",
                        "none for image " + (i + 1));
            }
        }
        return List.of(classes);
    }

    private static TarImages open(
            String name, List<Path> tars, String kind, Scanner scanner, Classes classes) {
        List<Path> paths = List.copyOf(tars);
        List<TarIndex.Tar> state = new ArrayList<>();
        for (Path path : paths) {
            if (!Files.isRegularFile(path)) {
                throw new ImageDataException(path.toString(), -1, "a tar file", "none");
            }
            try {
                state.add(TarIndex.Tar.of(path));
            } catch (IOException e) {
                throw ImageDataException.unreadable(path, e);
            }
        }
        Path first = paths.get(0);
        Path cache =
                first.resolveSibling(
                        "." + first.getFileName() + "." + paths.size() + "." + kind + ".index");
        TarIndex index = TarIndex.cached(cache, state);
        if (index == null) {
            index = build(name, paths, state, scanner, classes);
            index.cache(cache);
        }
        return new TarImages(name, paths, index);
    }

    private static TarIndex build(
            String name,
            List<Path> paths,
            List<TarIndex.Tar> state,
            Scanner scanner,
            Classes classes) {
        TarIndex.Builder images = new TarIndex.Builder();
        try (Bar bar = Progress.bar("indexing " + name, paths.size())) {
            for (int i = 0; i < paths.size(); i++) {
                try {
                    scanner.scan(MappedFile.open(paths.get(i)), i, images);
                } catch (IOException e) {
                    throw ImageDataException.unreadable(paths.get(i), e);
                }
                bar.update(i + 1L, images.count() + " images");
            }
        }
        if (images.count() == 0) {
            throw new ImageDataException(
                    paths.get(0).toString(), -1, "JPEG or PNG members", "none in " + name);
        }
        return images.build(state, classes.of(images));
    }

    private static void scanShard(MappedFile file, int number, TarIndex.Builder images)
            throws IOException {
        TarReader tar = TarReader.of(file, 0, file.length());
        String labelKey = null;
        String imageKey = null;
        int label = UNLABELLED;
        for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
            if (!entry.isFile()) {
                continue;
            }
            String key = key(entry.name());
            if (ImageFolder.isImage(entry.name())) {
                images.add(
                        number,
                        entry,
                        file.path().toString(),
                        key.equals(labelKey) ? label : UNLABELLED);
                imageKey = key;
            } else if (entry.name().endsWith(".cls")) {
                label = label(file, entry);
                labelKey = key;
                if (key.equals(imageKey)) {
                    images.labelLast(label);
                }
            }
        }
    }

    /** The name up to the first dot after the last slash. */
    private static String key(String name) {
        int dot = name.indexOf('.', name.lastIndexOf('/') + 1);
        return dot < 0 ? name : name.substring(0, dot);
    }

    private static int label(MappedFile file, TarReader.Entry entry) {
        int length = (int) Math.min(entry.size(), 32);
        String text =
                new String(file.read(entry.offset(), length), StandardCharsets.US_ASCII).strip();
        try {
            int label = Integer.parseInt(text);
            if (label >= 0 && label < MOST_CLASSES && entry.size() == length) {
                return label;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new ImageDataException(
                file.path().toString(),
                entry.offset(),
                "a label from 0 to " + (MOST_CLASSES - 1) + " in " + entry.name(),
                "'" + text + "'");
    }

    private static void scanTraining(
            MappedFile file, int number, TarIndex.Builder images, Map<String, Integer> found)
            throws IOException {
        List<TarReader.Entry> tars = new ArrayList<>();
        TarReader outer = TarReader.of(file, 0, file.length());
        for (TarReader.Entry entry = outer.next(); entry != null; entry = outer.next()) {
            Matcher tar = TRAINING_TAR.matcher(entry.name());
            if (!entry.isFile() || !tar.matches()) {
                throw new ImageDataException(
                        file.path().toString(),
                        entry.offset(),
                        "tars of classes, nNNNNNNNN.tar",
                        entry.name());
            }
            if (found.put(tar.group(1), 0) != null) {
                throw new ImageDataException(
                        file.path().toString(),
                        entry.offset(),
                        "one tar for each class",
                        "a second " + entry.name());
            }
            tars.add(entry);
        }
        int rank = 0;
        for (Map.Entry<String, Integer> each : found.entrySet()) {
            each.setValue(rank++);
        }
        for (TarReader.Entry entry : tars) {
            Matcher tar = TRAINING_TAR.matcher(entry.name());
            int label = tar.matches() ? found.get(tar.group(1)) : UNLABELLED;
            TarReader inner = TarReader.of(file, entry.offset(), entry.offset() + entry.size());
            for (TarReader.Entry image = inner.next(); image != null; image = inner.next()) {
                if (image.isFile() && ImageFolder.isImage(image.name())) {
                    images.add(number, image, file.path().toString(), label);
                }
            }
        }
    }

    private static void scanFlat(MappedFile file, int number, TarIndex.Builder images)
            throws IOException {
        Map<String, TarReader.Entry> sorted = new TreeMap<>();
        TarReader tar = TarReader.of(file, 0, file.length());
        for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
            if (entry.isFile() && ImageFolder.isImage(entry.name())) {
                sorted.put(entry.name(), entry);
            }
        }
        for (TarReader.Entry entry : sorted.values()) {
            images.add(number, entry, file.path().toString(), UNLABELLED);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size() {
        return index.size();
    }

    @Override
    public int channels() {
        return 3;
    }

    @Override
    public int height() {
        return VARIABLE;
    }

    @Override
    public int width() {
        return VARIABLE;
    }

    @Override
    public List<String> classes() {
        return index.classes;
    }

    @Override
    public int label(int image) {
        return index.label[Objects.checkIndex(image, size())];
    }

    @Override
    public Image read(int image) {
        Objects.checkIndex(image, size());
        MappedFile file = file(index.tar[image]);
        return ImageDecoder.decode(
                file.read(index.offset[image], index.length[image]), place(image));
    }

    private MappedFile file(int number) {
        MappedFile file = files.get(number);
        if (file == null) {
            file = MappedFile.open(paths.get(number));
            TarIndex.Tar indexed = index.tars.get(number);
            TarIndex.Tar found;
            try {
                // Asked after the file was opened: from then on the file itself sees a change.
                found = TarIndex.Tar.of(paths.get(number));
            } catch (IOException e) {
                throw ImageDataException.unreadable(paths.get(number), e);
            }
            if (!found.equals(indexed)) {
                throw new ImageDataException(
                        paths.get(number).toString(),
                        -1,
                        indexed.state() + ", as when it was indexed",
                        found.state() + ": it has changed since; open the source again");
            }
            files.set(number, file);
        }
        return file;
    }

    @Override
    public String place(int image) {
        return paths.get(index.tar[image]) + ", member at byte " + index.offset[image];
    }
}
