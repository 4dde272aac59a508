package org.directpred.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.directpred.evaluate.ConfusionMatrix;
import org.directpred.evaluate.Evaluation;
import org.directpred.experiment.Ablation;
import org.directpred.experiment.Measurements;
import org.directpred.experiment.Results;
import org.directpred.experiment.Variant;
import org.directpred.image.FashionMnist;
import org.directpred.image.ImageSource;
import org.directpred.network.Architecture;
import org.directpred.train.Pretraining;
import org.directpred.train.Recipe;
import org.directpred.train.TrainingLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.plotly.components.Figure;

class TrainingFiguresTest {
    private static String script(Figure figure) {
        return figure.asJavascript("somewhere").replaceAll("\\s+", " ");
    }

    private static int count(String text, String part) {
        return text.split(java.util.regex.Pattern.quote(part), -1).length - 1;
    }

    @Test
    void eachVariantHasACurveOfItsOwnColour() {
        Curves curves =
                Curves.of("Loss of two variants", "step", "loss")
                        .add("collapsed", new double[] {0, 1, 2}, new double[] {-1, -3, -4})
                        .add("DirectPred", new double[] {0, 1}, new double[] {-1, -2})
                        .level("untrained", -0.5);
        Figure figure = curves.figure();
        assertThat(figure.getTraces()).hasSize(3);
        assertThat(script(figure))
                .contains("Loss of two variants", "collapsed", "DirectPred", "untrained")
                .contains(Palette.colour(0), Palette.colour(1), Palette.colour(2));
        assertThat(curves.table().rowCount()).isEqualTo(5);
    }

    @Test
    void aLogarithmicAxisLeavesGapsForWhatItCannotShow() {
        Curves curves =
                Curves.of("Spectrum", "j", "s").add("a", 1, 1).add("a", 2, 0).add("a", 3, 2);
        assertThat(script(curves.figure())).doesNotContain("NaN");
        String logarithmic = script(curves.logarithmic().between(0.01, 100).figure());
        assertThat(logarithmic)
                .contains("type: 'log'")
                .contains("NaN")
                .contains("-2.0")
                .contains("2.0");
    }

    @Test
    void aLongCurveKeepsItsLastPoint() {
        Curves curves = Curves.of("Long", "step", "value");
        for (int i = 0; i <= 12_345; i++) {
            curves.add("a", i, i);
        }
        String script = script(curves.figure());
        assertThat(script).contains("12345.0").hasSizeLessThan(40_000);
    }

    @Test
    void curvesComeFromATable() {
        Table table =
                Table.create(
                        "runs",
                        StringColumn.create("variant", "a", "b", "a"),
                        IntColumn.create("step", 0, 0, 1),
                        DoubleColumn.create("rank", 1.0, 2.0, 3.0));
        Figure figure = Curves.of(table, "step", "rank", "variant").figure();
        assertThat(figure.getTraces()).hasSize(2);
        assertThat(script(figure)).contains("runs", "rank");
    }

    @Test
    void spectraAndAlignmentsHaveOneCurvePerVariant() {
        Map<String, List<Double>> spectra = new LinkedHashMap<>();
        spectra.put("one", List.of(3.0, 1.0, 1e-9));
        spectra.put("two", List.of(1.0, 1.0, 1.0));
        assertThat(SpectrumFigure.of("Spectrum of F", spectra).getTraces()).hasSize(2);
        assertThat(script(SpectrumFigure.of("Spectrum of F", spectra))).contains("type: 'log'");
        assertThat(AlignmentFigure.of("Alignment", spectra).getTraces()).hasSize(2);
    }

    @Test
    void overTimeEachEigenvalueHasACurveAndEachAlignmentARow() {
        SortedMap<Long, List<Double>> lists = new TreeMap<>();
        lists.put(0L, List.of(0.4, 0.2, 0.1));
        lists.put(50L, List.of(0.8, 0.3, 0.0));
        assertThat(SpectrumFigure.overTime("F", lists).getTraces()).hasSize(3);
        assertThat(script(SpectrumFigure.overTime("F", lists))).contains("type: 'log'", "#0072B2");
        assertThat(script(SpectrumFigure.ofPredictorOverTime("W", lists)))
                .doesNotContain("type: 'log'");
        String heat = script(AlignmentFigure.overTime("Alignment over time", lists));
        assertThat(heat).contains("heatmap", "0.8", "Alignment over time");
        lists.put(100L, List.of(1.0));
        assertThatThrownBy(() -> AlignmentFigure.overTime("uneven", lists))
                .hasMessageContaining("uneven: 1 values at step 100, 3");
        assertThatThrownBy(() -> SpectrumFigure.overTime("nothing", new TreeMap<>()))
                .hasMessageContaining("nothing to draw");
    }

    @Test
    void barsShowAccuraciesInPercent() {
        int[] truth = {0, 1, 1, 0};
        Evaluation evaluation =
                new Evaluation(
                        "probe",
                        "features",
                        4,
                        "test",
                        List.of(0.75),
                        new ConfusionMatrix(List.of("a", "b"), truth, new int[] {0, 1, 1, 1}));
        Map<String, Evaluation> variants = new LinkedHashMap<>();
        variants.put("raw pixels", evaluation);
        variants.put("DirectPred", evaluation);
        String script = script(Bars.ofAccuracies("Test accuracy", variants));
        assertThat(script).contains("raw pixels", "DirectPred", "75.0", "orientation: 'h'");
        assertThatThrownBy(() -> Bars.of("t", "a", Map.of("x", Double.NaN)))
                .hasMessageContaining("'x' is NaN");
        assertThatThrownBy(() -> Bars.of("t", "a", Map.of())).hasMessageContaining("nothing");
    }

    @Test
    void confusionIsShownAsFractionsOfTheTrueClass() {
        ConfusionMatrix confusion =
                new ConfusionMatrix(
                        List.of("shirt", "coat", "bag"),
                        new int[] {0, 0, 0, 0, 1},
                        new int[] {0, 0, 0, 1, 1});
        String script = script(ConfusionFigure.of("Confusion", confusion));
        assertThat(script).contains("shirt", "coat", "0.75", "0.25");
        assertThat(count(script, "0.75")).isEqualTo(1);
    }

    @Test
    void coloursAreTellableApartAndDashesFollow() {
        assertThat(IntStream.range(0, 8).mapToObj(Palette::colour).distinct()).hasSize(8);
        assertThat(Palette.line(8).asJavascript()).contains("\"dash\" : \"dash\"");
    }

    @Test
    void figure2ShowsARunAsARun() throws Exception {
        Recipe recipe =
                Recipe.fashionMnist()
                        .withEncoder(Architecture.small(1, 2))
                        .withProjector(16, 8)
                        .withBatchSize(16)
                        .withDiagnosticsEvery(2)
                        .withSteps(5);
        ImageSource images = FashionMnist.embeddedTrain().first(64);
        try (Pretraining run = Pretraining.of(recipe).on(images)) {
            assertThatThrownBy(() -> Figure2.of("a run", run.log()))
                    .hasMessageContaining("a run has no diagnostics yet");
            Figure2 figure = Figure2.of("a run", run.train().log());
            assertThat(figure.eigenvaluesOfF().getTraces()).hasSize(8);
            assertThat(figure.eigenvaluesOfPredictor().getTraces()).hasSize(8);
            assertThat(script(figure.alignment())).contains("heatmap");
            assertThat(figure.symmetry().getTraces()).hasSize(4);
            try (Pretraining other =
                    Pretraining.of(recipe.withTwoLayerPredictor(16).withSteps(1)).on(images)) {
                assertThatThrownBy(() -> Figure2.of("two layers", other.train().log()))
                        .hasMessageContaining("no matrix");
                Map<String, TrainingLog> both =
                        Map.of("linear", run.log(), "two layers", other.log());
                assertThat(RunFigures.spectrum(both).getTraces()).hasSize(2);
                assertThat(RunFigures.predictorSpectrum(both).getTraces()).hasSize(1);
            }
        }
    }

    @Test
    void anAblationHasBarsAndCurvesOfItsVariants(@TempDir Path folder) {
        Ablation ablation =
                Ablation.named("toy")
                        .withSeeds(1, 2)
                        .withVariant(
                                new Variant(
                                        "a",
                                        Map.of(),
                                        seed ->
                                                new Measurements(
                                                        Map.of("rank", 10.0 * seed),
                                                        Map.of(
                                                                "rank",
                                                                new Measurements.Series(
                                                                        List.of(0.0, 50.0),
                                                                        List.of(
                                                                                1.0,
                                                                                10.0 * seed))))))
                        .withVariant(
                                new Variant(
                                        "b",
                                        Map.of(),
                                        seed -> Measurements.of(Map.of("rank", 7.0))));
        Results results = ablation.run(folder);
        assertThat(script(AblationFigures.bars(results, "rank"))).contains("15.0", "7.0");
        Figure curves = AblationFigures.curves(results, "rank");
        assertThat(curves.getTraces()).hasSize(1);
        assertThat(script(curves)).contains("15.0");
    }
}
