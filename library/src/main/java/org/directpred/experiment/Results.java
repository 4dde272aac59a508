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

/** What an ablation has found so far. Immutable. */
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
    public OptionalDouble value(String arm, long seed, String measure) {
        Row row = rows.get(new Point(arm, seed));
        if (row == null || row.failure().isPresent()) {
            return OptionalDouble.empty();
        }
        Double value = row.outcome().values().get(measure);
        return value == null || value.isNaN() ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /** A measured number of an arm at all seeds that have it. */
    public List<Double> values(String arm, String measure) {
        List<Double> values = new ArrayList<>();
        for (long seed : ablation.seeds()) {
            value(arm, seed, measure).ifPresent(values::add);
        }
        return values;
    }

    /** {@link #value(String, long, String)} of a measure. */
    public OptionalDouble value(String arm, long seed, Measure<?> measure) {
        return value(arm, seed, measure.name());
    }

    /** {@link #values(String, String)} of a measure. */
    public List<Double> values(String arm, Measure<?> measure) {
        return values(arm, measure.name());
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
     * The table: one row for each arm with mean and standard deviation over the seeds of each
     * measure, the paper's cells beside them, and what failed.
     *
     * @param measures which numbers to show; all that were measured if none is named
     */
    public Table table(String... measures) {
        Set<String> shown = new LinkedHashSet<>(List.of(measures));
        if (shown.isEmpty()) {
            ablation.cells().forEach(cell -> shown.add(cell.measure()));
            rows.values().forEach(row -> shown.addAll(row.outcome().values().keySet()));
        }
        StringColumn name = StringColumn.create("arm");
        IntColumn seeds = IntColumn.create("seeds");
        ablation.arms()
                .forEach(
                        arm -> {
                            name.append(arm.name());
                            seeds.append((int) finished(arm.name()));
                        });
        Table table = Table.create(ablation.name(), name, seeds);
        for (String measure : shown) {
            StringColumn ours = StringColumn.create(measure);
            StringColumn paper = StringColumn.create(measure + ", published");
            for (Arm arm : ablation.arms()) {
                ours.append(spread(values(arm.name(), measure)));
                paper.append(
                        ablation.cell(arm.name(), measure).map(PaperCell::toString).orElse(""));
            }
            table.addColumns(ours);
            if (ablation.cells().stream().anyMatch(cell -> cell.measure().equals(measure))) {
                table.addColumns(paper);
            }
        }
        StringColumn failures = StringColumn.create("failed");
        for (Arm arm : ablation.arms()) {
            failures.append(failures(arm.name()));
        }
        if (!failures.asList().stream().allMatch(String::isEmpty)) {
            table.addColumns(failures);
        }
        return table;
    }

    private long finished(String arm) {
        return rows().stream()
                .filter(row -> row.point().arm().equals(arm) && row.failure().isEmpty())
                .count();
    }

    private String failures(String arm) {
        List<String> texts = new ArrayList<>();
        for (Row row : rows()) {
            if (row.point().arm().equals(arm) && row.failure().isPresent()) {
                texts.add("seed " + row.point().seed() + ": " + row.failure().orElseThrow());
            }
        }
        return String.join("; ", texts);
    }

    /** What became of each of the ablation's findings. */
    public List<Finding.Verdict> verdicts() {
        return ablation.findings().stream().map(finding -> finding.judge(this)).toList();
    }

    /** The findings: claim, criterion, the statistic of each seed, whether it held. */
    public Table findings() {
        StringColumn statement = StringColumn.create("finding");
        StringColumn criterion = StringColumn.create("criterion");
        StringColumn statistics = StringColumn.create("seed by seed");
        StringColumn held = StringColumn.create("held");
        for (Finding.Verdict verdict : verdicts()) {
            statement.append(verdict.finding().statement());
            criterion.append(verdict.finding().criterion());
            statistics.append(verdict.numbers());
            held.append(verdict.held().words());
        }
        return Table.create(ablation.name() + ": findings", statement, criterion, statistics, held);
    }

    static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    /** With one less than the number of values, as the paper's tables have it. */
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
