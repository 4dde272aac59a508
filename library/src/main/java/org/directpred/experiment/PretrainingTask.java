package org.directpred.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.directpred.evaluate.Evaluation;
import org.directpred.evaluate.Features;
import org.directpred.image.ImageSource;
import org.directpred.train.Diverged;
import org.directpred.train.Pretraining;
import org.directpred.train.Recipe;
import org.directpred.train.TrainingLog;

/**
 * Pretrains by a recipe and judges the result.
 *
 * <p>Measured are: {@value #ACCURACY} and {@value #BEST_ACCURACY} of the probe in percent, {@value
 * #LOSS}, and every number of {@link org.directpred.evaluate.Diagnostics#values} at the end; with
 * {@value #AT_START} appended those of the first look, with {@code " at step 200"} and {@code " at
 * step 400"} those of the looks at these steps, where there are any. The curves are those of all
 * looks. A training that diverges is an arm that failed, with the curves up to there; every other
 * exception is passed on, and the point stays missing.
 *
 * @param setting images and probe
 * @param recipe what to train by; the point's seed replaces its own
 */
public record PretrainingTask(Setting setting, Recipe recipe) implements Task {
    /** The probe's test accuracy after its last epoch, in percent. */
    public static final String ACCURACY = "accuracy";

    /** The probe's best test accuracy over its epochs, in percent: chosen on the test set. */
    public static final String BEST_ACCURACY = "best accuracy";

    /** The loss of the last look. */
    public static final String LOSS = "loss";

    /** What is appended to the name of a number at the first look. */
    public static final String AT_START = " at the start";

    private static final long[] EARLY = {200, 400};

    /** Checks that nothing is missing. */
    public PretrainingTask {
        Objects.requireNonNull(setting, "setting");
        Objects.requireNonNull(recipe, "recipe");
    }

    @Override
    public Outcome run(long seed) {
        return run(Pretraining.of(recipe.withSeed(seed)));
    }

    /** Trains with checkpoints in the folder, and goes on from the latest. */
    @Override
    public Outcome run(long seed, Path folder) {
        return run(Pretraining.of(recipe.withSeed(seed)).in(folder));
    }

    private Outcome run(Pretraining.Start start) {
        try (ImageSource images = setting.images().get();
                Pretraining run = start.on(images)) {
            try {
                run.train();
            } catch (Diverged e) {
                throw new PointFailed(e.getMessage(), outcome(Map.of(), run.log().looks()), e);
            }
            return outcome(accuracies(run), run.log().looks());
        }
    }

    private Map<String, Double> accuracies(Pretraining run) {
        try (ImageSource labelled = setting.labelled().get();
                ImageSource test = setting.test().get()) {
            Evaluation evaluation =
                    setting.probe()
                            .on(
                                    Features.extract(run.backbone(), labelled, recipe.views()),
                                    Features.extract(run.backbone(), test, recipe.views()));
            Map<String, Double> accuracies = new LinkedHashMap<>();
            accuracies.put(ACCURACY, 100 * evaluation.accuracy());
            accuracies.put(BEST_ACCURACY, 100 * evaluation.bestAccuracy());
            return accuracies;
        }
    }

    private static Outcome outcome(Map<String, Double> accuracies, List<TrainingLog.Look> looks) {
        Map<String, Double> values = new LinkedHashMap<>(accuracies);
        Map<String, Outcome.Curve> curves = new LinkedHashMap<>();
        if (looks.isEmpty()) {
            return new Outcome(values, curves);
        }
        values.putAll(numbers(looks.get(looks.size() - 1)));
        numbers(looks.get(0)).forEach((name, value) -> values.put(name + AT_START, value));
        for (TrainingLog.Look look : looks) {
            for (long step : EARLY) {
                if (look.step() == step) {
                    numbers(look)
                            .forEach((name, value) -> values.put(name + " at step " + step, value));
                }
            }
        }
        List<Double> steps = looks.stream().map(look -> (double) look.step()).toList();
        for (String name : numbers(looks.get(0)).keySet()) {
            List<Double> curve = new ArrayList<>();
            looks.forEach(look -> curve.add(numbers(look).get(name)));
            curves.put(name, new Outcome.Curve(steps, curve));
        }
        return new Outcome(values, curves);
    }

    private static Map<String, Double> numbers(TrainingLog.Look look) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        numbers.put(LOSS, look.loss());
        numbers.putAll(look.diagnostics().values());
        return numbers;
    }
}
