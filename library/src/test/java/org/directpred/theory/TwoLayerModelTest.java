package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.directpred.theory.MatrixAssert.assertClose;

import java.util.Random;
import java.util.concurrent.CancellationException;
import org.directpred.theory.TwoLayerModel.State;
import org.junit.jupiter.api.Test;

/**
 * Numbers marked "SciPy" were computed with SciPy 1.17.1, solve_ivp, DOP853, rtol 1e-13, atol
 * 1e-15, from the equations and not from this code.
 */
class TwoLayerModelTest {
    private static final double[][] X = Matrices.diagonal(1, .8, .5);
    private static final double[][] X_PRIME = {{.3, .1, 0}, {.1, .2, 0}, {0, 0, .4}};
    private static final TwoLayerModel MODEL = TwoLayerModel.of(X, X_PRIME, 2, .05, .4);
    private static final State START =
            new State(
                    Matrices.scale(.5, Sines.matrix(2, 3, 0)),
                    Matrices.scale(.5, Sines.matrix(2, 2, .4)),
                    Matrices.scale(.25, Sines.matrix(2, 3, .9)));

    private static final double[][] OTHER_X = Sines.gram(Sines.matrix(4, 4, .2), 4);
    private static final double[][] OTHER_X_PRIME = Sines.gram(Sines.matrix(4, 4, 1.7), 9);
    private static final TwoLayerModel OTHER =
            TwoLayerModel.of(OTHER_X, OTHER_X_PRIME, .7, 0, 1.3).withWeightDecays(.03, .08);
    private static final State OTHER_START =
            new State(
                    Matrices.scale(.6, Sines.matrix(3, 4, .5)),
                    Matrices.scale(.7, Sines.matrix(3, 3, 1.1)),
                    Matrices.scale(.2, Sines.matrix(3, 4, 2.2)));

    @Test
    void objectiveAndVelocityAreLemma1() {
        assertThat(MODEL.objective(START)).isCloseTo(0.1676715944, within(1e-10));
        State velocity = MODEL.velocity(START);
        assertClose(
                velocity.predictor(),
                new double[][] {{-.4879772585, .5814063071}, {.4269905249, -.4726289374}},
                1e-10);
        assertClose(
                velocity.online(),
                new double[][] {
                    {-.1476855563, .0999818912, -.1927171903},
                    {.2187535010, -.1028231938, .2523057205}
                },
                1e-10);
        assertClose(
                velocity.target(),
                new double[][] {
                    {.1522610241, -.1466872070, .1495064260},
                    {-.0590463565, .0126756725, -.1464948553}
                },
                1e-10);
        assertThat(OTHER.objective(OTHER_START)).isCloseTo(1.4054308071868833, within(1e-13));
    }

    /** The gradient behind every switch is minus the slope of the objective it descends. */
    @Test
    void velocityIsTheSlopeOfTheObjective() {
        double h = 1e-6;
        for (TwoLayerModel model :
                new TwoLayerModel[] {
                    OTHER, OTHER.withOnlineTarget(), OTHER.withoutStopGradient()
                }) {
            boolean through = model.targetMode() == TwoLayerModel.TargetMode.ONLINE_WITH_GRADIENT;
            State start =
                    model.targetMode() == TwoLayerModel.TargetMode.MOVING_AVERAGE
                            ? OTHER_START
                            : State.simSiam(OTHER_START.online(), OTHER_START.predictor());
            TwoLayerModel plain = model.withWeightDecays(0, 0);
            State velocity = plain.velocity(start);
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 4; j++) {
                    double[][] nudge = Matrices.zeros(3, 4);
                    nudge[i][j] = h;
                    // Behind a stop-gradient only the online branch moves.
                    double up = slopeValue(start, nudge, 1, through);
                    double down = slopeValue(start, nudge, -1, through);
                    assertThat(velocity.online()[i][j])
                            .isCloseTo(-(up - down) / (2 * h), within(1e-8));
                }
            }
        }
    }

    private static double slopeValue(State at, double[][] nudge, int sign, boolean through) {
        double[][] moved = Matrices.combine(at.online(), sign, nudge);
        double[][] target = through ? moved : at.target();
        return OTHER.objective(new State(moved, at.predictor(), target));
    }

    @Test
    void flowsAgreeWithSciPy() {
        State byol = OTHER.flow(OTHER_START, 4);
        assertThat(byol.online()[0])
                .containsExactly(
                        new double[] {
                            .1488994204494, -.243371111306, .0781332855194, .1816054092116
                        },
                        within(1e-11));
        assertThat(byol.predictor()[1][0]).isCloseTo(-.4836185593795, within(1e-11));
        assertThat(byol.target()[0][1]).isCloseTo(-.2362766031156, within(1e-11));
        assertThat(Matrices.norm(byol.online())).isCloseTo(1.0036127893694713, within(1e-11));

        State simSiam = OTHER.withOnlineTarget().flow(OTHER_START, 4);
        assertThat(simSiam.online()[0][1]).isCloseTo(-.2842780805917, within(1e-11));
        assertThat(simSiam.predictor()[0][1]).isCloseTo(-.3822494981869, within(1e-11));
        assertThat(simSiam.target()).isEqualTo(simSiam.online());

        State collapsing = OTHER.withoutStopGradient().flow(OTHER_START, 4);
        assertThat(Matrices.norm(collapsing.online())).isCloseTo(.48985854217311986, within(1e-11));
        assertThat(collapsing.predictor()[0][2]).isCloseTo(-.1963939196317, within(1e-11));

        State symmetricStart =
                new State(
                        OTHER_START.online(),
                        Matrices.symmetricPart(OTHER_START.predictor()),
                        OTHER_START.target());
        State symmetric = OTHER.withSymmetricPredictor().flow(symmetricStart, 4);
        assertThat(symmetric.online()[0][2]).isCloseTo(.1240464737775, within(1e-11));
        assertThat(symmetric.predictor()[0][1]).isCloseTo(-.4474751559811, within(1e-11));
        assertThat(symmetric.predictor()[1][0]).isEqualTo(symmetric.predictor()[0][1]);
    }

    @Test
    void discreteStepsAreEulerAndBecomeTheFlow() {
        TwoLayerModel scalar = TwoLayerModel.of(ViewMoments.isotropic(1, .0009), 1, .04, .4);
        State start = State.zeroTarget(new double[][] {{.5}}, new double[][] {{.5}});
        State end = scalar.descend(start, .01, 1000);
        assertThat(end.online()[0][0]).isCloseTo(.7380046538, within(1e-10));
        assertThat(end.predictor()[0][0]).isCloseTo(.7380046538, within(1e-10));
        assertThat(end.target()[0][0]).isCloseTo(.6319079491, within(1e-10));

        State flow = MODEL.flow(START, 2);
        double before = Double.POSITIVE_INFINITY;
        for (int steps : new int[] {40, 400, 4000}) {
            State descended = MODEL.descend(START, 2.0 / steps, steps);
            double error = Matrices.maxAbs(Matrices.minus(descended.online(), flow.online()));
            assertThat(error).isLessThan(before / 8);
            before = error;
        }
    }

    @Test
    void drawnViewsTendToThePopulation() {
        Random random = new Random(5);
        ViewMoments population = ViewMoments.population(OTHER_X, OTHER_X_PRIME);
        ViewMoments drawn = population.draw(100_000, random);
        assertClose(drawn.first(), population.first(), .03);
        assertClose(drawn.cross(), population.cross(), .03);
        assertClose(drawn.symmetrised().xPrime(), population.xPrime(), .03);

        State whole = OTHER.flow(OTHER_START, 3);
        State batches = OTHER.descend(OTHER_START, .01, 300, () -> population.draw(64, random));
        State same = OTHER.descend(OTHER_START, .01, 300);
        double noise = Matrices.norm(Matrices.minus(batches.online(), same.online()));
        assertThat(noise).isBetween(1e-4, .1);
        State larger = OTHER.descend(OTHER_START, .01, 300, () -> population.draw(1600, random));
        assertThat(Matrices.norm(Matrices.minus(larger.online(), same.online())))
                .isLessThan(noise / 2);
        assertThat(Matrices.norm(Matrices.minus(whole.online(), same.online()))).isLessThan(.02);
    }

    /** On drawn views the objective is the mean of the squared errors, sample by sample. */
    @Test
    void objectiveOnViewsIsTheMeanSquaredError() {
        double[][] first = Sines.matrix(7, 4, .1);
        double[][] second = Sines.matrix(7, 4, 2.3);
        double sum = 0;
        for (int i = 0; i < 7; i++) {
            double[][] one = Matrices.transpose(new double[][] {first[i]});
            double[][] two = Matrices.transpose(new double[][] {second[i]});
            double[][] error =
                    Matrices.minus(
                            Matrices.multiply(OTHER_START.predictor(), OTHER_START.online(), one),
                            Matrices.multiply(OTHER_START.target(), two));
            sum += .5 * Matrices.inner(error, error);
        }
        double objective = OTHER.withMoments(ViewMoments.of(first, second)).objective(OTHER_START);
        assertThat(objective).isCloseTo(sum / 7, within(1e-13));
    }

    @Test
    void badInputIsNamed() {
        double[][] skew = {{1, 2}, {3, 1}};
        double[][] eye = Matrices.identity(2);
        assertThatThrownBy(() -> ViewMoments.population(skew, eye))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("X must be symmetric")
                .hasMessageContaining("3.0")
                .hasMessageContaining("2.0");
        assertThatThrownBy(() -> ViewMoments.population(eye, Matrices.identity(3)))
                .hasMessageContaining("X' must be 2x2, not 3x3");
        assertThatThrownBy(() -> ViewMoments.population(new double[][] {{Double.NaN}}, eye))
                .hasMessageContaining("X[0][0] must be finite, not NaN");
        assertThatThrownBy(
                        () ->
                                ViewMoments.population(eye, Matrices.diagonal(-1, 1))
                                        .draw(2, new Random(1)))
                .hasMessageContaining("X' is positive semi-definite")
                .hasMessageContaining("-1.0");
        assertThatThrownBy(() -> TwoLayerModel.of(eye, eye, 1, -.1, 0))
                .hasMessageContaining("etaPredictor must be finite and >= 0, not -0.1");
        assertThatThrownBy(() -> TwoLayerModel.of(eye, eye, 1, 0, -2))
                .hasMessageContaining("beta must be finite and >= 0, not -2.0");
        assertThatThrownBy(() -> TwoLayerModel.of(eye, eye, 0, 0, 0))
                .hasMessageContaining("alphaP must be finite and > 0, not 0.0");
        assertThatThrownBy(() -> new State(Matrices.zeros(2, 3), eye, Matrices.zeros(3, 3)))
                .hasMessageContaining("target must be 2x3, not 3x3");
        assertThatThrownBy(() -> MODEL.velocity(State.simSiam(eye, eye)))
                .hasMessageContaining("online must have as many columns")
                .hasMessageContaining("2x2");
        assertThatThrownBy(() -> MODEL.withSymmetricPredictor().velocity(START))
                .hasMessageContaining("predictor must be symmetric");
        assertThatThrownBy(() -> MODEL.withoutPredictor().velocity(START))
                .hasMessageContaining("predictor must be the identity");
        assertThatThrownBy(() -> MODEL.trajectory(START, 2, 1))
                .hasMessageContaining("times[1] is 1.0 after 2.0");
        assertThatThrownBy(() -> MODEL.descend(START, .1, 1, () -> ViewMoments.isotropic(2, 0)))
                .hasMessageContaining("input size 3, not 2");
    }

    @Test
    void divergenceSaysWhere() {
        assertThatThrownBy(() -> MODEL.descend(START, 1e3, 100))
                .isInstanceOfSatisfying(
                        IntegrationException.class,
                        e -> {
                            assertThat(e.time()).isPositive();
                            assertThat(e.state()).hasSize(16).doesNotContain(Double.NaN);
                        })
                .hasMessageContaining("diverges")
                .hasMessageContaining("t = ");
        // A negative-definite "X'" is no covariance; the flow it drives explodes in finite time.
        TwoLayerModel explosive =
                TwoLayerModel.of(
                        Matrices.identity(3), Matrices.scale(-3, Matrices.identity(3)), 1, 0, 1);
        assertThatThrownBy(() -> explosive.flow(START, 1000))
                .isInstanceOf(IntegrationException.class)
                .hasMessageContaining("diverges")
                .hasMessageContaining("state = [");
    }

    @Test
    void anInterruptStops() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> MODEL.flow(START, 1)).isInstanceOf(CancellationException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> MODEL.descend(START, .1, 9))
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("after 0 steps");
    }
}
