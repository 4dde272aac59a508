package org.directpred.figure;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.directpred.evaluate.ConfusionMatrix;
import tech.tablesaw.plotly.components.Axis;
import tech.tablesaw.plotly.components.Figure;
import tech.tablesaw.plotly.components.Layout;
import tech.tablesaw.plotly.components.Margin;
import tech.tablesaw.plotly.traces.HeatmapTrace;

/** The confusion matrix as a picture: the class that each class is taken for. */
public final class ConfusionFigure {
    private ConfusionFigure() {}

    /**
     * The confusion matrix as a heat map: the fraction of each true class (rows, from above) that
     * was taken for each class (columns).
     *
     * @param title what it shows
     * @param confusion the counts
     */
    public static Figure of(String title, ConfusionMatrix confusion) {
        List<String> classes = confusion.classes();
        int k = classes.size();
        // Plotly draws the first row lowest.
        List<String> fromBelow = new ArrayList<>(classes);
        Collections.reverse(fromBelow);
        double[][] fractions = new double[k][k];
        for (int truth = 0; truth < k; truth++) {
            for (int predicted = 0; predicted < k; predicted++) {
                long examples = Math.max(1, confusion.examples(truth));
                fractions[k - 1 - truth][predicted] =
                        (double) confusion.count(truth, predicted) / examples;
            }
        }
        Layout layout =
                Layout.builder()
                        .title(title)
                        .xAxis(named("taken for"))
                        .yAxis(named("true class"))
                        .margin(Margin.builder().left(120).right(40).top(60).bottom(120).build())
                        .width(680)
                        .height(640)
                        .build();
        return new Figure(
                layout,
                HeatmapTrace.builder(classes.toArray(), fromBelow.toArray(), fractions).build());
    }

    /** An axis of names: classes called 0 to 9 are no numbers. */
    private static Axis named(String title) {
        return Axis.builder().title(title).type(Axis.Type.CATEGORY).build();
    }
}
