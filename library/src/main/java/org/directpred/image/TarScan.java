package org.directpred.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;
import org.jspecify.annotations.Nullable;

/** One pass over the headers of some tars: the images found, and what has to be said about them. */
final class TarScan {
    /** Tars that a sentence names; the others are counted. */
    private static final int MOST_NAMED = 3;

    final TarIndex.Builder images = new TarIndex.Builder();
    final DataFiles.LeftOut leftOut = new DataFiles.LeftOut();

    private final String name;
    private final List<Path> paths;
    private final ShardManifest manifest;
    private final Map<String, Integer> countsBefore = new HashMap<>();
    private final List<String> shrunk = new ArrayList<>();
    private final List<String> doubtful = new ArrayList<>();
    private final List<String> joined = new ArrayList<>();
    private int repeated;
    private int seconds;
    private @Nullable String second;

    /**
     * A pass that has not begun.
     *
     * @param name the set's name
     * @param paths the tars
     * @param before the index of an earlier state of the tars, or null
     * @param manifest what the files beside the tars say
     */
    TarScan(String name, List<Path> paths, @Nullable TarIndex before, ShardManifest manifest) {
        this.name = name;
        this.paths = paths;
        this.manifest = manifest;
        if (before != null) {
            int[] counts = before.counts();
            for (int i = 0; i < counts.length; i++) {
                countsBefore.put(before.tars.get(i).name(), counts[i]);
            }
        }
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
                    "none in "
                            + name
                            + (leftOut.isEmpty() ? "" : ", but " + leftOut)
                            + (doubtful.isEmpty() ? "" : "; and " + few(doubtful)));
        }
        if (!shrunk.isEmpty()) {
            // Once: from now on the index is of what is there.
            Progress.message(
                    "%s: fewer images than before in %s. The archive is whole; was it replaced?"
                            .formatted(name, few(shrunk)));
        }
        return images.build(state, remarks(), classes.of(images));
    }

    /**
     * Whether a member is a file that is data, counting what is neither that nor a folder; one
     * stored with holes cannot be read in place.
     */
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
        switch (entry.type()) {
            case '0', '5', 'D', 'V' -> {}
            case '1', '2' -> leftOut.count("links that lead to no file in it");
            case '3', '4', '6' -> leftOut.count("devices or pipes");
            case 'S' -> leftOut.add(entry.name());
            default -> leftOut.count("of an unknown type");
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
     * Compares a tar that has been read to its end with what was known of it.
     *
     * @param samples how many it has, with images or without
     * @throws ImageDataException if a manifest beside it names more samples; or if it does not end
     *     as a whole archive and had more images when it was indexed before
     */
    void ended(MappedFile file, int number, TarReader tar, int samples) {
        String tarName = file.path().getFileName().toString();
        int now = images.count(number);
        int then = countsBefore.getOrDefault(tarName, 0);
        String doubt = tar.doubt();
        if (then > now && doubt != null) {
            throw new ImageDataException(
                    file.path().toString(),
                    file.length(),
                    then + " images and the end of the archive, as when it was indexed before",
                    now
                            + " images and "
                            + doubt
                            + ". Bring back the whole file, or delete its index (the file .index"
                            + " beside it) to take what is left");
        }
        Optional<ShardManifest.Promise> promise = manifest.of(file.path());
        if (promise.isPresent() && promise.get().samples() > samples) {
            throw new ImageDataException(
                    file.path().toString(),
                    file.length(),
                    "%d samples and the end of the archive, by %s"
                            .formatted(promise.get().samples(), promise.get().file().getFileName()),
                    (samples == now ? "" : samples + " samples with ")
                            + now
                            + " images and "
                            + (doubt == null
                                    ? "the end: some were lost, or the manifest is of another"
                                            + " version. Bring back the whole file, or mend or"
                                            + " remove the manifest"
                                    : doubt + ". Bring back the whole file"));
        }
        remark(String.format(Locale.ROOT, "%s (%d images)", tarName, now), tar);
        if (then > now) {
            shrunk.add(
                    String.format(
                            Locale.ROOT,
                            "%s (%d images, and %d when it was indexed before)",
                            tarName,
                            now,
                            then));
        }
    }

    /** Notes the end of a tar inside another. */
    void ended(MappedFile file, String inner, TarReader tar) {
        remark(file.path().getFileName() + ", " + inner, tar);
    }

    private void remark(String which, TarReader tar) {
        if (tar.doubt() != null) {
            doubtful.add(which + ": " + tar.doubt());
        }
        if (tar.archives() > 1) {
            joined.add(which + ": " + tar.archives() + " archives");
        }
    }

    private List<String> remarks() {
        List<String> remarks = new ArrayList<>();
        if (!doubtful.isEmpty()) {
            remarks.add(
                    "%s may not be whole: %s. Found are %d images in all: compare with what was published."
                            .formatted(name, few(doubtful), images.count()));
        }
        if (!joined.isEmpty()) {
            remarks.add(
                    "%s: archives one behind the other, all of which are read, in %s."
                            .formatted(name, few(joined)));
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
