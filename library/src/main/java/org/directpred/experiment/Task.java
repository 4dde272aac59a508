package org.directpred.experiment;

import java.nio.file.Path;
import java.util.Map;

/** The experiment of a variant: a function from a seed to measurements. */
@FunctionalInterface
public interface Task {

    /**
     * Runs the variant once.
     *
     * @param seed of everything random
     * @return what was measured
     * @throws PointFailed if the variant itself failed, for instance diverged: this is recorded
     *     with what was measured so far, and the table goes on
     * @throws org.directpred.tensor.TrainingThread.Stopped if the caller was interrupted: nothing
     *     is recorded, and the ablation stops
     */
    Measurements run(long seed);

    /**
     * Runs the variant once, going on where an earlier attempt was stopped or killed. A task that
     * takes long keeps its checkpoints in the folder; others need not know of it.
     *
     * @param seed of everything random
     * @param folder for this variant and seed alone, made by the task that uses it; it stays when
     *     the point is stopped, killed or crashes, and is deleted once its result is written
     * @return what was measured
     * @throws PointFailed as in {@link #run(long)}
     * @throws org.directpred.tensor.TrainingThread.Stopped as in {@link #run(long)}
     */
    default Measurements run(long seed, Path folder) {
        return run(seed);
    }

    /**
     * The data that the task reads, by what it serves. A results folder remembers it and refuses to
     * go on with other data; equal values are read once for all variants.
     */
    default Map<String, TaskData> data() {
        return Map.of();
    }

    /**
     * Refuses settings that no other process would know again, such as a function without a name.
     *
     * @param keeper what keeps the results, the beginning of the message
     * @throws IllegalArgumentException naming the setting and what to do
     */
    default void requireNames(String keeper) {}
}
