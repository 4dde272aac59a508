package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.directpred.theory.Matrices.diagonal;
import static org.directpred.theory.Matrices.eigenvalues;
import static org.directpred.theory.Matrices.gaussian;

import java.util.Random;
import java.util.stream.IntStream;
import org.directpred.theory.CoupledDynamics.Pair;
import org.directpred.theory.TwoLayerModel.State;
import org.junit.jupiter.api.Test;

/** What the notebooks' texts and exercises say, where no cell of theirs shows it. */
class NotebookNumbersTest {
    private static double[] grid(double end, int pieces) {
        return IntStream.rangeClosed(0, pieces).mapToDouble(i -> end * i / pieces).toArray();
    }

    /** Notebook 1, exercise 4. */
    @Test
    void weightDecayLiftsLambda0ByMoreThanItself() {
        Random random = new Random(1);
        double[][] x = diagonal(1, 0.8, 0.5);
        double[][] noise = {{.3, .1, 0}, {.1, .2, 0}, {0, 0, .4}};
        double[][] online = gaussian(2, 3, 0.6, random);
        State start = State.zeroTarget(online, gaussian(2, 2, 0.6, random));
        double[] lambda0 = new double[2];
        double[] atStart = new double[2];
        double[] decays = {0.05, 1};
        for (int i = 0; i < 2; i++) {
            TwoLayerModel leaky =
                    TwoLayerModel.of(x, noise, 2, decays[i], 0.4).withoutStopGradient();
            lambda0[i] = Theorem2.bound(leaky, start, grid(40, 80)).lambda0();
            atStart[i] = eigenvalues(Theorem2.h(leaky, start))[0];
        }
        assertThat(atStart[1] - atStart[0]).isEqualTo(0.95, within(1e-12));
        assertThat(lambda0[0]).isEqualTo(0.393, within(5e-4));
        assertThat(lambda0[1]).isEqualTo(1.545, within(5e-4));
    }

    /** Notebook 2, exercise 1: on the parabola K is least at p = 1/3, and there at 0 for 1/9. */
    @Test
    void decayIsPromisedFromOneNinthOn() {
        Pair grows = new Pair(new double[][] {{.2, .002}, {.002, .24}}, diagonal(0.04, 0.0576));
        assertThat(promised(grows, 0.111)).isFalse();
        assertThat(promised(grows, 0.112)).isTrue();
        // The cell's own start falls under the gate before, and never comes to p = 1/3.
        Pair cells = new Pair(new double[][] {{.1, .002}, {.002, .12}}, diagonal(0.01, 0.0144));
        assertThat(promised(cells, 0.1)).isFalse();
        assertThat(promised(cells, 0.105)).isTrue();
    }

    private static boolean promised(Pair start, double eta) {
        return Theorem3.bound(CoupledDynamics.of(1, eta, 0, 1), start, grid(40, 80))
                .guaranteesDecay();
    }

    /** Notebook 2, section 2.1. */
    @Test
    void theTargetOfACollapsingModeIsLargerThanTheNet() {
        DecoupledDynamics byol = PhasePlane.of(1, 0.04, 0.0009, 1).withMovingTarget(0.4);
        assertThat(byol.flow(new DecoupledDynamics.Mode(0.02, 0.0004, 0), 40).tau())
                .isGreaterThan(1);
    }
}
