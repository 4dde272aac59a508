package org.directpred.figure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.directpred.evaluate.Measure;
import org.directpred.evaluate.Snapshot;
import org.directpred.train.Step;
import org.directpred.train.TrainingLog;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.plotly.components.Figure;

/** Runs side by side: each variant by its name, from its log. */
public final class RunFigures {
    /** The loss of a batch is noisy: what is drawn is the mean over so many steps. */
    private static final int SMOOTHING = 10;

    private RunFigures() {}

    /** The loss over the steps, each point the mean of {@value #SMOOTHING} steps. */
    public static Figure loss(Map<String, TrainingLog> variants) {
        Curves curves = Curves.of("Loss: the collapsed run's is the best", "step", "loss");
        variants.forEach(
                (variant, log) -> {
                    List<Step> steps = log.steps();
                    for (int from = 0; from < steps.size(); from += SMOOTHING) {
                        List<Step> some =
                                steps.subList(from, Math.min(from + SMOOTHING, steps.size()));
                        double mean = some.stream().mapToDouble(Step::loss).average().orElseThrow();
                        curves.add(variant, (double) some.get(0).number(), mean);
                    }
                });
        return curves.figure();
    }

    /** The effective rank of F, exp of the entropy of its eigenvalues, over the steps. */
    public static Figure effectiveRank(Map<String, TrainingLog> variants) {
        return over(variants, Measure.EFFECTIVE_RANK);
    }

    /**
     * The standard deviation of the normalised outputs, times sqrt(d), over the steps: 1 is spread,
     * 0 is collapsed.
     */
    public static Figure standardDeviation(Map<String, TrainingLog> variants) {
        return over(
                variants,
                "Standard deviation of the normalised outputs",
                Measure.STANDARD_DEVIATION);
    }

    /** The mean alignment of the eight leading eigenvectors of F with W_p, over the steps. */
    public static Figure alignment(Map<String, TrainingLog> variants) {
        return over(
                variants,
                "Alignment: mean |cos(u_j, W_p u_j)| of the 8 leading eigenvectors of F",
                Measure.ALIGNMENT);
    }

    /** A measure over the steps, also one of your own: {@link Measure#by}. */
    public static Figure over(
            Map<String, TrainingLog> variants, Measure<? super Snapshot> measure) {
        String name = measure.name();
        return over(
                variants,
                name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1),
                measure);
    }

    /** Any measure over the steps, under a title of its own. */
    public static Figure over(
            Map<String, TrainingLog> variants, String title, Measure<? super Snapshot> measure) {
        Curves curves = Curves.of(title, "step", measure.label());
        variants.forEach(
                (variant, log) ->
                        log.snapshots()
                                .forEach(
                                        s ->
                                                curves.add(
                                                        variant,
                                                        (double) s.step(),
                                                        measure.of(s))));
        return curves.figure();
    }

    /** A row for each run with these measures of its latest snapshot. */
    @SafeVarargs
    public static Table table(
            Map<String, TrainingLog> variants, Measure<? super Snapshot>... measures) {
        Table table =
                Table.create("runs", StringColumn.create("run", List.copyOf(variants.keySet())));
        for (Measure<? super Snapshot> measure : measures) {
            table.addColumns(
                    DoubleColumn.create(
                            measure.name(),
                            variants.values().stream().mapToDouble(log -> measure.of(log.last()))));
        }
        return table;
    }

    /** The last spectrum of F of each variant, largest eigenvalue first, divided by it. */
    public static Figure spectrum(Map<String, TrainingLog> variants) {
        Map<String, List<Double>> spectra = new LinkedHashMap<>();
        variants.forEach(
                (variant, log) -> {
                    List<Double> s = log.last().diagnostics().spectrum();
                    double largest = s.get(0);
                    spectra.put(variant, s.stream().map(v -> v / largest).toList());
                });
        return SpectrumFigure.of("Spectrum of F, relative to its largest eigenvalue", spectra);
    }

    /**
     * The last spectrum of (W_p + W_p<sup>T</sup>) / 2 of each variant, largest eigenvalue first,
     * divided by it; variants whose predictor is no matrix are left out.
     */
    public static Figure predictorSpectrum(Map<String, TrainingLog> variants) {
        Curves curves =
                Curves.of(
                        "Spectrum of W_p, relative to its largest eigenvalue",
                        "index j",
                        "eigenvalue p_j");
        variants.forEach(
                (variant, log) -> {
                    List<Double> p = log.last().diagnostics().predictorSpectrum();
                    for (int j = 0; j < p.size(); j++) {
                        curves.add(variant, j + 1, p.get(j) / p.get(0));
                    }
                });
        return curves.figure();
    }

    /** The alignment of each eigenvector of F with W_p over the steps of one run (Figure 2). */
    public static Figure alignmentOverTime(String title, TrainingLog log) {
        SortedMap<Long, List<Double>> alignments = new TreeMap<>();
        log.snapshots().forEach(l -> alignments.put(l.step(), l.diagnostics().alignments()));
        return AlignmentFigure.overTime(title, alignments);
    }
}
