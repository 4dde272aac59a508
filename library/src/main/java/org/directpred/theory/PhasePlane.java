package org.directpred.theory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.hipparchus.complex.Complex;
import org.jspecify.annotations.Nullable;

/**
 * The plane of one eigenmode, predictor eigenvalue p and correlation eigenvalue s, while the
 * target's share &tau; stands still (Eqns 11 and 12):
 *
 * <pre>
 *  dp/dt = alpha_p s [tau - (1 + sigma^2) p] - eta_p p
 *  ds/dt = 2 p s [tau - (1 + sigma^2) p] - 2 eta_s s </pre>
 *
 * <p>&tau; = 1 is SimSiam, or a moving average that has caught up. With one weight decay &eta; the
 * distance from the parabola s = p<sup>2</sup>/&alpha;<sub>p</sub> decays as e<sup>-2 &eta; t</sup>
 * (Eqn 14); with &eta; &gt; 0 every trajectory is drawn to that invariant parabola.
 *
 * <p>In units of p* = &tau;/(1 + &sigma;<sup>2</sup>) for p, of p*<sup>2</sup>/&alpha;<sub>p</sub>
 * for s and of (1 + &sigma;<sup>2</sup>)/&tau;<sup>2</sup> for time, the plane with one weight
 * decay depends on one number only, {@link #scaledDecay()} h = &eta; (1 +
 * &sigma;<sup>2</sup>)/&tau;<sup>2</sup>: three fixed points for h &lt; 1/4, one above; alignment
 * without condition for h &gt; 1/9.
 *
 * @param alphaP &alpha;<sub>p</sub> &gt; 0, relative learning rate of the predictor
 * @param etaPredictor &eta;<sub>p</sub> &ge; 0, the predictor's weight decay
 * @param etaOnline &eta;<sub>s</sub> &ge; 0, the online net's weight decay
 * @param sigmaSquared &sigma;<sup>2</sup> &ge; 0, variance of the augmentation
 * @param tau &tau; &ge; 0; above 1 where the online net has decayed faster than its average follows
 */
public record PhasePlane(
        double alphaP, double etaPredictor, double etaOnline, double sigmaSquared, double tau) {

    /** Undecided after this many times the slowest rate's time: on the boundary, in double. */
    private static final double PATIENCE = 80;

    /** The same there, where the useful point is neared as 1/t. */
    private static final double PATIENCE_AT_CRITICAL = 1e-3;

    /** p relative to itself, in a collapse too, log w absolute. */
    static final Integrator.Tolerance TOLERANCE =
            new Integrator.Tolerance(
                    new double[] {Integrator.NONE, 1e-12}, new double[] {1e-12, 1e-15});

    /** Checks the parameters. */
    public PhasePlane {
        Checks.positive("alphaP", alphaP);
        Checks.nonNegative("etaPredictor", etaPredictor);
        Checks.nonNegative("etaOnline", etaOnline);
        Checks.nonNegative("sigmaSquared", sigmaSquared);
        Checks.nonNegative("tau", tau);
    }

    /** The plane with one weight decay. */
    public static PhasePlane of(double alphaP, double eta, double sigmaSquared, double tau) {
        return new PhasePlane(alphaP, eta, eta, sigmaSquared, tau);
    }

    /** This plane at another &tau; &ge; 0. */
    public PhasePlane withTau(double tau) {
        return new PhasePlane(alphaP, etaPredictor, etaOnline, sigmaSquared, tau);
    }

    /**
     * The same mode with a target of its own, which follows the online net at the rate &beta;: the
     * paper's three-dimensional system. Its &tau; begins where each start puts it.
     *
     * @param beta &beta; &ge; 0
     * @throws IllegalArgumentException if this plane's &tau; is not 1, which would then say nothing
     */
    public DecoupledDynamics withMovingTarget(double beta) {
        return new DecoupledDynamics(this, beta);
    }

    /**
     * A point of the plane.
     *
     * @param p eigenvalue of the predictor W<sub>p</sub>
     * @param s eigenvalue of the correlation F, &ge; 0
     */
    public record Point(double p, double s) {
        /** Checks the point. */
        public Point {
            Checks.finite("p", p);
            Checks.nonNegative("s", s);
        }
    }

    /** Which fixed point: p*<sub>0</sub> = 0, p*<sub>-</sub> or p*<sub>+</sub>. */
    public enum Branch {
        /** p = s = 0, the collapsed solution. */
        COLLAPSED,
        /** p*<sub>-</sub>, the boundary between collapse and use. */
        LOWER,
        /** p*<sub>+</sub>, the useful solution. */
        UPPER
    }

    /** How the flow passes a fixed point. */
    public enum Stability {
        /** Every direction comes in. */
        STABLE,
        /** One direction comes in, one goes out. */
        SADDLE,
        /** Linearly neutral in one direction: it comes in on one side and goes out on the other. */
        HALF_STABLE
    }

    /**
     * A fixed point.
     *
     * @param branch which one
     * @param p its p
     * @param s its s
     * @param stability how the flow passes it
     * @param eigenvalues the two eigenvalues of the Jacobian there; a complex pair is possible only
     *     if the weight decays differ
     */
    public record FixedPoint(
            Branch branch, double p, double s, Stability stability, List<Complex> eigenvalues) {}

    /** Where a trajectory ends. */
    public enum Outcome {
        /** s tends to 0: the online net forgets the mode. */
        COLLAPSE,
        /** s tends to a positive value, or grows: the mode is learned. */
        USEFUL,
        /** Neither within what double precision can tell: the start lies on the boundary. */
        BOUNDARY
    }

    private double spread() {
        return 1 + sigmaSquared;
    }

    private boolean oneDecay() {
        return etaPredictor == etaOnline;
    }

    /** p* = &tau;/(1 + &sigma;<sup>2</sup>), the goal of the predictor without weight decay. */
    public double goal() {
        return tau / spread();
    }

    /**
     * h = &eta;<sub>s</sub> (1 + &sigma;<sup>2</sup>)/&tau;<sup>2</sup>; infinite for &tau; = 0.
     */
    public double scaledDecay() {
        return etaOnline == 0 ? 0 : etaOnline * spread() / (tau * tau);
    }

    /** dp/dt and ds/dt at (p, s), Eqns 11 and 12. */
    public double[] velocity(double p, double s) {
        double pull = tau - spread() * p;
        return new double[] {
            alphaP * s * pull - etaPredictor * p, 2 * p * s * pull - 2 * etaOnline * s
        };
    }

    /** The Jacobian of {@link #velocity} at (p, s), 2 x 2, rows dp and ds, columns p and s. */
    public double[][] jacobian(double p, double s) {
        double pull = tau - spread() * p;
        return new double[][] {
            {-alphaP * s * spread() - etaPredictor, alphaP * pull},
            {2 * s * (tau - 2 * spread() * p), 2 * p * pull - 2 * etaOnline}
        };
    }

    /**
     * The point after time t.
     *
     * @throws IntegrationException if the flow diverges
     */
    public Point flow(double p, double s, double t) {
        return trajectory(p, s, t).get(0);
    }

    /**
     * The points at ascending times.
     *
     * @throws IntegrationException if the flow diverges
     */
    public List<Point> trajectory(double p, double s, double... times) {
        Point start = new Point(p, s);
        Checks.times(times);
        List<Point> points = new ArrayList<>();
        if (s == 0) {
            for (double t : times) {
                points.add(new Point(p * Math.exp(-etaPredictor * t), 0));
            }
            return List.copyOf(points);
        }
        for (double[] y : logarithmic(start, times)) {
            points.add(point(y));
        }
        return List.copyOf(points);
    }

    private double[][] logarithmic(Point start, double... times) {
        return Integrator.trajectory(this::logarithmic, logarithmic(start), times, TOLERANCE, null);
    }

    /**
     * (p, log w) with s = w<sup>2</sup>: from a p above the goal s may fall by thousands of orders
     * of magnitude and come back, which s itself, integrated, does not survive.
     */
    private static double[] logarithmic(Point at) {
        return new double[] {at.p, Math.log(at.s) / 2};
    }

    private static Point point(double[] y) {
        return new Point(y[0], Math.exp(2 * y[1]));
    }

    double[] logarithmic(double[] y) {
        double pull = tau - spread() * y[0];
        return new double[] {
            alphaP * Math.exp(2 * y[1]) * pull - etaPredictor * y[0], y[0] * pull - etaOnline
        };
    }

    /** c = s - p<sup>2</sup>/&alpha;<sub>p</sub>, the height above the invariant parabola. */
    public double imbalance(double p, double s) {
        return s - p * p / alphaP;
    }

    /**
     * The exact integral (14) after the flow has run from (p, s) for the time t. It is blind to an
     * s far below p<sup>2</sup>/&alpha;<sub>p</sub>, which is rounded away in the sum; {@link
     * #growthIntegral} is not.
     *
     * @return left s(t), right p(t)<sup>2</sup>/&alpha;<sub>p</sub> + e<sup>-2 &eta; t</sup> c,
     *     each 1 x 1; c has the sign that is consistent, the paper's text prints the other
     * @throws IllegalArgumentException if the weight decays differ
     */
    public Identity exactIntegral(double p, double s, double t) {
        requireOneDecay("the exact integral (14)");
        Point now = flow(p, s, t);
        double parabola = now.p * now.p / alphaP;
        double remembered = Math.exp(-2 * etaOnline * t) * imbalance(p, s);
        return new Identity(
                new double[][] {{now.s}},
                new double[][] {{parabola + remembered}},
                now.s + parabola + Math.abs(remembered));
    }

    /**
     * The growth of s after the flow has run from (p, s) for the time t: Eqn 12 divided by s and
     * integrated over the trajectory of p, for any weight decays and however small s becomes.
     *
     * <p>An integral that is not accurate is not returned.
     *
     * @return left log s(t), right log s + 2 &int;<sub>0</sub><sup>t</sup> {p [tau - (1 + sigma^2)
     *     p] - eta_s} dt', each 1 x 1
     * @throws IllegalArgumentException if s = 0
     * @throws IntegrationException if the flow diverges, or the integral is not known to 1e-7 of
     *     its terms
     */
    public Identity growthIntegral(double p, double s, double t) {
        Checks.positive("s", s);
        Checks.nonNegative("t", t);
        Point start = new Point(p, s);
        double[] now = logarithmic(start, t)[0];
        double left = 2 * now[1];
        double first = Math.log(s);
        double[] ends = Integrator.steps(this::logarithmic, logarithmic(start), t, TOLERANCE);
        Quadrature.Integral grown =
                Quadrature.integral(
                        ends,
                        Math.max(1, Math.abs(left) + Math.abs(first)),
                        times -> growth(start, times));
        return new Identity(
                new double[][] {{left}},
                new double[][] {{first + 2 * grown.value()}},
                Math.abs(left) + Math.abs(first) + 2 * grown.size());
    }

    private double[] growth(Point start, double... times) {
        return Arrays.stream(logarithmic(start, times)).mapToDouble(y -> delta(y[0])).toArray();
    }

    /** dp/dt on the invariant parabola, p<sup>2</sup> [tau - (1 + sigma^2) p] - eta p (Eqn 16). */
    public double velocityOnParabola(double p) {
        requireOneDecay("the invariant parabola");
        return p * delta(p);
    }

    /** d/dp of {@link #velocityOnParabola}, the eigenvalue along the parabola at a fixed point. */
    public double slopeOnParabola(double p) {
        requireOneDecay("the invariant parabola");
        return 2 * tau * p - 3 * spread() * p * p - etaOnline;
    }

    /**
     * The critical weight decay &tau;<sup>2</sup>/(4 (1 + &sigma;<sup>2</sup>)), of the online net;
     * above it collapse is unavoidable.
     */
    public double criticalWeightDecay() {
        return tau * tau / (4 * spread());
    }

    /**
     * &tau;<sup>2</sup>/(9 (1 + &sigma;<sup>2</sup>)): above this weight decay K<sub>jj</sub> is
     * positive everywhere on the parabola, so that eigenspaces align without condition.
     */
    public double alignmentWeightDecay() {
        return tau * tau / (9 * spread());
    }

    /** Whether p*<sub>-</sub> and p*<sub>+</sub> are real: &eta;<sub>s</sub> up to the critical. */
    public boolean hasUsefulFixedPoint() {
        return etaOnline > 0 && etaPredictor > 0 && discriminant() >= 0 && tau > 0;
    }

    /** &tau;<sup>2</sup> - 4 &eta;<sub>s</sub> (1 + &sigma;<sup>2</sup>). */
    public double discriminant() {
        return tau * tau - 4 * etaOnline * spread();
    }

    /**
     * p*<sub>-</sub>, the smaller root of p [tau - (1 + sigma^2) p] = eta_s: the least p on the
     * parabola that does not collapse.
     *
     * @throws IllegalArgumentException if there is no real one
     */
    public double lower() {
        // The stable form of (tau - D)/(2 (1 + sigma^2)): no cancellation at small weight decay.
        return tau == 0 && etaOnline == 0 ? 0 : 2 * etaOnline / (tau + root());
    }

    /**
     * p*<sub>+</sub>, the larger root: the useful fixed point.
     *
     * @throws IllegalArgumentException if there is no real one
     */
    public double upper() {
        return (tau + root()) / (2 * spread());
    }

    private double root() {
        double d = discriminant();
        if (d < 0) {
            throw new IllegalArgumentException(
                    "there is no real fixed point but the origin: etaOnline is "
                            + etaOnline
                            + ", above the critical tau^2/(4 (1 + sigma^2)) = "
                            + criticalWeightDecay());
        }
        return Math.sqrt(d);
    }

    /** s on a branch with this p: (&eta;<sub>p</sub>/&eta;<sub>s</sub>) p<sup>2</sup>/&alpha;. */
    private double onBranch(double p) {
        return etaPredictor / etaOnline * p * p / alphaP;
    }

    /**
     * All fixed points, from the origin up: one, two (at the critical weight decay) or three.
     *
     * @throws IllegalArgumentException if a weight decay is 0, where the fixed points fill lines or
     *     do not exist; {@link #limitWithoutDecay} has the case in which both are
     */
    public List<FixedPoint> fixedPoints() {
        if (etaOnline == 0 || etaPredictor == 0) {
            throw new IllegalArgumentException(
                    "isolated fixed points need both weight decays above 0, but etaPredictor is "
                            + etaPredictor
                            + " and etaOnline is "
                            + etaOnline
                            + (etaOnline > 0
                                    ? ": every (p, 0) is fixed and every mode collapses"
                                    : etaPredictor > 0
                                            ? ": only the origin is fixed and s grows without end"
                                            : ": see limitWithoutDecay"));
        }
        List<FixedPoint> points = new ArrayList<>();
        points.add(fixedPoint(Branch.COLLAPSED, 0, 0, Stability.STABLE));
        double d = discriminant();
        if (tau > 0 && d == 0) {
            double p = upper();
            points.add(fixedPoint(Branch.UPPER, p, onBranch(p), Stability.HALF_STABLE));
        } else if (tau > 0 && d > 0) {
            double minus = lower();
            double plus = upper();
            points.add(fixedPoint(Branch.LOWER, minus, onBranch(minus), Stability.SADDLE));
            points.add(fixedPoint(Branch.UPPER, plus, onBranch(plus), Stability.STABLE));
        }
        return List.copyOf(points);
    }

    private FixedPoint fixedPoint(Branch branch, double p, double s, Stability stability) {
        double[][] j = jacobian(p, s);
        double mean = (j[0][0] + j[1][1]) / 2;
        double half = (j[0][0] - j[1][1]) / 2;
        Complex root = new Complex(half * half + j[0][1] * j[1][0], 0).sqrt();
        return new FixedPoint(
                branch, p, s, stability, List.of(root.add(mean), root.negate().add(mean)));
    }

    /**
     * Where a trajectory ends without any weight decay; the complete picture. With c = s -
     * p<sup>2</sup>/&alpha;<sub>p</sub>, r = sqrt(-&alpha;<sub>p</sub> c) and the goal p* =
     * &tau;/(1 + &sigma;<sup>2</sup>): c &gt; 0 ends in (p*, p*<sup>2</sup>/&alpha;<sub>p</sub> +
     * c); c &le; 0 and p &le; 0 in (-r, 0); c &le; 0 and p &gt; 0 in (p*, p*<sup>2</sup>/&alpha; +
     * c) if r &lt; p*, else in (r, 0). Starts on s = 0 stay.
     *
     * @throws IllegalArgumentException if a weight decay is above 0
     */
    public Point limitWithoutDecay(double p, double s) {
        if (etaPredictor != 0 || etaOnline != 0) {
            throw new IllegalArgumentException(
                    "this limit is that without weight decay, but etaPredictor is "
                            + etaPredictor
                            + " and etaOnline is "
                            + etaOnline);
        }
        Point start = new Point(p, s);
        if (s == 0) {
            return start;
        }
        double c = imbalance(p, s);
        double r = Math.sqrt(Math.max(-alphaP * c, 0));
        if (c <= 0 && p <= 0) {
            return new Point(-r, 0);
        }
        if (c <= 0 && r >= goal()) {
            return new Point(r, 0);
        }
        return new Point(goal(), goal() * goal() / alphaP + c);
    }

    /**
     * Where the trajectory from (p, s) ends. Without weight decay and on the parabola from closed
     * forms, elsewhere by integration into a region that it cannot leave.
     *
     * @throws IllegalArgumentException if &tau; = 0, where there is nothing to learn
     * @throws IntegrationException if the flow diverges
     */
    public Outcome outcome(double p, double s) {
        Point start = new Point(p, s);
        if (tau == 0) {
            throw new IllegalArgumentException(
                    "tau must be above 0 for a mode to be learned or forgotten");
        }
        if (s == 0 || (etaPredictor == 0 && etaOnline > 0)) {
            return Outcome.COLLAPSE;
        }
        if (etaOnline == 0) {
            // With decay on the predictor alone p turns positive in the end and s then grows.
            boolean learned = etaPredictor > 0 || limitWithoutDecay(p, s).s > 0;
            return learned ? Outcome.USEFUL : Outcome.COLLAPSE;
        }
        if (discriminant() < 0) {
            return Outcome.COLLAPSE;
        }
        Outcome now = trapped(start);
        if (now != null) {
            return now;
        }
        double[] end =
                Integrator.until(
                        this::logarithmic,
                        logarithmic(start),
                        PATIENCE / slowest(),
                        TOLERANCE,
                        y -> trapped(point(y)) != null);
        now = trapped(point(end));
        return now == null ? Outcome.BOUNDARY : now;
    }

    /** The slowest rate that an outcome may wait for: of a decay, or away from the saddle. */
    private double slowest() {
        double decay = Math.min(etaOnline, etaPredictor);
        double minus = lower();
        double[][] j = jacobian(minus, onBranch(minus));
        double half = j[0][0] / 2; // j[1][1] is 0 there
        double determinant = -j[0][1] * j[1][0];
        double away = determinant / (half - Math.sqrt(half * half - determinant));
        // At the critical weight decay the two points are one, which nothing leaves by a rate.
        return away > 0 ? Math.min(decay, away) : PATIENCE_AT_CRITICAL * decay;
    }

    /**
     * The outcome, if the point lies in a region that no trajectory leaves, else null. Below and
     * left of the saddle dp/dt &lt; 0 on the right side and ds/dt &lt; 0 inside. With one weight
     * decay, right of p_- and above the parabola p cannot pass p_- nor s the parabola; and between
     * the roots, above the saddle and below the parabola, s grows and p can pass neither root. With
     * any, between p_- and the goal, {@link #distance} never grows, and is nowhere on p_- less than
     * at s_+.
     */
    private @Nullable Outcome trapped(Point at) {
        double minus = lower();
        double plus = upper();
        double sMinus = onBranch(minus);
        double sPlus = onBranch(plus);
        if (at.p == minus && at.s == sMinus) {
            return Outcome.BOUNDARY;
        }
        if (at.p <= minus && at.s <= sMinus) {
            return Outcome.COLLAPSE;
        }
        boolean above = imbalance(at.p, at.s) >= 0;
        if (oneDecay() && at.p >= minus && (above || (at.p <= plus && at.s >= sMinus))) {
            return Outcome.USEFUL;
        }
        if (at.p > minus && at.p < goal() && distance(at) < distance(new Point(minus, sPlus))) {
            return Outcome.USEFUL;
        }
        boolean near =
                Math.abs(at.p - plus) < 0.05 * (plus - minus)
                        && Math.abs(at.s - sPlus) < 0.05 * (sPlus - sMinus);
        return near ? Outcome.USEFUL : null;
    }

    /**
     * A Lyapunov function of the useful point for p below the goal p*: with g(p) = p [tau - (1 +
     * sigma^2) p] - eta_s and h(p) = eta_p p / [tau - (1 + sigma^2) p], which increases,
     *
     * <pre>
     *  V = alpha_p (s - s_+ - s_+ log(s / s_+)) / 2 - int_{p_+}^p g(q) / [tau - (1 + sigma^2) q] dq
     *  dV/dt = g(p) [h(p) - h(p_+)] &le; 0 for p &gt; p_- </pre>
     */
    private double distance(Point at) {
        double plus = upper();
        double sPlus = onBranch(plus);
        double ratio = at.s / sPlus;
        double pull = (tau - spread() * at.p) / (tau - spread() * plus);
        return alphaP * sPlus * (ratio - 1 - Math.log(ratio)) / 2
                - (at.p * at.p - plus * plus) / 2
                - etaOnline / spread() * Math.log(pull);
    }

    /**
     * The boundary between the two basins inside a box, as a line from its upper left to its lower
     * right: the stable manifold of the saddle, or without weight decay the curves s =
     * p<sup>2</sup>/&alpha;<sub>p</sub> (p &lt; 0) and s = (p<sup>2</sup> -
     * p*<sup>2</sup>)/&alpha;<sub>p</sub> (p &gt; p*).
     *
     * @param pFrom the box's left side
     * @param pTo its right side
     * @param sTo its upper side; the lower is s = 0
     * @return the line's points in order; empty if there is but one basin
     */
    public List<Point> separatrix(double pFrom, double pTo, double sTo) {
        if (!(pFrom < pTo)) {
            throw new IllegalArgumentException(
                    "the box must run from a smaller to a larger p, not " + pFrom + " to " + pTo);
        }
        Checks.positive("sTo", sTo);
        if (tau == 0 || etaOnline == 0 != (etaPredictor == 0) || discriminant() <= 0) {
            return List.of();
        }
        return etaOnline == 0
                ? separatrixWithoutDecay(pFrom, pTo, sTo)
                : stableManifold(pFrom, pTo, sTo);
    }

    private List<Point> separatrixWithoutDecay(double pFrom, double pTo, double sTo) {
        List<Point> line = new ArrayList<>();
        int pieces = 200;
        for (int i = 0; i <= 2 * pieces; i++) {
            double u = i <= pieces ? i / (double) pieces - 1 : (i - pieces) / (double) pieces;
            double s = sTo * u * u;
            double p = u < 0 ? -Math.sqrt(alphaP * s) : Math.hypot(goal(), Math.sqrt(alphaP * s));
            if (p >= pFrom && p <= pTo) {
                line.add(new Point(p, s));
            }
        }
        return List.copyOf(line);
    }

    private List<Point> stableManifold(double pFrom, double pTo, double sTo) {
        double p = lower();
        double s = onBranch(p);
        double[][] j = jacobian(p, s);
        double half = (j[0][0] - j[1][1]) / 2;
        double stable = (j[0][0] + j[1][1]) / 2 - Math.sqrt(half * half + j[0][1] * j[1][0]);
        double[] direction = {j[0][1], stable - j[0][0]};
        if (direction[1] < 0) {
            direction = new double[] {-direction[0], -direction[1]};
        }
        List<Point> line = new ArrayList<>(branch(direction, 1, pFrom, pTo, sTo));
        Collections.reverse(line);
        line.add(new Point(p, s));
        line.addAll(branch(direction, -1, pFrom, pTo, sTo));
        line.removeIf(point -> point.p < pFrom || point.p > pTo || point.s > sTo);
        return List.copyOf(line);
    }

    /**
     * Backwards in time from the saddle, in steps of equal length across the box. The first is
     * small against the saddle itself, which may be small against the box.
     */
    private List<Point> branch(double[] direction, int sign, double pFrom, double pTo, double sTo) {
        double width = pTo - pFrom;
        double p = lower();
        double s = onBranch(p);
        double offset = sign * 1e-7 / Math.hypot(direction[0] / p, direction[1] / s);
        double[] y = logarithmic(new Point(p + offset * direction[0], s + offset * direction[1]));
        Integrator.Field back =
                at -> {
                    double[] v = logarithmic(at);
                    double speed = Math.hypot(v[0] / width, 2 * Math.exp(2 * at[1]) * v[1] / sTo);
                    return new double[] {-v[0] / speed, -v[1] / speed};
                };
        double[] step = {0.005};
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            y = Integrator.trajectory(back, y, step, TOLERANCE, null)[0];
            Point now = point(y);
            if (now.p < pFrom - width || now.p > pTo + width || now.s > 2 * sTo) {
                break;
            }
            points.add(now);
        }
        return points;
    }

    /** &Delta; = p [tau - (1 + sigma^2) p] - eta_s; on the parabola dp/dt = p &Delta;. */
    public double delta(double p) {
        return p * (tau - spread() * p) - etaOnline;
    }

    /**
     * The right side of the alignment condition (17), 1/2 [alpha_p (1 + sigma^2) s + eta_p]:
     * &Delta; must stay below it.
     */
    public double alignmentBound(double s) {
        return 0.5 * (alphaP * spread() * s + etaPredictor);
    }

    /**
     * K<sub>jj</sub>, the mode's eigenvalue of Theorem 3's K: (1 + sigma^2)(alpha_p s / 2 + p^2) -
     * tau p + eta_p / 2 + eta_s. It equals {@link #alignmentBound} - {@link #delta} at every (p,
     * s); where it is positive, the mode aligns.
     */
    public double k(double p, double s) {
        return spread() * (alphaP / 2 * s + p * p) - tau * p + etaPredictor / 2 + etaOnline;
    }

    /** Both sides of K<sub>jj</sub> = alignment bound - &Delta;, each 1 x 1. */
    public Identity kIdentity(double p, double s) {
        double scale =
                spread() * (alphaP * Math.abs(s) + 2 * p * p)
                        + 2 * tau * Math.abs(p)
                        + etaPredictor
                        + 2 * etaOnline;
        return new Identity(
                new double[][] {{k(p, s)}}, new double[][] {{alignmentBound(s) - delta(p)}}, scale);
    }

    /**
     * K<sub>jj</sub> on the invariant parabola, (3/2)(1 + sigma^2) p^2 - tau p + (3/2) eta: there
     * &alpha;<sub>p</sub> has no say.
     */
    public double kOnParabola(double p) {
        requireOneDecay("the invariant parabola");
        return 1.5 * spread() * p * p - tau * p + 1.5 * etaOnline;
    }

    /**
     * The least K<sub>jj</sub> on the invariant parabola, (3/2) eta - tau^2/(6 (1 + sigma^2)), at p
     * = tau/(3 (1 + sigma^2)); positive above {@link #alignmentWeightDecay()}.
     */
    public double leastKOnParabola() {
        requireOneDecay("the invariant parabola");
        return 1.5 * etaOnline - tau * tau / (6 * spread());
    }

    private void requireOneDecay(String what) {
        if (!oneDecay()) {
            throw new IllegalArgumentException(
                    what
                            + " needs one weight decay, but etaPredictor is "
                            + etaPredictor
                            + " and etaOnline is "
                            + etaOnline);
        }
    }
}
