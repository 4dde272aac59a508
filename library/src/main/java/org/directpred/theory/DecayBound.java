package org.directpred.theory;

import java.util.function.ToDoubleFunction;

/**
 * A norm that a theorem bounds, followed along a trajectory: the norm at time t is at most e<sup>-c
 * t</sup> times the first, c being {@code factor} times the infimum so far of a smallest
 * eigenvalue.
 *
 * @param times the times, ascending
 * @param norms the norm at each time
 * @param bounds the theorem's bound at each time
 * @param infima the infimum, from the start to each time, of the smallest eigenvalue that the
 *     theorem names; taken over the integrator's steps and seven points within each
 */
@SuppressWarnings("ArrayRecordComponent") // a result to be read, never compared
public record DecayBound(double[] times, double[] norms, double[] bounds, double[] infima) {

    /** The infimum &lambda;<sub>0</sub> over the whole trajectory. */
    public double lambda0() {
        return infima[infima.length - 1];
    }

    /**
     * Whether the theorem promises decay: &lambda;<sub>0</sub> &gt; 0. Where it does not, the bound
     * still holds but grows, and says nothing.
     */
    public boolean guaranteesDecay() {
        return lambda0() > 0;
    }

    /**
     * The largest of norm / bound over all times: at most 1, up to the integration's error. The
     * norm is followed in its logarithm, so this holds until it leaves the range of numbers, about
     * 1e-308, and times after that do not count.
     */
    public double tightness() {
        double largest = 0;
        for (int i = 0; i < norms.length; i++) {
            if (norms[i] >= Double.MIN_NORMAL) {
                largest = Math.max(largest, norms[i] / bounds[i]);
            }
        }
        return largest;
    }

    /** Follows a trajectory and evaluates the bound e<sup>-factor &lambda;<sub>0</sub> t</sup>. */
    static DecayBound along(
            Integrator.Field field,
            double[] start,
            Integrator.Tolerance tolerance,
            double[] times,
            double factor,
            ToDoubleFunction<double[]> logarithmOfNorm,
            ToDoubleFunction<double[]> smallestEigenvalue) {
        Checks.times(times);
        double[] norms = new double[times.length];
        double[] bounds = new double[times.length];
        double[] infima = new double[times.length];
        double first = logarithmOfNorm.applyAsDouble(start);
        double[] infimum = {smallestEigenvalue.applyAsDouble(start)};
        double[] y = start;
        double before = 0;
        for (int i = 0; i < times.length; i++) {
            double[] span = {times[i] - before};
            y =
                    Integrator.trajectory(
                            field,
                            y,
                            span,
                            tolerance,
                            (t, at) ->
                                    infimum[0] =
                                            Math.min(
                                                    infimum[0],
                                                    smallestEigenvalue.applyAsDouble(at)))[0];
            before = times[i];
            norms[i] = Math.exp(logarithmOfNorm.applyAsDouble(y));
            infima[i] = infimum[0];
            bounds[i] = Math.exp(first - factor * infimum[0] * times[i]);
        }
        return new DecayBound(times.clone(), norms, bounds, infima);
    }
}
