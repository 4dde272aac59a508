package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * IsoLoss at parameters, starts and times drawn over many orders of magnitude, beside another form
 * of its equations.
 */
class IsoLossRangesTest {
    private static final int CASES = 100;

    private static double logUniform(Random random, double from, double to) {
        return from * Math.pow(to / from, random.nextDouble());
    }

    /** -1/u + log(u / |1 - u|) of u = lambda^alpha rises by 2 alpha t; u by bisection. */
    @Test
    void standardLossAgreesWithItsImplicitSolution() {
        Random random = new Random(2);
        for (int i = 0; i < CASES; i++) {
            double exponent = logUniform(random, .05, 20);
            double u = logUniform(random, 1e-9, 20);
            double first = Math.pow(u, 1 / exponent);
            double t = logUniform(random, 1e-3, 20) / (2 * exponent) * (1 + 1 / Math.min(u, 1));
            DoubleUnaryOperator clock = x -> -1 / x + Math.log(x / Math.abs(1 - x));
            double goal = clock.applyAsDouble(u) + 2 * exponent * t;
            double near = u;
            double far = 1;
            for (int k = 0; k < 2000; k++) {
                double middle = near < .5 * far ? Math.sqrt(near * far) : (near + far) / 2;
                boolean reached = clock.applyAsDouble(middle) >= goal;
                near = reached ? near : middle;
                far = reached ? middle : far;
            }
            double end = Math.pow(near, 1 / exponent);
            assertThat(new IsoLoss(exponent).standard(first, t) / end)
                    .as(i + ": " + exponent + ", " + first + ", " + t)
                    .isCloseTo(1, within(1e-7));
        }
    }

    /** lambda^-alpha - 1 falls as e^{-2 alpha t}: of tiny, huge and hardly unequal numbers. */
    @Test
    void isoLossIsLogisticOverAllNumbers() {
        Random random = new Random(3);
        for (int i = 0; i < CASES; i++) {
            double exponent = logUniform(random, 1e-10, 50);
            double first = Math.pow(10, 500 * random.nextDouble() - 250);
            double t = logUniform(random, 1e-3, 500);
            double end = new IsoLoss(exponent).isotropic(first, t);
            // dlog lambda/dt = -2 (lambda^alpha - 1), in log lambda and by another integrator.
            double[] log =
                    new StiffIntegrator(
                                    y -> new double[] {-2 * Math.expm1(exponent * y[0])},
                                    new double[] {upper(exponent, first, t)},
                                    Math.min(t, early(exponent, first)),
                                    new Integrator.Tolerance(
                                            new double[] {1e-13}, new double[] {1e-15}))
                            .flow(t, null);
            assertThat(Math.log(end))
                    .as(i + ": " + exponent + ", " + first + ", " + t)
                    .isCloseTo(log[0], within(1e-8 * Math.max(1, Math.abs(log[0]))));
        }
        assertThat(new IsoLoss(2).isotropic(1e-200, 1) / (1e-200 * Math.exp(2)))
                .isCloseTo(1, within(1e-13));
        assertThat(new IsoLoss(50).isotropic(1e100, 10)).isCloseTo(1, within(1e-12));
        assertThat(new IsoLoss(1e-12).isotropic(3, 1))
                .isCloseTo(3 * Math.exp(-2e-12 * Math.log(3)), within(1e-15));
    }

    /**
     * From u = lambda^alpha far above 1 the time so far is (1/u) / (2 alpha), and u = 1/(2 alpha
     * t).
     */
    private static double early(double exponent, double first) {
        double u = exponent * Math.log(first);
        return u < 20 ? 0 : Math.exp(-20) / (2 * exponent);
    }

    private static double upper(double exponent, double first, double t) {
        double u = exponent * Math.log(first);
        double gone = 2 * exponent * Math.min(t, early(exponent, first));
        return u < 20 ? Math.log(first) : -Math.log(Math.exp(-u) + gone) / exponent;
    }
}
