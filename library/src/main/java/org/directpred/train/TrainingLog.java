package org.directpred.train;

import java.util.ArrayList;
import java.util.List;
import org.directpred.evaluate.Diagnostics;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.Table;

/** What happened: a row for every step, and one for every look at the diagnostics. */
public final class TrainingLog {

    /**
     * A look at the diagnostics.
     *
     * @param step the step after which it was taken
     * @param loss that step's loss
     */
    public record Look(long step, double loss, Diagnostics diagnostics) {}

    private final List<Step> steps = new ArrayList<>();
    private final List<Look> looks = new ArrayList<>();

    TrainingLog() {}

    synchronized void add(Step step) {
        steps.add(step);
    }

    synchronized void add(Look look) {
        looks.add(look);
    }

    /** All steps so far; a copy. */
    public synchronized List<Step> steps() {
        return List.copyOf(steps);
    }

    /** All looks at the diagnostics so far; a copy. */
    public synchronized List<Look> looks() {
        return List.copyOf(looks);
    }

    /** A row for every step: step, epoch, loss, learning rate. */
    public synchronized Table table() {
        LongColumn number = LongColumn.create("step");
        IntColumn epoch = IntColumn.create("epoch");
        DoubleColumn loss = DoubleColumn.create("loss");
        DoubleColumn rate = DoubleColumn.create("learning rate");
        for (Step s : steps) {
            number.append(s.number());
            epoch.append(s.epoch());
            loss.append(s.loss());
            rate.append(s.learningRate());
        }
        return Table.create("steps", number, epoch, loss, rate);
    }

    /**
     * A row for every look: step, loss, effective rank of F and of the covariance, standard
     * deviation, largest eigenvalue of F, asymmetry of W_p, alignment of the eight leading
     * eigenvectors.
     */
    public synchronized Table diagnostics() {
        LongColumn step = LongColumn.create("step");
        DoubleColumn loss = DoubleColumn.create("loss");
        DoubleColumn rank = DoubleColumn.create("effective rank of F");
        DoubleColumn covarianceRank = DoubleColumn.create("effective rank of the covariance");
        DoubleColumn std = DoubleColumn.create("standard deviation");
        DoubleColumn largest = DoubleColumn.create("largest eigenvalue of F");
        DoubleColumn asymmetry = DoubleColumn.create("asymmetry of W_p");
        DoubleColumn alignment = DoubleColumn.create("alignment, top 8");
        for (Look l : looks) {
            Diagnostics d = l.diagnostics();
            step.append(l.step());
            loss.append(l.loss());
            rank.append(d.effectiveRank());
            covarianceRank.append(d.effectiveRankOfCovariance());
            std.append(d.standardDeviation());
            largest.append(d.largestEigenvalue());
            asymmetry.append(d.asymmetry());
            alignment.append(d.alignmentTop());
        }
        return Table.create(
                "diagnostics",
                step,
                loss,
                rank,
                covarianceRank,
                std,
                largest,
                asymmetry,
                alignment);
    }
}
