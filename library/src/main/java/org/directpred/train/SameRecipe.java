package org.directpred.train;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.progress.Differences;
import org.directpred.progress.Differences.Difference;

/** Whether a run by a recipe may go on from a checkpoint. */
final class SameRecipe {
    private static final String BEGINNING =
            "it says how a run begins, and this one has begun: it would change nothing";

    /** What cannot change on the way, and why. */
    private static final Map<String, String> FIXED =
            Map.of(
                    "encoder", "the checkpoint's weights are that encoder's",
                    "projector", "the checkpoint's weights are that projector's",
                    "algorithm", "the checkpoint's momentum is that algorithm's",
                    "seed", "every random choice comes from it, those of the steps done too",
                    "targetCopied", BEGINNING,
                    "firstTarget", BEGINNING);

    private SameRecipe() {}

    /**
     * Refuses a checkpoint of another recipe.
     *
     * @param file the checkpoint, for the message
     * @param stored its recipe's fields
     * @param wanted the run's recipe
     * @throws IllegalArgumentException naming what differs, and nothing else
     */
    static void require(Path file, Map<String, String> stored, Recipe wanted) {
        List<Difference> differences = differences(stored, wanted);
        if (!differences.isEmpty()) {
            boolean possible =
                    differences.stream().allMatch(d -> obstacle(d, stored, wanted).isEmpty());
            throw new IllegalArgumentException(
                    "%s is of another recipe: %s. Use another folder for this run%s."
                            .formatted(
                                    file,
                                    Differences.text(differences),
                                    possible
                                            ? ", or, if the change is meant, go on by resumingAs(recipe)"
                                            : ""));
        }
    }

    private static List<Difference> differences(Map<String, String> stored, Recipe wanted) {
        // A longer run of the same recipe may go on from here, unless its rates would have been
        // others.
        return Differences.of(stored, wanted.fields()).stream()
                .filter(d -> wanted.needsLength() || !d.path().equals("length"))
                .toList();
    }

    /**
     * What changes where a run goes on by another recipe on purpose.
     *
     * @param file the checkpoint, for the message
     * @param stored its recipe's fields
     * @param wanted what the run goes on by
     * @throws IllegalArgumentException naming the fields that cannot change: the checkpoint's state
     *     would lose its meaning
     */
    static List<Difference> changes(Path file, Map<String, String> stored, Recipe wanted) {
        List<Difference> all = Differences.of(stored, wanted.fields());
        List<String> refused =
                all.stream()
                        .flatMap(
                                d ->
                                        obstacle(d, stored, wanted).stream()
                                                .map(
                                                        why ->
                                                                "%s is \"%s\" and cannot become \"%s\" (%s)"
                                                                        .formatted(
                                                                                d.path(), d.there(),
                                                                                d.here(), why)))
                        .toList();
        if (!refused.isEmpty()) {
            throw new IllegalArgumentException(
                    "%s cannot go on by that recipe: its %s. Leave that as it is, or use another folder for this run."
                            .formatted(file, String.join("; its ", refused)));
        }
        return all;
    }

    /** The field of a difference, which may lie inside it. */
    static String field(String path) {
        int dot = path.indexOf('.');
        return dot < 0 ? path : path.substring(0, dot);
    }

    private static Optional<String> obstacle(
            Difference difference, Map<String, String> stored, Recipe wanted) {
        String field = field(difference.path());
        return switch (field) {
            case "ema", "stopGradient" ->
                    wanted.hasTarget() && !hasTarget(stored)
                            ? Optional.of(
                                    "without a moving average or a stop of gradients no target network was kept up")
                            : Optional.empty();
            case "precision" ->
                    Arrays.stream(Precision.values())
                                    .filter(p -> p.name().equals(stored.get("precision")))
                                    .anyMatch(p -> p.type() != wanted.precision().type())
                            ? Optional.of("the checkpoint's arrays are of that type")
                            : Optional.empty();
            default -> Optional.ofNullable(FIXED.get(field));
        };
    }

    private static boolean hasTarget(Map<String, String> stored) {
        return "true".equals(stored.get("stopGradient")) && !"0.0".equals(stored.get("ema"));
    }

    /**
     * Refuses a folder whose run has gone further than the recipe asks for: its network is that of
     * another, longer training.
     */
    static void requireNotBeyond(Path file, long step, long totalSteps, long batchesPerEpoch) {
        if (step > totalSteps) {
            throw new IllegalArgumentException(
                    "%s is of a run of %d steps, and this recipe ends after %d (an epoch has %d): there is nothing left to train, and its network is not this recipe's. Ask for %d steps or more by withSteps or withEpochs, or use another folder for this run."
                            .formatted(file, step, totalSteps, batchesPerEpoch, step));
        }
    }
}
