package org.directpred.figure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.directpred.evaluate.Diagnostics;
import org.directpred.train.Step;
import org.directpred.train.TrainingLog;
import tech.tablesaw.plotly.components.Figure;

/** Runs side by side: each arm by its name, from its log. */
public final class RunFigures {
    /** The loss of a batch is noisy: what is drawn is the mean over so many steps. */
    private static final int SMOOTHING = 10;

    private RunFigures() {}

    /** The loss over the steps, each point the mean of {@value #SMOOTHING} steps. */
    public static Figure loss(Map<String, TrainingLog> arms) {
        Curves curves = Curves.of("Loss: the collapsed run's is the best", "step", "loss");
        arms.forEach(
                (arm, log) -> {
                    List<Step> steps = log.steps();
                    for (int from = 0; from < steps.size(); from += SMOOTHING) {
                        List<Step> some =
                                steps.subList(from, Math.min(from + SMOOTHING, steps.size()));
                        double mean = some.stream().mapToDouble(Step::loss).average().orElseThrow();
                        curves.add(arm, (double) some.get(0).number(), mean);
                    }
                });
        return curves.figure();
    }

    /** The effective rank of F, exp of the entropy of its eigenvalues, over the steps. */
    public static Figure effectiveRank(Map<String, TrainingLog> arms) {
        return over(arms, "Effective rank of F", "effective rank", Diagnostics::effectiveRank);
    }

    /**
     * The standard deviation of the normalised outputs, times sqrt(d), over the steps: 1 is spread,
     * 0 is collapsed.
     */
    public static Figure standardDeviation(Map<String, TrainingLog> arms) {
        return over(
                arms,
                "Standard deviation of the normalised outputs",
                "std x sqrt(d)",
                Diagnostics::standardDeviation);
    }

    /** The mean alignment of the eight leading eigenvectors of F with W_p, over the steps. */
    public static Figure alignment(Map<String, TrainingLog> arms) {
        return over(
                arms,
                "Alignment: mean |cos(u_j, W_p u_j)| of the 8 leading eigenvectors of F",
                "alignment",
                Diagnostics::alignmentTop);
    }

    /** Any number of the diagnostics over the steps. */
    public static Figure over(
            Map<String, TrainingLog> arms,
            String title,
            String axis,
            ToDoubleFunction<Diagnostics> number) {
        Curves curves = Curves.of(title, "step", axis);
        arms.forEach(
                (arm, log) ->
                        log.looks()
                                .forEach(
                                        l ->
                                                curves.add(
                                                        arm,
                                                        (double) l.step(),
                                                        number.applyAsDouble(l.diagnostics()))));
        return curves.figure();
    }

    /** The last spectrum of F of each arm, largest eigenvalue first, divided by it. */
    public static Figure spectrum(Map<String, TrainingLog> arms) {
        Map<String, List<Double>> spectra = new LinkedHashMap<>();
        arms.forEach(
                (arm, log) -> {
                    List<Double> s = last(log).spectrum();
                    double largest = s.get(0);
                    spectra.put(arm, s.stream().map(v -> v / largest).toList());
                });
        return SpectrumFigure.of("Spectrum of F, relative to its largest eigenvalue", spectra);
    }

    /**
     * The last spectrum of (W_p + W_p<sup>T</sup>) / 2 of each arm, largest eigenvalue first,
     * divided by it; arms whose predictor is no matrix are left out.
     */
    public static Figure predictorSpectrum(Map<String, TrainingLog> arms) {
        Curves curves =
                Curves.of(
                        "Spectrum of W_p, relative to its largest eigenvalue",
                        "index j",
                        "eigenvalue p_j");
        arms.forEach(
                (arm, log) -> {
                    List<Double> p = last(log).predictorSpectrum();
                    for (int j = 0; j < p.size(); j++) {
                        curves.add(arm, j + 1, p.get(j) / p.get(0));
                    }
                });
        return curves.figure();
    }

    private static Diagnostics last(TrainingLog log) {
        List<TrainingLog.Look> looks = log.looks();
        return looks.get(looks.size() - 1).diagnostics();
    }

    /** How each eigenvector of F aligns with W_p over the steps of one run (Figure 2). */
    public static Figure alignmentOverTime(String title, TrainingLog log) {
        SortedMap<Long, List<Double>> alignments = new TreeMap<>();
        log.looks().forEach(l -> alignments.put(l.step(), l.diagnostics().alignments()));
        return AlignmentFigure.overTime(title, alignments);
    }
}
