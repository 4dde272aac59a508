package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.Stream;
import org.directpred.loss.Loss;
import org.directpred.network.Architecture;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing that a backward pass needs may lie in memory that the garbage collector frees. */
class GarbageCollectionTest {
    private static final int STEPS = 20;

    static Stream<Loss> losses() {
        return Stream.of(Loss.COSINE, Loss.EUCLIDEAN);
    }

    @ParameterizedTest
    @MethodSource("losses")
    void gradientsDoNotDependOnGarbageCollections(Loss loss) throws Exception {
        Recipe recipe =
                Recipe.fashionMnist()
                        .withEncoder(Architecture.small(1, 2))
                        .withProjector(16, 8)
                        .withLearningRate(0.001)
                        .withLoss(loss);
        float[] calm = train(recipe);
        Thread collector = new Thread(GarbageCollectionTest::collect, "collector");
        collector.setDaemon(true);
        collector.start();
        float[] disturbed = train(recipe);
        collector.interrupt();
        collector.join();
        // Not the arrays themselves: a failure would print both.
        assertThat(Arrays.equals(disturbed, calm)).isTrue();
    }

    /** Frees small direct buffers all the time and fills their memory with large numbers. */
    private static void collect() {
        while (!Thread.currentThread().isInterrupted()) {
            System.gc();
            ByteBuffer[] filled = new ByteBuffer[2000];
            for (int i = 0; i < filled.length; i++) {
                filled[i] = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder());
                filled[i].putFloat(0, 1e7f);
            }
        }
    }

    private static float[] train(Recipe recipe) {
        try (Learner learner = Learner.of(recipe, Device.cpu())) {
            return TrainingThread.call(
                    () -> {
                        for (int i = 0; i < STEPS; i++) {
                            try (NDManager scope = learner.manager().newSubManager()) {
                                learner.step(views(i, scope), views(i + STEPS, scope), false);
                            }
                        }
                        try (NDArray weights =
                                learner.networks().onlineWeights().weights().stopGradient()) {
                            return weights.toFloatArray();
                        }
                    });
        }
    }

    private static NDArray views(int number, NDManager scope) {
        float[] pixels = new float[8 * 28 * 28];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) Math.sin(0.1 * i * (number + 1));
        }
        return scope.create(pixels, new Shape(8, 1, 28, 28));
    }
}
