package org.directpred.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TrainingThreadTest {

    @Test
    void allWorkRunsOnOneThread() throws Exception {
        Thread here = TrainingThread.call(Thread::currentThread);
        AtomicReference<Thread> there = new AtomicReference<>();
        Thread caller = new Thread(() -> there.set(TrainingThread.call(Thread::currentThread)));
        caller.start();
        caller.join();
        assertThat(there.get()).isSameAs(here).isNotSameAs(Thread.currentThread());
        assertThat(TrainingThread.<Thread>call(() -> TrainingThread.call(Thread::currentThread)))
                .isSameAs(here);
    }

    @Test
    void anInterruptStopsTheWorkAndWaitsForIt() throws Exception {
        AtomicInteger steps = new AtomicInteger();
        CountDownLatch started = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicReference<Integer> stepsWhenReturned = new AtomicReference<>();
        Thread caller =
                new Thread(
                        () -> {
                            try {
                                TrainingThread.run(
                                        () -> {
                                            while (true) {
                                                TrainingThread.checkStop("at step " + steps.get());
                                                steps.incrementAndGet();
                                                started.countDown();
                                                Thread.onSpinWait();
                                            }
                                        });
                            } catch (TrainingThread.Stopped e) {
                                stepsWhenReturned.set(steps.get());
                                thrown.set(e);
                            }
                        });
        caller.start();
        started.await();
        caller.interrupt();
        caller.join();
        assertThat(thrown.get()).hasMessage("stopped at step " + stepsWhenReturned.get());
        assertThat(steps.get()).isEqualTo(stepsWhenReturned.get());
        assertThat(TrainingThread.<Boolean>call(TrainingThread::stopRequested)).isFalse();
    }

    @Test
    void anExceptionOfTheWorkIsTheCallersException() {
        assertThatThrownBy(
                        () ->
                                TrainingThread.run(
                                        () -> {
                                            throw new IllegalArgumentException("rho");
                                        }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rho");
    }

    @Test
    @Timeout(60)
    void aThreadThatWaitsForAnothersWorkCanBeInterrupted() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Thread first = new Thread(() -> TrainingThread.call(() -> waited(begun, end)));
        first.start();
        begun.await();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread second =
                new Thread(
                        () ->
                                thrown.set(
                                        catchThrowable(
                                                () -> TrainingThread.run(() -> thrown.set(null)))));
        second.start();
        while (second.getState() == Thread.State.NEW
                || second.getState() == Thread.State.RUNNABLE) {
            Thread.onSpinWait();
        }
        second.interrupt();
        second.join();
        assertThat(thrown.get())
                .isInstanceOf(TrainingThread.Stopped.class)
                .hasMessageContaining("while it waited for the training thread");
        end.countDown();
        first.join();
    }

    @Test
    @Timeout(60)
    void workThatWaitsForAThreadThatWaitsForItCanBeStopped() throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        CountDownLatch begun = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread cell =
                new Thread(
                        () ->
                                thrown.set(
                                        catchThrowable(
                                                () ->
                                                        TrainingThread.call(
                                                                () -> {
                                                                    Future<?> future =
                                                                            other.submit(
                                                                                    () ->
                                                                                            TrainingThread
                                                                                                    .run(
                                                                                                            () -> {}));
                                                                    begun.countDown();
                                                                    return future.get();
                                                                }))));
        cell.start();
        begun.await();
        cell.interrupt();
        cell.join();
        other.shutdownNow();
        assertThat(thrown.get())
                .hasStackTraceContaining("whose work was stopped and waits for another thread");
        assertThat(TrainingThread.<Integer>call(() -> 7)).isEqualTo(7);
    }

    private static Object waited(CountDownLatch begun, CountDownLatch end)
            throws InterruptedException {
        begun.countDown();
        end.await();
        return 0;
    }
}
