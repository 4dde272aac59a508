package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.directpred.evaluate.Features;
import org.directpred.image.CorruptImageException;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.image.Views;
import org.directpred.network.Backbone;
import org.directpred.network.OnlineAndTarget;
import org.directpred.tensor.TrainingThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that is stopped or closed between two checkpoints loses no step, and nothing waits. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SavedAtTheStopTest {
    private static final ImageSource IMAGES = FashionMnist.embeddedTrain();

    @TempDir Path folder;

    @Test
    void breakingOutOfTheLoopOverEpochsSaves() {
        ImageSource few = IMAGES.first(128);
        RunOptions start = Pretraining.of(recipe()).onDevice("cpu").in(folder);
        try (Pretraining run = start.on(few)) {
            for (Epoch epoch : run) {
                if (epoch.number() == 2) {
                    break;
                }
            }
        }
        try (Pretraining run = start.on(few)) {
            assertThat(run.step()).isEqualTo(12);
            assertThat(run.log().epochs()).hasSize(3);
        }
    }

    @Test
    void everyFewStepsClosedTheBitsAreTheSame() {
        Map<String, Long> whole = undisturbed();
        long before = 0;
        for (int steps : new int[] {7, 1, 13, 2}) {
            try (Pretraining run = start()) {
                assertThat(run.step()).isEqualTo(before);
                before = run.train(steps);
            }
        }
        try (Pretraining run = start()) {
            assertThat(run.step()).isEqualTo(23);
            assertThat(run.log().steps()).hasSize(23);
            assertThat(KilledRun.digests(run.train())).isEqualTo(whole);
        }
    }

    @Test
    void theStopButtonSavesBeforeTheRunIsClosed() throws Exception {
        Map<String, Long> whole = undisturbed();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Pretraining run = start();
        Thread cell = new Thread(() -> thrown.set(catchThrowable(run::train)));
        cell.start();
        while (run.step() < 3) {
            Thread.onSpinWait();
        }
        cell.interrupt();
        cell.join();
        assertThat(thrown.get()).isInstanceOf(TrainingThread.Stopped.class);
        long stopped = run.step();
        assertThat(stopped).isLessThan(40);
        // As a killed process leaves it: nobody closes the run.
        assertThat(folder.resolve("step-%09d.safetensors".formatted(stopped))).exists();
        run.close();
        try (Pretraining again = start()) {
            assertThat(again.step()).isEqualTo(stopped);
            assertThat(KilledRun.digests(again.train())).isEqualTo(whole);
        }
    }

    @Test
    void weightsThatAreNoNumbersAreNotSaved() {
        try (Pretraining run = start()) {
            run.train(3);
        }
        try (Pretraining run = start()) {
            run.train(2);
            TrainingThread.run(
                    () -> {
                        NDArray weights = run.networks().onlineWeights().weights();
                        try (NDArray plain = weights.stopGradient()) {
                            plain.muli(Float.NaN);
                        }
                    });
        }
        try (Pretraining run = start()) {
            assertThat(run.step()).isEqualTo(3);
        }
    }

    @Test
    void aPairThatWaitsForAThreadThatExtractsFeaturesComes() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        AtomicReference<Pretraining> running = new AtomicReference<>();
        ViewPairs pairs =
                new Delegating() {
                    @Override
                    public Iterator<ViewPair> epoch(int epoch, int from) {
                        Iterator<ViewPair> all = super.epoch(epoch, from);
                        return new Iterator<>() {
                            @Override
                            public boolean hasNext() {
                                return all.hasNext();
                            }

                            @Override
                            public ViewPair next() {
                                Future<Features> features =
                                        other.submit(
                                                () ->
                                                        Features.extract(
                                                                running.get().backbone(),
                                                                IMAGES.first(20),
                                                                Views.fashionMnist()));
                                try {
                                    assertThat(features.get().size()).isEqualTo(20);
                                } catch (InterruptedException | ExecutionException e) {
                                    throw new IllegalStateException(e);
                                }
                                return all.next();
                            }
                        };
                    }
                };
        try (Pretraining run = Pretraining.of(recipe()).onDevice("cpu").on(pairs)) {
            running.set(run);
            run.train(3);
            assertThat(run.step()).isEqualTo(3);
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void aWaitForPairsIsStopped() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch waiting = new CountDownLatch(1);
        ViewPairs pairs =
                new Delegating() {
                    @Override
                    public Iterator<ViewPair> epoch(int epoch, int from) {
                        Iterator<ViewPair> all = super.epoch(epoch, from);
                        return new Iterator<>() {
                            @Override
                            public boolean hasNext() {
                                return all.hasNext();
                            }

                            @Override
                            public ViewPair next() {
                                waiting.countDown();
                                try {
                                    never.await();
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException("interrupted", e);
                                }
                                return all.next();
                            }
                        };
                    }
                };
        try (Pretraining run = Pretraining.of(recipe()).onDevice("cpu").on(pairs)) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread cell = new Thread(() -> thrown.set(catchThrowable(run::train)));
            cell.start();
            waiting.await();
            cell.interrupt();
            cell.join(TimeUnit.SECONDS.toMillis(20));
            assertThat(thrown.get())
                    .isInstanceOf(TrainingThread.Stopped.class)
                    .hasMessage("stopped after step 0 of 40");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoch", "hasNext", "next"})
    void aWaitAnywhereInPairsIsStoppedAndSaved(String where) throws Exception {
        CountDownLatch waiting = new CountDownLatch(1);
        ViewPairs pairs =
                new Delegating() {
                    @Override
                    public long batchesPerEpoch() {
                        return 3;
                    }

                    @Override
                    public Iterator<ViewPair> epoch(int epoch, int from) {
                        waitIf(epoch == 1 && where.equals("epoch"));
                        Iterator<ViewPair> all = super.epoch(epoch, from);
                        return new Iterator<>() {
                            @Override
                            public boolean hasNext() {
                                waitIf(epoch == 1 && where.equals("hasNext"));
                                return all.hasNext();
                            }

                            @Override
                            public ViewPair next() {
                                waitIf(epoch == 1 && where.equals("next"));
                                return all.next();
                            }
                        };
                    }

                    private void waitIf(boolean here) {
                        if (!here) {
                            return;
                        }
                        waiting.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException("interrupted", e);
                        }
                    }
                };
        Path file = folder.resolve("step-000000003.safetensors");
        try (Pretraining run = Pretraining.of(recipe()).onDevice("cpu").in(folder).on(pairs)) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread cell = new Thread(() -> thrown.set(catchThrowable(run::train)));
            cell.start();
            waiting.await();
            assertThat(file).doesNotExist();
            cell.interrupt();
            cell.join(TimeUnit.SECONDS.toMillis(20));
            assertThat(thrown.get())
                    .isInstanceOf(TrainingThread.Stopped.class)
                    .hasMessage("stopped after step 3 of 40");
            assertThat(file).exists();
        }
    }

    @Test
    void aClosedRunSaysSo() {
        Pretraining run = start();
        run.close();
        run.close();
        assertThatThrownBy(run::train)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void aBackboneWhoseRunIsClosedSaysWhatToDo() {
        Backbone backbone;
        try (Pretraining run = start()) {
            backbone = run.backbone();
        }
        assertThatThrownBy(() -> Features.extract(backbone, IMAGES.first(8), Views.fashionMnist()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed")
                .hasMessageContaining("run.saveBackbone(file)");
    }

    @Test
    void theNetworksOfAClosedRunSaySo() {
        Pretraining run = start();
        OnlineAndTarget networks = run.networks();
        run.close();
        Path file = folder.resolve("backbone.safetensors");
        for (ThrowingCallable use :
                List.<ThrowingCallable>of(
                        () -> networks.saveBackbone(file, Map.of()),
                        () -> networks.loadBackbone(file),
                        () -> TrainingThread.run(() -> networks.updateTarget(.9)),
                        networks::onlineWeights,
                        networks::targetWeights)) {
            assertThatThrownBy(use)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("these networks are closed");
        }
    }

    @Test
    void viewsThatALearnerClosedAreRefusedByTheNext() {
        Recipe recipe = recipe();
        Learner first = Learner.of(recipe, Device.cpu());
        try (Learner second = Learner.of(recipe, Device.cpu())) {
            NDArray views =
                    TrainingThread.call(() -> first.manager().ones(new Shape(4, 1, 28, 28)));
            first.close();
            assertThatThrownBy(() -> TrainingThread.run(() -> second.step(views, views, false)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed already")
                    .hasMessageContaining("outlives");
        }
    }

    @Test
    void loaderThreadsChangeNoBitAndTheLimitOfCorruptImagesCounts() {
        Map<String, Long> whole = undisturbed();
        for (int threads : new int[] {1, 3}) {
            try (Pretraining run =
                    Pretraining.of(recipe())
                            .onDevice("cpu")
                            .withLoaderThreads(threads)
                            .withCorruptLimit(0)
                            .on(IMAGES)) {
                assertThat(KilledRun.digests(run.train())).isEqualTo(whole);
            }
        }
        RunOptions start = Pretraining.of(recipe()).onDevice("cpu");
        assertThatThrownBy(() -> start.withLoaderThreads(0)).hasMessageContaining("not 0");
        assertThatThrownBy(() -> start.withCorruptLimit(-1)).hasMessageContaining("not -1");
        ImageSource torn = torn(IMAGES);
        try (Pretraining run = start.withCorruptLimit(1).on(torn)) {
            assertThatThrownBy(run::train).hasMessageContaining("at most 1 corrupt images");
        }
        try (Pretraining run = start.withCorruptLimit(5000).on(torn)) {
            assertThat(run.train(2)).isEqualTo(2);
        }
    }

    /** Images of which every third is corrupt. */
    private static ImageSource torn(ImageSource whole) {
        return (ImageSource)
                Proxy.newProxyInstance(
                        ImageSource.class.getClassLoader(),
                        new Class<?>[] {ImageSource.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("read") && (int) arguments[0] % 3 == 0) {
                                throw new CorruptImageException(
                                        "image " + arguments[0], 0, "a picture", "a tear", null);
                            }
                            return method.invoke(whole, arguments);
                        });
    }

    /** Pairs of noise, of which an epoch has more than the tests take. */
    private static class Delegating implements ViewPairs {
        @Override
        public String name() {
            return "noise";
        }

        @Override
        public long batchesPerEpoch() {
            return 62;
        }

        @Override
        public Iterator<ViewPair> epoch(int epoch, int from) {
            Random random = new Random(epoch);
            float[] first = new float[8 * 144];
            float[] second = new float[8 * 144];
            for (int i = 0; i < first.length; i++) {
                first[i] = random.nextFloat();
                second[i] = random.nextFloat();
            }
            return Stream.generate(() -> ViewPair.of(first, second, 8, 1, 12, 12)).iterator();
        }
    }

    private static Recipe recipe() {
        return KilledRun.recipe();
    }

    private Map<String, Long> undisturbed() {
        try (Pretraining run = Pretraining.of(recipe()).onDevice("cpu").on(IMAGES)) {
            return KilledRun.digests(run.train());
        }
    }

    private Pretraining start() {
        return Pretraining.of(recipe()).onDevice("cpu").in(folder).on(IMAGES);
    }
}
