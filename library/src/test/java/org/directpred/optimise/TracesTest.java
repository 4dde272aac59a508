package org.directpred.optimise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.directpred.tensor.ParameterGroups;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Optimisers, schedules, clipping and accumulated gradients over twenty steps in float64 against
 * PyTorch ({@code fixtures/optimise/make_traces.py}).
 */
class TracesTest {
    private static final double DIGITS = 1e-12;
    private static final int STEPS = 20;
    private static final ParameterGroups GROUPS =
            new ParameterGroups(List.of(12L, 8L, 4L, 6L), List.of(5L, 3L));

    record Trace(JsonNode node) {
        JsonNode setting(String name) {
            return node.get("case").path(name);
        }

        @Override
        public String toString() {
            return node.get("case").toString();
        }
    }

    static Stream<Trace> all() throws IOException {
        return StreamSupport.stream(fixture().get("records").spliterator(), false).map(Trace::new);
    }

    @ParameterizedTest
    @MethodSource("all")
    void twentyStepsArePyTorchs(Trace trace) {
        TrainingThread.run(
                () -> {
                    try (NDManager manager = Torch.newManager(Device.cpu())) {
                        NDArray w = manager.create(start());
                        w.setRequiresGradient(true);
                        try (Optimiser optimiser = optimiser(trace, w, manager)) {
                            run(trace, w, optimiser, manager);
                        }
                    }
                });
    }

    @Test
    void theMovingAveragesCosine() throws IOException {
        JsonNode expected = fixture().get("ema");
        for (int k = 0; k <= STEPS; k++) {
            double factor = Schedule.cosine().factor(k, new TrainingLength(STEPS, 4));
            // To the last bit: halving is exact, so the order of the product does not matter.
            assertThat(1 - (1 - .97) * factor).isEqualTo(expected.get(k).asDouble());
        }
    }

    private static void run(Trace trace, NDArray w, Optimiser optimiser, NDManager manager) {
        Optional<GradientClipping> clipping =
                trace.setting("maxNorm").isNumber()
                        ? Optional.of(
                                new GradientClipping(
                                        trace.setting("maxNorm").asDouble(), List.of(w)))
                        : Optional.empty();
        Schedule schedule = schedule(trace.setting("schedule").asText("constant"));
        Schedule decays = schedule(trace.setting("decaySchedule").asText("constant"));
        TrainingLength length = new TrainingLength(STEPS, 4);
        int passes = trace.setting("passes").asInt(1);
        for (int step = 0; step < STEPS; step++) {
            try (NDManager scope = manager.newSubManager();
                    GradientCollector collector = Torch.engine().newGradientCollector()) {
                for (int pass = 0; pass < passes; pass++) {
                    NDArray c = scope.create(slopes(step * passes + pass));
                    // Arrays that live until the backward pass, where DJL frees Java numbers at
                    // once.
                    NDArray loss = c.mul(w).sum().add(w.square().sum().mul(scope.create(.1)));
                    collector.backward(loss.mul(scope.create(1.0 / passes)));
                }
            }
            if (clipping.isPresent()) {
                try (NDArray norm = clipping.get().clip()) {
                    assertThat(norm.getDouble())
                            .isCloseTo(
                                    trace.node().get("norms").get(step).asDouble(), within(DIGITS));
                }
            }
            double rate = trace.setting("rate").asDouble() * schedule.factor(step, length);
            assertThat(rate)
                    .isCloseTo(trace.node().get("rates").get(step).asDouble(), within(DIGITS));
            optimiser.step(
                    rate, trace.setting("weightDecay").asDouble(0) * decays.factor(step, length));
            assertThat(values(w))
                    .as("weights after step %d", step)
                    .containsExactly(
                            doubles(trace.node().get("weights").get(step)), within(DIGITS));
        }
        if (trace.node().has("momentum")) {
            assertThat(optimiser.state().get("momentum").toDoubleArray())
                    .containsExactly(doubles(trace.node().get("momentum")), within(DIGITS));
        }
        clipping.ifPresent(GradientClipping::close);
    }

    private static Optimiser optimiser(Trace trace, NDArray w, NDManager manager) {
        double momentum = trace.setting("momentum").asDouble(0);
        boolean exclude = trace.setting("exclude").asBoolean(false);
        if (trace.setting("optimiser").asText().equals("lars")) {
            return new Lars(
                    w,
                    exclude
                            ? GROUPS.matrices()
                            : Stream.concat(GROUPS.matrices().stream(), GROUPS.vectors().stream())
                                    .toList(),
                    momentum,
                    trace.setting("eta").asDouble(),
                    manager);
        }
        if (trace.setting("optimiser").asText().equals("adamw")) {
            return OptimiserChoice.adamW()
                    .withBetas(
                            trace.setting("beta1").asDouble(.9),
                            trace.setting("beta2").asDouble(.999))
                    .withEpsilon(trace.setting("eps").asDouble(1e-8))
                    .create(w, exclude ? GROUPS : GROUPS.withVectorsAsMatrices(), manager);
        }
        boolean nesterov = trace.setting("nesterov").asBoolean(false);
        return exclude
                ? new Sgd(w, GROUPS.matrixElements(), momentum, nesterov, manager)
                : new Sgd(w, momentum, nesterov, manager);
    }

    private static Schedule schedule(String name) {
        return switch (name) {
            case "constant" -> Schedule.constant();
            case "cosine" -> Schedule.cosine();
            case "linear-cosine" -> Schedule.cosine().withWarmUpSteps(5).withStart(.1);
            // One epoch of four steps.
            case "byol" -> Schedule.cosine().withWarmUpEpochs(1);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static double[] start() {
        double[] w = new double[(int) GROUPS.elements()];
        for (int i = 0; i < w.length; i++) {
            // The second and the third matrix start at 0.
            w[i] = i >= 12 && i < 24 ? 0 : Math.sin(.9 * i + .4);
        }
        return w;
    }

    private static double[] slopes(int pass) {
        double[] c = new double[(int) GROUPS.elements()];
        for (int i = 0; i < c.length; i++) {
            // The third matrix never gets a gradient.
            c[i] = i >= 20 && i < 24 ? 0 : Math.cos(.7 * i + 1.3 * pass);
        }
        return c;
    }

    private static double[] values(NDArray w) {
        try (NDArray plain = w.stopGradient()) {
            return plain.toDoubleArray();
        }
    }

    private static double[] doubles(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static JsonNode fixture() throws IOException {
        try (InputStream in = TracesTest.class.getResourceAsStream("traces.json")) {
            return new ObjectMapper().readTree(in);
        }
    }
}
