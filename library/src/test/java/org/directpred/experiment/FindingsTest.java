package org.directpred.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.directpred.image.FashionMnist;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FindingsTest {
    private static final String STD = "standard deviation";
    private static final String RANK = "effective rank of F";
    private static final String ALIGNMENT = "alignment, top 8";
    private static final String LARGEST = "largest eigenvalue of F";

    @TempDir private Path folder;

    /**
     * The part of the findings that shows within 400 steps, on the embedded slice: two kinds of
     * collapse, spread, alignment, and DirectPred's effective rank. Accuracy is left to the full
     * run.
     */
    @Test
    void rankSpreadAndAlignmentShowWithin400Steps() {
        Setting setting =
                Setting.fashionMnist()
                        .withImages(
                                "slice",
                                FashionMnist::embeddedTrain,
                                () -> FashionMnist.embeddedTrain().first(500),
                                () -> FashionMnist.embeddedTest().first(200));
        Map<String, Long> steps =
                Map.of(
                        "no stop-gradient", 201L,
                        "regular, EMA", 401L,
                        "DirectPred, epsilon = 0.1", 401L,
                        "DirectPred, epsilon = 50.0", 401L);
        Ablation table = Ablation.named("slice");
        for (Variant variant : Findings.claims(setting).variants()) {
            Long length = steps.get(variant.name());
            if (length != null) {
                PretrainingTask task = (PretrainingTask) variant.task();
                table =
                        table.withVariant(
                                setting.variant(
                                        variant.name(), r -> task.recipe().withSteps(length)));
            }
        }
        table =
                table.withFinding(
                                Finding.value("", STD, "no stop-gradient")
                                        .atMost(0.15)
                                        .inEverySeed())
                        .withFinding(
                                Finding.value("", RANK, "no stop-gradient")
                                        .atMost(1.1)
                                        .inEverySeed())
                        .withFinding(
                                Finding.value("", STD + " at step 200", "regular, EMA")
                                        .atLeast(0.2)
                                        .inEverySeed())
                        .withFinding(
                                Finding.ratioWithin(
                                                "",
                                                "regular, EMA",
                                                ALIGNMENT,
                                                ALIGNMENT + " at the start")
                                        .atLeast(3)
                                        .inEverySeed())
                        .withFinding(
                                Finding.ratio("", RANK, "DirectPred, epsilon = 0.1", "regular, EMA")
                                        .atLeast(1.5)
                                        .inEverySeed())
                        .withFinding(
                                Finding.value("", RANK, "DirectPred, epsilon = 50.0")
                                        .atMost(1.1)
                                        .inEverySeed());
        Results results = table.run(folder);
        assertThat(results.missing()).isEmpty();
        for (Judgement verdict : results.judgements()) {
            assertThat(verdict.verdict())
                    .as(verdict.finding().criterion() + ": " + verdict.numbers())
                    .isEqualTo(Verdict.HOLDS);
        }
    }

    /** A finding of a variant or a measure that is not there would never be judged. */
    @Test
    void everyFindingOfEveryTableCanBeJudged() {
        Map<String, Ablation> tables = new TreeMap<>();
        tables.put("claims", Findings.claims(Setting.fashionMnist()));
        Map<String, Function<Setting, Ablation>> makers =
                Map.of(
                        "table1", PaperTables::table1,
                        "table2", PaperTables::table2,
                        "table3", PaperTables::table3,
                        "table5", PaperTables::table5,
                        "table7", PaperTables::table7,
                        "table8", PaperTables::table8,
                        "figure6", PaperTables::figure6);
        makers.forEach((name, maker) -> tables.put(name, maker.apply(Setting.fashionMnist())));
        Map<String, Double> values = new TreeMap<>();
        for (String measure :
                List.of("accuracy", STD, RANK, ALIGNMENT, "asymmetry of W_p", LARGEST)) {
            for (String when : List.of("", " at step 200", " at step 400", " at the start")) {
                values.put(measure + when, 1.0);
            }
        }
        tables.forEach(
                (name, table) -> {
                    List<Row> rows =
                            table.points().stream()
                                    .map(
                                            p ->
                                                    new Row(
                                                            p,
                                                            Measurements.of(values),
                                                            Optional.empty(),
                                                            1,
                                                            ""))
                                    .toList();
                    assertThat(table.findings()).as(name).isNotEmpty();
                    assertThat(new Results(table, rows).judgements())
                            .as(name)
                            .noneMatch(v -> v.verdict() == Verdict.NOT_MEASURED);
                });
    }

    @Test
    void aChildProcessMakesTheSameTables() {
        for (String word : List.of("claims", "tried")) {
            Ablation made = AblationSource.Reference.to(Findings.class, word).ablation();
            Ablation here =
                    word.equals("claims")
                            ? Findings.claims(Setting.fashionMnist())
                            : Findings.tried(Setting.fashionMnist());
            assertThat(made.points()).isEqualTo(here.points());
            for (Variant variant : here.variants()) {
                assertThat(made.variant(variant.name()).settings()).isEqualTo(variant.settings());
            }
        }
        assertThatThrownBy(() -> new Findings().ablation(List.of("others")))
                .hasMessageContaining("claims or tried")
                .hasMessageContaining("others");
    }

    @Test
    void whatIsOnlySeenIsListedAndDecidesNothing() {
        Ablation table =
                ToySource.numbers()
                        .withFinding(Finding.value("squares", "value", "square").onlyReported());
        List<Row> rows =
                table.points().stream()
                        .map(
                                p ->
                                        new Row(
                                                p,
                                                Measurements.of(Map.of("value", p.seed() * 2.0)),
                                                Optional.empty(),
                                                1,
                                                ""))
                        .toList();
        Results results = new Results(table, rows);
        Judgement verdict = results.judgements().get(0);
        assertThat(verdict.verdict()).isEqualTo(Verdict.REPORTED);
        assertThat(verdict.statistics()).containsExactly(2.0, 4.0);
        assertThat(results.findings().stringColumn("verdict").get(0)).isEqualTo("reported");
        assertThat(results.findings().stringColumn("seed by seed").get(0))
                .isEqualTo("2.00 / 4.00, mean 3.00");
        assertThat(new Results(table, List.of()).judgements().get(0).verdict())
                .isEqualTo(Verdict.NOT_MEASURED);
    }

    @Test
    void thePapersCellsStandInTheirTables() {
        Setting setting = Setting.fashionMnist();
        assertThat(PaperTables.table1(setting).cells()).hasSize(17);
        assertThat(PaperTables.table3(setting).cells()).hasSize(16);
        assertThat(PaperTables.table5(setting).cells()).hasSize(16);
        assertThat(cell(PaperTables.table3(setting), "two layers, regular, no EMA"))
                .isEqualTo("65.98 ± 0.71");
        assertThat(cell(PaperTables.table3(setting), "two layers, symmetric, bias, no EMA"))
                .isEqualTo("41.92 ± 4.25");
        assertThat(cell(PaperTables.table3(setting), "regular, bias, EMA"))
                .isEqualTo("74.16 ± 0.33");
        assertThat(cell(PaperTables.table1(setting), "optimal, no EMA, N = 5"))
                .isEqualTo("32.22 ± 2.94");
        assertThat(cell(PaperTables.table8OnCifar10(setting), "DirectPred, 5 times as long"))
                .isEqualTo("89.52 ± 0.04");
        Ablation replication = PaperTables.replication(setting);
        assertThat(replication.cell("SGD, EMA", "accuracy").orElseThrow().toString())
                .isEqualTo("83.30 (assignment inferred)");
        assertThat(
                        replication
                                .cell("two layers, symmetric, bias, no EMA", "accuracy")
                                .orElseThrow()
                                .toString())
                .isEqualTo("20.30");
    }

    private static String cell(Ablation table, String variant) {
        return table.cell(variant, "best accuracy").orElseThrow().toString();
    }
}
