package org.directpred.train;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.directpred.optimise.Schedule;
import org.directpred.optimise.TrainingLength;
import org.directpred.progress.Progress;
import org.directpred.tensor.Sketch;

/**
 * What the functions of a recipe give for a learner's state: a checkpoint keeps it, and a run that
 * goes on asks them again. One that answers otherwise has changed under its name, or depends on
 * something that no checkpoint keeps.
 */
final class Answers {
    private static final String FIELD = "answers of functions";

    private Answers() {}

    /**
     * Text for a checkpoint's header; says so, once, where a function answers twice differently.
     */
    static Map<String, String> metadata(Learner learner) {
        if (learner.steps() == 0) {
            return Map.of();
        }
        Map<String, Sketch> all = all(learner);
        Map<String, Sketch> again = all(learner);
        Map<String, String> texts = new TreeMap<>();
        all.forEach(
                (name, sketch) -> {
                    texts.put(name, sketch.text());
                    if (!sketch.isLike(again.getOrDefault(name, sketch))
                            && learner.saysOnce(name)) {
                        Progress.message(
                                "%s gives something else each time for the same state: no checkpoint keeps what it remembers, and a run that goes on from this one will be refused. %s"
                                        .formatted(name, advice(name)));
                    }
                });
        return Map.of(FIELD, Checkpoint.json(texts));
    }

    /**
     * Compares with a checkpoint's, of those functions that both have.
     *
     * @throws IllegalArgumentException naming the function that answers otherwise
     */
    static void require(CheckpointMetadata checkpoint, Learner learner) {
        if (checkpoint.optional(FIELD).isEmpty() || learner.steps() == 0) {
            return;
        }
        Map<String, String> stored = checkpoint.texts(FIELD);
        all(learner)
                .forEach(
                        (name, sketch) -> {
                            if (stored.containsKey(name)
                                    && !sketch.isLike(parsed(checkpoint, stored.get(name)))) {
                                throw new IllegalArgumentException(
                                        "%s: %s gives something else for the state after step %d than it gave when the checkpoint was written: it has changed under its name, or depends on something that no checkpoint keeps, like a counter of its own. %s"
                                                .formatted(
                                                        checkpoint.file(),
                                                        name,
                                                        learner.steps() - 1,
                                                        advice(name)));
                            }
                        });
    }

    private static Map<String, Sketch> all(Learner learner) {
        Map<String, Sketch> all = new TreeMap<>();
        Recipe recipe = learner.recipe();
        add(
                all,
                "the schedule of the learning rate",
                recipe.optimisation().learningRateSchedule(),
                learner);
        add(
                all,
                "the schedule of the predictor's learning rate",
                recipe.optimisation().predictorLearningRateSchedule(),
                learner);
        add(
                all,
                "the schedule of the weight decay",
                recipe.optimisation().weightDecaySchedule(),
                learner);
        add(all, "the schedule of the moving average", recipe.emaSchedule(), learner);
        try {
            all.putAll(learner.predictor().answers(learner.steps()));
        } catch (RuntimeException e) {
            // Between two settings F may be one that the rule refuses; it is not asked then. Where
            // it is set, that is said.
            return all;
        }
        return all;
    }

    private static void add(
            Map<String, Sketch> all, String what, Schedule schedule, Learner learner) {
        Optional<TrainingLength> length = learner.length();
        all.put(
                "%s, \"%s\",".formatted(what, schedule.describe()),
                Sketch.of(schedule.factorAt(learner.steps() - 1, length)));
    }

    private static Sketch parsed(CheckpointMetadata checkpoint, String text) {
        try {
            return Sketch.parse(text);
        } catch (NumberFormatException e) {
            throw checkpoint.damaged(FIELD, "has no sums that can be read", e);
        }
    }

    private static String advice(String name) {
        return name.startsWith("the rule")
                ? "Make it a function of (F, C, step) alone, ClosedForm.by(name, (F, C, step) -> ...), and give a changed one another name"
                : "Make it a function of the step alone, and give a changed one another name";
    }
}
