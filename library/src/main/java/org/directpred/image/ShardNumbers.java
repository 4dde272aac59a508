package org.directpred.image;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.directpred.progress.Progress;

/**
 * The missing shards of a numbered series, reported: by their numbers, or by an index of before.
 */
final class ShardNumbers {
    private static final Pattern NUMBERED =
            Pattern.compile("(.*?)(\\d{1,9})\\.tar", Pattern.CASE_INSENSITIVE);
    private static final int MOST_NAMED = 3;

    private ShardNumbers() {}

    static void sayMissing(Path folder, List<Path> shards) {
        Map<String, NavigableMap<Integer, String>> series = new TreeMap<>();
        for (Path shard : shards) {
            Matcher name = NUMBERED.matcher(shard.getFileName().toString());
            if (name.matches()) {
                series.computeIfAbsent(name.group(1), prefix -> new TreeMap<>())
                        .put(Integer.valueOf(name.group(2)), name.group(2));
            }
        }
        series.forEach((prefix, numbers) -> sayMissing(folder, prefix, numbers, shards.size()));
    }

    /**
     * Reports the tars of an earlier index that are gone. The index of the shards that are there is
     * not asked: its name has their number.
     */
    static void sayLost(Path folder, List<Path> shards) {
        List<String> there = shards.stream().map(shard -> shard.getFileName().toString()).toList();
        try (DirectoryStream<Path> indices =
                Files.newDirectoryStream(folder, ".*." + TarImages.SHARDS + ".index")) {
            for (Path file : indices) {
                if (file.equals(TarImages.index(shards, TarImages.SHARDS))) {
                    continue;
                }
                TarIndex before = TarIndex.cached(file);
                List<String> lost =
                        before == null
                                ? List.of()
                                : before.tars.stream()
                                        .map(TarIndex.Tar::name)
                                        .filter(name -> !there.contains(name))
                                        .toList();
                if (!lost.isEmpty()) {
                    Progress.message(
                            "%s: %d shards that were there before are gone: %s%s. Bring them back, or delete %s, which names them."
                                    .formatted(
                                            folder,
                                            lost.size(),
                                            String.join(
                                                    ", ", lost.stream().limit(MOST_NAMED).toList()),
                                            lost.size() > MOST_NAMED ? ", ..." : "",
                                            file.getFileName()));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new ImageDataException(
                    folder.toString(), -1, "a folder that can be listed", String.valueOf(e), e);
        }
    }

    private static void sayMissing(
            Path folder, String prefix, NavigableMap<Integer, String> numbers, int shards) {
        int width = numbers.firstEntry().getValue().length();
        List<String> names = new ArrayList<>();
        long missing = 0;
        int expected = numbers.firstKey();
        for (int number : numbers.keySet()) {
            missing += number - expected;
            for (; expected < number && names.size() < MOST_NAMED; expected++) {
                names.add(
                        prefix + String.format(Locale.ROOT, "%0" + width + "d", expected) + ".tar");
            }
            expected = number + 1;
        }
        if (missing > 0) {
            Progress.message(
                    "%s: %d numbers are missing among its %d shards: %s%s."
                            .formatted(
                                    folder,
                                    missing,
                                    shards,
                                    String.join(", ", names),
                                    missing > names.size() ? ", ..." : ""));
        }
    }
}
