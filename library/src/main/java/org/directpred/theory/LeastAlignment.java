package org.directpred.theory;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.directpred.theory.DecoupledDynamics.LeastK;
import org.directpred.theory.DecoupledDynamics.Mode;
import org.hipparchus.analysis.solvers.BracketingNthOrderBrentSolver;

/** Finds the least K<sub>jj</sub> along one trajectory of a mode with a moving target. */
final class LeastAlignment {
    private static final int EVALUATIONS = 200;

    private final DecoupledDynamics dynamics;
    private final MovingTarget target;

    LeastAlignment(DecoupledDynamics dynamics, MovingTarget target) {
        this.dynamics = dynamics;
        this.target = target;
    }

    @SuppressWarnings("ArrayRecordComponent") // a point on the way, never compared
    private record Seen(double t, double[] y) {}

    LeastK until(double end) {
        List<Seen> path = new ArrayList<>();
        Integrator.trajectory(
                target::velocity,
                target.start(),
                new double[] {end},
                MovingTarget.TOLERANCE,
                (t, y) -> path.add(new Seen(t, y.clone())));
        int least = 0;
        for (int i = 1; i < path.size(); i++) {
            if (path.get(i).y[1] * path.get(i - 1).y[1] <= 0) {
                double t = root(path.get(i - 1), path.get(i), y -> y[1]);
                return new LeastK(t, Double.NEGATIVE_INFINITY);
            }
            least = k(path.get(i)) < k(path.get(least)) ? i : least;
        }
        Seen before = path.get(Math.max(least - 1, 0));
        Seen after = path.get(Math.min(least + 1, path.size() - 1));
        if (slope(before.y) * slope(after.y) >= 0) {
            return new LeastK(path.get(least).t, k(path.get(least)));
        }
        double t = root(before, after, this::slope);
        return new LeastK(t, k(new Seen(t, flow(before, t))));
    }

    private double k(Seen seen) {
        return dynamics.k(DecoupledDynamics.mode(target, seen.t, seen.y));
    }

    /** dK/dt, by the chain rule. */
    private double slope(double[] y) {
        Mode mode = DecoupledDynamics.mode(target, 0, y);
        double[] v = dynamics.velocity(mode);
        double spread = 1 + dynamics.sigmaSquared();
        return spread * (dynamics.alphaP() / 2 * v[1] + 2 * mode.p() * v[0])
                - mode.tau() * v[0]
                - mode.p() * v[2];
    }

    private double[] flow(Seen from, double t) {
        return Integrator.trajectory(
                target::velocity, from.y, new double[] {t - from.t}, MovingTarget.TOLERANCE, null)[
                0];
    }

    @FunctionalInterface
    private interface Quantity {
        double of(double[] y);
    }

    private double root(Seen low, Seen high, Quantity quantity) {
        DoubleUnaryOperator at = t -> quantity.of(flow(low, t));
        return new BracketingNthOrderBrentSolver(1e-14, 1e-10, 5)
                .solve(EVALUATIONS, at::applyAsDouble, low.t, high.t);
    }
}
