package org.directpred.tensor;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.directpred.tensor.TrainingThread.Stopped;

/** A lock that goes round in the order in which threads ask, and whose wait can be interrupted. */
public final class Turn {
    private final ReentrantLock lock = new ReentrantLock(true);

    /**
     * Waits until no other thread has it.
     *
     * @param what it stands for, for the message
     * @throws Stopped if the thread is interrupted while it waits, or if the work on the training
     *     thread was asked to stop and waits for another thread, which may be this one
     * @throws IllegalStateException on the training thread, if another thread has it: that thread
     *     may itself be waiting for the training thread, so that neither would ever go on
     */
    public void take(String what) {
        // Past the queue only where there is none, or where this thread has it already.
        if ((lock.isHeldByCurrentThread() || !lock.hasQueuedThreads()) && lock.tryLock()) {
            return;
        }
        if (TrainingThread.isCurrent()) {
            throw new IllegalStateException(
                    "%s is in use by another thread, and the training thread cannot wait for it: call this from a thread of your own"
                            .formatted(what));
        }
        try {
            while (!lock.tryLock(1, TimeUnit.SECONDS)) {
                if (TrainingThread.waitsThoughStopped()) {
                    throw new Stopped(
                            "while it waited for %s, whose work was stopped and waits for another thread"
                                    .formatted(what));
                }
            }
        } catch (InterruptedException e) {
            throw new Stopped("while it waited for " + what, e);
        }
    }

    /** Lets the next thread have it. */
    public void give() {
        lock.unlock();
    }
}
