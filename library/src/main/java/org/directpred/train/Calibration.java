package org.directpred.train;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.progress.Progress;
import org.directpred.tensor.TrainingThread;

/**
 * How long a step takes in float32 and in bf16 on this machine. Only some processors gain from bf16
 * (those with avx512_bf16 may, without it a step takes 2 to 19 times as long), so that it is timed,
 * not looked up.
 *
 * @param float32 milliseconds of the fastest step in float32
 * @param bfloat16 the same in bf16; of the first step alone where that was hopeless
 */
record Calibration(double float32, double bfloat16) {
    private static final String WHERE = "while the precision was being decided";
    private static final int STEPS = 3;
    private static final double GIVE_UP_RATIO = 2;
    // What is gained must be more than the noise of a few steps.
    private static final double GAIN = 0.95;

    /** The one to train in: bf16 only if it is clearly faster. */
    Precision fastest() {
        return bfloat16 < GAIN * float32 ? Precision.BFLOAT16 : Precision.FLOAT32;
    }

    /**
     * The recipe with its precision decided, if that was left open: by the checkpoint that the run
     * goes on from, else by a few steps of a network of its own on the run's first batch.
     */
    static Recipe decide(Recipe recipe, Device device, ViewPairs pairs, Optional<Path> checkpoint) {
        if (recipe.run().precision().isPresent()) {
            return recipe;
        }
        if (checkpoint.isPresent()) {
            return recipe.withPrecision(Checkpoint.precision(checkpoint.get()));
        }
        if (recipe.encoder().isBlock()) {
            Progress.message("precision: FLOAT32, for the network is made of DJL blocks");
            return recipe.withPrecision(Precision.FLOAT32);
        }
        Calibration times = of(recipe, device, pairs);
        Progress.message("precision: " + times);
        return recipe.withPrecision(times.fastest());
    }

    /** Times both on the first batch. */
    static Calibration of(Recipe recipe, Device device, ViewPairs pairs) {
        Iterator<ViewPair> first = TrainingThread.waiting(WHERE, () -> pairs.epoch(0, 0));
        if (!TrainingThread.waiting(WHERE, first::hasNext)) {
            throw new IllegalArgumentException(pairs.name() + " has no first batch");
        }
        try (ViewPair pair = TrainingThread.waiting(WHERE, first::next)) {
            return TrainingThread.call(() -> of(recipe, device, pairs, pair));
        }
    }

    private static Calibration of(Recipe recipe, Device device, ViewPairs pairs, ViewPair pair) {
        double wide = fastest(recipe, Precision.FLOAT32, device, pairs, pair, Double.MAX_VALUE);
        double narrow =
                fastest(recipe, Precision.BFLOAT16, device, pairs, pair, GIVE_UP_RATIO * wide);
        return new Calibration(wide, narrow);
    }

    private static double fastest(
            Recipe recipe,
            Precision precision,
            Device device,
            ViewPairs pairs,
            ViewPair pair,
            double hopeless) {
        try (Learner learner =
                Learner.of(recipe.withPrecision(precision), device, pairs.batchesPerEpoch())) {
            // The first step also makes the kernels.
            double best = step(learner, pair);
            for (int i = 0; i < STEPS && best < hopeless; i++) {
                TrainingThread.checkStop(WHERE);
                best = Math.min(best, step(learner, pair));
            }
            return best;
        }
    }

    private static double step(Learner learner, ViewPair pair) {
        try (NDManager scope = learner.manager().newSubManager()) {
            long start = System.nanoTime();
            learner.step(pair.first(scope), pair.second(scope), false);
            return (System.nanoTime() - start) / 1e6;
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s (a step takes %.0f ms in float32, %.0f ms in bf16)",
                fastest(),
                float32,
                bfloat16);
    }
}
