package org.directpred.train;

import java.util.Locale;
import java.util.Optional;
import org.directpred.progress.Bar;
import org.directpred.progress.Progress;
import org.directpred.progress.TimeLeft;

/** A run's bar: how far it is, its loss, and how long it still takes. */
final class RunProgress {
    private final String name;
    private final long totalSteps;
    private Optional<Bar> bar = Optional.empty();
    // Of all steps in this process, with what is written after them.
    private double seconds;
    private long steps;

    RunProgress(String name, long totalSteps) {
        this.name = name;
        this.totalSteps = totalSteps;
    }

    /**
     * Shows a step.
     *
     * @param step how many are done
     * @param accuracy the online probe's; NaN without one
     * @param took seconds that it took
     * @param last the step after which nothing is said of the time that is left
     */
    void show(long step, double loss, double accuracy, double took, long last) {
        if (bar.isEmpty()) {
            bar = Optional.of(Progress.bar(name, totalSteps));
        }
        String words = String.format(Locale.ROOT, "loss %.3f", loss);
        if (!Double.isNaN(accuracy)) {
            words += String.format(Locale.ROOT, ", online accuracy %.1f %%", 100 * accuracy);
        }
        if (step < last) {
            words += "; " + TimeLeft.of(seconds + took, steps + 1, totalSteps - step);
        }
        bar.get().update(step, words);
    }

    /** Counts a step with all that was written after it. */
    void count(double took) {
        seconds += took;
        steps++;
    }

    /** Ends the bar; the next step begins another. */
    void close() {
        bar.ifPresent(Bar::close);
        bar = Optional.empty();
    }
}
