package org.directpred.benchmarks;

import java.util.List;
import java.util.Locale;
import org.directpred.evaluate.LinearProbe;
import org.directpred.image.FashionMnist;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.train.Pretraining;
import org.directpred.train.Recipe;
import org.directpred.train.Step;

/**
 * Whether training in bf16 ends where training in float32 does: DirectPred on the embedded
 * Fashion-MNIST images, the same seeds in both, and the untrained network beside.
 *
 * <pre>
 * PrecisionBenchmark STEPS SEEDS
 * </pre>
 */
public final class PrecisionBenchmark {
    private PrecisionBenchmark() {}

    /**
     * Prints a line per run.
     *
     * @param arguments see the class
     */
    public static void main(String[] arguments) {
        int steps = Integer.parseInt(arguments[0]);
        int seeds = Integer.parseInt(arguments[1]);
        for (int seed = 1; seed <= seeds; seed++) {
            Recipe recipe = Recipe.fashionMnist().withDirectPred().withSteps(steps).withSeed(seed);
            untrained(recipe);
            for (Precision precision : List.of(Precision.FLOAT32, Precision.BFLOAT16)) {
                run(recipe.withPrecision(precision), precision);
            }
        }
    }

    private static Pretraining start(Recipe recipe) {
        return Pretraining.of(recipe).onDevice("cpu").on(FashionMnist.embeddedTrain());
    }

    private static void untrained(Recipe recipe) {
        try (Pretraining run = start(recipe)) {
            run.updateBatchNorm(30);
            System.out.printf(
                    Locale.ROOT,
                    "untrained, seed %d: accuracy %.1f %%%n",
                    recipe.seed(),
                    100 * accuracy(run, recipe));
        }
    }

    private static void run(Recipe recipe, Precision precision) {
        try (Pretraining run = start(recipe)) {
            run.train();
            double loss =
                    run.log().steps().stream()
                            .skip(run.totalSteps() * 3 / 4)
                            .mapToDouble(Step::loss)
                            .average()
                            .orElseThrow();
            System.out.printf(
                    Locale.ROOT,
                    "%s, seed %d: loss %.3f, effective rank %.2f, accuracy %.1f %%%n",
                    precision,
                    recipe.seed(),
                    loss,
                    run.diagnostics().effectiveRank(),
                    100 * accuracy(run, recipe));
        }
    }

    private static double accuracy(Pretraining run, Recipe recipe) {
        return LinearProbe.quick()
                .on(
                        run.backbone(),
                        FashionMnist.embeddedTrain(),
                        FashionMnist.embeddedTest(),
                        recipe.views())
                .accuracy();
    }
}
