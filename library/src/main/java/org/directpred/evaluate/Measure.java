package org.directpred.evaluate;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * A number that is measured: its name, its unit and how it is computed. Tables, figures, alarms,
 * findings and the choice of the best checkpoint take it from here, so that no name is typed twice.
 * One of your own:
 *
 * <pre>
 * Measure&lt;Snapshot&gt; gap = Measure.by("gap of the spectrum", "", snapshot -&gt;
 *     snapshot.diagnostics().spectrum().get(0) / snapshot.diagnostics().spectrum().get(1));
 * log.diagnostics(Measure.LOSS, gap)
 * </pre>
 *
 * @param <T> what it is measured on: mostly a {@link Snapshot} of a training
 * @param name what tables and axes call it
 * @param unit of the number; empty for a plain number
 * @param function the number; NaN where there is none
 */
public record Measure<T>(String name, String unit, ToDoubleFunction<? super T> function) {

    /** The loss of a step's batch. */
    public static final Measure<Snapshot> LOSS = by("loss", "", Snapshot::loss);

    /** {@link Diagnostics#effectiveRank}. */
    public static final Measure<Snapshot> EFFECTIVE_RANK =
            diagnostic("effective rank of F", Diagnostics::effectiveRank);

    /** {@link Diagnostics#effectiveRankOfCovariance}. */
    public static final Measure<Snapshot> COVARIANCE_RANK =
            diagnostic("effective rank of the covariance", Diagnostics::effectiveRankOfCovariance);

    /** {@link Diagnostics#rankMe}. */
    public static final Measure<Snapshot> RANK_ME = diagnostic("RankMe", Diagnostics::rankMe);

    /** {@link Diagnostics#participationRatio}. */
    public static final Measure<Snapshot> PARTICIPATION_RATIO =
            diagnostic("participation ratio", Diagnostics::participationRatio);

    /** {@link Diagnostics#explainedVarianceArea}. */
    public static final Measure<Snapshot> EXPLAINED_VARIANCE_AREA =
            diagnostic("explained variance area", Diagnostics::explainedVarianceArea);

    /**
     * The standard deviation of the normalised outputs, in units of 1 / sqrt(d): 1 is spread evenly
     * over all directions, 0 is collapsed.
     */
    public static final Measure<Snapshot> STANDARD_DEVIATION =
            by(
                    "standard deviation",
                    "1 / sqrt(d)",
                    snapshot -> snapshot.diagnostics().standardDeviation());

    /** {@link Diagnostics#largestEigenvalue}, s_max. */
    public static final Measure<Snapshot> LARGEST_EIGENVALUE =
            diagnostic("largest eigenvalue of F", Diagnostics::largestEigenvalue);

    /** {@link Diagnostics#asymmetry}. */
    public static final Measure<Snapshot> ASYMMETRY =
            diagnostic("asymmetry of W_p", Diagnostics::asymmetry);

    /** {@link Diagnostics#asymmetryTop}. */
    public static final Measure<Snapshot> ASYMMETRY_TOP =
            diagnostic("asymmetry of W_p, top " + Diagnostics.TOP, Diagnostics::asymmetryTop);

    /** {@link Diagnostics#alignmentTop}. */
    public static final Measure<Snapshot> ALIGNMENT =
            diagnostic("alignment, top " + Diagnostics.TOP, Diagnostics::alignmentTop);

    /** {@link Diagnostics#alignmentAll}. */
    public static final Measure<Snapshot> ALIGNMENT_ALL =
            diagnostic("alignment, all", Diagnostics::alignmentAll);

    /** {@link Diagnostics#predictorSmallest}. */
    public static final Measure<Snapshot> PREDICTOR_SMALLEST =
            diagnostic("smallest eigenvalue of W_p", Diagnostics::predictorSmallest);

    /** {@link Diagnostics#predictorLargest}. */
    public static final Measure<Snapshot> PREDICTOR_LARGEST =
            diagnostic("largest eigenvalue of W_p", Diagnostics::predictorLargest);

    /** {@link Diagnostics#tau}, the target's projection on the online weights. */
    public static final Measure<Snapshot> TAU = diagnostic("tau", Diagnostics::tau);

    /** {@link Diagnostics#normRatio}. */
    public static final Measure<Snapshot> NORM_RATIO =
            diagnostic("target to online norm", Diagnostics::normRatio);

    /** {@link Diagnostics#largestShare}. */
    public static final Measure<Snapshot> LARGEST_SHARE =
            diagnostic("share of F's largest eigenvalue", Diagnostics::largestShare);

    /** {@link Snapshot#networkUpdate}. */
    public static final Measure<Snapshot> NETWORK_UPDATE =
            by("update of the network", "|update| / |weights|", Snapshot::networkUpdate);

    /** {@link Snapshot#predictorUpdate}. */
    public static final Measure<Snapshot> PREDICTOR_UPDATE =
            by("update of the predictor", "|update| / |weights|", Snapshot::predictorUpdate);

    /** All of the above, which every snapshot has. */
    public static final List<Measure<Snapshot>> ALL =
            List.of(
                    LOSS,
                    EFFECTIVE_RANK,
                    COVARIANCE_RANK,
                    RANK_ME,
                    PARTICIPATION_RATIO,
                    EXPLAINED_VARIANCE_AREA,
                    STANDARD_DEVIATION,
                    LARGEST_EIGENVALUE,
                    ASYMMETRY,
                    ASYMMETRY_TOP,
                    ALIGNMENT,
                    ALIGNMENT_ALL,
                    PREDICTOR_SMALLEST,
                    PREDICTOR_LARGEST,
                    TAU,
                    NORM_RATIO,
                    LARGEST_SHARE,
                    NETWORK_UPDATE,
                    PREDICTOR_UPDATE);

    /** {@link Evaluation#accuracy}, in percent. */
    public static final Measure<Evaluation> ACCURACY =
            by("accuracy", "%", evaluation -> 100 * evaluation.accuracy());

    /** {@link Evaluation#bestAccuracy}, in percent: chosen on the test set. */
    public static final Measure<Evaluation> BEST_ACCURACY =
            by("best accuracy", "%", evaluation -> 100 * evaluation.bestAccuracy());

    /** Checks that nothing is missing. */
    public Measure {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(unit, "unit");
        Objects.requireNonNull(function, "function");
        if (name.isBlank()) {
            throw new IllegalArgumentException(
                    "a measure needs a name that is not blank: tables and axes call it by that");
        }
    }

    /**
     * A measure of one's own.
     *
     * @param name what tables and axes call it; not blank
     * @param unit of the number; empty for a plain number
     * @param function computes the number and leaves what it is given as it is; NaN where there is
     *     none
     */
    public static <T> Measure<T> by(
            String name, String unit, ToDoubleFunction<? super T> function) {
        return new Measure<>(name, unit, function);
    }

    private static Measure<Snapshot> diagnostic(
            String name, ToDoubleFunction<Diagnostics> function) {
        return by(name, "", snapshot -> function.applyAsDouble(snapshot.diagnostics()));
    }

    /** The number. */
    public double of(T measured) {
        return function.applyAsDouble(measured);
    }

    /** The same measure at the first snapshot of a training, by a name of its own. */
    public Measure<T> atStart() {
        return renamed(name + " at the start");
    }

    /** The same measure at the snapshot after a step, by a name of its own. */
    public Measure<T> atStep(long step) {
        return renamed(String.format(Locale.ROOT, "%s at step %d", name, step));
    }

    private Measure<T> renamed(String other) {
        return new Measure<>(other, unit, function);
    }

    /** Name and unit, for the axis of a figure. */
    public String label() {
        return unit.isEmpty() ? name : name + " (" + unit + ")";
    }

    /** The name. */
    @Override
    public String toString() {
        return name;
    }
}
