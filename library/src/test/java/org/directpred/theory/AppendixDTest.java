package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.directpred.theory.MatrixAssert.assertClose;

import java.util.Arrays;
import java.util.Random;
import org.directpred.theory.ScalarReduction.Weights;
import org.directpred.theory.TwoLayerModel.State;
import org.junit.jupiter.api.Test;

/** Non-isotropic data and their scalar reduction; numbers from NumPy and SciPy 1.17.1. */
class AppendixDTest {
    private static final double[][] SIGMA_X =
            Matrices.plus(
                    Sines.gram(Sines.matrix(4, 4, .2), 4),
                    Matrices.scale(.5, Matrices.identity(4)));
    private static final double[][] SIGMA_N =
            Matrices.plus(
                    Sines.gram(Sines.matrix(4, 4, 1.7), 9),
                    Matrices.scale(.1, Matrices.identity(4)));

    /** Two orthonormal directions that share no axis with {@link #SIGMA_X}. */
    private static double[][] directions() {
        double r = Math.sqrt(.5);
        return new double[][] {{r, 0}, {r, 0}, {0, .6}, {0, .8}};
    }

    @Test
    void additiveScramblingSharesWhatOutweighsTheNoise() {
        NonIsotropicData data = NonIsotropicData.additive(SIGMA_X, SIGMA_N);
        assertThat(data.sharedShares())
                .containsExactly(
                        new double[] {
                            .9071858750828, .8557805330905, .7703420797744, .5631971162997
                        },
                        within(1e-12));
        assertThat(data.survivorsWithoutPredictor(1e-9)).isZero();
    }

    @Test
    void fixedPointsAreFixed() {
        NonIsotropicData data = NonIsotropicData.additive(SIGMA_X, SIGMA_N);
        TwoLayerModel model = TwoLayerModel.of(data.moments(), 1, 0, .5);
        for (int outputs = 1; outputs <= 6; outputs++) {
            State fixed = data.fixedPoint(outputs);
            assertThat(data.fixedPointCondition(fixed).residual()).isLessThan(1e-13);
            State velocity = model.velocity(fixed);
            assertThat(Matrices.maxAbs(velocity.online())).isLessThan(1e-13);
            assertThat(Matrices.maxAbs(velocity.predictor())).isLessThan(1e-13);
            assertThat(Matrices.maxAbs(velocity.target())).isLessThan(1e-13);
        }
        // The manifold: W_p -> S W_p S^-1, W -> S W.
        State fixed = data.fixedPoint(3);
        double[][] s = Sines.matrix(3, 3, .7);
        State moved =
                State.simSiam(
                        Matrices.multiply(s, fixed.online()),
                        Matrices.multiply(s, fixed.predictor(), Matrices.inverse(s)));
        assertThat(Matrices.maxAbs(model.velocity(moved).online())).isLessThan(1e-12);
    }

    /** Condition about 2e11, where SciPy's eigh of the pair leaves 7e-6. */
    @Test
    void fixedPointsAreFixedOnIllConditionedData() {
        int n = 6;
        Random random = new Random(4);
        double worst = 0;
        for (int run = 0; run < 10; run++) {
            double[] deviations = new double[n];
            Arrays.setAll(deviations, i -> Math.pow(2e11, -.5 * i / (n - 1)));
            double[][] root =
                    Matrices.multiply(
                            Matrices.spectrum(
                                            Matrices.symmetricPart(
                                                    Matrices.gaussian(n, n, 1, random)))
                                    .vectors(),
                            Matrices.diagonal(deviations));
            double[][] d = gram(root, random);
            double[][] s = Matrices.plus(d, gram(root, random));
            NonIsotropicData data = new NonIsotropicData(s, d);
            State fixed = data.fixedPoint(n);
            // W_p W S = W D, which takes no inverse.
            double[][] left = Matrices.multiply(fixed.predictor(), fixed.online(), s);
            double[][] right = Matrices.multiply(fixed.online(), d);
            assertClose(left, right, 1e-14);
            worst = Math.max(worst, data.fixedPointCondition(fixed).residual());
        }
        // What is left is the rounding of the inverse in ratio(), times the condition.
        assertThat(worst).isLessThan(3e-5);
    }

    private static double[][] gram(double[][] root, Random random) {
        double[][] a = Matrices.multiply(root, Matrices.gaussian(6, 6, .4, random));
        return Matrices.symmetricPart(Matrices.multiply(a, Matrices.transpose(a)));
    }

    @Test
    void multiplicativeScramblingConservesTheRest() {
        double[][] u = directions();
        NonIsotropicData exact = NonIsotropicData.multiplicative(SIGMA_X, u);
        double[][] conserved =
                Matrices.minus(Matrices.identity(4), Matrices.multiply(u, Matrices.transpose(u)));
        assertClose(exact.ratio(), conserved, 1e-12);
        assertThat(exact.survivorsWithoutPredictor(1e-9)).isEqualTo(2);
        // The paper's Sigma^s needs commutation.
        NonIsotropicData paper = NonIsotropicData.multiplicativeOfThePaper(SIGMA_X, u);
        assertThat(Matrices.maxAbs(Matrices.minus(paper.ratio(), conserved))).isGreaterThan(.05);
        NonIsotropicData commuting =
                NonIsotropicData.multiplicativeOfThePaper(
                        Matrices.diagonal(3, 1, .5, 2),
                        new double[][] {{1, 0}, {0, 0}, {0, 1}, {0, 0}});
        assertClose(commuting.ratio(), Matrices.diagonal(0, 1, 0, 1), 1e-15);
    }

    /** The exact moments are those of views that are drawn. */
    @Test
    void multiplicativeMomentsAreThoseOfDrawnViews() {
        double[][] u = directions();
        NonIsotropicData data = NonIsotropicData.multiplicative(SIGMA_X, u);
        double[][] root = Matrices.function(SIGMA_X, Math::sqrt);
        double[][] conserved =
                Matrices.minus(Matrices.identity(4), Matrices.multiply(u, Matrices.transpose(u)));
        Random random = new Random(11);
        int samples = 60_000;
        double[][] one = new double[samples][];
        double[][] two = new double[samples][];
        for (int i = 0; i < samples; i++) {
            double[][] x = Matrices.multiply(root, Matrices.gaussian(4, 1, 1, random));
            one[i] = view(u, conserved, x, random);
            two[i] = view(u, conserved, x, random);
        }
        ViewMoments drawn = ViewMoments.of(one, two);
        assertClose(drawn.first(), data.sigmaS(), .06);
        assertClose(drawn.cross(), data.sigmaD(), .06);
    }

    private static double[] view(double[][] u, double[][] conserved, double[][] x, Random random) {
        double[][] b = Matrices.gaussian(2, 2, 1, random);
        double[][] scrambled = Matrices.multiply(u, b, Matrices.transpose(u), x);
        double[][] kept = Matrices.multiply(conserved, x);
        return Matrices.transpose(Matrices.plus(kept, scrambled))[0];
    }

    @Test
    void scalarReductionAgreesWithSciPy() {
        Weights end =
                new ScalarReduction(1.7, .6, 2.5, .02, .01, .3).flow(new Weights(.5, .4, .1), 7);
        assertThat(end.w()).isCloseTo(.4471591314648988, within(1e-11));
        assertThat(end.wp()).isCloseTo(.295550727647098, within(1e-11));
        assertThat(end.wa()).isCloseTo(.40350494908628864, within(1e-11));
    }

    /** Figure 10's setting: the diagonal is invariant, 1/2 attracts, the origin does not. */
    @Test
    void scalarReductionHasItsInvariantDiagonal() {
        ScalarReduction reduction = ScalarReduction.of(1, .5, 1, 1);
        assertThat(reduction.ratio()).isEqualTo(.5);
        Weights end = reduction.flow(new Weights(.01, .01, .01), 400);
        assertThat(end.w()).isCloseTo(.5, within(1e-9));
        assertThat(end.w()).isCloseTo(end.wp(), within(1e-12));
        assertThat(end.wa()).isCloseTo(.5, within(1e-9));
        assertThat(reduction.velocity(new Weights(.7, .5, .7)))
                .containsExactly(new double[3], within(1e-15));
        assertThat(reduction.velocityWithoutPredictor(1)).isEqualTo(-.5);
        // A target that stands still: steepest descent on E.
        ScalarReduction still = ScalarReduction.of(1.3, .5, 1, 0);
        Weights at = new Weights(.4, .9, 1);
        double h = 1e-6;
        double slope =
                (still.energy(new Weights(.4 + h, .9, 1))
                                - still.energy(new Weights(.4 - h, .9, 1)))
                        / (2 * h);
        assertThat(still.velocity(at)[0]).isCloseTo(-slope, within(1e-9));
    }

    @Test
    void badInputIsNamed() {
        assertThatThrownBy(() -> NonIsotropicData.additive(SIGMA_X, Matrices.identity(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4x4");
        assertThatThrownBy(() -> NonIsotropicData.multiplicative(SIGMA_X, Sines.matrix(4, 2, 0)))
                .hasMessageContaining("u must have orthonormal columns");
        assertThatThrownBy(
                        () ->
                                new NonIsotropicData(Matrices.diagonal(1, 0), Matrices.identity(2))
                                        .fixedPoint(1))
                .hasMessageContaining("sigmaS must be positive definite");
        assertThatThrownBy(() -> ScalarReduction.of(0, 1, 1, 1))
                .hasMessageContaining("lambdaS must be finite and > 0, not 0.0");
    }
}
