package org.directpred.benchmarks;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.directpred.image.FashionMnist;
import org.directpred.network.Architecture;
import org.directpred.network.Architecture.Stem;
import org.directpred.network.FunctionalNetwork.Precision;
import org.directpred.predictor.DirectPred;
import org.directpred.predictor.LinearPredictor;
import org.directpred.predictor.Predictor;
import org.directpred.tensor.Operators;
import org.directpred.tensor.Torch;
import org.directpred.tensor.TrainingThread;
import org.directpred.train.Learner;
import org.directpred.train.Pretraining;
import org.directpred.train.Recipe;

/**
 * One side of the engine's benchmark: {@code python/engine_peers.py} starts it with what it shall
 * do, asks for a round by an empty line on the standard input, and reads the milliseconds of one
 * repetition from the standard output.
 *
 * <pre>
 * EngineBenchmark step DEPTH SIDE BATCH PRECISION   a whole training step, diagnostics apart
 * EngineBenchmark update                            SGD and moving average of ResNet-18's weights
 * EngineBenchmark predictor D                       DirectPred's W_p from F
 * EngineBenchmark memory STEPS                      steps of a small network; prints resident MB
 * </pre>
 */
public final class EngineBenchmark {
    /** ResNet-18 and its projector. */
    private static final long WEIGHTS = 11_504_832;

    /** Nanoseconds, of short work. */
    private static final long WARM_UP = 15_000_000_000L;

    private EngineBenchmark() {}

    /** What is repeated. */
    private interface Work extends AutoCloseable {
        void once();

        int repetitions();

        @Override
        default void close() {}
    }

    /**
     * Answers empty lines until the input ends.
     *
     * @param arguments see the class
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments[0].equals("memory")) {
            memory(Integer.parseInt(arguments[1]));
            return;
        }
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (Work work = TrainingThread.call(() -> work(arguments))) {
            // A training has thousands of steps: what it compiles first is not what is measured.
            long end = System.nanoTime() + WARM_UP;
            do {
                round(work);
            } while (work.repetitions() > 1 && System.nanoTime() < end);
            round(work);
            System.out.println("ready");
            while (in.readLine() != null) {
                System.out.println(round(work));
            }
        }
    }

    /** Milliseconds of one repetition. */
    private static double round(Work work) {
        long start = System.nanoTime();
        TrainingThread.run(
                () -> {
                    for (int i = 0; i < work.repetitions(); i++) {
                        work.once();
                    }
                });
        return (System.nanoTime() - start) / 1e6 / work.repetitions();
    }

    private static Work work(String[] arguments) {
        return switch (arguments[0]) {
            case "step" ->
                    new StepWork(
                            Integer.parseInt(arguments[1]),
                            Integer.parseInt(arguments[2]),
                            Integer.parseInt(arguments[3]),
                            Precision.valueOf(arguments[4]));
            case "update" -> new UpdateWork();
            case "predictor" -> new PredictorWork(Integer.parseInt(arguments[1]));
            default -> throw new IllegalArgumentException("unknown work " + arguments[0]);
        };
    }

    /** BYOL's whole step as the paper's STL-10 recipe has it. */
    private static final class StepWork implements Work {
        private final Learner learner;
        private final NDArray first;
        private final NDArray second;

        StepWork(int depth, int side, int batch, Precision precision) {
            Recipe recipe =
                    Recipe.stl10()
                            .withEncoder(
                                    Architecture.resNet(
                                            depth, side < 64 ? Stem.CIFAR : Stem.IMAGENET))
                            .withProjector(depth == 50 ? 4096 : 512, depth == 50 ? 256 : 128)
                            .withPredictor(LinearPredictor.sgd())
                            .withBatchSize(batch)
                            .withPrecision(precision);
            learner = Learner.of(recipe, Device.cpu());
            Shape shape = new Shape(batch, 3, side, side);
            first = learner.manager().randomNormal(shape);
            second = learner.manager().randomNormal(shape);
        }

        @Override
        public void once() {
            try (NDManager scope = learner.manager().newSubManager()) {
                NDArray a = first.stopGradient();
                NDArray b = second.stopGradient();
                a.attach(scope);
                b.attach(scope);
                learner.step(a, b, false);
            }
        }

        @Override
        public int repetitions() {
            return 1;
        }

        @Override
        public void close() {
            learner.close();
        }
    }

    /** What Sgd and the target's move do, on as many weights as ResNet-18 with its projector. */
    private static final class UpdateWork implements Work {
        private final NDManager manager = Torch.newManager(Device.cpu());
        private final NDArray weights = manager.randomNormal(new Shape(WEIGHTS));
        private final NDArray gradient = manager.randomNormal(new Shape(WEIGHTS));
        private final NDArray momentum = manager.zeros(new Shape(WEIGHTS));
        private final NDArray target = manager.randomNormal(new Shape(WEIGHTS));

        UpdateWork() {
            weights.setRequiresGradient(true);
        }

        @Override
        public void once() {
            // The gradient stays, as the peer's does.
            Operators.sgd(weights, gradient, momentum, 0.03, 0.9, 4e-4, false);
            Torch.dropGradient(weights);
            Operators.lerp(target, weights, 0.004);
        }

        @Override
        public int repetitions() {
            return 30;
        }

        @Override
        public void close() {
            manager.close();
        }
    }

    /** W_p from F, as every step sets it: eigendecomposition, formula, product. */
    private static final class PredictorWork implements Work {
        private final NDManager manager = Torch.newManager(Device.cpu());
        private final Predictor predictor;
        private final int dimension;
        private long step;

        PredictorWork(int dimension) {
            this.dimension = dimension;
            predictor = DirectPred.defaults().create(dimension, DataType.FLOAT32, 1, manager);
            try (NDManager scope = manager.newSubManager()) {
                NDArray z = scope.randomNormal(new Shape(2L * dimension, dimension));
                predictor.observe(z, z, z, z);
            }
        }

        @Override
        public void once() {
            predictor.afterStep(step++);
        }

        @Override
        public int repetitions() {
            return 1000 * 128 / dimension;
        }

        @Override
        public void close() {
            predictor.close();
            manager.close();
        }
    }

    /** The whole loop, with its loader and its diagnostics. */
    private static void memory(int steps) throws IOException {
        Recipe recipe = Recipe.fashionMnist().withDirectPred().withSteps(steps);
        try (Pretraining run = Pretraining.of(recipe).on(FashionMnist.embeddedTrain())) {
            while (run.step() < run.totalSteps()) {
                run.train(steps / 10);
                System.out.printf(
                        Locale.ROOT, "after %d steps: %d MB%n", run.step(), residentMegabytes());
            }
        }
    }

    private static long residentMegabytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
            }
        }
        throw new IOException("/proc/self/status has no VmRSS");
    }
}
