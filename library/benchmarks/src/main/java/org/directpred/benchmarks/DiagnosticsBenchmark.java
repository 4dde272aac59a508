package org.directpred.benchmarks;

import java.util.Arrays;
import java.util.Locale;
import org.directpred.image.ColourPatches;
import org.directpred.progress.Progress;
import org.directpred.tensor.Torch;
import org.directpred.train.Pretraining;
import org.directpred.train.Recipe;

/**
 * What the diagnostics cost at their default cadence, as a share of a training step: CIFAR-10's
 * recipe (ResNet-18, batch 128) on the colour patches, steps with a look and steps without in turn,
 * one process.
 *
 * <p>The share is (median with - median without) / (cadence x median without); the bound is 2 %.
 */
final class DiagnosticsBenchmark {
    private DiagnosticsBenchmark() {}

    public static void main(String[] arguments) {
        if (arguments.length != 1) {
            System.err.println("usage: DiagnosticsBenchmark PAIRS");
            System.exit(2);
        }
        int pairs = Integer.parseInt(arguments[0]);
        Progress.use(new EvaluationBenchmark.Silence());
        int cadence = Recipe.cifar10().run().diagnosticsEvery();
        // Every second step looks.
        Recipe recipe = Recipe.cifar10().withDiagnosticsEvery(2).withSteps(2L * pairs + 4);
        double[] with = new double[pairs];
        double[] without = new double[pairs];
        try (Pretraining run = Pretraining.of(recipe).on(ColourPatches.train())) {
            run.train(2); // warming up
            for (int i = 0; i < pairs; i++) {
                with[i] = milliseconds(run);
                without[i] = milliseconds(run);
            }
        }
        Arrays.sort(with);
        Arrays.sort(without);
        double look = with[pairs / 2] - without[pairs / 2];
        System.out.printf(
                Locale.ROOT,
                "%s%nstep %.1f ms, with a look %.1f ms (medians of %d); a look every %d steps is"
                        + " %.3f %% of a step%n",
                Torch.version(),
                without[pairs / 2],
                with[pairs / 2],
                pairs,
                cadence,
                100 * look / (cadence * without[pairs / 2]));
    }

    private static double milliseconds(Pretraining run) {
        long start = System.nanoTime();
        run.train(1);
        return (System.nanoTime() - start) / 1e6;
    }
}
