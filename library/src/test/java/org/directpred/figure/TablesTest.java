package org.directpred.figure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
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

    @Test
    void aCsvHasEveryTextAsItIs(@TempDir Path folder) throws IOException {
        String[] texts = {
            "\\rho",
            "C:\\new",
            "a,b",
            "\"q\" 'r'",
            "two\nlines",
            " spaces ",
            "=1+1",
            "\u03c1 \ud83d\ude42",
            "007",
            ""
        };
        Path file = folder.resolve("variants.csv");
        Tables.csv(
                Table.create(
                        "t",
                        StringColumn.create("an \"variant\", named", texts),
                        IntColumn.create("n", new int[texts.length])),
                file);
        // Read by rules of its own: RFC 4180's.
        List<String> cells = new ArrayList<>();
        Matcher cell =
                Pattern.compile("\\G(?:\"((?:[^\"]|\"\")*)\"|([^,\n]*))(?:,|\n)")
                        .matcher(Files.readString(file));
        while (cell.find()) {
            cells.add(cell.group(1) == null ? cell.group(2) : cell.group(1).replace("\"\"", "\""));
        }
        List<String> expected = new ArrayList<>(List.of("an \"variant\", named", "n"));
        for (String text : texts) {
            expected.add(text);
            expected.add("0");
        }
        assertThat(cells).isEqualTo(expected);
    }
}
