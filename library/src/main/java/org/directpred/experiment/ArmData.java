package org.directpred.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.directpred.image.ImageSource;
import org.directpred.image.SourceIdentity;
import org.directpred.progress.Progress;

/**
 * The images of an ablation's arms, as its manifest remembers them: {@code data} has the digests of
 * each arm's sources, {@code sources} the identity of each digest once. Only pretrainings say what
 * their images are; what else an arm depends on is in its settings.
 */
final class ArmData {
    private static final String DATA = "data";
    private static final String SOURCES = "sources";

    /** Arms of one setting share its sources, which are looked at once. */
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

    private static Map<String, Supplier<ImageSource>> sources(Arm arm) {
        Map<String, Supplier<ImageSource>> sources = new LinkedHashMap<>();
        if (arm.task() instanceof PretrainingTask task) {
            sources.put("images", task.setting().images());
            sources.put("labelled", task.setting().labelled());
            sources.put("test", task.setting().test());
        }
        return sources;
    }

    /** Takes over what is there, also of arms that this ablation leaves out. */
    void keep(ObjectNode manifest, JsonNode before) {
        for (String part : List.of(DATA, SOURCES)) {
            if (before.path(part).isObject()) {
                manifest.set(part, before.get(part));
            }
        }
    }

    /** Adds the arms' data. */
    void describe(ObjectNode manifest, Ablation ablation) {
        ObjectNode data = manifest.withObjectProperty(DATA);
        ObjectNode identities = manifest.withObjectProperty(SOURCES);
        for (Arm arm : ablation.arms()) {
            ObjectNode digests = data.objectNode();
            sources(arm)
                    .forEach(
                            (role, source) -> {
                                SourceIdentity identity = identity(source);
                                digests.put(role, identity.digest());
                                identities.put(identity.digest(), identity.text());
                            });
            if (!digests.isEmpty()) {
                data.set(arm.name(), digests);
            }
        }
    }

    /**
     * Compares the arms' images with those of the results that are there.
     *
     * @throws IllegalArgumentException saying which images of which arm are others, and how
     */
    void require(Path file, JsonNode manifest, Ablation ablation) {
        boolean unknown = false;
        for (Arm arm : ablation.arms()) {
            JsonNode digests = manifest.path(DATA).path(arm.name());
            for (Map.Entry<String, Supplier<ImageSource>> source : sources(arm).entrySet()) {
                if (manifest.path("arms").path(arm.name()).isMissingNode()) {
                    continue;
                }
                String digest = digests.path(source.getKey()).asText("");
                unknown |= digest.isEmpty();
                if (digest.isEmpty() || digest.equals(identity(source.getValue()).digest())) {
                    continue;
                }
                try (ImageSource images = source.getValue().get()) {
                    Optional<String> difference =
                            SourceIdentity.difference(
                                    manifest.path(SOURCES).path(digest).asText(""), images);
                    throw new IllegalArgumentException(
                            "%s holds results of other images: '%s' of arm '%s' is now '%s', and %s. Name another folder, or bring those images back."
                                    .formatted(
                                            file.getParent(),
                                            source.getKey(),
                                            arm.name(),
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
