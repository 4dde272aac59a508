package org.directpred.theory;

import java.util.random.RandomGenerator;
import org.directpred.require.Require;

/**
 * The second moments of two views x<sub>1</sub>, x<sub>2</sub>, which are all that the two-layer
 * linear model sees of its data.
 *
 * @param first E[x<sub>1</sub> x<sub>1</sub><sup>T</sup>], n<sub>1</sub> x n<sub>1</sub>; the
 *     paper's X + X', appendix D's &Sigma;<sup>s</sup>
 * @param cross E[x<sub>1</sub> x<sub>2</sub><sup>T</sup>], n<sub>1</sub> x n<sub>1</sub>; the
 *     paper's X, appendix D's &Sigma;<sup>d</sup>; of drawn views it need not be symmetric
 * @param second E[x<sub>2</sub> x<sub>2</sub><sup>T</sup>], n<sub>1</sub> x n<sub>1</sub>; in the
 *     population equal to {@code first}
 */
@SuppressWarnings("ArrayRecordComponent") // numbers to compute with, never compared
public record ViewMoments(double[][] first, double[][] cross, double[][] second) {

    /** Checks shapes and symmetry. */
    public ViewMoments {
        Checks.symmetric("first", first);
        Checks.shape("cross", cross, first.length, first.length);
        Checks.symmetric("second", second);
        Checks.shape("second", second, first.length, first.length);
    }

    /**
     * The population's moments.
     *
     * @param x X = E[x&#772; x&#772;<sup>T</sup>], the correlation of the augmentation-averaged
     *     data, n<sub>1</sub> x n<sub>1</sub>, symmetric
     * @param xPrime X' = E<sub>x</sub>[Cov(x'|x)], the mean covariance of the augmentation, of the
     *     same shape, symmetric
     * @throws IllegalArgumentException if one is not symmetric or not finite, or shapes differ
     */
    public static ViewMoments population(double[][] x, double[][] xPrime) {
        Checks.symmetric("X", x);
        Checks.symmetric("X'", xPrime);
        Checks.shape("X'", xPrime, x.length, x.length);
        double[][] same = Matrices.plus(x, xPrime);
        return new ViewMoments(same, x, same);
    }

    /**
     * X = I and X' = &sigma;<sup>2</sup> I: assumption A2 of the paper.
     *
     * @param size n<sub>1</sub>
     * @param sigmaSquared &sigma;<sup>2</sup> &ge; 0
     */
    public static ViewMoments isotropic(int size, double sigmaSquared) {
        Checks.nonNegative("sigma^2", sigmaSquared);
        double[][] x = Matrices.identity(size);
        return population(x, Matrices.scale(sigmaSquared, x));
    }

    /**
     * The moments of given pairs of views, one pair per row.
     *
     * @param firstViews [samples, n<sub>1</sub>]
     * @param secondViews [samples, n<sub>1</sub>]
     */
    public static ViewMoments of(double[][] firstViews, double[][] secondViews) {
        Checks.matrix("the first views", firstViews);
        Checks.shape("the second views", secondViews, firstViews.length, firstViews[0].length);
        return new ViewMoments(
                mean(firstViews, firstViews),
                mean(firstViews, secondViews),
                mean(secondViews, secondViews));
    }

    private static double[][] mean(double[][] a, double[][] b) {
        return Matrices.scale(1.0 / a.length, Matrices.multiply(Matrices.transpose(a), b));
    }

    /**
     * The moments of views that are drawn afresh: x&#772; ~ N(0, X), x<sub>k</sub> = x&#772; +
     * n<sub>k</sub> with n<sub>k</sub> ~ N(0, X'), where X and X' are this population's. Averages
     * over many draws tend to the population's moments, and so do the dynamics.
     *
     * @param samples the number of pairs, a minibatch or a whole data set
     * @param random where they come from
     * @throws IllegalArgumentException if X or X' has a negative eigenvalue, so that no such data
     *     exist
     */
    public ViewMoments draw(int samples, RandomGenerator random) {
        Require.atLeast("samples", samples, 1);
        double[][] x = root("X", x());
        double[][] xPrime = root("X'", xPrime());
        double[][] mean = Matrices.multiply(gaussian(samples, random), x);
        double[][] one = Matrices.multiply(gaussian(samples, random), xPrime);
        double[][] two = Matrices.multiply(gaussian(samples, random), xPrime);
        return of(Matrices.plus(mean, one), Matrices.plus(mean, two));
    }

    private double[][] gaussian(int samples, RandomGenerator random) {
        return Matrices.gaussian(samples, first.length, 1, random);
    }

    private static double[][] root(String name, double[][] a) {
        double smallest = Matrices.eigenvalues(a)[0];
        if (smallest < -1e-12 * Matrices.maxAbs(a)) {
            throw new IllegalArgumentException(
                    "views can be drawn only if "
                            + name
                            + " is positive semi-definite, but its smallest eigenvalue is "
                            + smallest);
        }
        return Matrices.function(a, s -> Math.sqrt(Math.max(s, 0)));
    }

    /**
     * The same views with their roles swapped as often as not: the moments of the symmetrised loss,
     * which predicts each view from the other.
     */
    public ViewMoments symmetrised() {
        double[][] same = Matrices.scale(0.5, Matrices.plus(first, second));
        return new ViewMoments(same, Matrices.symmetricPart(cross), same);
    }

    /** n<sub>1</sub>, the size of the input. */
    public int size() {
        return first.length;
    }

    /** X of the population: the symmetric part of {@link #cross}. */
    public double[][] x() {
        return Matrices.symmetricPart(cross);
    }

    /** X' of the population: {@link #first} less X. */
    public double[][] xPrime() {
        return Matrices.minus(first, x());
    }
}
