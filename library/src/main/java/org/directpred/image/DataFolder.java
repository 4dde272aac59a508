package org.directpred.image;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The folder of the data sets: the folder that the environment variable {@code DIRECTPRED_DATA}
 * names, else {@code data} in the working folder or in the nearest folder above it that has one.
 */
public final class DataFolder {
    /** The environment variable that names the folder. */
    public static final String VARIABLE = "DIRECTPRED_DATA";

    private DataFolder() {}

    /**
     * The folder of one data set.
     *
     * @param name the set's folder, such as {@code stl10_binary}
     * @return the folder, or empty where there is none
     */
    public static Optional<Path> find(String name) {
        return candidates(name).stream().filter(Files::isDirectory).findFirst();
    }

    /**
     * The folder of one data set, which must be there.
     *
     * @param name the set's folder, such as {@code stl10_binary}
     * @param howToGet a sentence that says how to get the set
     * @throws ImageDataException if it is not there; says where it looked and how to get the set
     */
    public static Path require(String name, String howToGet) {
        return find(name)
                .orElseThrow(
                        () ->
                                new ImageDataException(
                                        name,
                                        -1,
                                        "a folder of that name in one of "
                                                + candidates(name).stream()
                                                        .map(Path::toString)
                                                        .collect(Collectors.joining(", ")),
                                        "none (set the environment variable "
                                                + VARIABLE
                                                + " to the folder that holds "
                                                + name
                                                + "). "
                                                + howToGet));
    }

    /**
     * The folders in which {@link #find} looks, in order.
     *
     * @param name the set's folder, such as {@code stl10_binary}
     */
    public static List<Path> candidates(String name) {
        return candidates(name, System.getenv(VARIABLE), Path.of("").toAbsolutePath());
    }

    static List<Path> candidates(String name, String variable, Path workingFolder) {
        if (variable != null && !variable.isBlank()) {
            return List.of(Path.of(variable).toAbsolutePath().normalize().resolve(name));
        }
        List<Path> found = new ArrayList<>();
        for (Path folder = workingFolder; folder != null; folder = folder.getParent()) {
            found.add(folder.resolve("data").resolve(name));
            // The checkout ends the search: a folder of that name higher up is not ours.
            if (Files.exists(folder.resolve(".git"))) {
                break;
            }
        }
        return List.copyOf(found);
    }
}
