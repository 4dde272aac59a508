package org.directpred.train;

import java.util.Map;

/** The loss of a step is not finite; all is as it was before the step. */
final class LossNotFinite extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private final transient Alarm alarm;

    LossNotFinite(double loss, long step, double rate, String advice) {
        super(
                "the loss is %s at step %d; everything is as after the step before. %s"
                        .formatted(loss, step, advice));
        this.alarm =
                new Alarm(
                        "loss not finite",
                        step,
                        Map.of("loss", loss, "learning rate", rate),
                        advice);
    }

    /** The same for the log. */
    Alarm alarm() {
        return alarm;
    }
}
