package org.directpred.theory;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.hipparchus.analysis.integration.gauss.GaussIntegrator;
import org.hipparchus.analysis.integration.gauss.GaussIntegratorFactory;

/** Integrals over the time of a trajectory, by Gauss's rule on panels that are halved. */
final class Quadrature {
    private static final int POINTS = 12;
    private static final int FEWEST_PANELS = 8;
    private static final int MOST_PANELS = 1 << 12;

    private Quadrature() {}

    /**
     * The integral from 0 to t.
     *
     * @param t &gt; 0
     * @param least size of an integral below which its error does not count
     * @param values of the function at ascending times
     * @throws IntegrationException if halved panels do not agree
     */
    static double integral(double t, double least, UnaryOperator<double[]> values) {
        double before = Double.NaN;
        for (int panels = FEWEST_PANELS; panels <= MOST_PANELS; panels *= 2) {
            double[] times = new double[panels * POINTS];
            double[] terms = new double[times.length];
            for (int i = 0; i < panels; i++) {
                GaussIntegrator rule =
                        new GaussIntegratorFactory()
                                .legendre(POINTS, t * i / panels, t * (i + 1) / panels);
                for (int k = 0; k < POINTS; k++) {
                    times[i * POINTS + k] = rule.getPoint(k);
                    terms[i * POINTS + k] = rule.getWeight(k);
                }
            }
            double[] at = values.apply(times);
            Arrays.setAll(terms, i -> terms[i] * at[i]);
            double value = Arrays.stream(terms).sum();
            double size = Arrays.stream(terms).map(Math::abs).sum();
            if (Math.abs(value - before) <= 1e-12 * Math.max(least, size)) {
                return value;
            }
            before = value;
        }
        throw new IntegrationException(
                "the quadrature does not converge: take a shorter time", t, new double[] {before});
    }
}
