package org.directpred.theory;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.directpred.theory.CoupledDynamics.Pair;
import org.directpred.theory.DecoupledDynamics.Mode;
import org.directpred.theory.Observation.Effect;
import org.directpred.theory.Observation.Factor;
import org.directpred.theory.PhasePlane.Point;
import org.directpred.theory.TwoLayerModel.State;

/**
 * The ten observations of the paper's Table 4. Each is a small experiment that runs when it is
 * asked for; nothing is written down. The common setting is &sigma;<sup>2</sup> = 0.1 and, where
 * they are not the change, &alpha;<sub>p</sub> = 1, &eta; = 0.05 and &beta; = 0.4.
 */
public final class Observations {
    private static final double SIGMA_SQUARED = 0.1;
    private static final double ETA = 0.05;
    private static final double BETA = 0.4;

    /** Long against every rate of the common setting. */
    private static final double LONG = 400;

    /** Below this eigenvalue a mode counts as collapsed. */
    private static final double COLLAPSED = 1e-3;

    private Observations() {}

    /** All ten, in the paper's order; some seconds of work at most. */
    public static List<Observation> all() {
        return List.of(
                basinShrinks(),
                onlineNetStopsGrowing(),
                imbalanceIsForgotten(),
                basinGrows(),
                collapseIsUnavoidable(),
                predictorRateHelpsAlignment(),
                weightDecayHelpsAlignment(),
                movingAverageIsACurriculum(),
                movingAverageIsSlow(),
                movingAverageTrapsModes());
    }

    /** #1: a larger &alpha;<sub>p</sub> flattens the parabola, so fewer starts collapse. */
    public static Observation basinShrinks() {
        BasinMap.Grid grid = new BasinMap.Grid(-1, 1, 40, 0, 1, 40);
        double before =
                BasinMap.compute(PhasePlane.of(1, ETA, SIGMA_SQUARED, 1), grid, 200)
                        .collapsedShare();
        double after =
                BasinMap.compute(PhasePlane.of(4, ETA, SIGMA_SQUARED, 1), grid, 200)
                        .collapsedShare();
        return new Observation(
                1,
                Factor.PREDICTOR_LEARNING_RATE,
                Effect.POSITIVE,
                "a larger predictor rate shrinks the basin of collapse",
                "share of starts in p [-1, 1], s [0, 1] that collapse",
                "alphaP 1 -> 4",
                before,
                after,
                after < before);
    }

    /**
     * #2: with a very large &alpha;<sub>p</sub> the predictor does all and the net does not grow.
     */
    public static Observation onlineNetStopsGrowing() {
        double start = 0.1;
        double before = PhasePlane.of(1, 0, SIGMA_SQUARED, 1).flow(start, start, LONG).s() / start;
        double after = PhasePlane.of(100, 0, SIGMA_SQUARED, 1).flow(start, start, LONG).s() / start;
        return new Observation(
                2,
                Factor.PREDICTOR_LEARNING_RATE,
                Effect.NEGATIVE,
                "with a very large predictor rate the online net does not grow",
                "growth of s from p = s = 0.1, no weight decay",
                "alphaP 1 -> 100",
                before,
                after,
                after < before && after < 1.1);
    }

    /** #3: weight decay forgets the initial imbalance, so s models invariance too. */
    public static Observation imbalanceIsForgotten() {
        double before = imbalanceAfter(0);
        double after = imbalanceAfter(ETA);
        return new Observation(
                3,
                Factor.WEIGHT_DECAY,
                Effect.POSITIVE,
                "weight decay forgets the initial imbalance c",
                "|s - p^2/alphaP| at t = 60 from p = 0.2, s = 0.3",
                "eta 0 -> " + ETA,
                before,
                after,
                after < 0.01 * before);
    }

    private static double imbalanceAfter(double eta) {
        PhasePlane plane = PhasePlane.of(1, eta, SIGMA_SQUARED, 1);
        Point end = plane.flow(0.2, 0.3, 60);
        return Math.abs(plane.imbalance(end.p(), end.s()));
    }

    /** #4: more weight decay moves the boundary p*<sub>-</sub> up. */
    public static Observation basinGrows() {
        double before = boundaryOnParabola(0.02);
        double after = boundaryOnParabola(0.1);
        return new Observation(
                4,
                Factor.WEIGHT_DECAY,
                Effect.NEGATIVE,
                "more weight decay enlarges the basin of collapse",
                "least p on the parabola that does not collapse, by bisection",
                "eta 0.02 -> 0.1",
                before,
                after,
                after > before);
    }

    private static double boundaryOnParabola(double eta) {
        PhasePlane plane = PhasePlane.of(1, eta, SIGMA_SQUARED, 1);
        double low = 0;
        double high = plane.goal();
        while (high - low > 1e-6) {
            double middle = (low + high) / 2;
            if (plane.flow(middle, middle * middle, LONG).s() > COLLAPSED) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    /** #5: above the critical weight decay collapse is unavoidable. */
    public static Observation collapseIsUnavoidable() {
        double critical = PhasePlane.of(1, 0, SIGMA_SQUARED, 1).criticalWeightDecay();
        double before = endFromGoal(0.9 * critical);
        double after = endFromGoal(1.1 * critical);
        return new Observation(
                5,
                Factor.WEIGHT_DECAY,
                Effect.NEGATIVE,
                "above tau^2/(4 (1 + sigma^2)) collapse is unavoidable",
                "p at t = 400 from the goal tau/(1 + sigma^2)",
                "eta 0.9 -> 1.1 of the critical",
                before,
                after,
                before > 0.1 && after < COLLAPSED);
    }

    private static double endFromGoal(double eta) {
        PhasePlane plane = PhasePlane.of(1, eta, SIGMA_SQUARED, 1);
        return plane.flow(plane.goal(), plane.goal() * plane.goal(), LONG).p();
    }

    /** #6: a larger &alpha;<sub>p</sub> loosens condition (17), off the parabola. */
    public static Observation predictorRateHelpsAlignment() {
        // F the same for both rates, so the start lies off at least one of the two parabolas.
        Pair start =
                new Pair(
                        new double[][] {{0.1, 0.01}, {0.01, 0.15}},
                        new double[][] {{0.05, 0.002}, {0.002, 0.04}});
        double before = commutatorGrowth(CoupledDynamics.of(1, 0.02, SIGMA_SQUARED, 1), start);
        double after = commutatorGrowth(CoupledDynamics.of(8, 0.02, SIGMA_SQUARED, 1), start);
        return new Observation(
                6,
                Factor.PREDICTOR_LEARNING_RATE,
                Effect.POSITIVE,
                "a larger predictor rate lets eigenspaces align, from the same F",
                "peak of ||[F, W_p]|| over its first value",
                "alphaP 1 -> 8",
                before,
                after,
                after < before);
    }

    /** #7: weight decay loosens condition (17). */
    public static Observation weightDecayHelpsAlignment() {
        Pair start = Pair.balanced(new double[][] {{0.2, 0.02}, {0.02, 0.3}}, 1);
        double[][] correlation =
                Matrices.plus(start.correlation(), new double[][] {{0, 0.005}, {0.005, 0}});
        Pair nudged = new Pair(start.predictor(), correlation);
        double before = commutatorGrowth(CoupledDynamics.of(1, 0.001, SIGMA_SQUARED, 1), nudged);
        double after = commutatorGrowth(CoupledDynamics.of(1, 0.12, SIGMA_SQUARED, 1), nudged);
        return new Observation(
                7,
                Factor.WEIGHT_DECAY,
                Effect.POSITIVE,
                "weight decay lets eigenspaces align",
                "peak of ||[F, W_p]|| over its first value",
                "eta 0.001 -> 0.12",
                before,
                after,
                after < before);
    }

    private static double commutatorGrowth(CoupledDynamics dynamics, Pair start) {
        double first = Matrices.norm(start.commutator());
        return dynamics.trajectory(start, grid(30, 120)).stream()
                .mapToDouble(pair -> Matrices.norm(pair.commutator()) / first)
                .max()
                .orElseThrow();
    }

    /** #8: a moving average starts with a small goal, so that condition (17) holds early. */
    public static Observation movingAverageIsACurriculum() {
        double[][] predictor = {{0.2, 0.02}, {0.02, 0.3}};
        double[][] online = {{0.2, 0.03, 0.01}, {0.02, 0.29, -0.01}};
        TwoLayerModel byol =
                TwoLayerModel.of(ViewMoments.isotropic(3, SIGMA_SQUARED), 1, 0.02, BETA)
                        .withSymmetricPredictor();
        State start = State.zeroTarget(online, predictor);
        double before = commutatorGrowth(byol.withOnlineTarget(), start);
        double after = commutatorGrowth(byol, start);
        return new Observation(
                8,
                Factor.MOVING_AVERAGE,
                Effect.POSITIVE,
                "a moving average is a curriculum: eigenspaces align before modes grow",
                "peak of ||[F, W_p]|| over its first value",
                "SimSiam -> beta " + BETA,
                before,
                after,
                after < before);
    }

    private static double commutatorGrowth(TwoLayerModel model, State start) {
        double first = Matrices.norm(Matrices.commutator(start.correlation(), start.predictor()));
        return model.trajectory(start, grid(30, 120)).stream()
                .mapToDouble(
                        state ->
                                Matrices.norm(
                                                Matrices.commutator(
                                                        state.correlation(), state.predictor()))
                                        / first)
                .max()
                .orElseThrow();
    }

    /** #9: a slow moving average slows training. */
    public static Observation movingAverageIsSlow() {
        double before = timeToLearn(BETA);
        double after = timeToLearn(0.1);
        return new Observation(
                9,
                Factor.MOVING_AVERAGE,
                Effect.NEGATIVE,
                "a slow moving average slows training",
                "time until p = 0.9 p+ from p = 0.5 on the parabola, tau = 0",
                "beta " + BETA + " -> 0.1",
                before,
                after,
                after > before);
    }

    private static double timeToLearn(double beta) {
        DecoupledDynamics dynamics =
                PhasePlane.of(1, 0.02, SIGMA_SQUARED, 1).withMovingTarget(beta);
        double goal = 0.9 * dynamics.simSiam().upper();
        double[] times = grid(LONG, 4000);
        List<Mode> modes = dynamics.trajectory(Mode.onParabola(0.5, 1, 0), times);
        return IntStream.range(0, times.length)
                .filter(i -> modes.get(i).p() >= goal)
                .mapToDouble(i -> times[i])
                .findFirst()
                .orElse(Double.POSITIVE_INFINITY);
    }

    /** #10: while &tau; is small p*<sub>-</sub> is high, and more modes are trapped. */
    public static Observation movingAverageTrapsModes() {
        double before = trappedModes(BETA);
        double after = trappedModes(0.05);
        return new Observation(
                10,
                Factor.MOVING_AVERAGE,
                Effect.NEGATIVE,
                "a slow moving average traps more modes",
                "modes that collapse, of 50 with p(0) = 0.01 to 0.5 on the parabola, tau = 0",
                "beta " + BETA + " -> 0.05",
                before,
                after,
                after > before);
    }

    private static double trappedModes(double beta) {
        DecoupledDynamics dynamics = PhasePlane.of(1, ETA, SIGMA_SQUARED, 1).withMovingTarget(beta);
        return IntStream.rangeClosed(1, 50)
                .filter(i -> dynamics.flow(Mode.onParabola(0.01 * i, 1, 0), LONG).s() < COLLAPSED)
                .count();
    }

    private static double[] grid(double end, int pieces) {
        double[] times = new double[pieces];
        Arrays.setAll(times, i -> end * (i + 1) / pieces);
        return times;
    }
}
