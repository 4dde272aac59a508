package org.directpred.image;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Tells that a folder holds a set in the version of another program, where files are missing. */
final class OtherVersion {
    private static final List<String> PYTHON =
            List.of("batches.meta", "meta", "data_batch_1", "test_batch", "train", "test");
    private static final List<String> MATLAB =
            List.of("batches.meta.mat", "meta.mat", "data_batch_1.mat", "train.mat", "test.mat");

    private OtherVersion() {}

    /**
     * Checks that a file is there.
     *
     * @param file of the binary version
     * @param binaryFolder what the folder of the binary version is called
     * @param howToGet the call that fetches the binary version
     * @throws ImageDataException if it is not; says so where the folder has another version of the
     *     set, or holds the right folder
     */
    static void requireFile(Path file, String binaryFolder, String howToGet) {
        if (Files.exists(file)) {
            return;
        }
        // Only a root has no parent, and that is there.
        Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent(), "folder");
        String found = "none";
        if (Files.isDirectory(folder.resolve(binaryFolder))) {
            found += "; it may lie in " + folder.resolve(binaryFolder) + ": name that folder";
        } else if (anyOf(folder, MATLAB)) {
            found += ", but the MATLAB version of the set; " + howToGet + " the binary version";
        } else if (anyOf(folder, PYTHON)) {
            found += ", but the Python version of the set; " + howToGet + " the binary version";
        }
        throw new ImageDataException(file.toString(), -1, "a file", found);
    }

    private static boolean anyOf(Path folder, List<String> names) {
        return names.stream().anyMatch(name -> Files.isRegularFile(folder.resolve(name)));
    }
}
