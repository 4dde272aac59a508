package org.directpred.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.directpred.progress.Progress;
import org.jspecify.annotations.Nullable;

/**
 * Images inside tar files, read in place: WebDataset's shards, and ImageNet's original archives. A
 * tar is a pack with random access once its headers have been read, which is done once and kept in
 * an index beside it. The tars are mapped when they are first read from; held in memory are 32
 * bytes an image.
 *
 * <p>Hidden members and those made by a system ({@code ._1.jpg}, {@code __MACOSX}) are no data.
 * Members that repeat an earlier name take its place, as in unpacking, and links to members are
 * read as what they lead to. What is left out, and a tar that does not end as a whole archive does
 * (two zero blocks, and no more zeros than fill up a record of 10 KiB), is said at each opening,
 * with the counts; tars one behind the other in a file ({@code cat a.tar b.tar}) are all read, as
 * by {@code tar -i}, and said. Refused is a tar with fewer samples than a manifest beside it names
 * ({@code sizes.json}, {@code NAME_stats.json}), and one that has lost both its end and images of
 * its index of before; a whole one with fewer images than before is said once.
 */
public final class TarImages implements ImageSource {
    /** The kind of index that shards have. */
    static final String SHARDS = "shards";

    private static final Pattern WORDNET = Pattern.compile("n\\d{8}");
    private static final Pattern NUMBER = Pattern.compile("(^|[\\s,;])\\d{1,4}\\s*$");
    private static final Pattern VALIDATION = Pattern.compile("ILSVRC2012_val_(\\d{8})");
    private static final Pattern TRAINING_TAR = Pattern.compile("(?:.*/)?(n\\d{8})\\.tar");

    private static final Pattern OTHER_SHARD =
            Pattern.compile("(?i)\\.(tar\\.\\w+|tgz|tbz2?|txz|tlz|tzst|taz|zip|7z|rar)$");

    private static final int MOST_NAMED = 3;

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
    interface Scanner {
        void scan(MappedFile file, int number, TarScan scan) throws IOException;
    }

    /** Names the classes once all images are known. */
    interface Classes {
        List<String> of(TarIndex.Builder images);
    }

    /**
     * WebDataset's shards: a sample is the members of a shard with one name up to the first dot:
     * one image, {@code key.jpg} (jpeg, png, ...), and, for the label, {@code key.cls} with a
     * number, in any order, and in capital or small letters. All other members are fields, which
     * are passed over: {@code key.json}, {@code key.seg.png}, a second image.
     *
     * @param shards the tars, in order
     * @throws ImageDataException if a shard is missing or damaged, a label is no number from 0 on,
     *     or there is no image
     */
    public static TarImages shards(List<Path> shards) {
        if (shards.isEmpty()) {
            throw new IllegalArgumentException("at least one shard is needed");
        }
        Path folder = shards.get(0).toAbsolutePath().getParent();
        Path last = folder == null ? null : folder.getFileName();
        return open(
                (last == null ? folder : last) + ", " + shards.size() + " shards",
                shards,
                SHARDS,
                TarImages::scanShard,
                images ->
                        IntStream.rangeClosed(0, images.largestLabel())
                                .mapToObj(String::valueOf)
                                .toList());
    }

    /**
     * WebDataset's shards: all tars of a folder, in the order of their names; see {@link
     * #shards(List)}.
     *
     * @throws ImageDataException as there, or if a manifest names a shard that is missing
     */
    public static TarImages shards(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new ImageDataException(folder.toString(), -1, "a folder with tars", "none");
        }
        List<Path> shards = new ArrayList<>();
        DataFiles.LeftOut others = new DataFiles.LeftOut();
        List<String> names = new ArrayList<>();
        try (Stream<Path> found = Files.list(folder)) {
            for (Path path : found.sorted().toList()) {
                String name = path.getFileName().toString();
                if (DataFiles.isHidden(name) || Files.isDirectory(path)) {
                    continue;
                }
                names.add(name);
                if (ShardManifest.isTar(name)) {
                    shards.add(path);
                } else {
                    others.add(name);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new ImageDataException(
                    folder.toString(), -1, "a folder that can be listed", String.valueOf(e), e);
        }
        if (shards.isEmpty()) {
            throw new ImageDataException(
                    folder.toString(),
                    -1,
                    "files that end in .tar",
                    "none" + (others.isEmpty() ? "" : ", but " + others));
        }
        sayOtherShards(folder, names, shards.size());
        new ShardManifest().requireNamed(folder, names);
        ShardNumbers.sayMissing(folder, shards);
        ShardNumbers.sayLost(folder, shards);
        return shards(shards);
    }

    /**
     * Shards in a form that has no random access are not read; files of other kinds are no data.
     */
    private static void sayOtherShards(Path folder, List<String> names, int shards) {
        List<String> others =
                names.stream().filter(name -> OTHER_SHARD.matcher(name).find()).toList();
        if (!others.isEmpty()) {
            Progress.message(
                    "%s: %d files are shards that are not read beside its %d .tar: %s%s. Unpack them to .tar (such as gunzip, unzstd; a download that is not done: go on with it)."
                            .formatted(
                                    folder,
                                    others.size(),
                                    shards,
                                    String.join(", ", others.stream().limit(MOST_NAMED).toList()),
                                    others.size() > MOST_NAMED ? ", ..." : ""));
        }
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
                (file, number, scan) -> scanTraining(file, number, scan, found),
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
     * These images with the names of their classes.
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
                index.withLabels(classes, wordnet.stream().mapToInt(ranks::get).toArray()));
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
                if (NUMBER.matcher(lines.get(line)).find()) {
                    throw new ImageDataException(
                            labels.toString(),
                            -1,
                            "a class's name, nNNNNNNNN, in line " + (line + 1),
                            "'"
                                    + lines.get(line).strip()
                                    + "': numbers of classes are counted in more than one order."
                                    + " Give ILSVRC2012_devkit_t12.tar.gz itself, or names");
                }
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

    /** The file that keeps the index of some tars. */
    static Path index(List<Path> tars, String kind) {
        Path first = tars.get(0);
        return first.resolveSibling(
                "." + first.getFileName() + "." + tars.size() + "." + kind + ".index");
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
        Path cache = index(paths, kind);
        TarIndex before = TarIndex.cached(cache);
        ShardManifest manifest = new ShardManifest();
        TarIndex index;
        if (before != null
                && before.tars.equals(state)
                && !promisesMore(manifest, paths, before.counts())) {
            index = before;
        } else {
            index = new TarScan(name, paths, before, manifest).index(state, scanner, classes);
            index.cache(cache);
        }
        index.remarks.forEach(Progress::message);
        return new TarImages(name, paths, index);
    }

    /** Whether a manifest has come since, or samples without images: the scan tells. */
    private static boolean promisesMore(ShardManifest manifest, List<Path> paths, int[] counts) {
        return IntStream.range(0, counts.length)
                .anyMatch(
                        i ->
                                manifest.of(paths.get(i))
                                        .filter(promise -> promise.samples() > counts[i])
                                        .isPresent());
    }

    private static void scanShard(MappedFile file, int number, TarScan scan) throws IOException {
        Map<String, Sample> samples = new LinkedHashMap<>();
        TarReader tar = TarReader.of(file, 0, file.length());
        for (TarReader.Entry entry : TarMembers.of(tar)) {
            if (!scan.isData(file, entry)) {
                continue;
            }
            String key = key(entry.name());
            String field =
                    entry.name().substring(Math.min(key.length() + 1, entry.name().length()));
            Sample sample = samples.computeIfAbsent(key, k -> new Sample());
            if (ImageDecoder.EXTENSIONS.contains(field.toLowerCase(Locale.ROOT))) {
                sample.image(entry, scan);
            } else if (field.equalsIgnoreCase("cls")) {
                scan.repeated(sample.labelled);
                sample.labelled = true;
                sample.label = label(file, entry);
            } else {
                sample.field = entry.name();
            }
        }
        for (Sample sample : samples.values()) {
            if (sample.image != null) {
                scan.images.add(number, sample.image, sample.label);
            } else if (sample.field != null) {
                scan.leftOut.add(sample.field);
            } else {
                scan.leftOut.count("labels without an image");
            }
        }
        scan.ended(file, number, tar, samples.size());
    }

    /** The members of one key. */
    private static final class Sample {
        private TarReader.@Nullable Entry image;
        private boolean labelled;
        private int label = UNLABELLED;
        private @Nullable String field;

        /** The first image counts, but a member that repeats its name takes its place. */
        void image(TarReader.Entry entry, TarScan scan) {
            if (image == null) {
                image = entry;
            } else if (image.name().equals(entry.name())) {
                scan.repeated(true);
                image = entry;
            } else {
                scan.second(entry);
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
            MappedFile file, int number, TarScan scan, Map<String, Integer> found)
            throws IOException {
        List<TarReader.Entry> tars = new ArrayList<>();
        TarReader outer = TarReader.of(file, 0, file.length());
        for (TarReader.Entry entry : TarMembers.of(outer)) {
            if (entry.type() == '5' || DataFiles.isHidden(entry.name())) {
                continue;
            }
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
            scanImages(file, inner, scan)
                    .values()
                    .forEach(image -> scan.images.add(number, image, label));
            scan.ended(file, entry.name(), inner);
        }
        scan.ended(file, number, outer, scan.images.count(number));
    }

    private static void scanFlat(MappedFile file, int number, TarScan scan) throws IOException {
        TarReader tar = TarReader.of(file, 0, file.length());
        new TreeMap<>(scanImages(file, tar, scan))
                .values()
                .forEach(image -> scan.images.add(number, image, UNLABELLED));
        scan.ended(file, number, tar, scan.images.count(number));
    }

    /** The images of a tar by their names, in its order; of two of one name the later. */
    private static Map<String, TarReader.Entry> scanImages(
            MappedFile file, TarReader tar, TarScan scan) throws IOException {
        Map<String, TarReader.Entry> images = new LinkedHashMap<>();
        for (TarReader.Entry entry : TarMembers.of(tar)) {
            if (!scan.isData(file, entry)) {
                continue;
            }
            if (DataFiles.isImage(entry.name())) {
                scan.repeated(images.put(entry.name(), entry) != null);
            } else {
                scan.leftOut.add(entry.name());
            }
        }
        return images;
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
        PictureLimits.requireReadable(place(image), index.length[image]);
        return ImageDecoder.decode(bytes(image), place(image));
    }

    @Override
    public String content(int image) {
        Objects.checkIndex(image, size());
        String content =
                String.format(
                        Locale.ROOT,
                        "member of name sum %016x, %d bytes",
                        index.name[image],
                        index.length[image]);
        return PixelSum.isSummed(image, size())
                ? content + ", " + PixelSum.hexadecimal(checksum(image))
                : content;
    }

    @Override
    public long checksum(int image) {
        Objects.checkIndex(image, size());
        if (index.length[image] > PictureLimits.mostBytes()) {
            return UNREADABLE;
        }
        CRC32 sum = new CRC32();
        sum.update(bytes(image));
        return sum.getValue();
    }

    private byte[] bytes(int image) {
        return file(index.tar[image]).read(index.offset[image], (int) index.length[image]);
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
