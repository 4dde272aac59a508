package org.directpred.train;

import java.nio.file.Path;
import java.util.function.BiConsumer;
import org.directpred.evaluate.Snapshot;

/**
 * Follows a run: it is told of each step, and of what came with it, in the order of the methods
 * here. This is where a tracker, a diagnostic of your own or a live figure attaches:
 *
 * <pre>
 * Pretraining.of(recipe)
 *     .withListener(RunListener.ofSnapshots((run, snapshot) -&gt; tracker.log(snapshot.values())))
 *     .on(images)
 * </pre>
 *
 * <p>All methods are called on the thread that trains, between two steps, when what the step left
 * is in the log and in the run's folder. So a listener may read the run ({@link
 * Pretraining#backbone}, {@link Pretraining#log}), and the training waits for it; it may not train
 * or close the run, which is refused. The training's bits are the same with and without.
 *
 * <p>An exception of a listener ends the call that trained, and reaches its caller as it is, when
 * the other listeners have been told too. The run is whole then: training again goes on with the
 * next step, and nothing is told twice. {@link Pretraining#stop} ends the training after this step
 * and saves it, as the stop button does.
 */
public interface RunListener {

    /** A step was taken. */
    default void step(Pretraining run, Step step) {}

    /** That step's spectra and alignments were computed. */
    default void snapshot(Pretraining run, Snapshot snapshot) {}

    /** Something goes wrong; of a training that diverges it is the last that is told. */
    default void alarm(Pretraining run, Alarm alarm) {}

    /** An epoch has ended. */
    default void epoch(Pretraining run, Epoch epoch) {}

    /** A checkpoint was written, also one at a stop or when the run is closed. */
    default void checkpoint(Pretraining run, Path file) {}

    /** The last of the recipe's steps was taken. */
    default void end(Pretraining run) {}

    /** A listener to the steps. */
    static RunListener ofSteps(BiConsumer<Pretraining, Step> listener) {
        return new RunListener() {
            @Override
            public void step(Pretraining run, Step step) {
                listener.accept(run, step);
            }
        };
    }

    /** A listener to the snapshots. */
    static RunListener ofSnapshots(BiConsumer<Pretraining, Snapshot> listener) {
        return new RunListener() {
            @Override
            public void snapshot(Pretraining run, Snapshot snapshot) {
                listener.accept(run, snapshot);
            }
        };
    }

    /** A listener to the ends of epochs. */
    static RunListener ofEpochs(BiConsumer<Pretraining, Epoch> listener) {
        return new RunListener() {
            @Override
            public void epoch(Pretraining run, Epoch epoch) {
                listener.accept(run, epoch);
            }
        };
    }
}
