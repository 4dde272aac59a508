package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.directpred.loss.Loss;
import org.directpred.loss.ViewOutputs;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.optimise.Optimiser;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.optimise.TrainingLength;
import org.directpred.predictor.ClosedForm;
import org.directpred.predictor.DirectCopy;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.DirectSet;
import org.directpred.predictor.LinearPredictor;
import org.directpred.predictor.NoPredictor;
import org.directpred.predictor.OptimalPredictor;
import org.directpred.predictor.Predictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.predictor.RandomPartitions;
import org.directpred.tensor.Operators;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every predictor and every loss must do, in float64: its gradients against differences, what
 * leaves it unchanged, its state across a stop, and what it refuses. A new one is added to the
 * lists.
 */
class EveryPredictorAndLossTest {
    private static final int D = 6;
    private static final int BATCH = 9;
    private static final double STEP = 1e-5;
    private static final TrainingLength LENGTH = new TrainingLength(20, 5);

    static Stream<PredictorChoice> predictors() {
        return Stream.of(
                new NoPredictor(),
                LinearPredictor.sgd(),
                LinearPredictor.sgd().withBias(),
                LinearPredictor.sgd().withSymmetry(),
                TwoLayerPredictor.of(5),
                TwoLayerPredictor.of(5).withAffine().withoutBias(),
                TwoLayerPredictor.of(D).withSymmetry(),
                DirectPred.defaults().withEvery(1),
                DirectPred.defaults().withEvery(2).withCentring(true),
                DirectPred.defaults().withEpsilon(Schedule.cosine()),
                DirectPred.defaults().withRho(Schedule.cosine()),
                DirectCopy.defaults(),
                DirectCopy.defaults().withEvery(2),
                DirectSet.of(.5),
                OptimalPredictor.defaults(),
                OptimalPredictor.defaults()
                        .withSolver(OptimalPredictor.Solver.LYAPUNOV)
                        .withEvery(2),
                RandomPartitions.of(2, DirectPred.defaults()),
                ClosedForm.by("root", f -> f.power(.5).plus(.1)),
                ClosedForm.by("root of the mean", f -> f.power(.5)).withRunningMean().withEvery(3));
    }

    static Stream<Loss.PerView> losses() {
        return Stream.of(
                Loss.COSINE,
                Loss.EUCLIDEAN,
                Loss.by("mean absolute error", (q, t) -> q.sub(t).abs().mean()));
    }

    static Stream<Loss.Joint> jointLosses() {
        return Stream.of(
                Loss.ofViews(
                        "every view predicts every other",
                        v -> {
                            NDArray sum = null;
                            for (int i = 0; i < v.q().size(); i++) {
                                for (int j = 0; j < v.targets().size(); j++) {
                                    if (i != j) {
                                        NDArray one =
                                                Loss.COSINE.of(v.q().get(i), v.targets().get(j));
                                        sum = sum == null ? one : sum.add(one);
                                    }
                                }
                            }
                            return sum;
                        }),
                Loss.ofViews(
                        "Euclidean, z of norm 1",
                        v ->
                                Loss.EUCLIDEAN
                                        .of(v.q().get(0), v.targets().get(1))
                                        .add(v.z().get(0).square().mean().square())));
    }

    @ParameterizedTest
    @MethodSource("predictors")
    void itsGradientsAreThoseOfDifferences(PredictorChoice choice) {
        with(
                choice,
                (predictor, manager) -> {
                    train(predictor, manager, 0, 3);
                    NDArray z = batch(manager, 7);
                    NDArray slopes = batch(manager, 8);
                    Function<NDArray, NDArray> f = x -> predictor.predict(x).mul(slopes).sum();
                    assertGradientIsThatOfDifferences(z, () -> f.apply(z), manager);
                    predictor
                            .parameters()
                            .ifPresent(
                                    p ->
                                            assertGradientIsThatOfDifferences(
                                                    p, () -> f.apply(batch(manager, 7)), manager));
                });
    }

    @ParameterizedTest
    @MethodSource("predictors")
    void aMatrixIsWhatItDoes(PredictorChoice choice) {
        with(
                choice,
                (predictor, manager) -> {
                    train(predictor, manager, 0, 3);
                    if (predictor.matrix().isEmpty()) {
                        assertThat(choice)
                                .isInstanceOfAny(
                                        TwoLayerPredictor.class,
                                        RandomPartitions.class,
                                        NoPredictor.class);
                        return;
                    }
                    NDArray z = batch(manager, 7);
                    NDArray w = predictor.matrix().orElseThrow();
                    NDArray bias = predictor.predict(manager.zeros(z.getShape(), DataType.FLOAT64));
                    NDArray expected = z.matMul(w.transpose()).add(bias);
                    assertThat(values(predictor.predict(z)))
                            .containsExactly(values(expected), within(1e-12));
                });
    }

    @ParameterizedTest
    @MethodSource("predictors")
    void itGoesOnFromItsStateToTheSameBits(PredictorChoice choice) {
        with(
                choice,
                (predictor, manager) ->
                        with(
                                choice,
                                (resumed, other) -> {
                                    try (Optimisers a = new Optimisers(predictor, manager);
                                            Optimisers b = new Optimisers(resumed, other)) {
                                        train(predictor, a, manager, 0, 3);
                                        copy(predictor.state(), resumed.state());
                                        copy(a.state(), b.state());
                                        resumed.restoreCounters(predictor.counters());
                                        resumed.checkRestored(3);
                                        train(predictor, a, manager, 3, 7);
                                        train(resumed, b, other, 3, 7);
                                    }
                                    assertThat(bits(resumed.state()))
                                            .isEqualTo(bits(predictor.state()));
                                    assertThat(resumed.counters()).isEqualTo(predictor.counters());
                                }));
    }

    @ParameterizedTest
    @MethodSource("predictors")
    void itKeepsTheShapeAndLeavesItsInputAsItIs(PredictorChoice choice) {
        with(
                choice,
                (predictor, manager) -> {
                    train(predictor, manager, 0, 2);
                    NDArray z = batch(manager, 7);
                    double[] before = values(z);
                    NDArray q = predictor.predict(z);
                    assertThat(q.getShape()).isEqualTo(z.getShape());
                    assertThat(q.getDataType()).isEqualTo(DataType.FLOAT64);
                    predictor.observe(z, batch(manager, 8), batch(manager, 9), batch(manager, 10));
                    assertThat(values(z)).isEqualTo(before);
                });
    }

    @ParameterizedTest
    @MethodSource("predictors")
    void whatDoesNotFitIsRefused(PredictorChoice choice) {
        assertThat(choice.describe()).isNotBlank();
        with(
                choice,
                (predictor, manager) -> {
                    if (!(choice instanceof NoPredictor)) {
                        NDArray wide = manager.ones(new Shape(BATCH, D + 1), DataType.FLOAT64);
                        assertThatThrownBy(() -> predictor.predict(wide))
                                .isInstanceOf(RuntimeException.class);
                    }
                    predictor
                            .correlation()
                            .ifPresent(
                                    f -> {
                                        NDArray none =
                                                manager.create(new Shape(0, D), DataType.FLOAT64);
                                        assertThatThrownBy(
                                                        () ->
                                                                predictor.observe(
                                                                        none, none, none, none))
                                                .isInstanceOf(IllegalArgumentException.class)
                                                .hasMessageContaining("(0, 6)");
                                        assertThat(f.batches()).isZero();
                                    });
                });
    }

    @ParameterizedTest
    @MethodSource("losses")
    void aLosssGradientIsThatOfDifferences(Loss.PerView loss) {
        onManager(
                manager -> {
                    NDArray q = batch(manager, 1);
                    NDArray t = batch(manager, 2);
                    assertGradientIsThatOfDifferences(q, () -> loss.checked(q, t), manager);
                });
    }

    @ParameterizedTest
    @MethodSource("losses")
    void aLossIsTheMeanOverTheBatch(Loss.PerView loss) {
        onManager(
                manager -> {
                    NDArray q = batch(manager, 1);
                    NDArray t = batch(manager, 2);
                    double sum = 0;
                    for (int i = 0; i < BATCH; i++) {
                        String row = i + ":" + (i + 1);
                        sum += loss.of(q.get(row), t.get(row)).getDouble();
                    }
                    assertThat(loss.of(q, t).getDouble())
                            .isCloseTo(sum / BATCH, within(1e-12 * Math.abs(sum)));
                    // Smallest where the prediction is its target.
                    assertThat(loss.of(t, t).getDouble())
                            .isCloseTo(loss.equals(Loss.COSINE) ? -2 : 0, within(1e-12))
                            .isLessThan(loss.of(q, t).getDouble());
                });
    }

    @ParameterizedTest
    @MethodSource("losses")
    void aLossRefusesArraysOfTwoShapes(Loss.PerView loss) {
        onManager(
                manager -> {
                    if (loss.equals(Loss.COSINE) || loss.equals(Loss.EUCLIDEAN)) {
                        assertThatThrownBy(
                                        () ->
                                                loss.checked(
                                                        batch(manager, 1),
                                                        batch(manager, 2).get("0:1")))
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageContaining("(9, 6) vs (1, 6)");
                    }
                });
    }

    @ParameterizedTest
    @MethodSource("jointLosses")
    void aJointLosssGradientsAreThoseOfDifferencesForThreeViewsToo(Loss.Joint loss) {
        onManager(
                manager -> {
                    for (int views : new int[] {2, 3}) {
                        List<NDArray> z = batches(manager, 10, views);
                        List<NDArray> q = batches(manager, 20, views);
                        ViewOutputs all = new ViewOutputs(z, q, batches(manager, 30, views));
                        assertGradientIsThatOfDifferences(
                                q.get(0), () -> loss.checked(all), manager);
                    }
                });
    }

    /** The gradient of a leaf, each element against (f(x + h) - f(x - h)) / 2h. */
    private static void assertGradientIsThatOfDifferences(
            NDArray x, Supplier<NDArray> f, NDManager manager) {
        x.setRequiresGradient(true);
        // What another check has left on it.
        Torch.dropGradient(x);
        try (GradientCollector collector = Torch.engine().newGradientCollector()) {
            collector.backward(f.get());
        }
        double[] gradient = values(x.getGradient());
        Torch.dropGradient(x);
        double[] at = values(x);
        double[] differences = new double[at.length];
        for (int i = 0; i < at.length; i++) {
            double[] moved = at.clone();
            moved[i] = at[i] + STEP;
            set(x, moved, manager);
            double up = f.get().getDouble();
            moved[i] = at[i] - STEP;
            set(x, moved, manager);
            differences[i] = (up - f.get().getDouble()) / (2 * STEP);
        }
        set(x, at, manager);
        double scale = Arrays.stream(gradient).map(Math::abs).max().orElseThrow();
        assertThat(scale).isPositive();
        assertThat(gradient).containsExactly(differences, within(1e-7 * Math.max(1, scale)));
    }

    private static void set(NDArray x, double[] values, NDManager manager) {
        try (NDArray source = manager.create(values, x.getShape())) {
            Operators.copy(x, source);
        }
    }

    /** The optimiser of a predictor's parameters, if it has any. */
    private static final class Optimisers implements AutoCloseable {
        private final Optional<Optimiser> optimiser;

        Optimisers(Predictor predictor, NDManager manager) {
            optimiser =
                    predictor
                            .parameters()
                            .map(
                                    p ->
                                            OptimiserChoice.adamW()
                                                    .create(
                                                            p,
                                                            predictor
                                                                    .parameterGroups()
                                                                    .orElseThrow(),
                                                            manager));
        }

        Map<String, NDArray> state() {
            return optimiser.map(Optimiser::state).orElse(Map.of());
        }

        @Override
        public void close() {
            optimiser.ifPresent(Optimiser::close);
        }
    }

    private static void train(Predictor predictor, NDManager manager, int from, int to) {
        try (Optimisers optimisers = new Optimisers(predictor, manager)) {
            train(predictor, optimisers, manager, from, to);
        }
    }

    private static void train(
            Predictor predictor, Optimisers optimisers, NDManager manager, int from, int to) {
        for (int step = from; step < to; step++) {
            NDArray z1 = batch(manager, 4 * step + 100);
            NDArray z2 = batch(manager, 4 * step + 101);
            NDArray t1 = batch(manager, 4 * step + 102);
            NDArray t2 = batch(manager, 4 * step + 103);
            if (optimisers.optimiser.isPresent()) {
                try (GradientCollector collector = Torch.engine().newGradientCollector()) {
                    collector.backward(Loss.COSINE.of(predictor.predict(z1), t1));
                }
            }
            predictor.observe(z1, z2, t1, t2);
            optimisers.optimiser.ifPresent(o -> o.step(.01, .1));
            predictor.afterStep(step);
        }
    }

    private static void copy(Map<String, NDArray> from, Map<String, NDArray> to) {
        assertThat(to.keySet()).isEqualTo(from.keySet());
        to.forEach((name, array) -> Operators.copy(array, from.get(name)));
    }

    private static Map<String, String> bits(Map<String, NDArray> state) {
        Map<String, String> all = new TreeMap<>();
        state.forEach((name, array) -> all.put(name, Arrays.toString(bytes(array))));
        return all;
    }

    private static byte[] bytes(NDArray array) {
        try (NDArray plain = array.stopGradient()) {
            return plain.toByteArray();
        }
    }

    private static double[] values(NDArray array) {
        try (NDArray plain = array.stopGradient()) {
            return plain.toDoubleArray();
        }
    }

    private static List<NDArray> batches(NDManager manager, int first, int count) {
        return Stream.iterate(first, i -> i + 1).limit(count).map(i -> batch(manager, i)).toList();
    }

    /** Outputs of full rank, another for each number. */
    private static NDArray batch(NDManager manager, int number) {
        Random random = new Random(number);
        return manager.create(
                random.doubles((long) BATCH * D, -1, 1).toArray(), new Shape(BATCH, D));
    }

    private interface Use {
        void of(Predictor predictor, NDManager manager);
    }

    private static void with(PredictorChoice choice, Use use) {
        onManager(
                manager -> {
                    try (Predictor predictor =
                            choice.create(D, DataType.FLOAT64, 1, LENGTH, manager)) {
                        use.of(predictor, manager);
                    }
                });
    }

    private static void onManager(Consumer<NDManager> use) {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        use.accept(manager);
                    }
                });
    }
}
