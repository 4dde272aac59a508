package org.directpred.experiment;

/** What an arm does. */
@FunctionalInterface
public interface Task {

    /**
     * Runs the arm once.
     *
     * @param seed of everything random
     * @return what was measured
     * @throws PointFailed if the arm itself failed, for instance diverged: this is recorded with
     *     what was measured so far, and the table goes on
     * @throws org.directpred.tensor.TrainingThread.Stopped if the caller was interrupted: nothing
     *     is recorded, and the ablation stops
     */
    Outcome run(long seed);
}
