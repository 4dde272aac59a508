package org.directpred.image;

import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.directpred.progress.Progress;

/**
 * A folder of folders, one for each class, with image files at any depth below: {@code
 * train/n01440764/n01440764_10026.JPEG}. Classes and files are in sorted order, as in torchvision's
 * ImageFolder. A folder with images and no class folders is a set without labels, for pretraining.
 * Held in memory are the paths and sizes alone.
 *
 * <p>What is hidden or made by a system ({@code .ipynb_checkpoints}, {@code ._1.png}, {@code
 * __MACOSX}, {@code Thumbs.db}) is no data. Other files that are no images are left out, which is
 * said once with their counts.
 */
public final class ImageFolder implements ImageSource {
    private final Path root;
    private final List<String> classes;
    private final List<Found> files;
    private final int[] labels;

    private ImageFolder(Path root, List<String> classes, List<Found> files, int[] labels) {
        this.root = root;
        this.classes = classes;
        this.files = files;
        this.labels = labels;
    }

    /**
     * One image.
     *
     * @param path the file
     * @param name its path below the root, with slashes, its letters composed (NFC)
     * @param size its bytes when it was listed
     */
    private record Found(Path path, String name, long size) {
        /** The class's folder, or empty for a file in the root itself. */
        String folder() {
            int slash = name.indexOf('/');
            return slash < 0 ? "" : name.substring(0, slash);
        }
    }

    /**
     * Lists a folder.
     *
     * @param root holds one folder for each class; or images, which have no labels then
     * @throws ImageDataException if there is no such folder, it cannot be listed, links lead in a
     *     circle, there is no image in it, or a class without images
     */
    public static ImageFolder of(Path root) {
        if (!Files.isDirectory(root)) {
            throw new ImageDataException(
                    root.toString(),
                    -1,
                    "a folder with a folder for each class, or with images",
                    Files.exists(root) ? "a file" : "none");
        }
        Listing listing = new Listing(root);
        try {
            Files.walkFileTree(
                    root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, listing);
        } catch (IOException e) {
            throw new ImageDataException(
                    root.toString(), -1, "a folder that can be listed", String.valueOf(e), e);
        }
        // By name and not by Path's order, which ignores case on some systems.
        listing.files.sort(Comparator.comparing(Found::name).thenComparing(Found::path));
        TreeSet<String> withImages = new TreeSet<>();
        listing.files.forEach(file -> withImages.add(file.folder()));
        boolean beside = withImages.remove("");
        if (withImages.isEmpty() && beside) {
            return unlabelled(root, listing);
        }
        requireImages(root, listing, withImages);
        List<String> classes = List.copyOf(withImages);
        Map<String, Integer> ranks = new HashMap<>();
        classes.forEach(each -> ranks.put(each, ranks.size()));
        List<Found> files = new ArrayList<>();
        for (Found file : listing.files) {
            if (file.folder().isEmpty()) {
                listing.leftOut.count("beside the class folders");
            } else {
                files.add(file);
            }
        }
        listing.say();
        sayOrderOfNumbers(root, classes);
        return new ImageFolder(
                root,
                classes,
                List.copyOf(files),
                files.stream().mapToInt(file -> ranks.get(file.folder())).toArray());
    }

    private static ImageFolder unlabelled(Path root, Listing listing) {
        listing.say();
        Progress.message(
                "%s has images and no class folders: its %d images have no labels."
                        .formatted(root, listing.files.size()));
        int[] none = new int[listing.files.size()];
        java.util.Arrays.fill(none, UNLABELLED);
        return new ImageFolder(root, List.of(), List.copyOf(listing.files), none);
    }

    private static void requireImages(Path root, Listing listing, Set<String> withImages) {
        String images =
                "images (" + String.join(", ", new TreeSet<>(ImageDecoder.EXTENSIONS)) + ")";
        String others = listing.leftOut.isEmpty() ? "" : ", but " + listing.leftOut;
        if (listing.folders.isEmpty()) {
            throw new ImageDataException(
                    root.toString(),
                    -1,
                    "a folder for each class, or " + images,
                    "neither" + others);
        }
        for (Map.Entry<String, Path> folder : listing.folders.entrySet()) {
            if (!withImages.contains(folder.getKey())) {
                throw new ImageDataException(
                        folder.getValue().toString(),
                        -1,
                        images + " in each of the " + listing.folders.size() + " class folders",
                        "none in this class" + others + ": remove the folder, or bring its images");
            }
        }
    }

    /** Sorted as text, 10 comes before 2: as in torchvision, and a surprise all the same. */
    private static void sayOrderOfNumbers(Path root, List<String> classes) {
        if (!classes.stream().allMatch(name -> name.matches("\\d{1,9}"))) {
            return;
        }
        for (int i = 0; i + 1 < classes.size(); i++) {
            if (Integer.parseInt(classes.get(i)) > Integer.parseInt(classes.get(i + 1))) {
                Progress.message(
                        "The classes of %s are numbers, in the order of text as in torchvision: label %d is '%s', label %d is '%s'. With leading zeros both orders are one."
                                .formatted(root, i, classes.get(i), i + 1, classes.get(i + 1)));
                return;
            }
        }
    }

    /** Collects images, class folders, and what is neither. */
    private static final class Listing extends SimpleFileVisitor<Path> {
        private final Path root;
        private final List<Found> files = new ArrayList<>();
        private final Map<String, Path> folders = new TreeMap<>();
        private final DataFiles.LeftOut leftOut = new DataFiles.LeftOut();

        Listing(Path root) {
            this.root = root;
        }

        void say() {
            if (!leftOut.isEmpty()) {
                Progress.message("Left out of %s: %s.".formatted(root, leftOut));
            }
        }

        private String name(Path path) {
            String name =
                    root.relativize(path)
                            .toString()
                            .replace(path.getFileSystem().getSeparator(), "/");
            if (name.indexOf('\uFFFD') >= 0) {
                name = utf8(path);
            }
            // One system keeps an umlaut as one letter, another as two.
            return Normalizer.normalize(name, Normalizer.Form.NFC);
        }

        /** The name where the locale (LANG=C) has no letters for it: a URI keeps the bytes. */
        private String utf8(Path path) {
            String above = root.toAbsolutePath().normalize().toUri().getRawPath();
            String whole = path.toAbsolutePath().normalize().toUri().getRawPath();
            String below = whole.substring(above.length()).replace("+", "%2B");
            String name = URLDecoder.decode(below, StandardCharsets.UTF_8);
            return name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            if (folder.equals(root)) {
                return FileVisitResult.CONTINUE;
            }
            String name = name(folder);
            if (DataFiles.isHidden(name)) {
                return FileVisitResult.SKIP_SUBTREE;
            }
            if (name.indexOf('/') < 0) {
                folders.put(name, folder);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = name(file);
            if (DataFiles.isHidden(name)) {
                return FileVisitResult.CONTINUE;
            }
            if (!attributes.isRegularFile()) {
                leftOut.count(
                        attributes.isSymbolicLink()
                                ? "links that lead nowhere"
                                : "devices or pipes");
            } else if (DataFiles.isImage(name)) {
                files.add(new Found(file, name, attributes.size()));
            } else {
                leftOut.add(name);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) {
            if (DataFiles.isHidden(name(file))) {
                return FileVisitResult.CONTINUE;
            }
            if (failure instanceof FileSystemLoopException) {
                throw new ImageDataException(
                        file.toString(),
                        -1,
                        "links that do not lead in a circle",
                        "a link to a folder above it: remove the link",
                        failure);
            }
            throw new ImageDataException(
                    file.toString(),
                    -1,
                    "a folder that can be listed",
                    String.valueOf(failure),
                    failure);
        }
    }

    @Override
    public String name() {
        return root.toString();
    }

    @Override
    public int size() {
        return files.size();
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
        return classes;
    }

    @Override
    public int label(int index) {
        return labels[Objects.checkIndex(index, labels.length)];
    }

    @Override
    public Image read(int index) {
        Path file = files.get(index).path();
        byte[] bytes;
        try {
            PictureLimits.requireReadable(file.toString(), Files.size(file));
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw ImageDataException.unreadable(file, e);
        }
        return ImageDecoder.decode(bytes, file.toString());
    }

    @Override
    public String content(int index) {
        Found file = files.get(index);
        String content = file.name() + ", " + file.size() + " bytes";
        return PixelSum.isSummed(index, size())
                ? content + ", " + PixelSum.hexadecimal(checksum(index))
                : content;
    }

    @Override
    public long checksum(int index) {
        Path file = files.get(index).path();
        try (InputStream in = Files.newInputStream(file)) {
            if (Files.size(file) > PictureLimits.mostBytes()) {
                return UNREADABLE;
            }
            CRC32 sum = new CRC32();
            sum.update(in.readAllBytes());
            return sum.getValue();
        } catch (IOException e) {
            throw ImageDataException.unreadable(file, e);
        }
    }

    @Override
    public String place(int index) {
        return files.get(index).path().toString();
    }
}
