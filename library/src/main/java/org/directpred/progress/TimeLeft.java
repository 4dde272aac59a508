package org.directpred.progress;

import java.time.Duration;
import java.util.Locale;

/** How long the rest of some work will take if it goes on as it has. */
public final class TimeLeft {
    private TimeLeft() {}

    /**
     * In words, {@code about 0:09:58 left}.
     *
     * @param seconds what the work done took
     * @param done units of work that took them, at least 1
     * @param left units that are left, 0 or more
     */
    public static String of(double seconds, long done, long left) {
        Duration rest = Duration.ofSeconds(Math.round(seconds / done * left));
        return String.format(
                Locale.ROOT,
                "about %d:%02d:%02d left",
                rest.toHours(),
                rest.toMinutesPart(),
                rest.toSecondsPart());
    }
}
