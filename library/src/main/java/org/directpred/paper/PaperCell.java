package org.directpred.paper;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.directpred.experiment.PublishedNumber;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;
import tech.tablesaw.io.csv.CsvReadOptions;

/**
 * One number of a published table, as the resource {@code cells.csv} has it: a line for each cell,
 * in the order of the publication.
 *
 * @param table the table that it stands in
 * @param number the number, with the variant and the measure that it belongs to
 */
public record PaperCell(String table, PublishedNumber number) {
    private static final String RESOURCE = "cells.csv";
    private static final List<PaperCell> ALL = read();

    /** Checks that nothing is missing. */
    public PaperCell {
        Objects.requireNonNull(table, "table");
        Objects.requireNonNull(number, "number");
    }

    /** All cells. */
    public static List<PaperCell> all() {
        return ALL;
    }

    /**
     * The numbers of a table.
     *
     * @param table its name in {@code cells.csv}, for instance {@code Table 3}
     * @throws IllegalArgumentException if there is no such table
     */
    public static List<PublishedNumber> numbers(String table) {
        List<PublishedNumber> numbers =
                ALL.stream()
                        .filter(cell -> cell.table.equals(table))
                        .map(PaperCell::number)
                        .toList();
        if (numbers.isEmpty()) {
            throw new IllegalArgumentException(
                    "%s has no table '%s'; it has %s"
                            .formatted(
                                    RESOURCE,
                                    table,
                                    ALL.stream().map(PaperCell::table).distinct().toList()));
        }
        return numbers;
    }

    /**
     * The number of a variant in a table.
     *
     * @throws IllegalArgumentException if there is none
     */
    static PublishedNumber number(String table, String variant) {
        return numbers(table).stream()
                .filter(number -> number.variant().equals(variant))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "%s of %s has no variant '%s'"
                                                .formatted(table, RESOURCE, variant)));
    }

    private static List<PaperCell> read() {
        try (InputStream bytes = PaperCell.class.getResourceAsStream(RESOURCE);
                Reader reader =
                        new InputStreamReader(
                                Objects.requireNonNull(bytes, RESOURCE), StandardCharsets.UTF_8)) {
            ColumnType text = ColumnType.STRING;
            ColumnType[] types = {text, text, text, ColumnType.DOUBLE, ColumnType.DOUBLE, text};
            Table cells =
                    Table.read().usingOptions(CsvReadOptions.builder(reader).columnTypes(types));
            return cells.stream().map(PaperCell::of).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
        }
    }

    private static PaperCell of(Row row) {
        // Tablesaw's rows are one object that moves: read it here.
        return new PaperCell(
                row.getString("table"),
                new PublishedNumber(
                        row.getString("variant"),
                        row.getString("measure"),
                        row.getDouble("mean"),
                        row.getDouble("sd"),
                        row.getString("note")));
    }
}
