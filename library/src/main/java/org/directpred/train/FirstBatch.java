package org.directpred.train;

import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.Optional;
import org.directpred.progress.Progress;
import org.directpred.tensor.Sketch;
import org.directpred.tensor.TrainingThread;

/**
 * The first batch of epoch 0, by which a run that goes on knows pairs again that say no more of
 * themselves than their name and number.
 */
final class FirstBatch {
    private static final String FIELD = "first batch";

    /** What is kept of it: its shape and a few sums. */
    private record Trace(Shape shape, Sketch first, Sketch second) {
        static Trace of(ViewPair pair) {
            return new Trace(pair.shape(), pair.firstSketch(), pair.secondSketch());
        }

        boolean isLike(Trace other) {
            return shape.equals(other.shape)
                    && first.isLike(other.first)
                    && second.isLike(other.second);
        }

        Map<String, String> fields() {
            return Map.of(
                    "shape", shape.toString(), "first", first.text(), "second", second.text());
        }

        boolean isLike(Map<String, String> fields) {
            return shape.toString().equals(fields.get("shape"))
                    && first.isLike(Sketch.parse(fields.get("first")))
                    && second.isLike(Sketch.parse(fields.get("second")));
        }
    }

    private final ViewPairs pairs;
    // What a checkpoint keeps; empty where nobody has seen the batch.
    private Optional<Map<String, String>> kept = Optional.empty();
    private Optional<Trace> drawn = Optional.empty();

    FirstBatch(ViewPairs pairs) {
        this.pairs = pairs;
    }

    /** Looks at the batch as it is trained on. */
    void take(ViewPair pair) {
        if (isAsked()) {
            kept = Optional.of(Trace.of(pair).fields());
        }
    }

    /**
     * Draws the batch for a run that goes on, twice: pairs that are others at each asking cannot be
     * compared. On the calling thread, as all pairs are drawn.
     */
    void draw() {
        if (!isAsked()) {
            return;
        }
        try {
            Trace once = next();
            if (once.isLike(next())) {
                drawn = Optional.of(once);
                return;
            }
            sayUnknown("its first batch is another each time that it is asked for");
        } catch (TrainingThread.Stopped e) {
            throw e;
        } catch (RuntimeException e) {
            sayUnknown("its first batch cannot be had again: " + e);
        }
    }

    private Trace next() {
        String where = "while the first batch was being drawn again";
        try (ViewPair pair = TrainingThread.waiting(where, () -> pairs.epoch(0, 0).next())) {
            return Trace.of(pair);
        }
    }

    private void sayUnknown(String why) {
        Progress.message(
                "whether the pairs of \"%s\" are those of the checkpoint cannot be told by their numbers (%s), only by their name: let each epoch give the same pairs each time, or say what they are by pairs.withIdentity(text)"
                        .formatted(pairs.name(), why));
    }

    /** Text for a checkpoint's header. */
    Map<String, String> metadata() {
        return kept.map(k -> Map.of(FIELD, Checkpoint.json(k))).orElse(Map.of());
    }

    /**
     * Compares with the header of a checkpoint, and keeps what that has.
     *
     * @param rebatched whether the batch may have another number of images
     * @return what differs; empty where nothing does, or nothing is known
     */
    Optional<String> difference(CheckpointMetadata checkpoint, boolean rebatched) {
        if (rebatched || checkpoint.optional(FIELD).isEmpty()) {
            kept = drawn.map(Trace::fields);
            return Optional.empty();
        }
        Map<String, String> stored = checkpoint.texts(FIELD);
        kept = Optional.of(stored);
        try {
            return drawn.filter(d -> !d.isLike(stored))
                    .map(
                            d ->
                                    "their name and number are the same, but the first batch of epoch 0 holds other numbers (pairs that are the same and made in another way each time get an identity by pairs.withIdentity(text), from the first step on)");
        } catch (NullPointerException | NumberFormatException e) {
            throw checkpoint.damaged(FIELD, "has no sums that can be read", e);
        }
    }

    private boolean isAsked() {
        return pairs.identity().equals(IdentifiedPairs.nameAndNumber(pairs));
    }
}
