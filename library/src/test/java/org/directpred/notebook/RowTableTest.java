package org.directpred.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Table;

class RowTableTest {

    @Test
    void rowsBecomeColumnsOfTextsAndNumbers() {
        Table table =
                RowTable.of("t", "name", "rank", "steps")
                        .add("a", 1.5, 10)
                        .add(Scale.SMALL, Double.NaN, 20L)
                        .table();
        assertThat(table.name()).isEqualTo("t");
        assertThat(table.columnNames()).containsExactly("name", "rank", "steps");
        assertThat(table.types())
                .containsExactly(ColumnType.STRING, ColumnType.DOUBLE, ColumnType.DOUBLE);
        assertThat(table.stringColumn("name").asList()).containsExactly("a", "SMALL");
        assertThat(table.doubleColumn("rank").asDoubleArray()).containsExactly(1.5, Double.NaN);
        assertThat(table.doubleColumn("steps").asDoubleArray()).containsExactly(10, 20);
    }

    @Test
    void aTableWithoutRowsHasItsColumns() {
        assertThat(RowTable.of("t", "a", "b").table().columnNames()).containsExactly("a", "b");
    }

    @Test
    void aRowAfterwardsDoesNotReachATableThatWasShown() {
        RowTable rows = RowTable.of("t", "a").add(1);
        Table shown = rows.table();
        rows.add(2);
        assertThat(shown.rowCount()).isEqualTo(1);
        assertThat(rows.table().rowCount()).isEqualTo(2);
    }

    @Test
    void aRowOfAnotherLengthIsRefused() {
        RowTable rows = RowTable.of("accuracies", "name", "rank");
        assertThatThrownBy(() -> rows.add("a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("accuracies", "2 columns", "1 values");
    }

    @Test
    void aTextAmongNumbersIsRefusedAndAddsNothing() {
        RowTable rows = RowTable.of("t", "name", "rank").add("a", 1.0);
        assertThatThrownBy(() -> rows.add("b", "many"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'rank'", "numbers", "many");
        assertThatThrownBy(() -> rows.add(2, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'name'", "texts", "2");
        assertThat(rows.table().rowCount()).isEqualTo(1);
    }

    @Test
    void namesOfColumnsAreDifferentAndThereAreSome() {
        assertThatThrownBy(() -> RowTable.of("t", "rank", "Rank"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'t'", "'Rank'");
        assertThatThrownBy(() -> RowTable.of("t"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'t'", "at least one column");
    }
}
