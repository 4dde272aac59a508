package org.directpred.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;
import org.directpred.evaluate.Measure;

/**
 * A claim about an ablation's numbers that can turn out wrong: a statistic of each seed, and how
 * large or small it must be.
 *
 * <pre>{@code
 * Finding.difference("the moving average saves a symmetric predictor",
 *         Measure.ACCURACY, "symmetric, EMA", "symmetric, no EMA").atLeast(5).inEverySeed()
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

    /** One number of a variant. */
    public static Finding value(String statement, String measure, String variant) {
        return new Finding(
                statement,
                measure + " of '" + variant + "'",
                (results, seed) -> results.value(variant, seed, measure),
                Double.NaN,
                true,
                Over.EVERY_SEED);
    }

    /** One measure of a variant. */
    public static Finding value(String statement, Measure<?> measure, String variant) {
        return value(statement, measure.name(), variant);
    }

    /** A number of a variant minus that of another, seed by seed. */
    public static Finding difference(
            String statement, String measure, String variant, String other) {
        return between(
                statement,
                measure + " of '" + variant + "' minus '" + other + "'",
                variant,
                measure,
                other,
                measure,
                false);
    }

    /** A measure of a variant minus that of another, seed by seed. */
    public static Finding difference(
            String statement, Measure<?> measure, String variant, String other) {
        return difference(statement, measure.name(), variant, other);
    }

    /** A number of a variant over that of another, seed by seed. */
    public static Finding ratio(String statement, String measure, String variant, String other) {
        return between(
                statement,
                measure + " of '" + variant + "' over '" + other + "'",
                variant,
                measure,
                other,
                measure,
                true);
    }

    /** A measure of a variant over that of another, seed by seed. */
    public static Finding ratio(
            String statement, Measure<?> measure, String variant, String other) {
        return ratio(statement, measure.name(), variant, other);
    }

    /** A number of a variant over another number of the same variant, seed by seed. */
    public static Finding ratioWithin(
            String statement, String variant, String measure, String other) {
        return between(
                statement,
                measure + " over " + other + " of '" + variant + "'",
                variant,
                measure,
                variant,
                other,
                true);
    }

    /** A measure of a variant over another measure of the same variant, seed by seed. */
    public static Finding ratioWithin(
            String statement, String variant, Measure<?> measure, Measure<?> other) {
        return ratioWithin(statement, variant, measure.name(), other.name());
    }

    private static Finding between(
            String statement,
            String formula,
            String variant,
            String measure,
            String otherVariant,
            String otherMeasure,
            boolean ratio) {
        return new Finding(
                statement,
                formula,
                (results, seed) -> {
                    OptionalDouble a = results.value(variant, seed, measure);
                    OptionalDouble b = results.value(otherVariant, seed, otherMeasure);
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

    /** No claim: the numbers are listed, for an effect that the scale is too small for. */
    public Finding onlyReported() {
        return new Finding(statement, formula, statistic, bound, least, Over.NOTHING);
    }

    /** The claim in words. */
    public String statement() {
        return statement;
    }

    /** The claim in numbers. */
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

    /** Compares the claim with results: of all the ablation's seeds. */
    Judgement judge(Results results) {
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
            return new Judgement(this, statistics, all ? Verdict.REPORTED : Verdict.NOT_MEASURED);
        }
        if (!all) {
            // One seed that fails decides against a claim about every seed.
            boolean lost = over == Over.EVERY_SEED && statistics.stream().anyMatch(s -> !meets(s));
            return new Judgement(this, statistics, lost ? Verdict.FAILS : Verdict.NOT_MEASURED);
        }
        boolean held =
                over == Over.MEAN
                        ? meets(Results.mean(statistics))
                        : statistics.stream().allMatch(this::meets);
        return new Judgement(this, statistics, held ? Verdict.HOLDS : Verdict.FAILS);
    }

    private boolean meets(double number) {
        return least ? number >= bound : number <= bound;
    }
}
