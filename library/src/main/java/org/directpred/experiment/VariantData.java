package org.directpred.experiment;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.directpred.progress.Progress;

/**
 * The data of an ablation's variants, as its manifest remembers it: {@code data} has the digests of
 * each variant's sources, {@code sources} the identity of each digest once. What else a variant
 * depends on is in its settings.
 */
final class VariantData {
    /** Variants often share their data, which is read once. */
    private final Map<TaskData, TaskData> seen = new HashMap<>();

    private Map<String, TaskData> data(Variant variant) {
        Map<String, TaskData> data = new LinkedHashMap<>();
        variant.task()
                .data()
                .forEach((role, one) -> data.put(role, seen.computeIfAbsent(one, same -> same)));
        return data;
    }

    /**
     * The manifest with the variants' data beside that of variants which the ablation leaves out.
     */
    Manifest describe(Manifest manifest, Ablation ablation) {
        Map<String, Map<String, String>> data = new LinkedHashMap<>(manifest.data());
        Map<String, String> identities = new LinkedHashMap<>(manifest.sources());
        for (Variant variant : ablation.variants()) {
            Map<String, String> digests = new LinkedHashMap<>();
            data(variant)
                    .forEach(
                            (role, now) -> {
                                digests.put(role, now.digest());
                                identities.put(now.digest(), now.text());
                            });
            if (!digests.isEmpty()) {
                data.put(variant.name(), digests);
            }
        }
        return manifest.withData(data, identities);
    }

    /**
     * Compares the variants' data with that of the results that are there.
     *
     * @throws IllegalArgumentException saying which data of which variant is other, and how
     */
    void require(Path file, Manifest manifest, Ablation ablation) {
        boolean unknown = false;
        for (Variant variant : ablation.variants()) {
            if (!manifest.variants().containsKey(variant.name())) {
                continue;
            }
            Map<String, String> digests = manifest.data().getOrDefault(variant.name(), Map.of());
            for (Map.Entry<String, TaskData> role : data(variant).entrySet()) {
                String digest = digests.getOrDefault(role.getKey(), "");
                unknown |= digest.isEmpty();
                TaskData now = role.getValue();
                if (digest.isEmpty() || digest.equals(now.digest())) {
                    continue;
                }
                Optional<String> difference =
                        now.difference(manifest.sources().getOrDefault(digest, ""));
                throw new IllegalArgumentException(
                        "%s holds results of other data: '%s' of variant '%s' is now '%s', and %s. Name another folder, or bring that data back."
                                .formatted(
                                        file.getParent(),
                                        role.getKey(),
                                        variant.name(),
                                        now.name(),
                                        difference.orElse("its digest is another")));
            }
        }
        if (unknown) {
            Progress.message(
                    "%s is of a version that kept no list of its data: only the names of the settings are compared."
                            .formatted(file));
        }
    }
}
