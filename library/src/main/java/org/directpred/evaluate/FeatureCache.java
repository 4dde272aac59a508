package org.directpred.evaluate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.directpred.image.ImageSource;
import org.directpred.image.SourceIdentity;
import org.directpred.network.Backbone;
import org.directpred.tensor.SafeTensors;

/** What a file of features that serves as a cache says of its origin, and how it is compared. */
final class FeatureCache {
    private static final String NETWORK = "network";
    private static final String IMAGES = "images";

    private FeatureCache() {}

    /** Text for the file's header. */
    static Map<String, String> origin(Backbone backbone, ImageSource images) {
        return Map.of(NETWORK, backbone.description(), IMAGES, images.identity().text());
    }

    /**
     * Refuses a file of other images or of a network of another description.
     *
     * @throws IllegalArgumentException saying what differs and what to do
     */
    static void require(Path cache, Backbone backbone, ImageSource images) {
        Map<String, String> metadata;
        try {
            metadata = SafeTensors.readMetadata(cache);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the features from " + cache, e);
        }
        String stored = metadata.get(IMAGES);
        if (stored == null) {
            throw new IllegalArgumentException(
                    "%s does not say of which images its features are: it was saved by another call or by an earlier version. Delete it or name another file."
                            .formatted(cache));
        }
        String network = metadata.get(NETWORK);
        if (!backbone.description().equals(network)) {
            throw new IllegalArgumentException(
                    "%s holds features of the network '%s', not of '%s': delete it or name another file."
                            .formatted(cache, network, backbone.description()));
        }
        SourceIdentity.difference(stored, images)
                .ifPresent(
                        difference -> {
                            throw new IllegalArgumentException(
                                    "%s holds features of '%s', and the images of '%s' are others: %s. Delete it or name another file."
                                            .formatted(
                                                    cache,
                                                    metadata.get("provenance"),
                                                    images.name(),
                                                    difference));
                        });
    }
}
