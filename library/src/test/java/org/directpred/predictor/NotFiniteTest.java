package org.directpred.predictor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.directpred.evaluate.Collapse;
import org.directpred.evaluate.Diagnostics;
import org.directpred.network.Architecture;
import org.directpred.network.FlatWeights;
import org.directpred.network.FunctionalNetwork;
import org.directpred.network.FunctionalNetwork.Part;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.tensor.Operators;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A NaN or an infinity in F or C, and a batch without images, are refused wherever they lie. */
class NotFiniteTest {
    private static final double[] ODD = {
        Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
    };

    private static List<PredictorChoice> closedForms() {
        return List.of(
                DirectPred.defaults(),
                DirectPred.defaults().withFormula(DirectPred.Formula.PAPER),
                DirectPred.defaults().withDiagonalOnly(true),
                DirectPred.defaults().withCentring(true),
                DirectSet.of(.7),
                DirectCopy.defaults(),
                DirectCopy.defaults().withNorm(DirectCopy.Norm.SPECTRAL),
                DirectCopy.defaults().withNorm(DirectCopy.Norm.NONE),
                OptimalPredictor.defaults(),
                OptimalPredictor.defaults().withSolver(OptimalPredictor.Solver.LEFT),
                OptimalPredictor.defaults().withSolver(OptimalPredictor.Solver.LYAPUNOV),
                ClosedForm.by("mine", f -> f.power(.5).atLeast(.1)),
                ClosedForm.by("with C", (F, C, step) -> F.plus(1).matrix()),
                RandomPartitions.of(1, DirectPred.defaults()));
    }

    /** d = 2 passed an infinity on in silence; a triangle alone is what eigh reads. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 8, 16, 128})
    void oneOddElementAnywhereInFOrCIsRefused(int d) {
        onTrainingThread(
                manager -> {
                    for (double odd : ODD) {
                        for (int[] at : new int[][] {{0, 0}, {0, d - 1}, {d - 1, 0}}) {
                            NDArray f = identity(d, manager);
                            f.set(
                                    new ai.djl.ndarray.index.NDIndex("{},{}", at[0], at[1]),
                                    (float) odd);
                            assertThatThrownBy(() -> SpectralMatrix.of(f, manager))
                                    .isInstanceOf(NotFinite.class);
                            assertThatThrownBy(() -> SpectralMatrix.ofSymmetric(f, manager))
                                    .isInstanceOf(NotFinite.class);
                            assertThatThrownBy(() -> SpectralMatrix.ofDiagonal(f, manager))
                                    .isInstanceOf(NotFinite.class);
                            assertThatThrownBy(() -> DirectCopy.defaults().apply(f, manager))
                                    .isInstanceOf(NotFinite.class);
                            NDArray good = identity(d, manager);
                            assertThatThrownBy(
                                            () ->
                                                    OptimalPredictor.defaults()
                                                            .apply(good, f, manager))
                                    .isInstanceOf(NotFinite.class)
                                    .hasMessageStartingWith("C has");
                            assertThatThrownBy(
                                            () ->
                                                    OptimalPredictor.defaults()
                                                            .apply(f, good, manager))
                                    .isInstanceOf(NotFinite.class)
                                    .hasMessageStartingWith("F has");
                        }
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    void everyClosedFormRefusesAnOddBatch(int d) {
        onTrainingThread(
                manager -> {
                    for (PredictorChoice choice : closedForms()) {
                        for (double odd : ODD) {
                            NDArray z = manager.ones(new Shape(4, d));
                            z.set(new ai.djl.ndarray.index.NDIndex("0,0"), (float) odd);
                            try (Predictor p = choice.create(d, DataType.FLOAT32, 1, manager)) {
                                p.observe(z, z, z, z);
                                assertThatThrownBy(() -> p.afterStep(0))
                                        .as(choice.describe() + " with " + odd)
                                        .isInstanceOf(NotFinite.class);
                            }
                        }
                    }
                });
    }

    @Test
    void aRuleThatGivesWhatNoWpCanHoldIsNamed() {
        onTrainingThread(
                manager -> {
                    NDArray z = manager.create(new float[] {1, 2, 3, 4}, new Shape(2, 2));
                    List<ClosedForm> rules =
                            List.of(
                                    rule("null", (f, scope) -> null),
                                    rule("whole", (f, scope) -> f.toType(DataType.INT32, true)),
                                    // Too large for float32, and adding up to 0.
                                    rule(
                                            "huge",
                                            (f, scope) ->
                                                    scope.create(
                                                            new double[] {1e200, -1e200, 0, 0},
                                                            new Shape(2, 2))),
                                    rule("row", (f, scope) -> f.get(0)),
                                    ClosedForm.by("spectrum", f -> null),
                                    ClosedForm.by("all", (F, C, step) -> null));
                    for (ClosedForm rule : rules) {
                        for (PredictorChoice choice :
                                rule.name().equals("all")
                                        ? List.<PredictorChoice>of(rule)
                                        : List.of(rule, new RandomPartitions(1, rule))) {
                            try (Predictor p = choice.create(2, DataType.FLOAT32, 1, manager)) {
                                p.observe(z, z, z, z);
                                assertThatThrownBy(() -> p.afterStep(0))
                                        .as(choice.describe())
                                        .isInstanceOf(IllegalArgumentException.class)
                                        .hasMessageContaining("\"" + rule.name() + "\"");
                            }
                        }
                    }
                });
    }

    private static ClosedForm rule(String name, ClosedForm.Rule rule) {
        return new ClosedForm(name, rule, OptionalDouble.of(.3), 1, false);
    }

    @Test
    void aRuleCannotChangeFInPlace() {
        onTrainingThread(
                manager -> {
                    NDArray z = manager.create(new float[] {1, 2, 3, 4}, new Shape(2, 2));
                    List<ClosedForm> rules =
                            List.of(
                                    rule("f", (f, scope) -> f.muli(2)),
                                    ClosedForm.by("c", (F, C, step) -> C.muli(2)));
                    for (ClosedForm rule : rules) {
                        try (Predictor p = rule.create(2, DataType.FLOAT32, 1, manager)) {
                            p.observe(z, z, z, z);
                            p.afterStep(0);
                            for (String name : List.of("F", "cross")) {
                                if (p.state().containsKey(name)) {
                                    assertThat(p.state().get(name).toFloatArray())
                                            .as(rule.name())
                                            .containsExactly(5, 7, 7, 10);
                                }
                            }
                        }
                    }
                });
    }

    @Test
    void aBatchWithoutImagesIsRefusedByNameAndLeavesNoNaN() {
        onTrainingThread(
                manager -> {
                    NDArray none = manager.zeros(new Shape(0, 3));
                    NDArray some = manager.ones(new Shape(4, 3));
                    FeatureCorrelation f =
                            FeatureCorrelation.movingAverage(manager, 3, DataType.FLOAT32, .3);
                    CrossCorrelation c =
                            new CrossCorrelation(
                                    manager, 3, DataType.FLOAT32, OptionalDouble.empty());
                    refused(() -> f.update(none, none));
                    refused(() -> f.update(some, none));
                    refused(() -> f.update(none, some, .5));
                    refused(() -> c.update(none, none, none, none));
                    refused(() -> Operators.cosine(none, none));
                    refused(() -> Diagnostics.of(none, null));
                    for (PredictorChoice choice : closedForms()) {
                        try (Predictor p = choice.create(3, DataType.FLOAT32, 1, manager)) {
                            refused(() -> p.observe(none, none, none, none));
                            p.observe(some, some, some, some);
                            p.afterStep(0);
                            p.state()
                                    .values()
                                    .forEach(
                                            a ->
                                                    assertThat(a.isNaN().any().getBoolean())
                                                            .as(choice.describe())
                                                            .isFalse());
                        }
                    }
                    try (Predictor p =
                            TwoLayerPredictor.of(4).create(3, DataType.FLOAT32, 1, manager)) {
                        refused(() -> p.predict(none));
                    }
                    Architecture small = Architecture.small(1, 2);
                    try (FunctionalNetwork network =
                            new FunctionalNetwork(
                                    List.of(new Part("encoder", small)),
                                    Precision.FLOAT32,
                                    Device.cpu())) {
                        FlatWeights w =
                                new FlatWeights(
                                        network.layout(), 1, false, DataType.FLOAT32, manager);
                        NDArray images = manager.zeros(new Shape(0, 1, 28, 28));
                        refused(() -> network.train(images, w.weights(), w.statistics()));
                        refused(() -> network.train(images, images, w.weights(), w.statistics()));
                        refused(
                                () ->
                                        network.trainWithFeatures(
                                                images, w.weights(), w.statistics()));
                    }
                });
    }

    private static void refused(Runnable work) {
        assertThatThrownBy(work::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(0, ");
    }

    @Test
    void minusInfinityInASpectrumIsNoRounding() {
        double[] odd = {1, 1, Double.NEGATIVE_INFINITY};
        assertThat(Collapse.effectiveRank(odd)).isNaN();
        assertThat(Collapse.participationRatio(odd)).isNaN();
        assertThat(Collapse.explainedVarianceArea(odd)).isNaN();
        assertThat(Collapse.rankMe(odd)).isNaN();
        assertThat(Collapse.effectiveRank(new double[] {1, 1, -1e-12})).isEqualTo(2);
    }

    private static NDArray identity(int d, NDManager manager) {
        return manager.eye(d);
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
