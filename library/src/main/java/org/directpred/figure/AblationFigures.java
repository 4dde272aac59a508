package org.directpred.figure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.directpred.evaluate.Measure;
import org.directpred.experiment.Measurements;
import org.directpred.experiment.Results;
import org.directpred.experiment.Row;
import org.directpred.experiment.Variant;
import tech.tablesaw.plotly.components.Figure;

/** Pictures of an ablation's results. */
public final class AblationFigures {
    private AblationFigures() {}

    /**
     * The mean over the seeds of a measured number, a bar for each variant that has it.
     *
     * @param results of an ablation
     * @param measure which number
     */
    public static Figure bars(Results results, String measure) {
        Map<String, Double> means = new LinkedHashMap<>();
        for (Variant variant : results.ablation().variants()) {
            List<Double> values = results.values(variant.name(), measure);
            if (!values.isEmpty()) {
                means.put(
                        variant.name(),
                        values.stream().mapToDouble(Double::doubleValue).average().orElseThrow());
            }
        }
        return Bars.of(
                results.ablation().name() + ": " + measure, measure + ", mean over seeds", means);
    }

    /** {@link #bars(Results, String)} of a measure. */
    public static Figure bars(Results results, Measure<?> measure) {
        return bars(results, measure.name());
    }

    /** {@link #curves(Results, String)} of a measure. */
    public static Figure curves(Results results, Measure<?> measure) {
        return curves(results, measure.name());
    }

    /**
     * A number over the steps, a curve for each variant: the mean over the seeds that reached the
     * step, those of points that failed later among them.
     *
     * @param results of an ablation
     * @param measure which number
     */
    public static Figure curves(Results results, String measure) {
        Curves curves = Curves.of(results.ablation().name() + ": " + measure, "step", measure);
        for (Variant variant : results.ablation().variants()) {
            Map<Double, double[]> sums = new TreeMap<>();
            for (Row row : results.rows()) {
                Measurements.Series curve = row.measurements().curves().get(measure);
                if (curve != null && row.point().variant().equals(variant.name())) {
                    for (int i = 0; i < curve.steps().size(); i++) {
                        double[] sum =
                                sums.computeIfAbsent(curve.steps().get(i), step -> new double[2]);
                        sum[0] += curve.values().get(i);
                        sum[1]++;
                    }
                }
            }
            sums.forEach((step, sum) -> curves.add(variant.name(), step, sum[0] / sum[1]));
        }
        return curves.figure();
    }
}
