package org.directpred.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

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
}
