package org.directpred.figure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

class TablesTest {

    @Test
    void numbersPrintRoundedAndStayWhatTheyAre() {
        Table table =
                Table.create(
                        "t",
                        IntColumn.create("n", new int[] {7}),
                        DoubleColumn.create("accuracy", 63.13999999999999));
        assertThat(Tables.rounded(table, 1).column("accuracy").getString(0)).isEqualTo("63.1");
        assertThat(table.column("n").getString(0)).isEqualTo("7");
        assertThat(table.doubleColumn("accuracy").get(0)).isEqualTo(63.13999999999999);
    }
}
