package org.directpred.paper;

import java.util.Optional;
import java.util.function.Supplier;
import org.directpred.experiment.TaskData;
import org.directpred.image.ImageSource;
import org.directpred.image.SourceIdentity;

/** The images of a pretraining task; equal where the same supplier opens them. */
final class ImageData implements TaskData {
    private final Supplier<ImageSource> open;
    private SourceIdentity identity;

    ImageData(Supplier<ImageSource> open) {
        this.open = open;
    }

    private SourceIdentity identity() {
        if (identity == null) {
            // Once: every image may have to be read.
            try (ImageSource images = open.get()) {
                identity = images.identity();
            }
        }
        return identity;
    }

    @Override
    public String name() {
        try (ImageSource images = open.get()) {
            return images.name();
        }
    }

    @Override
    public String digest() {
        return identity().digest();
    }

    @Override
    public String text() {
        return identity().text();
    }

    @Override
    public Optional<String> difference(String before) {
        try (ImageSource images = open.get()) {
            return SourceIdentity.difference(before, images);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ImageData data && data.open.equals(open);
    }

    @Override
    public int hashCode() {
        return open.hashCode();
    }
}
