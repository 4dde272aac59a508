package org.directpred.experiment;

import java.util.List;
import java.util.Objects;

/**
 * A finding compared with an ablation's results.
 *
 * @param finding the claim
 * @param statistics the statistic of each seed that has one
 * @param verdict whether the claim holds
 */
public record Judgement(Finding finding, List<Double> statistics, Verdict verdict) {
    /** Copies the list. */
    public Judgement {
        Objects.requireNonNull(finding, "finding");
        statistics = List.copyOf(statistics);
        Objects.requireNonNull(verdict, "verdict");
    }

    /** The statistics, and their mean where there is more than one. */
    public String numbers() {
        String each = String.join(" / ", statistics.stream().map(Results::number).toList());
        return statistics.size() < 2
                ? each
                : each + ", mean " + Results.number(Results.mean(statistics));
    }
}
