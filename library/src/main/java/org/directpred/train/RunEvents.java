package org.directpred.train;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** What a run's listeners have yet to be told: collected while a step is taken, told after it. */
final class RunEvents {
    private final List<RunListener> listeners;
    private final Deque<Consumer<RunListener>> waiting = new ArrayDeque<>();
    private boolean telling;

    RunEvents(List<RunListener> listeners) {
        this.listeners = listeners;
    }

    void add(Consumer<RunListener> event) {
        if (!listeners.isEmpty()) {
            waiting.add(event);
        }
    }

    /**
     * Tells all that waits to all listeners, in the calling thread.
     *
     * @throws RuntimeException the first that a listener threw, with the others suppressed
     */
    void tell() {
        Throwable failure = null;
        telling = true;
        try {
            while (!waiting.isEmpty()) {
                Consumer<RunListener> event = waiting.remove();
                for (RunListener listener : listeners) {
                    try {
                        event.accept(listener);
                    } catch (RuntimeException | Error e) {
                        if (failure == null) {
                            failure = e;
                        } else if (failure != e) {
                            failure.addSuppressed(e);
                        }
                    }
                }
            }
        } finally {
            telling = false;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
    }

    /** Refuses work that a listener may not ask its own run for. */
    void requireNotTelling() {
        if (telling) {
            throw new IllegalStateException(
                    "a listener cannot train or close the run that calls it: stop() ends its training after this step");
        }
    }
}
