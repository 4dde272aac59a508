package org.directpred.paper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.directpred.experiment.Ablation;
import org.directpred.experiment.AblationSource;
import org.directpred.experiment.Finding;
import org.directpred.experiment.Judgement;
import org.directpred.experiment.Measurements;
import org.directpred.experiment.Results;
import org.directpred.experiment.Variant;
import org.directpred.experiment.Verdict;
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
                    Ablation measured = Ablation.named(name).withSeeds(0);
                    for (Variant variant : table.variants()) {
                        measured =
                                measured.withVariant(
                                        new Variant(
                                                variant.name(),
                                                Map.of(),
                                                seed -> Measurements.of(values)));
                    }
                    for (Finding finding : table.findings()) {
                        measured = measured.withFinding(finding);
                    }
                    assertThat(measured.findings()).as(name).isNotEmpty();
                    assertThat(measured.run(folder.resolve(name)).judgements())
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
}
