package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.directpred.network.Architecture;
import org.directpred.progress.ConsoleSink;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.tensor.Sketch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run goes on with the pairs that it began with, and with no others of their name. */
class OtherPairsTest {
    @TempDir Path folder;

    private Pretraining start(ViewPairs pairs) {
        Recipe recipe =
                Recipe.fashionMnist()
                        .withEncoder(Architecture.small(1, 2))
                        .withBatchSize(8)
                        .withSteps(9);
        return Pretraining.of(recipe).onDevice("cpu").in(folder).on(pairs);
    }

    private static ViewPairs pairs(IntFunction<Random> randomOfEpoch) {
        return ViewPairs.of("mine", 3, epoch -> batches(randomOfEpoch.apply(epoch)));
    }

    private static Iterator<ViewPair> batches(Random random) {
        return Stream.generate(() -> ViewPair.of(noise(random), noise(random), 8, 1, 12, 12))
                .iterator();
    }

    private static float[] noise(Random random) {
        float[] values = new float[8 * 144];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        return values;
    }

    /** What is said when the run goes on from its step. */
    private List<String> goingOn(ViewPairs pairs, long step) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Sink before =
                Progress.use(new ConsoleSink(new PrintStream(bytes, true, StandardCharsets.UTF_8)));
        try (Pretraining run = start(pairs)) {
            assertThat(run.step()).isEqualTo(step);
        } finally {
            Progress.use(before);
        }
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void othersOfTheSameNameAndNumberAreRefused() {
        try (Pretraining run = start(pairs(Random::new))) {
            run.train(4);
        }
        assertThatThrownBy(() -> start(pairs(epoch -> new Random(1000 + epoch))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step-000000004.safetensors")
                .hasMessageContaining("\"mine\"")
                .hasMessageContaining("the first batch of epoch 0 holds other numbers")
                .hasMessageContaining("withIdentity");
        // Also by the checkpoint of a run that had gone on.
        try (Pretraining run = start(pairs(Random::new))) {
            run.train(2);
        }
        assertThatThrownBy(() -> start(pairs(epoch -> new Random(1000 + epoch))))
                .hasMessageContaining("step-000000006.safetensors");
        try (Pretraining run = start(pairs(Random::new))) {
            assertThat(run.step()).isEqualTo(6);
        }
    }

    @Test
    void pairsThatAreOthersEachTimeAreNotComparedAndThatIsSaid() {
        AtomicLong seed = new AtomicLong();
        IntFunction<Random> other = epoch -> new Random(seed.getAndIncrement());
        try (Pretraining run = start(pairs(other))) {
            run.train(4);
        }
        assertThat(goingOn(pairs(other), 4))
                .filteredOn(m -> m.contains("another each time"))
                .singleElement()
                .asString()
                .contains("\"mine\"")
                .contains("withIdentity");
        ViewPairs later =
                pairs(
                        epoch -> {
                            if (epoch == 0) {
                                throw new IllegalStateException("epoch 0 is gone");
                            }
                            return new Random(epoch);
                        });
        assertThat(goingOn(later, 4)).anyMatch(m -> m.contains("epoch 0 is gone"));
    }

    @Test
    void anIdentityIsBelieved() {
        AtomicLong seed = new AtomicLong();
        ViewPairs drawn = pairs(epoch -> new Random(seed.getAndIncrement()));
        try (Pretraining run = start(drawn.withIdentity("all of 2021"))) {
            run.train(4);
        }
        assertThat(goingOn(drawn.withIdentity("all of 2021"), 4))
                .noneMatch(m -> m.contains("withIdentity"));
        assertThatThrownBy(() -> start(drawn.withIdentity("all of 2022")))
                .hasMessageContaining("they were \"all of 2021\" and are \"all of 2022\"");
        assertThatThrownBy(() -> drawn.withIdentity(" ")).hasMessageContaining("not blank");
        assertThatThrownBy(() -> drawn.withIdentity(null)).hasMessage("identity");
    }

    @Test
    void aSketchKnowsNumbersAgainButForRounding() {
        Random random = new Random(1);
        double[] numbers = random.doubles(1000, -1, 1).toArray();
        double[] rounded = new double[1000];
        double[] one = numbers.clone();
        for (int i = 0; i < 1000; i++) {
            rounded[i] = numbers[i] * (1 + 1e-6 * random.nextGaussian());
        }
        one[7] += .1;
        Sketch sketch = Sketch.of(numbers);
        assertThat(sketch.isLike(Sketch.of(rounded))).isTrue();
        assertThat(sketch.isLike(Sketch.of(one))).isFalse();
        assertThat(Sketch.parse(sketch.text())).isEqualTo(sketch);
        assertThat(sketch.values().get(0))
                .isEqualTo(Math.sqrt(Arrays.stream(numbers).map(x -> x * x).sum() / 1000));
        double[] swapped = numbers.clone();
        swapped[0] = numbers[999];
        swapped[999] = numbers[0];
        assertThat(sketch.isLike(Sketch.of(swapped))).isFalse();
    }
}
