package org.directpred.notebook;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * A table that a cell fills row by row. A column holds texts or numbers, as its first row has them.
 *
 * <pre>{@code
 * var accuracy = RowTable.of("Test accuracy", "features", "5 labels", "all labels");
 * accuracy.add("raw pixels", 61.2, 81.9);
 * accuracy.add("DirectPred", 66.0, 80.3);
 * accuracy.table()
 * }</pre>
 */
public final class RowTable {
    private final Table table;
    private final List<String> columns;

    private RowTable(String title, List<String> columns) {
        this.table = Table.create(title);
        this.columns = columns;
    }

    /**
     * An empty table.
     *
     * @param title its title
     * @param columns the names of its columns, at least one and all different
     * @throws IllegalArgumentException if there is no column or two have one name
     */
    public static RowTable of(String title, String... columns) {
        List<String> names = List.of(columns);
        if (names.isEmpty()) {
            throw new IllegalArgumentException(
                    "table '" + title + "' needs at least one column: name them after the title");
        }
        // Tablesaw does not tell names apart by the case of their letters.
        var distinct = new HashSet<String>();
        for (String name : names) {
            if (!distinct.add(name.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException(
                        "table '%s' has two columns '%s': give each a name of its own"
                                .formatted(title, name));
            }
        }
        return new RowTable(title, names);
    }

    /**
     * Adds a row.
     *
     * @param values one for each column: a {@link Number}, or anything else as its text
     * @return this table
     * @throws IllegalArgumentException if there are more or fewer values than columns, or a value
     *     is of another kind than those above it; the table is as it was then
     */
    public RowTable add(Object... values) {
        if (values.length != columns.size()) {
            throw new IllegalArgumentException(
                    "table '%s' has %d columns, %s, but the row has %d values: %s"
                            .formatted(
                                    table.name(),
                                    columns.size(),
                                    columns,
                                    values.length,
                                    Arrays.toString(values)));
        }
        if (table.columnCount() == 0) {
            for (int i = 0; i < values.length; i++) {
                table.addColumns(
                        values[i] instanceof Number
                                ? DoubleColumn.create(columns.get(i))
                                : StringColumn.create(columns.get(i)));
            }
        }
        for (int i = 0; i < values.length; i++) {
            boolean numbers = table.column(i) instanceof DoubleColumn;
            if (numbers != values[i] instanceof Number) {
                throw new IllegalArgumentException(
                        "column '%s' of table '%s' holds %s, but the row has %s"
                                .formatted(
                                        columns.get(i),
                                        table.name(),
                                        numbers ? "numbers" : "texts",
                                        values[i]));
            }
        }
        for (int i = 0; i < values.length; i++) {
            if (values[i] instanceof Number number) {
                table.doubleColumn(i).append(number.doubleValue());
            } else {
                table.stringColumn(i).append(String.valueOf(values[i]));
            }
        }
        return this;
    }

    /** A copy of the rows so far; columns of texts as long as there is none. */
    public Table table() {
        if (table.columnCount() > 0) {
            return table.copy();
        }
        Table empty = Table.create(table.name());
        columns.forEach(name -> empty.addColumns(StringColumn.create(name)));
        return empty;
    }
}
