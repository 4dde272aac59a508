package org.directpred.experiment;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.directpred.image.ImageSource;
import org.directpred.image.SourceIdentity;
import org.directpred.progress.Progress;

/**
 * The images of an ablation's variants, as its manifest remembers them: {@code data} has the
 * digests of each variant's sources, {@code sources} the identity of each digest once. Only
 * pretrainings say what their images are; what else a variant depends on is in its settings.
 */
final class VariantData {
    /** Variants of one setting share its sources, which are looked at once. */
    private final Map<Supplier<ImageSource>, SourceIdentity> seen = new HashMap<>();

    private SourceIdentity identity(Supplier<ImageSource> source) {
        return seen.computeIfAbsent(
                source,
                open -> {
                    try (ImageSource images = open.get()) {
                        return images.identity();
                    }
                });
    }

    private static Map<String, Supplier<ImageSource>> sources(Variant variant) {
        Map<String, Supplier<ImageSource>> sources = new LinkedHashMap<>();
        if (variant.task() instanceof PretrainingTask task) {
            sources.put("images", task.setting().images());
            sources.put("labelled", task.setting().labelled());
            sources.put("test", task.setting().test());
        }
        return sources;
    }

    /**
     * The manifest with the variants' data beside that of variants which this ablation leaves out.
     */
    Manifest describe(Manifest manifest, Ablation ablation) {
        Map<String, Map<String, String>> data = new LinkedHashMap<>(manifest.data());
        Map<String, String> identities = new LinkedHashMap<>(manifest.sources());
        for (Variant variant : ablation.variants()) {
            Map<String, String> digests = new LinkedHashMap<>();
            sources(variant)
                    .forEach(
                            (role, source) -> {
                                SourceIdentity identity = identity(source);
                                digests.put(role, identity.digest());
                                identities.put(identity.digest(), identity.text());
                            });
            if (!digests.isEmpty()) {
                data.put(variant.name(), digests);
            }
        }
        return manifest.withData(data, identities);
    }

    /**
     * Compares the variants' images with those of the results that are there.
     *
     * @throws IllegalArgumentException saying which images of which variant are others, and how
     */
    void require(Path file, Manifest manifest, Ablation ablation) {
        boolean unknown = false;
        for (Variant variant : ablation.variants()) {
            Map<String, String> digests = manifest.data().getOrDefault(variant.name(), Map.of());
            for (Map.Entry<String, Supplier<ImageSource>> source : sources(variant).entrySet()) {
                if (!manifest.variants().containsKey(variant.name())) {
                    continue;
                }
                String digest = digests.getOrDefault(source.getKey(), "");
                unknown |= digest.isEmpty();
                if (digest.isEmpty() || digest.equals(identity(source.getValue()).digest())) {
                    continue;
                }
                try (ImageSource images = source.getValue().get()) {
                    Optional<String> difference =
                            SourceIdentity.difference(
                                    manifest.sources().getOrDefault(digest, ""), images);
                    throw new IllegalArgumentException(
                            "%s holds results of other images: '%s' of variant '%s' is now '%s', and %s. Name another folder, or bring those images back."
                                    .formatted(
                                            file.getParent(),
                                            source.getKey(),
                                            variant.name(),
                                            images.name(),
                                            difference.orElse("its digest is another")));
                }
            }
        }
        if (unknown) {
            Progress.message(
                    "%s is of a version that kept no list of its images: only the names of the settings are compared."
                            .formatted(file));
        }
    }
}
