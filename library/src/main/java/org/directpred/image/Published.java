package org.directpred.image;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** Data sets that are published as one archive: where, its MD5 sum, and what it unpacks to. */
enum Published {
    STL10(
            "http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz",
            "91f7769df0f17e558f3565bffb0c7dfb",
            Stl10.FOLDER,
            3_200_000_000L),
    CIFAR10(
            "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            "c32a1d4ab5d03f1284b67883e8d87530",
            Cifar.FOLDER_10,
            200_000_000L),
    CIFAR100(
            "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
            "03b5dce01913d631647c71ecec9e9cb8",
            Cifar.FOLDER_100,
            200_000_000L);

    private final URI uri;
    private final String md5;
    private final String folder;
    private final long unpackedBytes;

    Published(String uri, String md5, String folder, long unpackedBytes) {
        this.uri = URI.create(uri);
        this.md5 = md5;
        this.folder = folder;
        this.unpackedBytes = unpackedBytes;
    }

    Path download(Path dataFolder) {
        Path target = dataFolder.resolve(folder);
        if (!Files.isDirectory(target)) {
            Path archive = dataFolder.resolve(Path.of(uri.getPath()).getFileName().toString());
            Download.fetch(uri, archive, md5);
            // Fetching has just compared the sum.
            Archive.unpack(archive, dataFolder, null, unpackedBytes);
        }
        return target;
    }

    Path unpack(Path archive, Path dataFolder) {
        Archive.unpack(archive, dataFolder, md5, unpackedBytes);
        return dataFolder.resolve(folder);
    }
}
