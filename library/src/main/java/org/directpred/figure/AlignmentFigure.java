package org.directpred.figure;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.IntStream;
import tech.tablesaw.plotly.components.Axis;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Layout;
import tech.tablesaw.plotly.traces.HeatmapTrace;

/**
 * The alignment |cos(u_j, W_p u_j)| of the eigenvectors u_j of F with the predictor (Figure 2,
 * third column; Theorem 3).
 */
public final class AlignmentFigure {
    private AlignmentFigure() {}

    /**
     * Every eigenvector's alignment over the training as a heat map.
     *
     * @param title what it shows
     * @param alignments for each step |cos| of every eigenvector, that of the largest eigenvalue
     *     first, equally many at each step
     */
    public static Figure overTime(String title, SortedMap<Long, List<Double>> alignments) {
        int d = Checks.equalLengths(title, alignments);
        Object[] steps = alignments.keySet().toArray();
        Object[] indices = IntStream.rangeClosed(1, d).boxed().toArray();
        double[][] values = new double[d][steps.length];
        int i = 0;
        for (List<Double> column : alignments.values()) {
            for (int j = 0; j < d; j++) {
                values[j][i] = column.get(j);
            }
            i++;
        }
        Layout layout =
                Layout.builder()
                        .title(title)
                        .xAxis(Axis.builder().title("step").build())
                        .yAxis(Axis.builder().title("eigenvector u_j of F, index j").build())
                        .width(760)
                        .height(480)
                        .build();
        return new Figure(layout, HeatmapTrace.builder(steps, indices, values).build());
    }

    /**
     * Every eigenvector's alignment, one curve for each variant.
     *
     * @param title what it shows
     * @param alignments for each variant |cos| of every eigenvector, that of the largest eigenvalue
     *     first
     */
    public static Figure of(String title, Map<String, List<Double>> alignments) {
        Curves curves =
                Curves.of(title, "eigenvector u_j of F, index j", "|cos(u_j, W_p u_j)|")
                        .between(0, 1.02);
        alignments.forEach(
                (variant, cosines) -> {
                    for (int j = 0; j < cosines.size(); j++) {
                        curves.add(variant, j + 1, cosines.get(j));
                    }
                });
        return curves.figure();
    }
}
