package org.directpred.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A folder of folders, one for each class, with JPEG and PNG files at any depth below: {@code
 * train/n01440764/n01440764_10026.JPEG}. Classes and files are in sorted order, as in torchvision's
 * ImageFolder. Held in memory are the paths alone.
 */
public final class ImageFolder implements ImageSource {
    private static final Set<String> EXTENSIONS = Set.of("jpg", "jpeg", "png");

    private final Path root;
    private final List<String> classes;
    private final List<Path> files;
    private final int[] labels;

    private ImageFolder(Path root, List<String> classes, List<Path> files, int[] labels) {
        this.root = root;
        this.classes = classes;
        this.files = files;
        this.labels = labels;
    }

    /**
     * Lists a folder.
     *
     * @param root holds one folder for each class
     * @throws ImageDataException if there is no such folder, it cannot be listed, there is no class
     *     in it, or a class without images
     */
    public static ImageFolder of(Path root) {
        if (!Files.isDirectory(root)) {
            throw new ImageDataException(
                    root.toString(), -1, "a folder with a folder for each class", "none");
        }
        List<Path> folders = list(root, 1).stream().filter(Files::isDirectory).toList();
        if (folders.isEmpty()) {
            throw new ImageDataException(
                    root.toString(), -1, "a folder for each class", "no folder in it");
        }
        List<String> classes = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        for (Path folder : folders) {
            List<Path> images =
                    list(folder, Integer.MAX_VALUE).stream().filter(ImageFolder::isImage).toList();
            if (images.isEmpty()) {
                throw new ImageDataException(
                        folder.toString(), -1, "images " + EXTENSIONS, "none in this class");
            }
            for (Path image : images) {
                files.add(image);
                labels.add(classes.size());
            }
            classes.add(folder.getFileName().toString());
        }
        return new ImageFolder(
                root,
                List.copyOf(classes),
                List.copyOf(files),
                labels.stream().mapToInt(Integer::intValue).toArray());
    }

    private static List<Path> list(Path folder, int depth) {
        try (Stream<Path> found = Files.walk(folder, depth, FileVisitOption.FOLLOW_LINKS)) {
            // By name and not by Path's order, which ignores case on some systems.
            return found.filter(path -> !path.equals(folder))
                    .sorted((a, b) -> a.toString().compareTo(b.toString()))
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new ImageDataException(
                    folder.toString(), -1, "a folder that can be listed", String.valueOf(e), e);
        }
    }

    static boolean isImage(Path path) {
        return isImage(path.getFileName().toString()) && Files.isRegularFile(path);
    }

    static boolean isImage(String name) {
        int dot = name.lastIndexOf('.');
        return dot > 0 && EXTENSIONS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
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
        Path file = files.get(index);
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw ImageDataException.unreadable(file, e);
        }
        return ImageDecoder.decode(bytes, file.toString());
    }

    @Override
    public String place(int index) {
        return files.get(index).toString();
    }
}
