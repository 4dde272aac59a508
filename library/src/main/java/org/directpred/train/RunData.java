package org.directpred.train;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.directpred.image.ImageSource;
import org.directpred.image.SourceIdentity;
import org.directpred.progress.Progress;

/**
 * What a run is trained on, as its checkpoints remember it: in words for a person, and by an
 * identity that is compared when a run goes on. The identity is made when it is first asked for,
 * for a run without a folder needs none.
 */
final class RunData {
    private static final String NAME = "images";
    private static final String IDENTITY = "images identity";

    private final String description;
    private final Supplier<String> make;
    private final Function<String, Optional<String>> difference;
    private final Optional<FirstBatch> first;
    private String identity;

    private RunData(
            String description,
            Supplier<String> make,
            Function<String, Optional<String>> difference,
            Optional<FirstBatch> first) {
        this.description = description;
        this.make = make;
        this.difference = difference;
        this.first = first;
    }

    /** Known again by what the source holds, not by its name or place. */
    static RunData of(ImageSource images) {
        return new RunData(
                images.name() + ", " + images.size() + " images",
                () -> images.identity().text(),
                before -> SourceIdentity.difference(before, images),
                Optional.empty());
    }

    /** Known again by what the pairs say of themselves, and by their first batch. */
    static RunData of(ViewPairs pairs) {
        return new RunData(
                pairs.name(),
                pairs::identity,
                before ->
                        before.equals(pairs.identity())
                                ? Optional.empty()
                                : Optional.of(
                                        "they were \"%s\" and are \"%s\""
                                                .formatted(before, pairs.identity())),
                Optional.of(new FirstBatch(pairs)));
    }

    /** Makes ready to be compared with a checkpoint; on the calling thread. */
    void beforeResuming() {
        first.ifPresent(FirstBatch::draw);
    }

    /** Looks at the first batch of epoch 0 as it is trained on. */
    void first(ViewPair pair) {
        first.ifPresent(f -> f.take(pair));
    }

    /** Name and number, for a person. */
    String description() {
        return description;
    }

    /** Makes the identity now, if it is not there yet. */
    synchronized String identity() {
        if (identity == null) {
            identity = make.get();
        }
        return identity;
    }

    /** Text for a checkpoint's header. */
    Map<String, String> metadata() {
        Map<String, String> text = new TreeMap<>(Map.of(NAME, description, IDENTITY, identity()));
        first.ifPresent(f -> text.putAll(f.metadata()));
        return text;
    }

    /**
     * Compares with the header of a checkpoint.
     *
     * @param rebatched whether the pairs may come in other batches, as the default of {@link
     *     ViewPairs#identity} counts them
     * @return what differs and what to do, or empty where nothing does
     */
    Optional<String> difference(CheckpointMetadata checkpoint, boolean rebatched) {
        String name = String.valueOf(checkpoint.fields().get(NAME));
        String stored = checkpoint.fields().get(IDENTITY);
        if (stored != null) {
            if (stored.equals(identity())
                    || (rebatched && uncounted(stored).equals(uncounted(identity())))) {
                if (!name.equals(description)) {
                    Progress.message(
                            "The images are those of the checkpoint under another name: \"%s\", which was \"%s\"."
                                    .formatted(description, name));
                }
                return first.flatMap(f -> f.difference(checkpoint, rebatched))
                        .map(words -> others(name, words));
            }
            return difference.apply(stored).map(words -> others(name, words));
        }
        if (name.equals(description)) {
            Progress.message(
                    "The checkpoint is of a version that kept no list of its images: only their name and number are compared, \"%s\"; the next one keeps it."
                            .formatted(name));
            return Optional.empty();
        }
        return Optional.of(
                "was trained on \"%s\", and these are \"%s\" (it is of a version that knows images by name and number alone). Use another folder for this run."
                        .formatted(name, description));
    }

    private String others(String name, String words) {
        return "was trained on \"%s\", and the images of \"%s\" are others: %s. Bring back those images, or use another folder for this run."
                .formatted(name, description, words);
    }

    private static String uncounted(String identity) {
        return identity.replaceFirst(", \\d+ batches an epoch$", "");
    }
}
