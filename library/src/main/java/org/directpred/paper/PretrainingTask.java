package org.directpred.paper;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.directpred.evaluate.Evaluation;
import org.directpred.evaluate.Features;
import org.directpred.evaluate.Measure;
import org.directpred.evaluate.Snapshot;
import org.directpred.experiment.Measurements;
import org.directpred.experiment.PointFailed;
import org.directpred.experiment.Task;
import org.directpred.experiment.TaskData;
import org.directpred.image.ImageSource;
import org.directpred.train.Diverged;
import org.directpred.train.Pretraining;
import org.directpred.train.Recipe;
import org.directpred.train.RunOptions;

/**
 * Pretrains by a recipe and judges the result.
 *
 * <p>Measured are {@link Measure#ACCURACY} and {@link Measure#BEST_ACCURACY} of the probe, and all
 * of {@link Measure#ALL} at the end; by their names {@link Measure#atStart} those of the first
 * snapshot, and by {@link Measure#atStep} those of the snapshots at steps 200 and 400, where there
 * are any. The curves are those of all snapshots. A training that diverges is a variant that
 * failed, with the curves up to there; every other exception is passed on, and the point stays
 * missing.
 *
 * @param setting images and probe
 * @param recipe what to train by; the point's seed replaces its own
 */
public record PretrainingTask(Setting setting, Recipe recipe) implements Task {
    private static final long[] EARLY = {200, 400};

    /** Checks that nothing is missing. */
    public PretrainingTask {
        Objects.requireNonNull(setting, "setting");
        Objects.requireNonNull(recipe, "recipe");
    }

    @Override
    public Measurements run(long seed) {
        return run(Pretraining.of(recipe.withSeed(seed)));
    }

    /** Trains with checkpoints in the folder, and goes on from the latest. */
    @Override
    public Measurements run(long seed, Path folder) {
        return run(Pretraining.of(recipe.withSeed(seed)).in(folder));
    }

    /** The images, which a results folder knows again by what they hold. */
    @Override
    public Map<String, TaskData> data() {
        Map<String, TaskData> data = new LinkedHashMap<>();
        data.put("images", new ImageData(setting.images()));
        data.put("labelled", new ImageData(setting.labelled()));
        data.put("test", new ImageData(setting.test()));
        return data;
    }

    @Override
    public void requireNames(String keeper) {
        recipe.requireNames(keeper);
    }

    private Measurements run(RunOptions start) {
        try (ImageSource images = setting.images().get();
                Pretraining run = start.on(images)) {
            try {
                run.train();
            } catch (Diverged e) {
                throw new PointFailed(
                        e.getMessage(), measurements(Map.of(), run.log().snapshots()), e);
            }
            return measurements(accuracies(run), run.log().snapshots());
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
            for (var measure : List.of(Measure.ACCURACY, Measure.BEST_ACCURACY)) {
                accuracies.put(measure.name(), measure.of(evaluation));
            }
            return accuracies;
        }
    }

    private static Measurements measurements(
            Map<String, Double> accuracies, List<Snapshot> snapshots) {
        Map<String, Double> values = new LinkedHashMap<>(accuracies);
        Map<String, Measurements.Series> curves = new LinkedHashMap<>();
        if (snapshots.isEmpty()) {
            return new Measurements(values, curves);
        }
        values.putAll(snapshots.get(snapshots.size() - 1).values());
        for (Measure<Snapshot> measure : Measure.ALL) {
            values.put(measure.atStart().name(), measure.of(snapshots.get(0)));
        }
        for (Snapshot snapshot : snapshots) {
            for (long step : EARLY) {
                if (snapshot.step() == step) {
                    for (Measure<Snapshot> measure : Measure.ALL) {
                        values.put(measure.atStep(step).name(), measure.of(snapshot));
                    }
                }
            }
        }
        List<Double> steps = snapshots.stream().map(s -> (double) s.step()).toList();
        for (Measure<Snapshot> measure : Measure.ALL) {
            curves.put(
                    measure.name(),
                    new Measurements.Series(steps, snapshots.stream().map(measure::of).toList()));
        }
        return new Measurements(values, curves);
    }
}
