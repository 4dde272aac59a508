package org.directpred.kernel.display;

import java.util.regex.Pattern;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * A Tablesaw table as an HTML table: texts as they are, numbers to the right, long tables cut with
 * a word about it.
 */
final class TableHtml {
    private static final int ROWS = 50;

    /** What HTML would draw as one space. */
    private static final Pattern BLANKS = Pattern.compile("\\R|\\s\\s|^\\s|\\s$");

    private TableHtml() {}

    static String of(Table table) {
        var html = new StringBuilder("<table " + Html.AS_IT_IS + ">");
        if (table.name() != null && !table.name().isBlank()) {
            html.append(cell("caption", "", table.name()));
        }
        html.append("<thead><tr>");
        for (Column<?> column : table.columns()) {
            html.append(cell("th", "", column.name()));
        }
        html.append("</tr></thead><tbody>");
        int shown = Math.min(ROWS, table.rowCount());
        for (int row = 0; row < shown; row++) {
            html.append("<tr>");
            for (Column<?> column : table.columns()) {
                html.append(
                        cell(
                                "td",
                                isNumber(column) ? "text-align: right" : "",
                                column.getString(row)));
            }
            html.append("</tr>");
        }
        html.append("</tbody></table>");
        if (shown < table.rowCount()) {
            html.append("<p>")
                    .append(table.rowCount() - shown)
                    .append(" more of ")
                    .append(table.rowCount())
                    .append(" rows</p>");
        }
        return html.toString();
    }

    private static String cell(String tag, String style, String text) {
        String looks = BLANKS.matcher(text).find() ? "white-space: pre-wrap" : style;
        return "<"
                + tag
                + (looks.isEmpty() ? ">" : " style=\"" + looks + "\">")
                + Html.escape(text)
                + "</"
                + tag
                + ">";
    }

    private static boolean isNumber(Column<?> column) {
        ColumnType type = column.type();
        return type == ColumnType.DOUBLE
                || type == ColumnType.FLOAT
                || type == ColumnType.INTEGER
                || type == ColumnType.LONG
                || type == ColumnType.SHORT;
    }
}
