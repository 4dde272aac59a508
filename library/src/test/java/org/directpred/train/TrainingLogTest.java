package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.directpred.evaluate.Diagnostics;
import org.directpred.evaluate.Measure;
import org.directpred.evaluate.Snapshot;
import org.directpred.figure.RunFigures;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

/** What a log gives its reader, also by a measure of the reader's own. */
class TrainingLogTest {
    private static final Measure<Snapshot> HALF =
            Measure.by("half of the loss", "", snapshot -> snapshot.loss() / 2);

    private static TrainingLog log(double... losses) {
        TrainingLog log = new TrainingLog();
        for (int i = 0; i < losses.length; i++) {
            log.add(
                    new Snapshot(
                            10L * i,
                            losses[i],
                            new Diagnostics(
                                    List.of(1.0, 1.0),
                                    List.of(1.0, 1.0),
                                    List.of(),
                                    List.of(),
                                    .5,
                                    Double.NaN,
                                    Double.NaN,
                                    Double.NaN,
                                    Double.NaN),
                            .1,
                            Double.NaN));
        }
        return log;
    }

    @Test
    void snapshotsAreFoundByTheirPlace() {
        TrainingLog log = log(4, 3, 2, 1);
        assertThat(log.first().loss()).isEqualTo(4);
        assertThat(log.last().step()).isEqualTo(30);
        assertThat(log.nearest(14).step()).isEqualTo(10);
        assertThat(log.nearest(15).step()).isEqualTo(10);
        assertThat(log.nearest(16).step()).isEqualTo(20);
        assertThat(log.nearest(99).step()).isEqualTo(30);
        TrainingLog empty = log();
        for (Runnable asked :
                List.<Runnable>of(empty::first, empty::last, () -> empty.nearest(3))) {
            assertThatThrownBy(asked::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("there is no snapshot before the first step");
        }
    }

    @Test
    void aMeasureOfOnesOwnIsAColumnAndACurve() {
        TrainingLog log = log(4, 3);
        Table table = log.diagnostics(Measure.LOSS, HALF);
        assertThat(table.columnNames()).containsExactly("step", "loss", "half of the loss");
        assertThat(table.doubleColumn("half of the loss").asList()).containsExactly(2.0, 1.5);
        assertThat(log.diagnostics().columnNames())
                .startsWith("step", "loss", "effective rank of F")
                .endsWith("update of the predictor");
        Map<String, TrainingLog> runs = new LinkedHashMap<>();
        runs.put("one", log);
        runs.put("other", log(8));
        Table ends = RunFigures.table(runs, HALF, Measure.EFFECTIVE_RANK);
        assertThat(ends.stringColumn("run").asList()).containsExactly("one", "other");
        assertThat(ends.doubleColumn("half of the loss").asList()).containsExactly(1.5, 4.0);
        String figure = RunFigures.over(runs, HALF).asJavascript("somewhere");
        assertThat(figure).contains("Half of the loss").contains("'one'", "'other'", "2.0", "1.5");
    }
}
