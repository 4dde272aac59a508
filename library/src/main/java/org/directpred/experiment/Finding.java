package org.directpred.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * A claim about an ablation's numbers that can turn out wrong: a statistic of each seed, and how
 * large or small it must be.
 *
 * <pre>{@code
 * Finding.difference("the moving average saves a symmetric predictor",
 *         "accuracy", "symmetric, EMA", "symmetric, no EMA").atLeast(5).inEverySeed()
 * }</pre>
 */
public final class Finding {
    /** Over which seeds the claim is made. */
    public enum Over {
        /** The statistic of each seed meets the bound. */
        EVERY_SEED,
        /** The mean of the statistic over the seeds meets the bound. */
        MEAN,
        /** Nothing is claimed; the statistic is listed. */
        NOTHING
    }

    private interface Statistic {
        OptionalDouble of(Results results, long seed);
    }

    private final String statement;
    private final String formula;
    private final Statistic statistic;
    private final double bound;
    private final boolean least;
    private final Over over;

    private Finding(
            String statement,
            String formula,
            Statistic statistic,
            double bound,
            boolean least,
            Over over) {
        this.statement = Objects.requireNonNull(statement, "statement");
        this.formula = formula;
        this.statistic = statistic;
        this.bound = bound;
        this.least = least;
        this.over = over;
    }

    /** One number of an arm. */
    public static Finding value(String statement, String measure, String arm) {
        return new Finding(
                statement,
                measure + " of '" + arm + "'",
                (results, seed) -> results.value(arm, seed, measure),
                Double.NaN,
                true,
                Over.EVERY_SEED);
    }

    /** A number of an arm minus that of another, seed by seed. */
    public static Finding difference(String statement, String measure, String arm, String other) {
        return between(
                statement,
                measure + " of '" + arm + "' minus '" + other + "'",
                arm,
                measure,
                other,
                measure,
                false);
    }

    /** A number of an arm over that of another, seed by seed. */
    public static Finding ratio(String statement, String measure, String arm, String other) {
        return between(
                statement,
                measure + " of '" + arm + "' over '" + other + "'",
                arm,
                measure,
                other,
                measure,
                true);
    }

    /** A number of an arm over another number of the same arm, seed by seed. */
    public static Finding ratioWithin(String statement, String arm, String measure, String other) {
        return between(
                statement,
                measure + " over " + other + " of '" + arm + "'",
                arm,
                measure,
                arm,
                other,
                true);
    }

    private static Finding between(
            String statement,
            String formula,
            String arm,
            String measure,
            String otherArm,
            String otherMeasure,
            boolean ratio) {
        return new Finding(
                statement,
                formula,
                (results, seed) -> {
                    OptionalDouble a = results.value(arm, seed, measure);
                    OptionalDouble b = results.value(otherArm, seed, otherMeasure);
                    if (a.isEmpty() || b.isEmpty()) {
                        return OptionalDouble.empty();
                    }
                    return OptionalDouble.of(
                            ratio
                                    ? a.getAsDouble() / b.getAsDouble()
                                    : a.getAsDouble() - b.getAsDouble());
                },
                Double.NaN,
                true,
                Over.EVERY_SEED);
    }

    /** The claim that the statistic is at least so much. */
    public Finding atLeast(double number) {
        return new Finding(statement, formula, statistic, number, true, over);
    }

    /** The claim that the statistic is at most so much. */
    public Finding atMost(double number) {
        return new Finding(statement, formula, statistic, number, false, over);
    }

    /** The claim is made of each seed. */
    public Finding inEverySeed() {
        return new Finding(statement, formula, statistic, bound, least, Over.EVERY_SEED);
    }

    /** The claim is made of the mean over the seeds. */
    public Finding inTheMean() {
        return new Finding(statement, formula, statistic, bound, least, Over.MEAN);
    }

    /** No claim: what was seen is listed, for an effect that the scale is too small for. */
    public Finding onlySeen() {
        return new Finding(statement, formula, statistic, bound, least, Over.NOTHING);
    }

    /** What is claimed, in words. */
    public String statement() {
        return statement;
    }

    /** What is claimed, in numbers. */
    public String criterion() {
        if (over == Over.NOTHING) {
            return formula + ", nothing claimed";
        }
        return String.format(
                Locale.ROOT,
                "%s %s %s, %s",
                formula,
                least ? "at least" : "at most",
                Results.number(bound),
                over == Over.MEAN ? "in the mean over the seeds" : "in every seed");
    }

    /** Whether a claim held. */
    public enum Held {
        /** It did. */
        YES,
        /** It did not. */
        NO,
        /** A point that it needs has no number yet. */
        NOT_MEASURED,
        /** Nothing was claimed. */
        NOT_CLAIMED;

        /** In a table. */
        String words() {
            return switch (this) {
                case YES -> "yes";
                case NO -> "no";
                case NOT_MEASURED -> "not measured";
                case NOT_CLAIMED -> "only seen";
            };
        }
    }

    /**
     * What became of a claim.
     *
     * @param finding the claim
     * @param statistics the statistic of each seed that has one
     * @param held whether it held
     */
    public record Verdict(Finding finding, List<Double> statistics, Held held) {
        /** Copies the list. */
        public Verdict {
            statistics = List.copyOf(statistics);
        }

        /** The statistics, and their mean where there is more than one. */
        String numbers() {
            String each = String.join(" / ", statistics.stream().map(Results::number).toList());
            return statistics.size() < 2
                    ? each
                    : each + ", mean " + Results.number(Results.mean(statistics));
        }
    }

    /** Compares the claim with results: of all the ablation's seeds. */
    Verdict judge(Results results) {
        if (Double.isNaN(bound) && over != Over.NOTHING) {
            throw new IllegalStateException(
                    "finding '" + statement + "' needs a bound: atLeast(...) or atMost(...)");
        }
        List<Double> statistics = new ArrayList<>();
        boolean all = true;
        for (long seed : results.ablation().seeds()) {
            OptionalDouble number = statistic.of(results, seed);
            if (number.isEmpty() || Double.isNaN(number.getAsDouble())) {
                all = false;
            } else {
                statistics.add(number.getAsDouble());
            }
        }
        if (over == Over.NOTHING) {
            return new Verdict(this, statistics, all ? Held.NOT_CLAIMED : Held.NOT_MEASURED);
        }
        if (!all) {
            // One seed that fails decides against a claim about every seed.
            boolean lost = over == Over.EVERY_SEED && statistics.stream().anyMatch(s -> !meets(s));
            return new Verdict(this, statistics, lost ? Held.NO : Held.NOT_MEASURED);
        }
        boolean held =
                over == Over.MEAN
                        ? meets(Results.mean(statistics))
                        : statistics.stream().allMatch(this::meets);
        return new Verdict(this, statistics, held ? Held.YES : Held.NO);
    }

    private boolean meets(double number) {
        return least ? number >= bound : number <= bound;
    }
}
