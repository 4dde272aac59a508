package org.directpred.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;

/** One pass over the headers of some tars: the images found, and what has to be said about them. */
final class TarScan {
    /** Tars that a sentence names; the others are counted. */
    private static final int MOST_NAMED = 3;

    final TarIndex.Builder images = new TarIndex.Builder();
    final DataFiles.LeftOut leftOut = new DataFiles.LeftOut();

    private final String name;
    private final List<Path> paths;
    private final TarIndex before;
    private final List<String> withoutEnd = new ArrayList<>();
    private int repeated;
    private int seconds;
    private String second;

    /**
     * A pass that has not begun.
     *
     * @param name the set's name
     * @param paths the tars
     * @param before the index of an earlier state of the tars, or null
     */
    TarScan(String name, List<Path> paths, TarIndex before) {
        this.name = name;
        this.paths = paths;
        this.before = before;
    }

    TarIndex index(List<TarIndex.Tar> state, TarImages.Scanner scanner, TarImages.Classes classes) {
        try (Bar bar = Progress.bar("indexing " + name, paths.size())) {
            for (int i = 0; i < paths.size(); i++) {
                try {
                    scanner.scan(MappedFile.open(paths.get(i)), i, this);
                } catch (IOException e) {
                    throw ImageDataException.unreadable(paths.get(i), e);
                }
                bar.update(i + 1L, images.count() + " images");
            }
        }
        if (images.count() == 0) {
            throw new ImageDataException(
                    paths.get(0).toString(),
                    -1,
                    "JPEG or PNG members, or others that are read as images",
                    "none in " + name + (leftOut.isEmpty() ? "" : ", but " + leftOut));
        }
        return images.build(state, remarks(), classes.of(images));
    }

    /** Whether a member is a file that is data; one stored with holes cannot be read in place. */
    boolean isData(MappedFile file, TarReader.Entry entry) {
        if (DataFiles.isHidden(entry.name())) {
            return false;
        }
        if (entry.type() == 'S' && DataFiles.isImage(entry.name())) {
            throw new ImageDataException(
                    file.path().toString(),
                    entry.offset(),
                    "images that are stored whole",
                    entry.name() + " as " + entry.kind());
        }
        return entry.isFile();
    }

    /** Counts a member that has taken the place of an earlier one. */
    void repeated(boolean isRepeated) {
        repeated += isRepeated ? 1 : 0;
    }

    /** Counts a second image of a sample. */
    void second(TarReader.Entry entry) {
        seconds++;
        second = entry.name();
    }

    /**
     * Notes whether a tar that has been read to its end is whole.
     *
     * @throws ImageDataException if it is not, and had more images when it was indexed before or by
     *     the manifest beside it
     */
    void ended(MappedFile file, int number, TarReader tar) {
        if (tar.ended()) {
            return;
        }
        String tarName = file.path().getFileName().toString();
        int now = images.count(number);
        for (int i = 0; before != null && i < before.tars.size(); i++) {
            int then = before.count(i);
            if (before.tars.get(i).name().equals(tarName) && then > now) {
                throw new ImageDataException(
                        file.path().toString(),
                        file.length(),
                        then + " images and the end of the archive, as when it was indexed before",
                        now
                                + " images and no end mark: it has been cut off. Bring back the whole"
                                + " file, or delete its index (the file .index beside it) to take"
                                + " what is left");
            }
        }
        ShardManifest.of(file.path())
                .filter(promise -> promise.samples() > now)
                .ifPresent(
                        promise -> {
                            throw new ImageDataException(
                                    file.path().toString(),
                                    file.length(),
                                    promise.samples()
                                            + " samples and the end of the archive, by "
                                            + promise.file().getFileName(),
                                    now
                                            + " images and no end mark: it has been cut off. Bring"
                                            + " back the whole file");
                        });
        withoutEnd.add(String.format(Locale.ROOT, "%s (%d images)", tarName, now));
    }

    /** As above, of a tar inside another. */
    void ended(MappedFile file, String inner, TarReader tar) {
        if (!tar.ended()) {
            withoutEnd.add(file.path().getFileName() + ", " + inner);
        }
    }

    private List<String> remarks() {
        List<String> remarks = new ArrayList<>();
        if (!withoutEnd.isEmpty()) {
            remarks.add(
                    "%s: no end mark in %s; cut off between two members? Found are %d images in all: compare with what was published."
                            .formatted(name, few(withoutEnd), images.count()));
        }
        if (!leftOut.isEmpty()) {
            remarks.add("Left out of %s: %s.".formatted(name, leftOut));
        }
        if (seconds > 0) {
            remarks.add(
                    "%s: %d members are a second image of their sample, such as %s; the first is read."
                            .formatted(name, seconds, second));
        }
        if (repeated > 0) {
            remarks.add(
                    "%s: %d members repeat an earlier name and take its place, as in unpacking."
                            .formatted(name, repeated));
        }
        return remarks;
    }

    private static String few(List<String> names) {
        String first = names.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
        return names.size() <= MOST_NAMED
                ? first
                : first + " and " + (names.size() - MOST_NAMED) + " more";
    }
}
