package org.directpred.predictor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.directpred.predictor.DirectCopy.Norm;
import org.directpred.predictor.DirectPred.Formula;
import org.directpred.predictor.OptimalPredictor.Scaling;
import org.directpred.predictor.OptimalPredictor.Solver;
import org.directpred.tensor.Operators;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every closed-form predictor over four steps in float64 against NumPy ({@code
 * fixtures/predictor/make_predictors.py}), and what all of them share.
 */
class ClosedFormsTest {
    private static final double DIGITS = 1e-11;
    private static final int BATCH = 7;
    private static final int D = 3;

    record Case(JsonNode node) {
        String name() {
            return node.get("name").asText();
        }

        @Override
        public String toString() {
            return name();
        }
    }

    static Stream<Case> all() throws IOException {
        try (InputStream in = ClosedFormsTest.class.getResourceAsStream("predictors.json")) {
            JsonNode records = new ObjectMapper().readTree(in).get("records");
            return StreamSupport.stream(records.spliterator(), false).map(Case::new);
        }
    }

    static Stream<Case> linear() throws IOException {
        return all().filter(c -> c.node().has("W_p"));
    }

    static Stream<Case> partitioned() throws IOException {
        return all().filter(c -> c.node().has("predictions"));
    }

    @ParameterizedTest
    @MethodSource("linear")
    void fourStepsAreNumPys(Case c) {
        onTrainingThread(
                manager -> {
                    try (Predictor p = choice(c).create(D, DataType.FLOAT64, 5, manager)) {
                        for (int step = 0; step < 4; step++) {
                            observe(p, step, manager);
                            p.afterStep(step);
                            assertThat(p.matrix().orElseThrow().toDoubleArray())
                                    .as("W_p after step %d", step)
                                    .containsExactly(
                                            doubles(c.node().get("W_p").get(step)), within(DIGITS));
                        }
                    }
                });
    }

    @ParameterizedTest
    @MethodSource("partitioned")
    void partitionsPredictAsNumPys(Case c) {
        onTrainingThread(
                manager -> {
                    try (Predictor p = choice(c).create(D, DataType.FLOAT64, 5, manager)) {
                        NDArray normals = p.state().get("hyperplanes");
                        Operators.copy(
                                normals,
                                manager.create(
                                        doubles(c.node().get("hyperplanes")), normals.getShape()));
                        for (int step = 0; step < 4; step++) {
                            observe(p, step, manager);
                            p.afterStep(step);
                            assertThat(p.predict(batch(manager, 10 * (step + 1))).toDoubleArray())
                                    .as("predictions after step %d", step)
                                    .containsExactly(
                                            doubles(c.node().get("predictions").get(step)),
                                            within(DIGITS));
                        }
                    }
                });
    }

    /** A predictor that takes over another's arrays and counters goes on as that one does. */
    @ParameterizedTest
    @MethodSource("all")
    void stateAndCountersAreAllThatTheFutureDependsOn(Case c) {
        onTrainingThread(
                manager -> {
                    PredictorChoice every2 = everyTwo(choice(c));
                    try (Predictor first = every2.create(D, DataType.FLOAT64, 5, manager);
                            Predictor second = every2.create(D, DataType.FLOAT64, 6, manager)) {
                        for (int step = 0; step < 3; step++) {
                            observe(first, step, manager);
                            first.afterStep(step);
                        }
                        assertThat(second.state().keySet()).isEqualTo(first.state().keySet());
                        second.state()
                                .forEach(
                                        (name, array) ->
                                                Operators.copy(
                                                        detached(array, manager),
                                                        detached(
                                                                first.state().get(name), manager)));
                        second.restoreCounters(first.counters());
                        for (int step = 3; step < 6; step++) {
                            for (Predictor p : List.of(first, second)) {
                                observe(p, step, manager);
                                p.afterStep(step);
                            }
                            NDArray z = batch(manager, 77);
                            assertThat(second.predict(z).toDoubleArray())
                                    .containsExactly(first.predict(z).toDoubleArray());
                        }
                    }
                });
    }

    @Test
    void aSampleIsPredictedByItsOwnSideOfEachHyperplaneAndTheGradientIsThatMatrix() {
        onTrainingThread(
                manager -> {
                    // A hyperplane that splits at the first feature's mean; each side's rule
                    // writes its own F[0][0] on the diagonal.
                    ClosedForm rule =
                            new ClosedForm(
                                    "first",
                                    (f, scope) ->
                                            scope.eye(2)
                                                    .toType(DataType.FLOAT64, false)
                                                    .mul(f.get(0, 0)),
                                    OptionalDouble.of(0),
                                    1,
                                    false);
                    try (Predictor p =
                            new RandomPartitions(1, rule).create(2, DataType.FLOAT64, 1, manager)) {
                        NDArray normals = p.state().get("hyperplanes");
                        Operators.copy(
                                normals, manager.create(new double[] {1, 0}, normals.getShape()));
                        NDArray z =
                                manager.create(
                                        new double[] {1, 7, -1, 8, 3, 9, -3, 10}, new Shape(4, 2));
                        p.observe(z, z, z, z);
                        p.afterStep(0);
                        // Far: 1 and 3, mean square 5; near: -1 and -3, the same; now apart:
                        NDArray other =
                                manager.create(
                                        new double[] {2, 1, -4, 2, 4, 3, -2, 4}, new Shape(4, 2));
                        NDArray shifted = z.add(manager.create(new double[] {2, 0}));
                        p.observe(shifted, shifted, z, z);
                        p.afterStep(1);
                        // Shifted: far 3 and 5 (mean square 17), near 1 and -1 (mean square 1).
                        other.setRequiresGradient(true);
                        try (GradientCollector collector = Torch.engine().newGradientCollector()) {
                            NDArray q = p.predict(other);
                            collector.backward(q.sum());
                            assertThat(q.stopGradient().toDoubleArray())
                                    .containsExactly(
                                            new double[] {34, 17, -4, 2, 68, 51, -2, 4},
                                            within(1e-12));
                        }
                        assertThat(other.getGradient().toDoubleArray())
                                .containsExactly(
                                        new double[] {17, 17, 1, 1, 17, 17, 1, 1}, within(1e-12));
                    }
                });
    }

    @Test
    void aSideWithoutSamplesKeepsItsAverage() {
        onTrainingThread(
                manager -> {
                    try (Predictor p =
                            RandomPartitions.of(1, DirectPred.defaults().withRho(.5))
                                    .create(2, DataType.FLOAT64, 1, manager)) {
                        NDArray z = manager.create(new double[] {1, 2, -1, 3}, new Shape(2, 2));
                        p.observe(z, z, z, z);
                        double[] before = p.state().get("F").toDoubleArray();
                        // All outputs equal: all on the far side.
                        NDArray equal = manager.ones(new Shape(4, 2), DataType.FLOAT64);
                        p.observe(equal, equal, equal, equal);
                        double[] after = p.state().get("F").toDoubleArray();
                        for (int i = 0; i < 4; i++) {
                            assertThat(after[i]).isCloseTo(.5 * before[i] + .5, within(1e-12));
                            assertThat(after[4 + i]).isEqualTo(before[4 + i]);
                        }
                        assertThat(p.state().get("seen").toDoubleArray()).containsExactly(2, 1);
                    }
                });
    }

    /** W_p is where the gradient of E|W_p z - t|^2 + r |W_p|^2 vanishes. */
    @Test
    void theRightSolutionIsTheMinimumOfTheLoss() {
        onTrainingThread(
                manager -> {
                    NDArray z = batch(manager, 1);
                    NDArray t = batch(manager, 2);
                    NDArray f = z.transpose().matMul(z).div(BATCH);
                    NDArray cross = t.transpose().matMul(z).div(BATCH);
                    NDArray w =
                            OptimalPredictor.defaults()
                                    .withSolver(Solver.RIGHT)
                                    .withRidge(.01, Scaling.ABSOLUTE)
                                    .apply(f, cross, manager);
                    NDArray slope =
                            z.matMul(w.transpose())
                                    .sub(t)
                                    .transpose()
                                    .matMul(z)
                                    .div(BATCH)
                                    .add(w.mul(.01));
                    assertThat(slope.abs().max().getDouble()).isLessThan(1e-14);
                });
    }

    @Test
    void aSingularFGivesTheSmallestSolution() {
        onTrainingThread(
                manager -> {
                    NDArray f = manager.create(new double[] {4, 0, 0, 0}, new Shape(2, 2));
                    NDArray cross = manager.create(new double[] {2, 5, 6, 7}, new Shape(2, 2));
                    for (Solver solver : Solver.values()) {
                        NDArray w =
                                OptimalPredictor.defaults()
                                        .withSolver(solver)
                                        .withRidge(0, Scaling.ABSOLUTE)
                                        .apply(f, cross, manager);
                        assertThat(w.get(0, 0).getDouble()).isCloseTo(.5, within(1e-15));
                        assertThat(w.get(1, 1).getDouble()).isZero();
                    }
                    NDArray dead =
                            OptimalPredictor.defaults()
                                    .apply(
                                            manager.zeros(new Shape(2, 2)),
                                            manager.zeros(new Shape(2, 2)),
                                            manager);
                    assertThat(dead.toDoubleArray()).containsOnly(0);
                });
    }

    @Test
    void aDeadNetworkGivesNoNaN() {
        onTrainingThread(
                manager -> {
                    NDArray zeros = manager.zeros(new Shape(3, 3));
                    for (Norm norm : Norm.values()) {
                        double[] w =
                                DirectCopy.defaults()
                                        .withNorm(norm)
                                        .apply(zeros, manager)
                                        .toDoubleArray();
                        assertThat(w).containsExactly(.3, 0, 0, 0, .3, 0, 0, 0, .3);
                    }
                });
    }

    @Test
    void directSetOfOneHalfIsDirectPred() {
        onTrainingThread(
                manager -> {
                    NDArray z = batch(manager, 4);
                    NDArray f = z.transpose().matMul(z);
                    assertThat(DirectSet.of(.5).apply(SpectralMatrix.of(f, manager)).eigenvalues())
                            .containsExactly(
                                    DirectPred.defaults()
                                            .apply(SpectralMatrix.of(f, manager))
                                            .eigenvalues(),
                                    within(1e-15));
                });
    }

    @Test
    void equalChoicesHaveEqualLinesAndOthersOthers() throws IOException {
        List<PredictorChoice> different =
                List.of(
                        DirectPred.defaults(),
                        DirectPred.defaults().withFormula(Formula.PAPER),
                        DirectPred.defaults().withDiagonalOnly(true),
                        DirectPred.defaults().withCentring(true),
                        DirectPred.defaults().closedForm().withRunningMean(),
                        DirectCopy.defaults(),
                        DirectCopy.defaults().withNorm(Norm.SPECTRAL),
                        DirectCopy.defaults().withNorm(Norm.NONE),
                        DirectCopy.defaults().withRho(.4),
                        DirectCopy.defaults().withEpsilon(.4),
                        DirectCopy.defaults().withEvery(4),
                        DirectCopy.defaults().withCentring(true),
                        DirectSet.of(.5),
                        DirectSet.of(1),
                        DirectSet.of(1).withEpsilon(.2),
                        DirectSet.of(1).withRho(.2),
                        DirectSet.of(1).withEvery(2),
                        DirectSet.of(1).withCentring(true),
                        OptimalPredictor.defaults(),
                        OptimalPredictor.defaults().withSolver(Solver.RIGHT),
                        OptimalPredictor.defaults().withSolver(Solver.LEFT),
                        OptimalPredictor.defaults().withSolver(Solver.LYAPUNOV),
                        OptimalPredictor.defaults().withRidge(1e-3, Scaling.ABSOLUTE),
                        OptimalPredictor.defaults().withRidge(1e-2, Scaling.MEAN_EIGENVALUE),
                        OptimalPredictor.defaults().withRho(.9),
                        OptimalPredictor.defaults().withRunningMean(),
                        OptimalPredictor.defaults().withEvery(5),
                        OptimalPredictor.defaults().withRestarting(true),
                        RandomPartitions.of(3, DirectPred.defaults()),
                        RandomPartitions.of(6, DirectPred.defaults()),
                        RandomPartitions.of(6, DirectPred.defaults().withEpsilon(.2)));
        Set<String> lines = new HashSet<>();
        for (PredictorChoice c : different) {
            assertThat(lines.add(c.describe())).as(c.describe()).isTrue();
        }
        assertThat(OptimalPredictor.defaults().describe())
                .isEqualTo(
                        "optimal (symmetric cross, ridge 0.001 of the mean eigenvalue), rho 0.3, every 1");
    }

    @Test
    void aRuleThatGivesNoMatrixIsNamed() {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        NDArray z = manager.create(new float[] {1, 2, 3, 4}, new Shape(2, 2));
                        ClosedForm small =
                                new ClosedForm(
                                        "small",
                                        (f, scope) -> scope.ones(new Shape(1, 2)),
                                        OptionalDouble.of(.3),
                                        1,
                                        false);
                        ClosedForm broken = ClosedForm.by("broken", f -> f.plus(Double.NaN));
                        // Finite in double precision, not in float32, and adding up to 0.
                        ClosedForm huge =
                                ClosedForm.by("huge", f -> f.map(x -> x < 1 ? -1e200 : 1e200));
                        for (ClosedForm rule : List.of(small, broken, huge)) {
                            try (Predictor p = rule.create(2, DataType.FLOAT32, 1, manager)) {
                                p.observe(z, z, z, z);
                                assertThatThrownBy(() -> p.afterStep(0))
                                        .isInstanceOf(IllegalArgumentException.class)
                                        .hasMessageContaining("\"" + rule.name() + "\"")
                                        .hasMessageContaining(
                                                switch (rule.name()) {
                                                    case "small" -> "(1, 2)";
                                                    case "broken" -> "NaN";
                                                    default -> "1.0E200";
                                                });
                            }
                        }
                    }
                });
    }

    @Test
    void badSettingsAreNamed() {
        assertThatThrownBy(() -> DirectCopy.defaults().withEpsilon(-1))
                .hasMessageContaining("epsilon")
                .hasMessageContaining("-1.0");
        assertThatThrownBy(() -> DirectCopy.defaults().withRho(1)).hasMessageContaining("rho");
        assertThatThrownBy(() -> DirectCopy.defaults().withEvery(0))
                .hasMessageContaining("every")
                .hasMessageContaining("not 0");
        assertThatThrownBy(() -> DirectSet.of(0))
                .hasMessageContaining("alpha")
                .hasMessageContaining("not 0.0");
        assertThatThrownBy(() -> DirectSet.of(1).withEpsilon(Double.NaN))
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> OptimalPredictor.defaults().withRidge(-1, Scaling.ABSOLUTE))
                .hasMessageContaining("ridge")
                .hasMessageContaining("-1.0");
        assertThatThrownBy(() -> RandomPartitions.of(0, DirectPred.defaults()))
                .hasMessageContaining("hyperplanes")
                .hasMessageContaining("not 0");
    }

    @Test
    void targetsOfAnotherShapeAndEarlySettingsAreRefused() {
        onTrainingThread(
                manager -> {
                    NDArray z = batch(manager, 0);
                    NDArray less = z.get("0:3");
                    Predictor optimal =
                            OptimalPredictor.defaults().create(D, DataType.FLOAT64, 1, manager);
                    assertThatThrownBy(() -> optimal.observe(z, z, less, z))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("(7, 3)")
                            .hasMessageContaining("(3, 3)");
                    for (PredictorChoice c :
                            List.of(
                                    OptimalPredictor.defaults(),
                                    RandomPartitions.of(2, DirectPred.defaults()))) {
                        Predictor p = c.create(D, DataType.FLOAT64, 1, manager);
                        assertThatThrownBy(() -> p.afterStep(0))
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessageContaining("observe");
                        assertThatThrownBy(() -> p.predict(z.transpose()))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("(3, 7)");
                    }
                });
    }

    private static PredictorChoice choice(Case c) {
        OptimalPredictor optimal = OptimalPredictor.defaults();
        return switch (c.name()) {
            case "directcopy frobenius" -> DirectCopy.defaults();
            case "directcopy spectral" -> DirectCopy.defaults().withNorm(Norm.SPECTRAL);
            case "directcopy none" -> DirectCopy.defaults().withNorm(Norm.NONE);
            case "directset 0.5" -> DirectSet.of(.5);
            case "directset 1.7" -> DirectSet.of(1.7).withEpsilon(.02);
            case "directpred diagonal" -> DirectPred.defaults().withDiagonalOnly(true);
            case "optimal defaults" -> optimal;
            case "optimal right absolute" ->
                    optimal.withSolver(Solver.RIGHT).withRidge(.05, Scaling.ABSOLUTE);
            case "optimal left absolute" ->
                    optimal.withSolver(Solver.LEFT).withRidge(.05, Scaling.ABSOLUTE);
            case "optimal lyapunov" ->
                    optimal.withSolver(Solver.LYAPUNOV).withRidge(.05, Scaling.ABSOLUTE);
            case "optimal without ridge" ->
                    optimal.withSolver(Solver.RIGHT)
                            .withRidge(0, Scaling.ABSOLUTE)
                            .withRunningMean();
            case "optimal restarting" ->
                    optimal.withSolver(Solver.LYAPUNOV)
                            .withRidge(.05, Scaling.ABSOLUTE)
                            .withRunningMean()
                            .withRestarting(true);
            case "partitions 2" -> RandomPartitions.of(2, DirectPred.defaults());
            case "partitions 3 centred mean" ->
                    new RandomPartitions(
                            3,
                            DirectPred.defaults()
                                    .withCentring(true)
                                    .closedForm()
                                    .withRunningMean());
            default -> throw new IllegalArgumentException(c.name());
        };
    }

    private static PredictorChoice everyTwo(PredictorChoice choice) {
        if (choice instanceof DirectCopy c) {
            return c.withEvery(2);
        } else if (choice instanceof DirectSet c) {
            return c.withEvery(2);
        } else if (choice instanceof DirectPred c) {
            return c.withEvery(2);
        } else if (choice instanceof OptimalPredictor c) {
            return c.withEvery(2);
        } else if (choice instanceof RandomPartitions c) {
            return new RandomPartitions(c.hyperplanes(), c.rule().withEvery(2));
        }
        throw new IllegalArgumentException(choice.describe());
    }

    private static void observe(Predictor p, int step, NDManager manager) {
        p.observe(
                batch(manager, 10 * step),
                batch(manager, 10 * step + .05),
                batch(manager, 10 * step + 3),
                batch(manager, 10 * step + 3.1));
    }

    private static NDArray batch(NDManager manager, double k) {
        double[] values = new double[BATCH * D];
        for (int i = 1; i <= BATCH; i++) {
            for (int j = 1; j <= D; j++) {
                values[D * (i - 1) + j - 1] =
                        Math.sin(1.3 * i + 0.7 * j * j + 0.37 * i * j + k) + .5;
            }
        }
        return manager.create(values, new Shape(BATCH, D));
    }

    private static NDArray detached(NDArray array, NDManager manager) {
        NDArray plain = array.stopGradient();
        plain.attach(manager);
        return plain;
    }

    private static double[] doubles(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static void onTrainingThread(Consumer<NDManager> work) {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        work.accept(manager);
                    }
                });
    }
}
