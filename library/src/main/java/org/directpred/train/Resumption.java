package org.directpred.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.directpred.progress.Differences;
import org.directpred.progress.Progress;

/**
 * How a run goes on from its folder's latest checkpoint, as far as its networks and schedules
 * depend on it; read before any is made.
 *
 * @param epochs which steps are which epoch's
 * @param changes what was changed on the way, up to now
 * @param here those of them that are new
 * @param cut the epoch that ends unfinished, since the next have another number of batches
 */
record Resumption(
        Epochs epochs, List<RecipeChange> changes, List<RecipeChange> here, Optional<Integer> cut) {

    /** A run that begins. */
    static Resumption none(ViewPairs pairs) {
        return new Resumption(
                Epochs.of(pairs.batchesPerEpoch()), List.of(), List.of(), Optional.empty());
    }

    /**
     * How a run with these options goes on.
     *
     * @param latest its folder's latest checkpoint
     * @param recipe the options' recipe, its precision decided
     * @throws IllegalArgumentException naming what cannot change, or what is missing
     */
    static Resumption of(
            RunOptions options, Optional<Path> latest, Recipe recipe, ViewPairs pairs) {
        if (options.recipeChanged() && latest.isEmpty()) {
            throw new IllegalArgumentException(
                    options.folder()
                            .map(
                                    f ->
                                            "%s holds no checkpoint to go on from by another recipe: give the folder of the run, or leave out resumingAs(recipe) to begin one"
                                                    .formatted(f))
                            .orElse(
                                    "resumingAs(recipe) goes on from a folder's checkpoint, and this run has no folder: add .in(folder)"));
        }
        OptionalInt size =
                pairs instanceof LoaderPairs loaded
                        ? OptionalInt.of(loaded.loader().source().size())
                        : OptionalInt.empty();
        return latest.map(file -> of(file, recipe, options.recipeChanged(), pairs, size))
                .orElseGet(() -> none(pairs));
    }

    /**
     * A run that goes on.
     *
     * @param file its latest checkpoint
     * @param recipe what it goes on by, its precision decided
     * @param changed whether that may be another recipe than the checkpoint's
     * @param images how many there are; empty for pairs from elsewhere
     * @throws IllegalArgumentException naming a field that cannot change, or what is damaged
     */
    static Resumption of(
            Path file, Recipe recipe, boolean changed, ViewPairs pairs, OptionalInt images) {
        CheckpointMetadata stored = Checkpoint.metadata(file);
        long step = RunFolder.stepOf(file);
        List<RecipeChange> here = new ArrayList<>();
        if (changed) {
            SameRecipe.changes(file, Checkpoint.recipe(stored), recipe)
                    .forEach(d -> here.add(new RecipeChange(step, d.path(), d.there(), d.here())));
        }
        List<RecipeChange> all = new ArrayList<>(Checkpoint.changes(stored));
        all.addAll(here);
        Epochs before =
                Checkpoint.epochs(stored)
                        .orElseGet(() -> Epochs.of(olderBatches(stored, here, pairs, images)));
        Epochs now = before.withBatches(step, pairs.batchesPerEpoch());
        boolean cut = !now.equals(before) && !before.isEnd(step);
        Resumption result =
                new Resumption(
                        now,
                        List.copyOf(all),
                        List.copyOf(here),
                        cut ? Optional.of(before.epoch(step)) : Optional.empty());
        if (now.passes() > 0) {
            SameRecipe.requireNotBeyond(
                    file, step, recipe.totalSteps(now), pairs.batchesPerEpoch());
        }
        return result;
    }

    /** The batches in an epoch of a checkpoint that does not say. */
    private static long olderBatches(
            CheckpointMetadata stored,
            List<RecipeChange> here,
            ViewPairs pairs,
            OptionalInt images) {
        boolean same =
                here.stream()
                        .map(RecipeChange::field)
                        .noneMatch(f -> f.equals("batchSize") || f.equals("lastBatch"));
        if (same) {
            return pairs.batchesPerEpoch();
        }
        if (images.isEmpty()) {
            throw new IllegalArgumentException(
                    "%s is of a version that does not say how many batches its epochs had, so that their size cannot change here. Go on with its batchSize and lastBatch until the next checkpoint, and change them there."
                            .formatted(stored.file()));
        }
        Map<String, String> recipe = Checkpoint.recipe(stored);
        try {
            return LastBatch.valueOf(recipe.get("lastBatch"))
                    .batches(images.getAsInt(), Integer.parseInt(recipe.get("batchSize")));
        } catch (RuntimeException e) {
            throw stored.damaged("recipe", "has no batchSize and lastBatch that can be read", e);
        }
    }

    /** Says what changes, once: the checkpoints that follow are of the new recipe. */
    void say() {
        if (here.isEmpty()) {
            return;
        }
        List<Differences.Difference> differences =
                here.stream()
                        .map(c -> new Differences.Difference(c.field(), c.before(), c.after()))
                        .toList();
        Progress.message(
                "from here on by a changed recipe: "
                        + Differences.text(
                                differences,
                                d ->
                                        "%s was \"%s\" and is \"%s\""
                                                .formatted(d.path(), d.there(), d.here()))
                        + cut.map(
                                        epoch ->
                                                "; epoch %d ends unfinished, and epoch %d of %d batches begins"
                                                        .formatted(
                                                                epoch,
                                                                epochs.firstEpoch(),
                                                                epochs.batches()))
                                .orElse(""));
    }
}
