package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.CRC32;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.network.Architecture.Stem;
import org.directpred.network.FlatWeights;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.network.Layer;
import org.directpred.network.ParameterLayout;
import org.directpred.network.Projector;
import org.directpred.network.TwoLayerPredictor;
import org.directpred.optimise.OptimiserChoice;
import org.directpred.optimise.Schedule;
import org.directpred.predictor.DirectCopy;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.LinearPredictor;
import org.directpred.predictor.NoPredictor;
import org.directpred.predictor.OptimalPredictor;
import org.directpred.predictor.PredictorChoice;
import org.directpred.predictor.RandomPartitions;
import org.directpred.tensor.Operators;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One step and twenty steps of every method and predictor against PyTorch ({@code
 * fixtures/parity/make_parity.py}).
 *
 * <p>The reference is in float64, where equal algorithms agree to the last digits on any processor.
 * In float32 PyTorch itself is off by 2e-6 on the small network and by 3e-3 to 3e-2 on ResNets,
 * where a ReLU that flips moves all that follows; there ours must lie as close to the exact
 * gradient as PyTorch's does.
 *
 * <p>The fixture holds projections of each tensor on random signs; the mean square of a
 * difference's projections is the square of its norm.
 */
class ParityTest {
    private static final double DECAY = 4e-4;
    private static final double EXACT = 1e-7;

    /** How many starts of ours may be tried before float32 counts as parted from PyTorch. */
    private static final int STARTS = 5;

    private static final int HYPERPLANES = 3;

    /** Steps of an epoch, and what its last batch has where it is smaller. */
    private static final int EPOCH = 5;

    private static final int LAST = 7;

    record Fixture(JsonNode node) {
        JsonNode configuration() {
            return node.get("case");
        }

        @Override
        public String toString() {
            return configuration().toString();
        }
    }

    static Stream<Fixture> all() throws IOException {
        try (InputStream in = ParityTest.class.getResourceAsStream("parity.json")) {
            JsonNode records = new ObjectMapper().readTree(in).get("records");
            return StreamSupport.stream(records.spliterator(), false).map(Fixture::new);
        }
    }

    static Stream<Fixture> twenty() throws IOException {
        return all().filter(f -> f.node().has("twenty"));
    }

    @ParameterizedTest
    @MethodSource("all")
    void oneStepIsPyTorchs(Fixture fixture) {
        JsonNode expected = fixture.node().get("step");
        run(
                fixture,
                Precision.FLOAT64,
                learner -> {
                    Outcome outcome = Outcome.of(learner, fixture);
                    assertThat(outcome.loss())
                            .isCloseTo(expected.get("loss").asDouble(), within(EXACT));
                    if (expected.has("momentum")) {
                        assertThat(relativeError(outcome.momentum(), expected.get("momentum")))
                                .isLessThan(EXACT);
                    } else {
                        assertThat(relativeError(outcome.gradients(), expected.get("gradients")))
                                .isLessThan(EXACT);
                    }
                    assertThat(relativeError(tensors(learner, "online"), expected.get("weights")))
                            .isLessThan(EXACT);
                    assertThat(
                                    relativeError(
                                            tensors(learner, "online"), expected.get("statistics")))
                            .isLessThan(EXACT);
                    assertThat(relativeError(tensors(learner, "target"), expected.get("target")))
                            .isLessThan(EXACT);
                    if (expected.has("target statistics")) {
                        assertThat(
                                        relativeError(
                                                tensors(learner, "target"),
                                                expected.get("target statistics")))
                                .isLessThan(EXACT);
                    }
                    assertPredictorIs(learner, expected);
                });
    }

    /** Those whose first momentum is the gradient and the decay's part. */
    static Stream<Fixture> plain() throws IOException {
        return all().filter(f -> !f.node().get("step").has("momentum"));
    }

    @ParameterizedTest
    @MethodSource("plain")
    void inFloat32OneStepIsAsCloseAsPyTorchs(Fixture fixture) {
        JsonNode expected = fixture.node().get("step");
        run(
                fixture,
                Precision.FLOAT32,
                learner -> {
                    Outcome outcome = Outcome.of(learner, fixture);
                    double theirs = expected.get("float32").get("gradients").asDouble();
                    assertThat(relativeError(outcome.gradients(), expected.get("gradients")))
                            .isLessThan(2e-6 + 2 * theirs);
                    for (String name : matrices(expected)) {
                        double off = expected.get("float32").get(name).asDouble();
                        assertThat(matrixError(learner, name, expected))
                                .as(name)
                                .isLessThan(2e-6 + 2 * off);
                    }
                });
    }

    @ParameterizedTest
    @MethodSource("twenty")
    void twentyStepsAreTheSameAlgorithm(Fixture fixture) {
        JsonNode expected = fixture.node().get("twenty");
        run(
                fixture,
                Precision.FLOAT64,
                learner -> {
                    for (int it = 0; it < 20; it++) {
                        assertThat(step(learner, fixture, it))
                                .as("loss of step %d", it)
                                .isCloseTo(expected.get("losses").get(it).asDouble(), within(1e-8));
                    }
                    assertPredictorIs(learner, expected);
                });
    }

    /** F, W_p and what else the predictor has are PyTorch's. */
    private static void assertPredictorIs(Learner learner, JsonNode expected) {
        for (String name : matrices(expected)) {
            assertThat(matrixError(learner, name, expected)).as(name).isLessThan(EXACT);
        }
        if (expected.has("predictor")) {
            assertThat(relativeError(predictorTensors(learner), expected.get("predictor")))
                    .isLessThan(EXACT);
        }
    }

    private static List<String> matrices(JsonNode expected) {
        return expected.has("W_p") ? List.of("F", "W_p") : List.of("F");
    }

    /**
     * In float32 a ReLU whose input is all but 0 may fall to either side, by the last digit of a
     * sum, and the losses part by 1e-5 and more from there on. Ours, like PyTorch's, starts again
     * with weights perturbed by 1e-7 then; what is wrong in the algorithm would be wrong from every
     * start.
     */
    @ParameterizedTest
    @MethodSource("twenty")
    void inFloat32TwentyStepsDriftNoFurtherThanPyTorchFromItself(Fixture fixture) {
        List<String> parted = new ArrayList<>();
        for (int start = 0; start < STARTS; start++) {
            Optional<String> found = parting(fixture, start);
            if (found.isEmpty()) {
                return;
            }
            parted.add(found.get());
        }
        fail("parted from PyTorch from every start: " + parted);
    }

    /** Where a run from a start, 0 the exact one, leaves PyTorch's drift. */
    private static Optional<String> parting(Fixture fixture, int start) {
        JsonNode expected = fixture.node().get("twenty");
        List<String> found = new ArrayList<>();
        run(
                fixture,
                Precision.FLOAT32,
                learner -> {
                    if (start > 0) {
                        perturb(learner, start);
                    }
                    double drift = 0;
                    for (int it = 0; it < 20; it++) {
                        // PyTorch's own, over starts perturbed by 1e-7: the largest so far.
                        drift = Math.max(drift, expected.get("float32 drift").get(it).asDouble());
                        double theirs = expected.get("float32 losses").get(it).asDouble();
                        double difference = step(learner, fixture, it) - theirs;
                        if (Math.abs(difference) > 2e-6 + 2 * drift) {
                            found.add(
                                    "step %d by %.1e, drift %.1e".formatted(it, difference, drift));
                            return;
                        }
                    }
                    for (String name : matrices(expected)) {
                        JsonNode theirs = expected.get("float32 " + name);
                        double difference = matrixError(learner, name, theirs);
                        double own = theirs.get("drift").asDouble();
                        if (!(difference <= 2e-6 + 2 * own)) {
                            found.add("%s by %.1e, drift %.1e".formatted(name, difference, own));
                        }
                    }
                });
        return found.stream().findFirst();
    }

    private static void perturb(Learner learner, int start) {
        NDArray weights = learner.networks().onlineWeights().weights();
        try (NDManager scope = learner.manager().newSubManager();
                NDArray plain = weights.stopGradient()) {
            float[] w = plain.toFloatArray();
            float[] u = values("start/" + start, w.length);
            for (int i = 0; i < w.length; i++) {
                w[i] += 1e-7f * u[i] * w[i];
            }
            Operators.copy(weights, scope.create(w));
        }
    }

    /**
     * The loss of a learner's first step, its momentum buffer after it and, where plain SGD made
     * it, the gradients.
     */
    private record Outcome(
            double loss, Map<String, double[]> momentum, Map<String, double[]> gradients) {
        static Outcome of(Learner learner, Fixture fixture) {
            Map<String, double[]> before = tensors(learner, "online");
            double loss = step(learner, fixture, 0);
            Map<String, double[]> momentum =
                    tensors(
                            learner.state().get("momentum"),
                            learner.networks().onlineWeights().layout().weights());
            // The first momentum buffer is the gradient with the decay's part.
            Map<String, double[]> gradients = new HashMap<>();
            momentum.forEach(
                    (name, b) -> {
                        double[] w = before.get(name);
                        double[] g = b.clone();
                        for (int i = 0; i < g.length; i++) {
                            g[i] -= DECAY * w[i];
                        }
                        gradients.put(name, g);
                    });
            return new Outcome(loss, momentum, gradients);
        }
    }

    private static void run(Fixture fixture, Precision precision, Consumer<Learner> work) {
        Recipe recipe = recipe(fixture.configuration()).withPrecision(precision);
        try (Learner learner = Learner.of(recipe, Device.cpu(), EPOCH)) {
            TrainingThread.run(
                    () -> {
                        fill(learner.networks().onlineWeights(), "online");
                        fill(learner.networks().targetWeights(), "target");
                        fillPredictor(learner);
                        work.accept(learner);
                    });
        }
    }

    private static Recipe recipe(JsonNode c) {
        Recipe r =
                Recipe.fashionMnist()
                        .withEncoder(Architecture.small(1, 8))
                        .withLearningRate(.05)
                        .withWeightDecay(DECAY)
                        .withEma(.9);
        r =
                switch (c.get("encoder").asText()) {
                    case "small8" -> r;
                    case "resnet18-cifar" ->
                            r.withEncoder(Architecture.resNet(18, Stem.CIFAR))
                                    .withProjector(512, 128);
                    case "resnet18" ->
                            r.withEncoder(Architecture.resNet(18, Stem.IMAGENET))
                                    .withProjector(512, 128);
                    case "resnet50" ->
                            r.withEncoder(Architecture.resNet(50, Stem.IMAGENET))
                                    .withProjector(512, 128);
                    default -> throw new IllegalArgumentException(c.toString());
                };
        PredictorChoice predictor =
                switch (c.get("predictor").asText()) {
                    case "none" -> new NoPredictor();
                    case "linear" -> LinearPredictor.sgd();
                    case "linear bias" -> LinearPredictor.sgd().withBias();
                    case "linear symmetric" -> LinearPredictor.sgd().withSymmetry();
                    case "two-layer" -> TwoLayerPredictor.of(64);
                    case "two-layer symmetric" -> TwoLayerPredictor.of(64).withSymmetry();
                    case "directcopy" -> DirectCopy.defaults().withRho(.3);
                    case "optimal" ->
                            OptimalPredictor.defaults()
                                    .withRidge(.1, OptimalPredictor.Scaling.MEAN_EIGENVALUE);
                    case "directpred" -> DirectPred.defaults();
                    case "directpred-paper" ->
                            DirectPred.defaults().withFormula(DirectPred.Formula.PAPER);
                    case "two-layer byol" ->
                            TwoLayerPredictor.of(64).withAffine().withoutOutputBias();
                    case "two-layer simsiam" ->
                            TwoLayerPredictor.of(64).withAffine().withoutHiddenBias();
                    case "lyapunov" -> lyapunov().withSymmetry(false);
                    case "lyapunov symmetric" -> lyapunov();
                    case "directpred-every-5" -> DirectPred.defaults().withEvery(5);
                    case "partitions" -> RandomPartitions.of(HYPERPLANES, DirectPred.defaults());
                    default -> throw new IllegalArgumentException(c.toString());
                };
        r = r.withPredictor(predictor);
        if (c.has("ema")) {
            r = r.withEma(c.get("ema").asDouble());
        }
        if (c.has("projector")) {
            Projector two = Projector.of(128, 32);
            r =
                    r.withProjector(
                            switch (c.get("projector").asText()) {
                                case "affine" -> two.withAffine();
                                case "affine without bias" -> two.withAffine().withoutBias();
                                case "linear" -> Projector.linear(32);
                                case "byol" -> two.withAffine().withoutOutputBias();
                                case "simsiam" ->
                                        two.withAffine()
                                                .withoutBias()
                                                .withHiddenLayers(2)
                                                .withNormalisedOutput();
                                default -> throw new IllegalArgumentException(c.toString());
                            });
        }
        if (c.has("stopGradient")) {
            r = r.withStopGradient(c.get("stopGradient").asBoolean());
        }
        if (c.has("symmetricLoss")) {
            r = r.withSymmetricLoss(c.get("symmetricLoss").asBoolean());
        }
        if (c.has("loss")) {
            r = r.withLoss(loss(c.get("loss").asText())).withLearningRate(.001);
        }
        if (c.has("algorithm")) {
            r = r.withOptimiser(optimiser(c.get("algorithm").asText()));
        }
        if (c.has("nesterov")) {
            r = r.withNesterov(c.get("nesterov").asBoolean());
        }
        if (c.has("excludeVectors")) {
            r = r.withExcludeBiasAndNorm(c.get("excludeVectors").asBoolean());
        }
        if (c.has("accumulation")) {
            r = r.withGradientAccumulation(c.get("accumulation").asInt());
        }
        if (c.has("clip")) {
            r = r.withGradientClipping(c.get("clip").asDouble());
        }
        if (c.has("schedule")) {
            r = r.withSteps(20).withLearningRateSchedule(schedule(c.get("schedule").asText()));
        }
        if (c.has("predictorSchedule")) {
            r = r.withPredictorLearningRateSchedule(schedule(c.get("predictorSchedule").asText()));
        }
        if (c.has("firstTarget")) {
            r = r.withFirstTarget(FirstTarget.valueOf(c.get("firstTarget").asText()));
        }
        if (c.has("decoupledPredictorDecay")) {
            r = r.withDecoupledPredictorDecay(c.get("decoupledPredictorDecay").asDouble());
        }
        if (c.has("lastBatch")) {
            r = r.withLastBatch(LastBatch.valueOf(c.get("lastBatch").asText()));
        }
        if (c.has("emaSchedule")) {
            r = r.withEmaSchedule(emaSchedule(c.get("emaSchedule").asText()));
        }
        if (c.has("alphaP")) {
            r =
                    r.withPredictorLearningRateFactor(c.get("alphaP").asDouble())
                            .withPredictorWeightDecay(c.get("predictorDecay").asDouble());
        }
        return r;
    }

    private static OptimalPredictor lyapunov() {
        return OptimalPredictor.defaults()
                .withRidge(.1, OptimalPredictor.Scaling.MEAN_EIGENVALUE)
                .withSolver(OptimalPredictor.Solver.LYAPUNOV)
                .withEvery(3);
    }

    private static Loss loss(String name) {
        return switch (name) {
            case "COSINE" -> Loss.COSINE;
            case "EUCLIDEAN" -> Loss.EUCLIDEAN;
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static OptimiserChoice optimiser(String name) {
        return switch (name) {
            case "SGD" -> OptimiserChoice.sgd();
            case "LARS" -> OptimiserChoice.lars().withTrustCoefficient(.02);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Schedule emaSchedule(String name) {
        return switch (name) {
            case "CONSTANT" -> Schedule.constant();
            case "COSINE" -> Schedule.cosine();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Schedule schedule(String name) {
        return switch (name) {
            case "cosine" -> Schedule.cosine().withWarmUpSteps(4).withStart(.1);
            case "cosine by epochs" -> Schedule.cosine().withEveryEpoch();
            case "constant" -> Schedule.constant();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static double step(Learner learner, Fixture fixture, int it) {
        long[] shape =
                switch (fixture.configuration().get("encoder").asText()) {
                    case "small8" -> new long[] {16, 1, 28, 28};
                    case "resnet18-cifar" -> new long[] {16, 3, 32, 32};
                    case "resnet18" -> new long[] {8, 3, 96, 96};
                    default -> new long[] {8, 3, 64, 64};
                };
        if (fixture.configuration().has("lastBatch") && it % EPOCH == EPOCH - 1) {
            shape[0] = LAST;
        }
        Shape s = new Shape(shape);
        try (NDManager scope = learner.manager().newSubManager()) {
            DataType type = learner.recipe().precision().type();
            NDArray x1 =
                    scope.create(values("images/" + it + "/1", (int) s.size()), s)
                            .toType(type, false);
            NDArray x2 =
                    scope.create(values("images/" + it + "/2", (int) s.size()), s)
                            .toType(type, false);
            return learner.step(x1, x2, false).loss();
        }
    }

    private static void fill(FlatWeights weights, String salt) {
        Map<String, float[]> all = weights.stateDict("");
        for (ParameterLayout.Slot slot : weights.layout().weights()) {
            all.put(slot.name(), start(salt, slot.name(), slot.shape()));
        }
        weights.load("", all);
    }

    private static void fillPredictor(Learner learner) {
        Map<String, NDArray> state = learner.predictor().state();
        int d = learner.networks().outputs();
        List<float[]> parts = new ArrayList<>();
        if (state.containsKey("hyperplanes")) {
            float[] normals = new float[d * HYPERPLANES];
            for (int i = 0; i < HYPERPLANES; i++) {
                float[] normal = values("predictor/normal/" + i, d);
                for (int j = 0; j < d; j++) {
                    normals[j * HYPERPLANES + i] = normal[j];
                }
            }
            set(state.get("hyperplanes"), List.of(normals));
            for (int side = 0; side < 2 * HYPERPLANES; side++) {
                parts.add(start("predictor/side", "" + side, List.of((long) d, (long) d)));
            }
            set(state.get("W_p"), parts);
        } else if (state.containsKey("W_p")) {
            parts.add(start("predictor", "weight", List.of((long) d, (long) d)));
            if (state.get("W_p").size() > (long) d * d) {
                parts.add(start("predictor", "bias", List.of((long) d)));
            }
            set(state.get("W_p"), parts);
        } else if (state.containsKey("weights")) {
            for (ParameterLayout.Slot slot : twoLayers(learner).weights()) {
                parts.add(start("predictor", bare(slot), slot.shape()));
            }
            set(state.get("weights"), parts);
        }
    }

    private static void set(NDArray array, List<float[]> parts) {
        float[] all = new float[(int) array.size()];
        int at = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        assertThat(at).isEqualTo(all.length);
        try (NDArray source = array.getManager().create(all, array.getShape())) {
            Operators.copy(array, source);
        }
    }

    private static float[] start(String salt, String name, List<Long> shape) {
        int size = (int) shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
        float[] u = values(salt + "/" + name, size);
        for (int i = 0; i < size; i++) {
            if (shape.size() > 1) {
                u[i] = (float) (u[i] / Math.sqrt((double) size / shape.get(0)));
            } else {
                u[i] = (float) (0.1 * u[i] + (name.endsWith("weight") ? 1 : 0));
            }
        }
        return u;
    }

    private static long seed(String name) {
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.US_ASCII));
        return crc.getValue();
    }

    private static long bits(long seed, int i) {
        long z = seed + (i + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static float[] values(String name, int size) {
        long seed = seed(name);
        float[] u = new float[size];
        for (int i = 0; i < size; i++) {
            u[i] = (bits(seed, i) >>> 40) / (float) (1 << 23) - 1;
        }
        return u;
    }

    /** All parameters and buffers of one of the networks, in PyTorch's layout. */
    private static Map<String, double[]> tensors(Learner learner, String which) {
        ParameterLayout layout = learner.networks().onlineWeights().layout();
        Map<String, double[]> all =
                tensors(learner.state().get(which + ".weights"), layout.weights());
        all.putAll(tensors(learner.state().get(which + ".statistics"), layout.statistics()));
        return all;
    }

    private static Map<String, double[]> tensors(NDArray flat, List<ParameterLayout.Slot> slots) {
        double[] values = doubles(flat);
        Map<String, double[]> all = new HashMap<>();
        for (ParameterLayout.Slot slot : slots) {
            double[] part =
                    Arrays.copyOfRange(
                            values, (int) slot.offset(), (int) (slot.offset() + slot.size()));
            all.put(slot.name(), inTorchsOrder(part, slot.shape()));
        }
        return all;
    }

    private static double[] inTorchsOrder(double[] channelsLast, List<Long> shape) {
        if (shape.size() != 4) {
            return channelsLast;
        }
        int in = shape.get(1).intValue();
        int area = (int) (shape.get(2) * shape.get(3));
        double[] result = new double[channelsLast.length];
        for (int i = 0; i < result.length; i++) {
            int out = i / (in * area);
            int channel = i / area % in;
            result[i] = channelsLast[(out * area + i % area) * in + channel];
        }
        return result;
    }

    private static double[] projections(String name, double[] tensor) {
        double[] p = new double[4];
        for (int k = 0; k < p.length; k++) {
            long seed = seed(name + "/" + k);
            for (int i = 0; i < tensor.length; i++) {
                p[k] += bits(seed, i) < 0 ? tensor[i] : -tensor[i];
            }
        }
        return p;
    }

    /** |ours - theirs| / |theirs| over all the tensors that the fixture names. */
    private static double relativeError(Map<String, double[]> ours, JsonNode theirs) {
        double square = 0;
        double norm = 0;
        int names = 0;
        for (var field : theirs.properties()) {
            double[] tensor = ours.get(field.getKey());
            assertThat(tensor).as(field.getKey()).isNotNull();
            square +=
                    squareOfDifference(
                            projections(field.getKey(), tensor),
                            field.getValue().get("projections"));
            norm += Math.pow(field.getValue().get("norm").asDouble(), 2);
            names++;
        }
        assertThat(names).isPositive();
        return Math.sqrt(square / norm);
    }

    /** |ours - theirs| / |theirs| of F or W_p. */
    private static double matrixError(Learner learner, String name, JsonNode expected) {
        double[] ours;
        if (name.equals("F")) {
            ours = doubles(learner.correlation().correlation());
        } else {
            try (NDArray w = learner.predictor().matrix().orElseThrow()) {
                ours = doubles(w);
            }
        }
        return Math.sqrt(squareOfDifference(projections(name, ours), expected.get(name)))
                / expected.get(name + " norm").asDouble();
    }

    /** What a predictor has beside W_p, by PyTorch's names. */
    private static Map<String, double[]> predictorTensors(Learner learner) {
        Map<String, NDArray> state = learner.predictor().state();
        int d = learner.networks().outputs();
        Map<String, double[]> all = new HashMap<>();
        if (state.containsKey("hyperplanes")) {
            all.put("W_p", doubles(state.get("W_p")));
            all.put("F", doubles(state.get("F")));
        } else if (state.containsKey("W_p")) {
            double[] w = doubles(state.get("W_p"));
            all.put("bias", Arrays.copyOfRange(w, d * d, w.length));
        } else {
            ParameterLayout layout = twoLayers(learner);
            layout.weights().forEach(slot -> all.put(bare(slot), part(state.get("weights"), slot)));
            layout.statistics()
                    .forEach(slot -> all.put(bare(slot), part(state.get("statistics"), slot)));
        }
        return all;
    }

    /** Where the parameters of the two-layer predictor lie. */
    private static ParameterLayout twoLayers(Learner learner) {
        int d = learner.networks().outputs();
        TwoLayerPredictor p = (TwoLayerPredictor) learner.recipe().predictor();
        List<Layer> layers =
                List.of(
                        new Layer.Linear(d, p.hidden(), p.bias()),
                        new Layer.BatchNorm(p.hidden(), p.affine()),
                        new Layer.Relu(),
                        new Layer.Linear(p.hidden(), d, p.outputBias()));
        return new ParameterLayout(
                List.of(
                        new Layer.Child(
                                "predictor",
                                Layer.Sequence.numbered(layers.toArray(new Layer[0])))));
    }

    private static String bare(ParameterLayout.Slot slot) {
        return slot.name().substring("predictor.".length());
    }

    private static double[] part(NDArray flat, ParameterLayout.Slot slot) {
        return Arrays.copyOfRange(
                doubles(flat), (int) slot.offset(), (int) (slot.offset() + slot.size()));
    }

    private static double[] doubles(NDArray array) {
        try (NDArray plain = array.stopGradient();
                NDArray wide = plain.toType(DataType.FLOAT64, true)) {
            return wide.toDoubleArray();
        }
    }

    private static double squareOfDifference(double[] ours, JsonNode theirs) {
        double square = 0;
        for (int k = 0; k < ours.length; k++) {
            square += Math.pow(ours[k] - theirs.get(k).asDouble(), 2) / ours.length;
        }
        return square;
    }
}
