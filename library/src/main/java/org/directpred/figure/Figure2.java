package org.directpred.figure;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.directpred.evaluate.Diagnostics;
import org.directpred.evaluate.Snapshot;
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
        List<Snapshot> snapshots = log.snapshots();
        if (snapshots.isEmpty()) {
            throw new IllegalArgumentException(name + " has no diagnostics yet: train some steps");
        }
        if (snapshots.get(0).diagnostics().alignments().isEmpty()) {
            throw new IllegalArgumentException(
                    name + " has a predictor that is no matrix: there is nothing to align");
        }
        Curves symmetry =
                Curves.of(name + ": symmetry and definiteness of W_p", "step", "")
                        .level("symmetric", 0);
        for (Snapshot snapshot : snapshots) {
            Diagnostics d = snapshot.diagnostics();
            symmetry.add("||W_p - W_p'|| / ||W_p||", (double) snapshot.step(), d.asymmetry())
                    .add(
                            "the same within the " + Diagnostics.TOP + " first eigenvectors of F",
                            (double) snapshot.step(),
                            d.asymmetryTop())
                    .add(
                            "smallest over largest eigenvalue",
                            (double) snapshot.step(),
                            d.predictorSmallest() / d.predictorLargest());
        }
        return new Figure2(
                SpectrumFigure.overTime(
                        name + ": eigenvalues of F", over(snapshots, Diagnostics::spectrum)),
                SpectrumFigure.ofPredictorOverTime(
                        name + ": eigenvalues of W_p",
                        over(snapshots, Diagnostics::predictorSpectrum)),
                AlignmentFigure.overTime(
                        name + ": alignment of F's eigenvectors with W_p",
                        over(snapshots, Diagnostics::alignments)),
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
            List<Snapshot> snapshots, Function<Diagnostics, List<Double>> list) {
        SortedMap<Long, List<Double>> map = new TreeMap<>();
        snapshots.forEach(snapshot -> map.put(snapshot.step(), list.apply(snapshot.diagnostics())));
        return map;
    }
}
