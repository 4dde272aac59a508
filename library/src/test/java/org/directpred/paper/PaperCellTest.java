package org.directpred.paper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.directpred.experiment.Ablation;
import org.directpred.experiment.PublishedNumber;
import org.junit.jupiter.api.Test;

class PaperCellTest {
    private static final String BEST = "best accuracy";

    @Test
    void everyTableHasAllItsCells() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        PaperCell.all().forEach(cell -> counts.merge(cell.table(), 1, Integer::sum));
        assertThat(counts)
                .containsExactly(
                        Map.entry("Table 1", 8),
                        Map.entry("Table 2", 4),
                        Map.entry("Table 3", 16),
                        Map.entry("Table 5", 16),
                        Map.entry("Table 6", 8),
                        Map.entry("Table 7", 8),
                        Map.entry("Table 8", 9),
                        Map.entry("Table 8, CIFAR-10", 9),
                        Map.entry("Partitions", 2),
                        Map.entry("Replication", 9));
    }

    /** Sums of the means, added up by hand from the tables of the papers. */
    @Test
    void theMeansOfATableAddUpToThoseOfThePublication() {
        Map<String, Double> sums = new LinkedHashMap<>();
        Map<String, Double> deviations = new LinkedHashMap<>();
        for (PaperCell cell : PaperCell.all()) {
            sums.merge(cell.table(), cell.number().mean(), Double::sum);
            deviations.merge(cell.table(), cell.number().deviation(), Double::sum);
        }
        Map<String, List<Double>> expected = new LinkedHashMap<>();
        expected.put("Table 1", List.of(286.45, 15.30));
        expected.put("Table 2", List.of(284.34, 3.27));
        expected.put("Table 3", List.of(1031.60, 22.03));
        expected.put("Table 5", List.of(1086.54, 15.21));
        expected.put("Table 6", List.of(612.99, 3.44));
        expected.put("Table 7", List.of(568.70, 39.48));
        expected.put("Table 8", List.of(698.77, 5.67));
        expected.put("Table 8, CIFAR-10", List.of(789.32, 1.56));
        expected.put("Partitions", List.of(156.40, 0.32));
        expected.forEach(
                (table, both) -> {
                    assertThat(sums.get(table)).as(table).isCloseTo(both.get(0), within(1e-9));
                    assertThat(deviations.get(table))
                            .as(table)
                            .isCloseTo(both.get(1), within(1e-9));
                });
        assertThat(sums.get("Replication")).isCloseTo(678.1, within(1e-9));
        assertThat(deviations.get("Replication")).isNaN();
    }

    @Test
    void theCellsStandInTheirTables() {
        Setting setting = Setting.fashionMnist();
        assertThat(cell(PaperTables.table1(setting), "optimal, no EMA, N = 5"))
                .isEqualTo("32.22 ± 2.94");
        assertThat(cell(PaperTables.table1(setting), "optimal, Lyapunov, EMA, N = 2"))
                .isEqualTo("35.29 ± 2.49");
        assertThat(cell(PaperTables.table1(setting), "regular, EMA")).isEqualTo("74.51 ± 0.47");
        assertThat(cell(PaperTables.table2(setting), "EMA, bias, eta = 0"))
                .isEqualTo("70.99 ± 1.01");
        assertThat(cell(PaperTables.table2(setting), "EMA")).isEqualTo("74.51 ± 0.47");
        assertThat(cell(PaperTables.table3(setting), "symmetric, no EMA"))
                .isEqualTo("36.62 ± 1.85");
        assertThat(cell(PaperTables.table3(setting), "regular, bias, EMA"))
                .isEqualTo("74.16 ± 0.33");
        assertThat(cell(PaperTables.table3(setting), "two layers, regular, no EMA"))
                .isEqualTo("65.98 ± 0.71");
        assertThat(cell(PaperTables.table3(setting), "two layers, symmetric, bias, no EMA"))
                .isEqualTo("41.92 ± 4.25");
        assertThat(cell(PaperTables.table5(setting), "symmetric, bias, EMA, decay of W_p alone"))
                .isEqualTo("73.67 ± 0.47");
        assertThat(cell(PaperTables.table5(setting), "symmetric, bias, no EMA, no decay"))
                .isEqualTo("41.36 ± 3.33");
        assertThat(cell(PaperTables.table6(setting), "rho = 0.5, epsilon = 0.1"))
                .isEqualTo("77.56 ± 0.25");
        assertThat(cell(PaperTables.table7(setting), "c = 0.05")).isEqualTo("65.31 ± 18.22");
        assertThat(cell(PaperTables.table7(setting), "c = -0.1, every 2 steps"))
                .isEqualTo("76.31 ± 0.27");
        assertThat(PaperTables.table7(setting).published("c = 0.0", BEST)).isEmpty();
        assertThat(cell(PaperTables.table8(setting), "DirectPred every 5 steps, 5 times as long"))
                .isEqualTo("80.28 ± 0.62");
        assertThat(cell(PaperTables.table8OnCifar10(setting), "DirectPred, 5 times as long"))
                .isEqualTo("89.52 ± 0.04");
        assertThat(cell(PaperTables.partitions(setting), "DirectPred, 6 hyperplanes"))
                .isEqualTo("78.20 ± 0.16 (6 partitions: assumed)");
        assertThat(cell(PaperTables.partitions(setting), "DirectPred")).isEqualTo("77.86 ± 0.16");
        Ablation replication = PaperTables.replication(setting);
        assertThat(replication.published("SGD, EMA", "accuracy").orElseThrow().toString())
                .isEqualTo("83.30 (assignment inferred)");
        assertThat(
                        replication
                                .published("two layers, symmetric, bias, no EMA", "accuracy")
                                .orElseThrow()
                                .toString())
                .isEqualTo("20.30");
    }

    /** A line that nobody reads would be a number that is lost. */
    @Test
    void everyCellStandsInATableOnce() {
        Setting setting = Setting.fashionMnist();
        Map<String, Ablation> tables = new LinkedHashMap<>();
        tables.put("Table 1", PaperTables.table1(setting));
        tables.put("Table 2", PaperTables.table2(setting));
        tables.put("Table 3", PaperTables.table3(setting));
        tables.put("Table 5", PaperTables.table5(setting));
        tables.put("Table 6", PaperTables.table6(setting));
        tables.put("Table 7", PaperTables.table7(setting));
        tables.put("Table 8", PaperTables.table8(setting));
        tables.put("Table 8, CIFAR-10", PaperTables.table8OnCifar10(setting));
        tables.put("Partitions", PaperTables.partitions(setting));
        tables.put("Replication", PaperTables.replication(setting));
        Set<String> seen = new HashSet<>();
        for (PaperCell cell : PaperCell.all()) {
            PublishedNumber number = cell.number();
            assertThat(tables.get(cell.table()).published()).as(cell.toString()).contains(number);
            assertThat(seen.add(cell.table() + number.variant() + number.measure()))
                    .as(cell.toString())
                    .isTrue();
        }
    }

    @Test
    void anUnknownTableIsNamedWithThoseThatExist() {
        assertThatThrownBy(() -> PaperCell.numbers("Table 4"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'Table 4'")
                .hasMessageContaining("Table 8, CIFAR-10");
    }

    private static String cell(Ablation table, String variant) {
        return table.published(variant, BEST).orElseThrow().toString();
    }
}
