package org.directpred.evaluate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.directpred.tensor.OnHost;
import org.directpred.tensor.Operators;
import org.directpred.tensor.Torch;
import org.jspecify.annotations.Nullable;

/**
 * Spectra and alignments of a training at one of its steps (Figure 2): the spectra of F, of the
 * covariance and of W_p, and how F and W_p align. Lists are in the order of F's eigenvalues,
 * largest first.
 *
 * <p>All arithmetic is in float64 on the CPU: at d = 128 it costs some milliseconds, and they are
 * computed every so many steps only.
 *
 * @param spectrum eigenvalues s_j of F, uncentred, largest first
 * @param covarianceSpectrum eigenvalues of the covariance of the same representations, largest
 *     first
 * @param predictorSpectrum eigenvalues of (W_p + W_p<sup>T</sup>) / 2, largest first; empty where
 *     the predictor is no square matrix
 * @param alignments |cos(u_j, W_p u_j)| of the eigenvectors u_j of F; empty likewise
 * @param standardDeviation of the normalised representations, times sqrt(d): {@link
 *     Collapse#normalisedStandardDeviation}
 * @param asymmetry of W_p; NaN without a matrix
 * @param asymmetryTop of W_p inside the first {@value #TOP} eigenvectors of F; NaN likewise
 * @param tau the target's projection on the online weights, {@code <W_a, W> / <W, W>} (the paper's
 *     tau under its assumption A1); NaN until {@link #withTarget}
 * @param normRatio {@code ||W_a|| / ||W||}; NaN likewise
 */
public record Diagnostics(
        List<Double> spectrum,
        List<Double> covarianceSpectrum,
        List<Double> predictorSpectrum,
        List<Double> alignments,
        double standardDeviation,
        double asymmetry,
        double asymmetryTop,
        double tau,
        double normRatio) {

    /** How many leading eigenvectors of F the "top" numbers look at. */
    public static final int TOP = 8;

    /** Copies the lists. */
    public Diagnostics {
        spectrum = List.copyOf(spectrum);
        covarianceSpectrum = List.copyOf(covarianceSpectrum);
        predictorSpectrum = List.copyOf(predictorSpectrum);
        alignments = List.copyOf(alignments);
    }

    /**
     * Diagnostics of a batch, where F is the batch's own correlation matrix {@code Z^T Z / n}.
     *
     * @param z the predictor's input, {@code [n, d]}, both views one below the other. Not modified.
     * @param predictor W_p, {@code [d, d]}, or null where the predictor is no matrix. Not modified.
     */
    public static Diagnostics of(NDArray z, @Nullable NDArray predictor) {
        return of(z, null, predictor);
    }

    /**
     * Diagnostics of a batch with a moving average F: in a run the one from which the predictor's
     * rule is set, with the rule's rho and before any centring, or one of rho 0.3 where there is no
     * rule.
     *
     * @param z the predictor's input, {@code [n, d]}, both views one below the other. Not modified.
     * @param f the correlation matrix F, {@code [d, d]}, whose spectrum and eigenvectors are meant,
     *     or null for the batch's own. Not modified.
     * @param predictor W_p, {@code [d, d]}, or null where the predictor is no matrix. Not modified.
     * @return the diagnostics; all NaN where an argument holds a NaN or an infinity
     * @throws IllegalArgumentException if a shape does not fit or the batch has fewer than 2 rows
     */
    public static Diagnostics of(NDArray z, @Nullable NDArray f, @Nullable NDArray predictor) {
        if (z.getShape().dimension() != 2 || z.getShape().get(0) < 2) {
            throw new IllegalArgumentException(
                    "representations must be [n, d] with n of at least 2, not " + z.getShape());
        }
        int d = (int) z.getShape().get(1);
        requireSquare("F", f, d);
        requireSquare("W_p", predictor, d);
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            NDArray batch = onCpu(z, manager);
            if (!finite(batch)
                    || (f != null && !finite(onCpu(f, manager)))
                    || (predictor != null && !finite(onCpu(predictor, manager)))) {
                return diverged(d, predictor != null);
            }
            long n = batch.getShape().get(0);
            NDArray correlation = batch.transpose().matMul(batch).div(n);
            NDArray centred = batch.sub(batch.mean(new int[] {0}, true));
            NDArray covariance = centred.transpose().matMul(centred).div(n);
            NDList pair = Operators.eigh(symmetric(f == null ? correlation : onCpu(f, manager)));
            double[] s = OnHost.doubles(pair.get(0));
            double[] u = OnHost.doubles(pair.get(1));
            double std =
                    Collapse.normalisedStandardDeviation(
                            OnHost.floats(onCpu(z, DataType.FLOAT32, manager)), d);
            List<Double> predictorSpectrum = List.of();
            List<Double> alignments = List.of();
            double asymmetry = Double.NaN;
            double asymmetryTop = Double.NaN;
            if (predictor != null) {
                NDArray matrix = onCpu(predictor, manager);
                double[] w = OnHost.doubles(matrix);
                predictorSpectrum = largestFirst(eigenvalues(symmetric(matrix)));
                alignments = largestFirst(Alignment.cosines(u, w));
                asymmetry = Alignment.asymmetry(w);
                int[] top = IntStream.range(Math.max(0, d - TOP), d).toArray();
                asymmetryTop = Alignment.asymmetryWithin(u, top, w);
            }
            return new Diagnostics(
                    largestFirst(s),
                    largestFirst(eigenvalues(covariance)),
                    predictorSpectrum,
                    alignments,
                    std,
                    asymmetry,
                    asymmetryTop,
                    Double.NaN,
                    Double.NaN);
        }
    }

    /**
     * These diagnostics with the target's place relative to the online network.
     *
     * @param target W_a, all its parameters in one array of any shape. Not modified.
     * @param online W, of the same shape and on the same device. Not modified.
     */
    public Diagnostics withTarget(NDArray target, NDArray online) {
        if (!target.getShape().equals(online.getShape())) {
            throw new IllegalArgumentException(
                    "target and online weights must be of the same shape: "
                            + target.getShape()
                            + " vs "
                            + online.getShape());
        }
        try (NDManager manager = online.getManager().newSubManager()) {
            NDArray a = attached(target, manager);
            NDArray w = attached(online, manager);
            double cross = inner(a, w);
            double own = inner(w, w);
            double other = inner(a, a);
            return new Diagnostics(
                    spectrum,
                    covarianceSpectrum,
                    predictorSpectrum,
                    alignments,
                    standardDeviation,
                    asymmetry,
                    asymmetryTop,
                    own == 0 ? Double.NaN : cross / own,
                    own == 0 ? Double.NaN : Math.sqrt(other / own));
        }
    }

    /** {@link Collapse#effectiveRank} of F, uncentred. */
    public double effectiveRank() {
        return Collapse.effectiveRank(array(spectrum));
    }

    /** {@link Collapse#effectiveRank} of the covariance. */
    public double effectiveRankOfCovariance() {
        return Collapse.effectiveRank(array(covarianceSpectrum));
    }

    /** {@link Collapse#rankMe} of the representations. */
    public double rankMe() {
        return Collapse.rankMe(Collapse.singularValues(array(spectrum)));
    }

    /** {@link Collapse#participationRatio} of F. */
    public double participationRatio() {
        return Collapse.participationRatio(array(spectrum));
    }

    /** {@link Collapse#explainedVarianceArea} of the centred representations. */
    public double explainedVarianceArea() {
        return Collapse.explainedVarianceArea(Collapse.singularValues(array(covarianceSpectrum)));
    }

    /** s_max, the largest eigenvalue of F. */
    public double largestEigenvalue() {
        return spectrum.get(0);
    }

    /** The share of s_max in the sum of F's eigenvalues, of which negative ones count as 0. */
    public double largestShare() {
        return largestEigenvalue() / spectrum.stream().mapToDouble(s -> Math.max(s, 0)).sum();
    }

    /** Mean alignment of the first {@value #TOP} eigenvectors of F; NaN without a matrix. */
    public double alignmentTop() {
        return mean(alignments.subList(0, Math.min(TOP, alignments.size())));
    }

    /** Mean alignment of all eigenvectors of F; NaN without a matrix. */
    public double alignmentAll() {
        return mean(alignments);
    }

    /** The smallest eigenvalue of (W_p + W_p<sup>T</sup>) / 2; NaN without a matrix. */
    public double predictorSmallest() {
        return predictorSpectrum.isEmpty()
                ? Double.NaN
                : predictorSpectrum.get(predictorSpectrum.size() - 1);
    }

    /** The largest eigenvalue of (W_p + W_p<sup>T</sup>) / 2; NaN without a matrix. */
    public double predictorLargest() {
        return predictorSpectrum.isEmpty() ? Double.NaN : predictorSpectrum.get(0);
    }

    private static void requireSquare(String name, @Nullable NDArray matrix, int d) {
        if (matrix != null
                && (matrix.getShape().dimension() != 2
                        || matrix.getShape().get(0) != d
                        || matrix.getShape().get(1) != d)) {
            throw new IllegalArgumentException(
                    name
                            + " must be ["
                            + d
                            + ", "
                            + d
                            + "] like the representations, not "
                            + matrix.getShape());
        }
    }

    /** A run that has diverged has its log row too: NaN throughout. */
    private static Diagnostics diverged(int d, boolean withPredictor) {
        List<Double> none = Collections.nCopies(d, Double.NaN);
        return new Diagnostics(
                none,
                none,
                withPredictor ? none : List.of(),
                withPredictor ? none : List.of(),
                Double.NaN,
                Double.NaN,
                Double.NaN,
                Double.NaN,
                Double.NaN);
    }

    private static boolean finite(NDArray array) {
        return Double.isFinite(OnHost.number(array.sum()));
    }

    /** A float64 copy on the CPU that the manager owns. */
    private static NDArray onCpu(NDArray array, NDManager manager) {
        return onCpu(array, DataType.FLOAT64, manager);
    }

    private static NDArray onCpu(NDArray array, DataType type, NDManager manager) {
        // Without a copy first: the result of a change of device belongs to the array's manager.
        NDArray mine = array.stopGradient();
        mine.attach(manager);
        NDArray here = mine.toDevice(Device.cpu(), true);
        here.attach(manager);
        return here.toType(type, true);
    }

    private static NDArray attached(NDArray array, NDManager manager) {
        NDArray flat = array.flatten();
        flat.attach(manager);
        return flat;
    }

    private static double inner(NDArray a, NDArray b) {
        return OnHost.number(a.dot(b));
    }

    private static NDArray symmetric(NDArray matrix) {
        return matrix.add(matrix.transpose()).div(2);
    }

    private static double[] eigenvalues(NDArray symmetric) {
        return OnHost.doubles(Operators.eigh(symmetric).get(0));
    }

    private static List<Double> largestFirst(double[] ascending) {
        return IntStream.range(0, ascending.length)
                .mapToObj(i -> ascending[ascending.length - 1 - i])
                .toList();
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }
}
