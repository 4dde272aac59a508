package org.directpred.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.directpred.image.Augmentation;
import org.directpred.image.Normalisation;
import org.directpred.image.Operation;
import org.directpred.image.RandomApply;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.optimise.Schedule;
import org.directpred.train.Target.MovingAverage;
import org.directpred.train.Target.Shared;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** A recipe as a table for a person, narrow enough for a notebook's cell. */
final class RecipeTable {
    /** Letters in a cell. */
    static final int WIDTH = 60;

    private static final String PART = "part";
    private static final String HYPER_PARAMETER = "hyper-parameter";

    private record Key(String part, String name) {}

    private final Map<Key, String> rows = new LinkedHashMap<>();
    private final Map<String, String> unused;
    private String part = "";

    private RecipeTable(Recipe recipe) {
        unused = UnusedFields.of(recipe);
        part = "network";
        add("encoder", recipe.encoder().name());
        add("projector", recipe.projector().on(recipe.encoder().outputs()).name());
        part = "method";
        add("predictor", recipe.predictor().describe());
        add(recipe.method().target());
        add("loss", recipe.loss().describe());
        add("symmetricLoss", recipe.method().symmetric());
        part = "optimisation";
        add(recipe.optimisation());
        part = "data";
        add("batchSize", recipe.batchSize());
        add("lastBatch", recipe.data().lastBatch());
        add("length", recipe.length());
        part = "views";
        add("name", recipe.views().name());
        if (recipe.views().first().equals(recipe.views().second())) {
            add("both views", recipe.views().first());
        } else {
            add("first view", recipe.views().first());
            add("second view", recipe.views().second());
        }
        add("plain", recipe.views().plain());
        part = "run";
        add("seed", recipe.seed());
        add("precision", recipe.run().precision().map(Precision::name).orElse("the fastest"));
        add("diagnosticsEvery", recipe.run().diagnosticsEvery());
    }

    private void add(String name, Object value) {
        String why = unused.get(name);
        rows.put(
                new Key(part, name),
                why == null ? value.toString() : value + " (not used: " + why + ")");
    }

    private void add(Target target) {
        add("stopGradient", !(target instanceof Target.None));
        if (target instanceof MovingAverage average) {
            add("ema", average.m());
            add("emaSchedule", average.schedule().describe());
            add("targetCopied", average.startsFromOnline());
        } else if (target instanceof Shared shared) {
            add("ema", "none");
            add("firstTarget", shared.first());
        }
    }

    private void add(Optimisation o) {
        add("optimiser", o.optimiser().describe());
        add("learningRate", o.learningRate());
        add("learningRateSchedule", o.learningRateSchedule().describe());
        add("weightDecay", o.weightDecay());
        add("weightDecaySchedule", o.weightDecaySchedule().describe());
        add("excludeBiasAndNorm", o.excludeBiasAndNorm());
        add("gradientAccumulation", o.gradientAccumulation());
        o.gradientClipping().ifPresent(norm -> add("gradientClipping", norm));
        PredictorRates p = o.predictor();
        add("predictorLearningRateFactor", p.learningRateFactor());
        add(
                "predictorLearningRateSchedule",
                p.learningRateSchedule().map(Schedule::describe).orElse(RecipeFields.THE_NETWORKS));
        add("predictorWeightDecay", o.predictorGroupWeightDecay());
        if (p.decoupledDecay() > 0) {
            add("decoupledPredictorDecay", p.decoupledDecay());
        }
    }

    private void add(String view, Augmentation augmentation) {
        int number = 1;
        for (Operation operation : augmentation.operations()) {
            add(view + " " + number++, shortly(operation));
        }
        Normalisation normalisation = augmentation.normalisation();
        add(
                view + ", at the end",
                normalisation.equals(Normalisation.NONE)
                        ? "to 0 ... 1"
                        : "mean %s, deviation %s"
                                .formatted(
                                        numbers(normalisation.mean()),
                                        numbers(normalisation.deviation())));
    }

    private static String numbers(List<Double> values) {
        return values.stream().map(Object::toString).collect(Collectors.joining(" "));
    }

    /** {@code RandomGreyscale[probability=0.2]} as {@code RandomGreyscale probability 0.2}. */
    private static String shortly(Operation operation) {
        if (operation instanceof RandomApply random) {
            return "%s, with probability %s"
                    .formatted(shortly(random.operation()), random.probability());
        }
        String text = operation.toString();
        int open = text.indexOf('[');
        return RecipeJson.kind(Operation.class).itself(operation).isPresent() && open > 0
                ? operation.getClass().getSimpleName()
                        + text.substring(open, text.length() - 1)
                                .replace("[", " ")
                                .replace('=', ' ')
                                .stripTrailing()
                : text;
    }

    /** The table of one recipe. */
    static Table of(Recipe recipe) {
        return table(recipe.name(), List.of("value"), List.of(new RecipeTable(recipe).rows), false);
    }

    /** What differs between recipes. */
    static Table differences(Recipe... recipes) {
        List<Map<Key, String>> all =
                Arrays.stream(recipes).map(recipe -> new RecipeTable(recipe).rows).toList();
        List<String> names = new ArrayList<>();
        for (Recipe recipe : recipes) {
            String name = recipe.name();
            for (int i = 2; names.contains(name); i++) {
                name = recipe.name() + " " + i;
            }
            names.add(name);
        }
        return table("Differences", names, all, true);
    }

    private static Table table(
            String title, List<String> names, List<Map<Key, String>> all, boolean differing) {
        StringColumn parts = StringColumn.create(PART);
        StringColumn parameters = StringColumn.create(HYPER_PARAMETER);
        List<StringColumn> values = names.stream().map(StringColumn::create).toList();
        Set<Key> keys = new LinkedHashSet<>();
        all.forEach(rows -> keys.addAll(rows.keySet()));
        String last = "";
        for (Key key : keys) {
            List<String> cells = all.stream().map(rows -> rows.getOrDefault(key, "")).toList();
            if (differing && cells.stream().distinct().count() == 1) {
                continue;
            }
            List<List<String>> lines = cells.stream().map(RecipeTable::lines).toList();
            int height = lines.stream().mapToInt(List::size).max().orElse(1);
            for (int i = 0; i < height; i++) {
                parts.append(i == 0 && !key.part().equals(last) ? key.part() : "");
                parameters.append(i == 0 ? key.name() : "");
                for (int j = 0; j < values.size(); j++) {
                    List<String> cell = lines.get(j);
                    values.get(j).append(i < cell.size() ? cell.get(i) : "");
                }
            }
            last = key.part();
        }
        return Table.create(title, parts, parameters)
                .addColumns(values.toArray(new StringColumn[0]));
    }

    /** A text in lines that fit a cell, broken behind commas where there are any. */
    private static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (rest.length() > WIDTH) {
            int comma = rest.lastIndexOf(", ", WIDTH - 1);
            int space = rest.lastIndexOf(' ', WIDTH);
            int end = comma > 0 ? comma + 1 : space > 0 ? space : WIDTH;
            lines.add(rest.substring(0, end));
            rest = rest.substring(end).strip();
        }
        lines.add(rest);
        return lines;
    }
}
