package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.directpred.theory.MatrixAssert.assertClose;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.directpred.theory.CoupledDynamics.Pair;
import org.directpred.theory.TwoLayerModel.State;
import org.junit.jupiter.api.Test;

/** Theorems 1 to 3: the paper's numbers, and identities and bounds over random problems. */
class TheoremsTest {
    private static final TwoLayerModel MODEL =
            TwoLayerModel.of(
                    Matrices.diagonal(1, .8, .5),
                    new double[][] {{.3, .1, 0}, {.1, .2, 0}, {0, 0, .4}},
                    2,
                    .05,
                    .4);
    private static final State START =
            new State(
                    Matrices.scale(.5, Sines.matrix(2, 3, 0)),
                    Matrices.scale(.5, Sines.matrix(2, 2, .4)),
                    Matrices.scale(.25, Sines.matrix(2, 3, .9)));
    private static final CoupledDynamics COUPLED = CoupledDynamics.of(1, .2, .5, 1);
    private static final Pair PAIR =
            new Pair(
                    new double[][] {{.6, .1, 0}, {.1, .5, .1}, {0, .1, .4}},
                    new double[][] {{.5, 0, .1}, {0, .3, .05}, {.1, .05, .4}});

    private static double[][] positive(int n, Random random) {
        return Sines.gram(Matrices.gaussian(n, n, 1, random), n);
    }

    private static double[][] normal(int rows, int columns, Random random) {
        return Matrices.gaussian(rows, columns, .6, random);
    }

    @Test
    void balanceHasThePaperNumbers() {
        assertClose(
                Theorem1.imbalance(START, 2),
                new double[][] {{.3424707234, -.2980187161}, {-.2980187161, .2966645948}},
                1e-10);
        Identity balance = Theorem1.identity(MODEL, START, 5);
        assertClose(
                balance.left(),
                new double[][] {{.3417823938, -.2986118218}, {-.2986118218, .2838549526}},
                1e-10);
        assertThat(balance.residual()).isLessThan(1e-13);
        State end = MODEL.flow(START, 5);
        assertClose(
                Matrices.scale(
                        .5,
                        Matrices.multiply(Matrices.transpose(end.predictor()), end.predictor())),
                new double[][] {{.1340633999, -.1178543334}, {-.1178543334, .1039187802}},
                1e-10);
    }

    @Test
    void eulerBreaksBalanceByItsStep() {
        double[] residuals = {2.867e-3, 2.509e-4, 2.477e-5};
        double[] steps = {.1, .01, .001};
        for (int i = 0; i < steps.length; i++) {
            int count = (int) Math.round(5 / steps[i]);
            State end = MODEL.descend(START, steps[i], count);
            assertThat(Theorem1.identity(MODEL, START, end, 5).residual())
                    .isCloseTo(residuals[i], within(6e-4 * residuals[i]));
        }
    }

    @Property(tries = 60)
    void balanceHoldsAlongEveryFlow(
            @ForAll Random random,
            @ForAll @IntRange(min = 1, max = 4) int outputs,
            @ForAll @IntRange(min = 1, max = 4) int inputs,
            @ForAll @DoubleRange(min = .1, max = 5) double alphaP,
            @ForAll @DoubleRange(min = 0, max = .3) double eta,
            @ForAll @DoubleRange(min = 0, max = 3) double beta) {
        TwoLayerModel model =
                TwoLayerModel.of(
                        positive(inputs, random), positive(inputs, random), alphaP, eta, beta);
        State start =
                new State(
                        normal(outputs, inputs, random),
                        normal(outputs, outputs, random),
                        normal(outputs, inputs, random));
        assertThat(Theorem1.identity(model, start, 3).residual()).isLessThan(1e-11);
        assertThat(Theorem1.identity(model.withOnlineTarget(), start, 3).residual())
                .isLessThan(1e-11);
    }

    @Test
    void withoutStopGradientHasThePaperNumbers() {
        TwoLayerModel model = MODEL.withoutStopGradient();
        assertThat(Matrices.eigenvalues(Theorem2.h(model, START))[0])
                .isCloseTo(.3149189277, within(1e-10));
        assertThat(Theorem2.identity(model, START).residual()).isLessThan(1e-15);
    }

    @Property(tries = 1000)
    void vectorisedFormHolds(
            @ForAll Random random,
            @ForAll @IntRange(min = 1, max = 5) int outputs,
            @ForAll @IntRange(min = 1, max = 5) int inputs,
            @ForAll @DoubleRange(min = 0, max = 2) double eta) {
        TwoLayerModel model =
                TwoLayerModel.of(positive(inputs, random), positive(inputs, random), 1, eta, 0)
                        .withoutStopGradient();
        State state =
                State.simSiam(normal(outputs, inputs, random), normal(outputs, outputs, random));
        assertThat(Theorem2.identity(model, state).relativeResidual()).isLessThan(1e-13);
        assertThat(Matrices.eigenvalues(Theorem2.h(model, state))[0]).isGreaterThan(eta - 1e-12);
    }

    @Property(tries = 25)
    void withoutStopGradientTheNetDecaysAtLeastAsTheBound(
            @ForAll Random random, @ForAll @IntRange(min = 1, max = 3) int outputs) {
        TwoLayerModel model =
                TwoLayerModel.of(positive(3, random), positive(3, random), 1, .02, 0)
                        .withoutStopGradient();
        State start = State.simSiam(normal(outputs, 3, random), normal(outputs, outputs, random));
        DecayBound bound = Theorem2.bound(model, start, 0, .5, 2, 10);
        assertThat(bound.guaranteesDecay()).isTrue();
        assertThat(bound.lambda0()).isGreaterThan(.02 - 1e-12);
        assertThat(bound.tightness()).isLessThan(1 + 1e-9);
        assertThat(bound.norms()[3]).isLessThan(bound.norms()[0]);
    }

    @Property(tries = 25)
    void withoutPredictorTheNetDecaysInClosedForm(@ForAll Random random) {
        TwoLayerModel model =
                TwoLayerModel.of(positive(3, random), positive(3, random), 1, .03, 0)
                        .withoutPredictor()
                        .withOnlineTarget();
        State start = State.simSiam(normal(2, 3, random), Matrices.identity(2));
        assertClose(
                model.flow(start, 2).online(),
                Theorem2.withoutPredictor(model, start.online(), 2),
                1e-11);
    }

    @Test
    void alignmentHasThePaperNumbers() {
        assertThat(Theorem3.identity(COUPLED, PAIR).residual()).isLessThan(1e-16);
        assertThat(Matrices.norm(PAIR.commutator())).isCloseTo(.0655743852, within(1e-10));
        assertThat(Matrices.eigenvalues(Theorem3.k(COUPLED, PAIR))[0])
                .isCloseTo(.3685470360, within(1e-10));
        DecayBound bound = Theorem3.bound(COUPLED, PAIR, 1, 2, 5);
        assertThat(bound.norms())
                .containsExactly(
                        new double[] {2.5234626516e-02, 1.1131245596e-02, 1.4614942300e-03},
                        within(1e-11));
        assertThat(bound.bounds())
                .containsExactly(
                        new double[] {3.3528843315e-02, 1.9102216405e-02, 5.1139765697e-03},
                        within(1e-9));
        assertThat(bound.lambda0()).isCloseTo(.2551207856, within(1e-9));
        assertThat(bound.tightness()).isLessThan(1);
        Pair end = COUPLED.flow(PAIR, 5);
        assertClose(
                end.predictor(),
                new double[][] {
                    {.4446123168, -.0123560661, .0206574098},
                    {-.0123560661, .4031274178, .0092146386},
                    {.0206574098, .0092146386, .4377021099}
                },
                1e-10);
        assertClose(
                end.correlation(),
                new double[][] {
                    {.2156096855, -.0244583345, .0294183128},
                    {-.0244583345, .1676738179, .0019121781},
                    {.0294183128, .0019121781, .2226008423}
                },
                1e-10);
    }

    @Property(tries = 1000)
    void commutatorEquationHolds(
            @ForAll Random random,
            @ForAll @IntRange(min = 1, max = 6) int size,
            @ForAll @DoubleRange(min = .1, max = 8) double alphaP,
            @ForAll @DoubleRange(min = 0, max = 1) double etaPredictor,
            @ForAll @DoubleRange(min = 0, max = 1) double etaOnline,
            @ForAll @DoubleRange(min = 0, max = 2) double sigmaSquared,
            @ForAll @DoubleRange(min = 0, max = 1) double tau) {
        CoupledDynamics dynamics =
                new CoupledDynamics(alphaP, etaPredictor, etaOnline, sigmaSquared, tau, true);
        Pair pair =
                new Pair(
                        Matrices.symmetricPart(normal(size, size, random)), positive(size, random));
        assertThat(Theorem3.identity(dynamics, pair).relativeResidual()).isLessThan(1e-13);
    }

    @Property(tries = 25)
    void commutatorStaysBelowTheBound(
            @ForAll Random random, @ForAll @DoubleRange(min = 0, max = .5) double eta) {
        CoupledDynamics dynamics = CoupledDynamics.of(1, eta, .2, 1);
        Pair pair = new Pair(Matrices.symmetricPart(normal(3, 3, random)), positive(3, random));
        assertThat(Theorem3.bound(dynamics, pair, .5, 1, 3).tightness()).isLessThan(1 + 1e-9);
    }

    /** Where K has a negative eigenvalue the bound promises nothing, and the commutator grows. */
    @Test
    void boundIsVoidWhereKIsIndefinite() {
        CoupledDynamics dynamics = CoupledDynamics.of(1, .001, 0, 1);
        double[][] predictor = {{.1, .002}, {.002, .12}};
        Pair start = new Pair(predictor, new double[][] {{.01, 0}, {0, .0144}});
        DecayBound bound = Theorem3.bound(dynamics, start, 1, 10, 20);
        assertThat(bound.guaranteesDecay()).isFalse();
        assertThat(bound.norms()[1]).isGreaterThan(5 * Matrices.norm(start.commutator()));
    }

    /** Long after the norm is below what F W_p - W_p F or W themselves could show. */
    @Test
    void boundsHoldFarBelowTheIntegratorsTolerance() {
        double[] times = {1, 5, 20, 60, 100, 200, 400, 3000};
        DecayBound three = Theorem3.bound(COUPLED, PAIR, times);
        assertThat(three.guaranteesDecay()).isTrue();
        assertThat(three.tightness()).isBetween(1e-6, 1 + 1e-9);
        assertThat(three.norms()[4]).isBetween(1e-60, 1e-15);
        for (int i = 0; i < 3; i++) {
            double[][] commutator = COUPLED.flow(PAIR, times[i]).commutator();
            assertThat(Matrices.norm(commutator)).isCloseTo(three.norms()[i], within(1e-12));
        }
        DecayBound two = Theorem2.bound(MODEL.withoutStopGradient(), START, times);
        assertThat(two.guaranteesDecay()).isTrue();
        assertThat(two.tightness()).isBetween(1e-6, 1 + 1e-9);
        assertThat(two.norms()[5]).isBetween(1e-90, 1e-15);
        for (int i = 0; i < 3; i++) {
            State state = MODEL.withoutStopGradient().flow(START, times[i]);
            assertThat(Matrices.norm(state.online())).isCloseTo(two.norms()[i], within(1e-12));
        }
    }

    @Test
    void assumptionsAreDemanded() {
        assertThatThrownBy(() -> Theorem1.identity(MODEL.withWeightDecays(.1, .2), START, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("etaPredictor is 0.1 and etaOnline is 0.2");
        assertThatThrownBy(() -> Theorem1.identity(MODEL.withoutStopGradient(), START, 1))
                .hasMessageContaining("needs a stop-gradient");
        assertThatThrownBy(() -> Theorem1.identity(MODEL.withSymmetricPredictor(), START, 1))
                .hasMessageContaining("not SYMMETRIC");
        assertThatThrownBy(() -> Theorem2.h(MODEL, START))
                .hasMessageContaining("without stop-gradient")
                .hasMessageContaining("MOVING_AVERAGE");
        assertThatThrownBy(() -> Theorem2.withoutPredictor(MODEL, START.online(), 1))
                .hasMessageContaining("predictor TRAINED and target MOVING_AVERAGE");
        assertThatThrownBy(() -> Theorem3.k(CoupledDynamics.regular(1, 0, 0, 1), PAIR))
                .hasMessageContaining("symmetric dynamics");
        assertThatThrownBy(
                        () ->
                                Theorem3.k(
                                        COUPLED,
                                        new Pair(Sines.matrix(3, 3, 0), PAIR.correlation())))
                .hasMessageContaining("predictor must be symmetric");
        assertThatThrownBy(() -> CoupledDynamics.of(1, 0, 0, -.2))
                .hasMessageContaining("tau must be finite and >= 0, not -0.2");
        assertThatThrownBy(() -> CoupledDynamics.of(1, 0, -1, 1))
                .hasMessageContaining("sigmaSquared must be finite and >= 0, not -1.0");
    }
}
