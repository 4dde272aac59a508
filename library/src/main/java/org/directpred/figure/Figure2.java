package org.directpred.figure;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.directpred.evaluate.Diagnostics;
import org.directpred.progress.Progress;
import org.directpred.train.TrainingLog;
import tech.tablesaw.plotly.components.Figure;

/**
 * The paper's Figure 2 of one run: what F and W_p do while nothing forces them to align.
 *
 * @param eigenvaluesOfF some grow, the others fall towards 0, on a logarithmic axis
 * @param eigenvaluesOfPredictor the negative ones vanish, the leading ones grow
 * @param alignment |cos(u_j, W_p u_j)| of every eigenvector of F
 * @param symmetry how far W_p is from symmetric, and its smallest eigenvalue over its largest
 */
public record Figure2(
        Figure eigenvaluesOfF, Figure eigenvaluesOfPredictor, Figure alignment, Figure symmetry) {

    /**
     * The figure of a run.
     *
     * @param name what to call the run in the titles
     * @param log of a run whose predictor is a matrix
     * @throws IllegalArgumentException if the log has no diagnostics yet, or the predictor is no
     *     matrix
     */
    public static Figure2 of(String name, TrainingLog log) {
        List<TrainingLog.Look> looks = log.looks();
        if (looks.isEmpty()) {
            throw new IllegalArgumentException(name + " has no diagnostics yet: train some steps");
        }
        if (looks.get(0).diagnostics().alignments().isEmpty()) {
            throw new IllegalArgumentException(
                    name + " has a predictor that is no matrix: there is nothing to align");
        }
        Curves symmetry =
                Curves.of(name + ": symmetry and definiteness of W_p", "step", "")
                        .level("symmetric", 0);
        for (TrainingLog.Look look : looks) {
            Diagnostics d = look.diagnostics();
            symmetry.add("||W_p - W_p'|| / ||W_p||", (double) look.step(), d.asymmetry())
                    .add(
                            "the same within the " + Diagnostics.TOP + " first eigenvectors of F",
                            (double) look.step(),
                            d.asymmetryTop())
                    .add(
                            "smallest over largest eigenvalue",
                            (double) look.step(),
                            d.predictorSmallest() / d.predictorLargest());
        }
        return new Figure2(
                SpectrumFigure.overTime(
                        name + ": eigenvalues of F", over(looks, Diagnostics::spectrum)),
                SpectrumFigure.ofPredictorOverTime(
                        name + ": eigenvalues of W_p", over(looks, Diagnostics::predictorSpectrum)),
                AlignmentFigure.overTime(
                        name + ": alignment of F's eigenvectors with W_p",
                        over(looks, Diagnostics::alignments)),
                symmetry.figure());
    }

    /** Shows the four parts one below the other. */
    public void show() {
        Progress.show(eigenvaluesOfF);
        Progress.show(eigenvaluesOfPredictor);
        Progress.show(alignment);
        Progress.show(symmetry);
    }

    private static SortedMap<Long, List<Double>> over(
            List<TrainingLog.Look> looks, Function<Diagnostics, List<Double>> list) {
        SortedMap<Long, List<Double>> map = new TreeMap<>();
        looks.forEach(look -> map.put(look.step(), list.apply(look.diagnostics())));
        return map;
    }
}
