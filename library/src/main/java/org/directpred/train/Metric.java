package org.directpred.train;

import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.directpred.evaluate.Measure;
import org.directpred.evaluate.Snapshot;
import org.directpred.progress.Names;

/**
 * What makes a checkpoint the best: larger is better, NaN never is.
 *
 * <pre>
 * Metric.of("probe", run -&gt; LinearProbe.official()
 *     .on(Features.extract(run.backbone(), labelled, views), Features.extract(run.backbone(), held, views))
 *     .accuracy())
 * </pre>
 *
 * @param name what the checkpoint calls it
 * @param value of a run after the step just taken; it must leave the run as it is
 */
public record Metric(String name, ToDoubleFunction<Pretraining> value) {

    public Metric {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(value, "value");
        if (name.isBlank()) {
            throw new IllegalArgumentException("a metric needs a name that is not blank");
        }
        Names.require("a best checkpoint", "metric", name);
    }

    /** The metric of that name; for one where small is good, give its negative. */
    public static Metric of(String name, ToDoubleFunction<Pretraining> value) {
        return new Metric(name, value);
    }

    /**
     * A measure of the latest snapshot. Without labels take {@link Measure#EFFECTIVE_RANK}: the
     * loss would be none, for a collapsed network has the best of all.
     */
    public static Metric of(Measure<? super Snapshot> measure) {
        return of(measure.name(), run -> measure.of(run.log().last()));
    }
}
