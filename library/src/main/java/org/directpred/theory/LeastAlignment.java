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
        List<Seen> seen = new ArrayList<>(List.of(path.get(0)));
        double least = k(path.get(0));
        int at = 0;
        for (Seen next : path) {
            Seen before = seen.get(seen.size() - 1);
            if (next.t == before.t || !target.hasTau(next.y)) {
                continue; // tau is at its pole, or has left the range of numbers for good
            }
            if (crosses(before.y, next.y)) {
                // Between the method's own steps the path is interpolated, and may err in sign.
                next = new Seen(next.t, flow(before, next.t));
                if (crosses(before.y, next.y)) {
                    double t = root(before, next, y -> y[1]);
                    return new LeastK(t, Double.NEGATIVE_INFINITY);
                }
            }
            double k = k(next);
            if (k < least) {
                least = k;
                at = seen.size();
            }
            seen.add(next);
        }
        Seen before = seen.get(Math.max(at - 1, 0));
        Seen after = seen.get(Math.min(at + 1, seen.size() - 1));
        if (before.t < after.t && slope(before.y) < 0 && slope(flow(before, after.t)) > 0) {
            double t = root(before, after, this::slope);
            double k = k(new Seen(t, flow(before, t)));
            if (k < least) {
                return new LeastK(t, k);
            }
        }
        return new LeastK(seen.get(at).t, least);
    }

    /** Whether w has passed zero; both lie within the range of numbers. */
    private static boolean crosses(double[] before, double[] after) {
        return before[1] > 0 != after[1] > 0;
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
