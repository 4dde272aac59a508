package org.directpred.figure;

import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;

/** Tables as people read them. */
public final class Tables {
    private Tables() {}

    /**
     * Shows the numbers of a table with that many digits after the point. The numbers themselves
     * stay as they are.
     *
     * @param table modified in how it prints
     * @param digits after the point, at least 0
     * @return the same table
     */
    public static Table rounded(Table table, int digits) {
        if (digits < 0) {
            throw new IllegalArgumentException("digits must be at least 0, not " + digits);
        }
        for (Column<?> column : table.columns()) {
            if (column instanceof DoubleColumn numbers) {
                numbers.setPrintFormatter(NumberColumnFormatter.fixedWithGrouping(digits));
            }
        }
        return table;
    }
}
