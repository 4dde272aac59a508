package org.directpred.image;

import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The archive that a data set is published as: its address, length and sums, and what it unpacks
 * to.
 *
 * <p>The MD5 sums are those of the sets' authors and of torchvision; MD5 tells damage and not
 * forgery. The authors publish no SHA-256: the lengths and SHA-256 sums are those that TensorFlow
 * Datasets recorded of the same archives (its {@code url_checksums}); that they and the MD5 sums
 * are of one file is not something that this project has checked on the archives themselves.
 */
enum DatasetArchive {
    STL10(
            "https://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz",
            "91f7769df0f17e558f3565bffb0c7dfb",
            "f31fd99273a1acb8609c8db427cebb1de3f71de77758cdc0e22956e1289b9866",
            2_640_397_119L,
            Stl10.FOLDER,
            3_200_000_000L),
    CIFAR10(
            "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            "c32a1d4ab5d03f1284b67883e8d87530",
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
            170_052_171L,
            Cifar.FOLDER_10,
            200_000_000L),
    CIFAR100(
            "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
            "03b5dce01913d631647c71ecec9e9cb8",
            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
            168_513_733L,
            Cifar.FOLDER_100,
            200_000_000L);

    private final URI uri;
    private final String md5;
    private final String sha256;
    private final long bytes;
    private final String folder;
    private final long unpackedBytes;

    DatasetArchive(
            String uri, String md5, String sha256, long bytes, String folder, long unpackedBytes) {
        this.uri = URI.create(uri);
        this.md5 = md5;
        this.sha256 = sha256;
        this.bytes = bytes;
        this.folder = folder;
        this.unpackedBytes = unpackedBytes;
    }

    Path download(Path dataFolder) {
        Path target = dataFolder.resolve(folder);
        if (!Files.isDirectory(target)) {
            Path archive = dataFolder.resolve(Path.of(uri.getPath()).getFileName().toString());
            try {
                Download.fetch(uri, archive, new Download.Expected(md5, sha256, bytes));
            } catch (UncheckedIOException e) {
                throw new UncheckedIOException(
                        e.getMessage()
                                + " Or fetch it by a browser and unpack it by the call unpack"
                                + " (unpack10, unpack100) of the set.",
                        e.getCause());
            }
            // Fetching has just compared the sums.
            Archive.unpack(archive, dataFolder, null, unpackedBytes);
        }
        return target;
    }

    Path unpack(Path archive, Path dataFolder) {
        if (!Files.isRegularFile(archive)) {
            throw new ImageDataException(archive.toString(), -1, "a file", "none");
        }
        requireBinaryVersion(archive);
        Archive.checkSum(archive, md5, sha256);
        Archive.unpack(archive, dataFolder, null, unpackedBytes);
        return dataFolder.resolve(folder);
    }

    private static void requireBinaryVersion(Path archive) {
        String name = archive.getFileName().toString();
        for (String other : List.of("python", "matlab")) {
            if (name.contains("-" + other + ".") || name.contains("_" + other + ".")) {
                throw new ImageDataException(
                        archive.toString(),
                        -1,
                        "the archive of the binary version",
                        "that of the "
                                + other
                                + " version by its name; the call download of the"
                                + " set fetches the binary one");
            }
        }
    }
}
