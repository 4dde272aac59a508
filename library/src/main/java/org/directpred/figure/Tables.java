package org.directpred.figure;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;
import tech.tablesaw.columns.numbers.NumberColumnFormatter;
import tech.tablesaw.io.csv.CsvWriteOptions;

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

    /**
     * Writes a table as comma-separated values in UTF-8, the columns' names first and every text as
     * it is. Tablesaw's own {@code table.write().csv(file)} drops spaces at a text's ends and
     * writes in the machine's encoding.
     *
     * @param table what to write
     * @param file replaced if it exists
     * @throws IOException if the file cannot be written
     */
    public static void csv(Table table, Path file) throws IOException {
        try (Writer writer = Files.newBufferedWriter(file)) {
            table.write()
                    .usingOptions(
                            CsvWriteOptions.builder(writer)
                                    .ignoreLeadingWhitespaces(false)
                                    .ignoreTrailingWhitespaces(false)
                                    .build());
        }
    }
}
