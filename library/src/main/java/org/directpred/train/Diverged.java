package org.directpred.train;

import java.util.Locale;
import java.util.Map;
import org.directpred.loss.Loss;

/**
 * The training has diverged: a loss, F, W<sub>p</sub> or what a checkpoint would hold is not
 * finite. Where the loss is not, all is as it was before the step.
 */
public final class Diverged extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private final transient Alarm alarm;

    private Diverged(String message, Alarm alarm, Throwable cause) {
        super(message, cause);
        this.alarm = alarm;
    }

    static Diverged loss(Loss which, double loss, long step, double rate, String advice) {
        return new Diverged(
                String.format(
                        Locale.ROOT,
                        "the loss \"%s\" is %s at step %d; everything is as after the step before. %s",
                        which.describe(),
                        loss,
                        step,
                        advice),
                new Alarm(
                        "loss not finite",
                        step,
                        Map.of("loss", loss, "learning rate", rate),
                        advice),
                null);
    }

    /** F or W_p, found when the weights had moved already. */
    static Diverged predictor(RuntimeException cause, long step, double loss, double rate) {
        String advice =
                "the weights have moved already, so close this run; begin anew with a learning rate below %s or with a mended rule"
                        .formatted(rate);
        return new Diverged(
                String.format(
                        Locale.ROOT,
                        "at step %d %s; %s.",
                        step,
                        cause.getMessage().replaceFirst("\\.$", ""),
                        advice),
                new Alarm(
                        "predictor not finite",
                        step,
                        Map.of("loss", loss, "learning rate", rate),
                        advice),
                cause);
    }

    /** An array of the state that a checkpoint would hold. */
    static Diverged state(String name, long steps, double sum, double rate) {
        String advice =
                "lower the learning rate, now %s, and begin anew in another folder".formatted(rate);
        return new Diverged(
                "no checkpoint is written after %d steps: %s holds numbers that are not finite (their sum is %s). Those before it are still there; %s."
                        .formatted(steps, name, sum, advice),
                new Alarm(
                        "state not finite",
                        steps - 1,
                        Map.of("sum of " + name, sum, "learning rate", rate),
                        advice),
                null);
    }

    /** The same for the log. */
    public Alarm alarm() {
        return alarm;
    }
}
