package org.directpred.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;
import org.directpred.evaluate.Measure;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** The results of an ablation so far. Immutable. */
public final class Results {
    private final Ablation ablation;
    private final Map<Point, Row> rows;

    Results(Ablation ablation, List<Row> rows) {
        this.ablation = ablation;
        Map<Point, Row> byPoint = new LinkedHashMap<>();
        // Of two rows of one point the later one counts: a failure that was tried again.
        rows.forEach(row -> byPoint.put(row.point(), row));
        this.rows = byPoint;
    }

    /** The table that these are results of. */
    public Ablation ablation() {
        return ablation;
    }

    /** The record of a point, if it has run. */
    public Optional<Row> row(Point point) {
        return Optional.ofNullable(rows.get(point));
    }

    /** The points that have run, failed ones among them, in the table's order. */
    public List<Row> rows() {
        List<Row> inOrder = new ArrayList<>();
        for (Point point : ablation.points()) {
            row(point).ifPresent(inOrder::add);
        }
        return inOrder;
    }

    /** The points that have not run yet, in the table's order. */
    public List<Point> missing() {
        return ablation.points().stream().filter(p -> !rows.containsKey(p)).toList();
    }

    /** A measured number; empty where the point has not run, failed, or measured no such number. */
    public OptionalDouble value(String variant, long seed, String measure) {
        Row row = rows.get(new Point(variant, seed));
        if (row == null || row.failure().isPresent()) {
            return OptionalDouble.empty();
        }
        Double value = row.measurements().values().get(measure);
        return value == null || value.isNaN() ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /** A measured number of a variant at all seeds that have it. */
    public List<Double> values(String variant, String measure) {
        List<Double> values = new ArrayList<>();
        for (long seed : ablation.seeds()) {
            value(variant, seed, measure).ifPresent(values::add);
        }
        return values;
    }

    /** {@link #value(String, long, String)} of a measure. */
    public OptionalDouble value(String variant, long seed, Measure<?> measure) {
        return value(variant, seed, measure.name());
    }

    /**
     * The mean of a measured number over the seeds that have it.
     *
     * @throws IllegalArgumentException if the ablation has no such variant
     * @throws IllegalStateException if no seed of the variant has the number
     */
    public double mean(String variant, String measure) {
        ablation.variant(variant);
        List<Double> values = values(variant, measure);
        if (values.isEmpty()) {
            Set<String> measured = new LinkedHashSet<>();
            rows.values().stream()
                    .filter(row -> row.point().variant().equals(variant))
                    .forEach(row -> measured.addAll(row.measurements().values().keySet()));
            throw new IllegalStateException(
                    "'%s' of %s has no number '%s' at any seed: %s"
                            .formatted(
                                    variant,
                                    ablation.name(),
                                    measure,
                                    measured.isEmpty()
                                            ? "it has not run"
                                            : "it has " + String.join("; ", measured)));
        }
        return mean(values);
    }

    /** {@link #mean(String, String)} of a measure. */
    public double mean(String variant, Measure<?> measure) {
        return mean(variant, measure.name());
    }

    /** {@link #values(String, String)} of a measure. */
    public List<Double> values(String variant, Measure<?> measure) {
        return values(variant, measure.name());
    }

    /** {@link #table(String...)} of these measures. */
    public Table table(Measure<?>... measures) {
        return table(Stream.of(measures).map(Measure::name).toArray(String[]::new));
    }

    /** {@link #table(String...)} of all that was measured. */
    public Table table() {
        return table(new String[0]);
    }

    /**
     * The table: one row for each variant with mean and standard deviation over the seeds of each
     * measure, the published numbers beside them, and what failed.
     *
     * @param measures which numbers to show; all that were measured if none is named
     */
    public Table table(String... measures) {
        Set<String> shown = new LinkedHashSet<>(List.of(measures));
        if (shown.isEmpty()) {
            ablation.published().forEach(number -> shown.add(number.measure()));
            rows.values().forEach(row -> shown.addAll(row.measurements().values().keySet()));
        }
        StringColumn name = StringColumn.create("variant");
        IntColumn seeds = IntColumn.create("seeds");
        ablation.variants()
                .forEach(
                        variant -> {
                            name.append(variant.name());
                            seeds.append((int) finished(variant.name()));
                        });
        Table table = Table.create(ablation.name(), name, seeds);
        for (String measure : shown) {
            StringColumn ours = StringColumn.create(measure);
            StringColumn published = StringColumn.create(measure + ", published");
            for (Variant variant : ablation.variants()) {
                ours.append(spread(values(variant.name(), measure)));
                published.append(
                        ablation.published(variant.name(), measure)
                                .map(PublishedNumber::toString)
                                .orElse(""));
            }
            table.addColumns(ours);
            if (ablation.published().stream().anyMatch(n -> n.measure().equals(measure))) {
                table.addColumns(published);
            }
        }
        StringColumn failures = StringColumn.create("failed");
        for (Variant variant : ablation.variants()) {
            failures.append(failures(variant.name()));
        }
        if (!failures.asList().stream().allMatch(String::isEmpty)) {
            table.addColumns(failures);
        }
        return table;
    }

    private long finished(String variant) {
        return rows().stream()
                .filter(row -> row.point().variant().equals(variant) && row.failure().isEmpty())
                .count();
    }

    private String failures(String variant) {
        List<String> texts = new ArrayList<>();
        for (Row row : rows()) {
            if (row.point().variant().equals(variant) && row.failure().isPresent()) {
                texts.add("seed " + row.point().seed() + ": " + row.failure().orElseThrow());
            }
        }
        return String.join("; ", texts);
    }

    /** The ablation's findings, each compared with these results. */
    public List<Judgement> judgements() {
        return ablation.findings().stream().map(finding -> finding.judge(this)).toList();
    }

    /** The findings: claim, criterion, the statistic of each seed, and the verdict. */
    public Table findings() {
        StringColumn statement = StringColumn.create("finding");
        StringColumn criterion = StringColumn.create("criterion");
        StringColumn statistics = StringColumn.create("seed by seed");
        StringColumn verdict = StringColumn.create("verdict");
        for (Judgement judgement : judgements()) {
            statement.append(judgement.finding().statement());
            criterion.append(judgement.finding().criterion());
            statistics.append(judgement.numbers());
            verdict.append(judgement.verdict().words());
        }
        return Table.create(
                ablation.name() + ": findings", statement, criterion, statistics, verdict);
    }

    static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    /** With one less than the number of values, as papers have it. */
    static double deviation(List<Double> values) {
        double mean = mean(values);
        double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
        return Math.sqrt(squares / (values.size() - 1));
    }

    private static String spread(List<Double> values) {
        if (values.isEmpty()) {
            return "";
        }
        String mean = number(mean(values));
        return values.size() == 1 ? mean : mean + " ± " + number(deviation(values));
    }

    /** Two digits after the point, or three that count where the number is small or large. */
    static String number(double value) {
        double size = Math.abs(value);
        boolean plain = size == 0 || (size >= 0.095 && size < 1e4) || !Double.isFinite(value);
        return String.format(Locale.ROOT, plain ? "%.2f" : "%.3g", value);
    }

    @Override
    public String toString() {
        return table().print();
    }
}
