package org.directpred.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.directpred.progress.Differences;
import org.directpred.progress.Differences.Difference;

/** Whether a run by a recipe may go on from a checkpoint. */
final class SameRecipe {
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
            throw new IllegalArgumentException(
                    "%s is of another recipe: %s. Use another folder for this run."
                            .formatted(file, Differences.text(differences)));
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
