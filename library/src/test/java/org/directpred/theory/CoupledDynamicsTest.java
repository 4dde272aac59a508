package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.directpred.theory.MatrixAssert.assertClose;

import org.directpred.theory.CoupledDynamics.Pair;
import org.directpred.theory.TwoLayerModel.State;
import org.junit.jupiter.api.Test;

/** Flow numbers from SciPy as in {@link TwoLayerModelTest}. */
class CoupledDynamicsTest {
    private static final double[][] PREDICTOR =
            Matrices.plus(
                    Matrices.scale(.5, Matrices.identity(4)),
                    Matrices.scale(.2, Sines.matrix(4, 4, .3)));
    private static final double[][] CORRELATION =
            Matrices.plus(
                    Sines.gram(Sines.matrix(4, 4, 1.9), 6),
                    Matrices.scale(.1, Matrices.identity(4)));

    @Test
    void flowsAgreeWithSciPy() {
        CoupledDynamics regular = new CoupledDynamics(1.6, .07, .02, .4, .8, false);
        Pair end = regular.flow(new Pair(PREDICTOR, CORRELATION), 3);
        assertThat(end.predictor()[0][0]).isCloseTo(.5452196379109, within(1e-11));
        assertThat(end.correlation()[1][2]).isCloseTo(-.1120495712979, within(1e-11));
        assertThat(end.asymmetry()).isCloseTo(.17462488350632363, within(1e-11));

        CoupledDynamics symmetric = new CoupledDynamics(1.6, .07, .02, .4, .8, true);
        Pair aligned = symmetric.flow(new Pair(Matrices.symmetricPart(PREDICTOR), CORRELATION), 3);
        assertThat(aligned.predictor()[0][1]).isCloseTo(-.037301274951, within(1e-11));
        assertThat(Matrices.norm(aligned.commutator()))
                .isCloseTo(.00849175175356364, within(1e-11));
        assertThat(aligned.asymmetry()).isZero();
    }

    /** The pair's velocity is that of the two-layer model under A1 and A2. */
    @Test
    void agreesWithTheTwoLayerModel() {
        double tau = .7;
        double[][] w = Sines.matrix(3, 5, .4);
        double[][] wp = Sines.matrix(3, 3, 1.2);
        TwoLayerModel model =
                TwoLayerModel.of(ViewMoments.isotropic(5, .3), 1.5, 0, 1).withWeightDecays(.1, .04);
        for (boolean symmetric : new boolean[] {false, true}) {
            double[][] predictor = symmetric ? Matrices.symmetricPart(wp) : wp;
            State state = new State(w, predictor, Matrices.scale(tau, w));
            State velocity = (symmetric ? model.withSymmetricPredictor() : model).velocity(state);
            double[][] half = Matrices.multiply(velocity.online(), Matrices.transpose(w));
            Pair pair =
                    new CoupledDynamics(1.5, .1, .04, .3, tau, symmetric)
                            .velocity(new Pair(predictor, state.correlation()));
            assertClose(pair.predictor(), velocity.predictor(), 1e-12);
            assertClose(pair.correlation(), Matrices.plus(half, Matrices.transpose(half)), 1e-12);
        }
    }

    @Test
    void predictorsFixedPointIsFixedAndSymmetric() {
        CoupledDynamics dynamics = CoupledDynamics.regular(2, .1, .5, .9);
        double[][] fixed = dynamics.predictorFixedPoint(CORRELATION);
        double[][] velocity = dynamics.velocity(new Pair(fixed, CORRELATION)).predictor();
        assertThat(Matrices.maxAbs(velocity)).isLessThan(1e-14);
        assertThatThrownBy(
                        () ->
                                CoupledDynamics.regular(2, 0, .5, .9)
                                        .predictorFixedPoint(Matrices.diagonal(1, 0)))
                .hasMessageContaining("not unique");
    }

    @Test
    void balancedPairLiesOnTheInvariant() {
        Pair pair = Pair.balanced(PREDICTOR, 2);
        assertClose(
                pair.correlation(),
                Matrices.scale(.5, Matrices.multiply(Matrices.transpose(PREDICTOR), PREDICTOR)),
                1e-15);
    }
}
