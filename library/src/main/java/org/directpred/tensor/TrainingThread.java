package org.directpred.tensor;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that owns every array.
 *
 * <p>PyTorch keeps the gradient mode per thread and OpenMP a pool of workers per thread, and a
 * notebook may run each cell on another thread; so all work on arrays is handed to this one. When
 * the calling thread is interrupted (the stop button), the work is asked to stop and the caller
 * waits until it has: the state is whole when the caller goes on.
 */
public final class TrainingThread {
    private static final Turn TURN = new Turn();
    private static volatile @Nullable Thread thread;
    private static volatile boolean stop;
    private static @Nullable ExecutorService executor;

    private TrainingThread() {}

    /**
     * Runs work on the training thread and waits for it. Called on the training thread itself it
     * runs at once.
     *
     * <p>If the caller is interrupted meanwhile, {@link #stopRequested} turns true for the work;
     * this method still returns what the work returns or throws what it throws, and leaves the
     * caller's interrupt flag set unless the work ended by {@link Stopped}, which then stands for
     * the interrupt.
     *
     * <p>Calls of several threads are served one after the other, in the order in which they came.
     *
     * @return what the work returns
     * @throws Stopped if the caller is interrupted while it waits for another caller's work; its
     *     own has not begun
     */
    public static <T> T call(Callable<T> work) {
        Objects.requireNonNull(work, "work");
        if (isCurrent()) {
            return direct(work);
        }
        // One call at a time: the stop flag belongs to the call under way.
        TURN.take("the training thread");
        try {
            stop = false;
            FutureTask<T> task = new FutureTask<>(work);
            executor().execute(task);
            boolean interrupted = false;
            try {
                while (true) {
                    try {
                        return task.get();
                    } catch (InterruptedException e) {
                        interrupted = true;
                        stop = true;
                    } catch (ExecutionException e) {
                        if (e.getCause() instanceof Stopped) {
                            interrupted = false;
                        }
                        throw rethrown(e.getCause());
                    }
                }
            } finally {
                stop = false;
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        } finally {
            TURN.give();
        }
    }

    /** Whether the calling thread is the training thread. */
    public static boolean isCurrent() {
        return Thread.currentThread() == thread;
    }

    /** {@link #call} for work without a result. */
    public static void run(Runnable work) {
        call(
                () -> {
                    work.run();
                    return null;
                });
    }

    /**
     * Whether the caller for whom this work runs has been interrupted; on any other thread, whether
     * that thread has been. Long work polls it between steps.
     */
    public static boolean stopRequested() {
        return isCurrent() ? stop : Thread.currentThread().isInterrupted();
    }

    /**
     * Ends the work if {@link #stopRequested}. The exception stands for the interrupt, which is
     * cleared.
     *
     * @param where how far the work is, for the message
     * @throws Stopped if so
     */
    public static void checkStop(String where) {
        if (isCurrent() ? stop : Thread.interrupted()) {
            throw new Stopped(where);
        }
    }

    /**
     * Runs, on the calling thread, what may wait for other threads, so that these may use the
     * training thread meanwhile: drawing a batch, whose source is a user's.
     *
     * @param where how far the work is, for the message
     * @return what the work returns
     * @throws Stopped if the wait was ended by an interrupt; an interrupt under which the work went
     *     on stays set
     */
    public static <T extends @Nullable Object> T waiting(String where, Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException e) {
            boolean interrupted = !isCurrent() && Thread.interrupted();
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                interrupted |= cause instanceof InterruptedException;
            }
            if (interrupted) {
                throw new Stopped(where, e);
            }
            throw e;
        }
    }

    /**
     * Whether the work under way was asked to stop and does not get to it, for it waits for another
     * thread.
     */
    static boolean waitsThoughStopped() {
        Thread t = thread;
        return stop
                && t != null
                && (t.getState() == Thread.State.WAITING
                        || t.getState() == Thread.State.TIMED_WAITING);
    }

    private static ExecutorService executor() {
        if (executor == null) {
            executor =
                    Executors.newSingleThreadExecutor(
                            work -> {
                                Thread t = new Thread(work, "directpred-training");
                                t.setDaemon(true);
                                thread = t;
                                return t;
                            });
        }
        return executor;
    }

    private static <T> T direct(Callable<T> work) {
        try {
            return work.call();
        } catch (Exception e) {
            throw rethrown(e);
        }
    }

    private static RuntimeException rethrown(@Nullable Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        if (cause instanceof RuntimeException runtime) {
            // The caller's own frames, as a cell shows them, say which line asked for the work.
            runtime.addSuppressed(new CalledFrom());
            return runtime;
        }
        return new IllegalStateException(cause == null ? null : cause.getMessage(), cause);
    }

    /**
     * Thrown by work that ended early because its caller was interrupted; everything it owns is
     * intact.
     */
    public static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /** Says how far the work had come. */
        public Stopped(String where) {
            super("stopped " + where);
        }

        /** The same for work that was interrupted in a wait. */
        public Stopped(String where, Throwable cause) {
            super("stopped " + where, cause);
        }
    }

    /** Marks the calling thread's stack. */
    private static final class CalledFrom extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CalledFrom() {
            super("called from");
        }
    }
}
