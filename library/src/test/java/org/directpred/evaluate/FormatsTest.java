package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

/**
 * Files and numbers beside NumPy's and scikit-learn's ({@code python/evaluate/formats_fixture.py}).
 */
class FormatsTest {
    @TempDir Path folder;

    @Test
    void balancedAccuracyIsScikitLearns() throws IOException {
        for (JsonNode record : fixture().get("balanced")) {
            List<String> classes =
                    IntStream.range(0, record.get("classes").asInt())
                            .mapToObj(Integer::toString)
                            .toList();
            ConfusionMatrix confusion =
                    new ConfusionMatrix(
                            classes, ints(record.get("truth")), ints(record.get("predicted")));
            assertThat(confusion.balancedAccuracy())
                    .isCloseTo(record.get("balanced").asDouble(), within(1e-15));
            Evaluation evaluation =
                    new Evaluation("m", "a", 1, "b", List.of(confusion.accuracy()), confusion);
            assertThat(evaluation.balancedAccuracy()).isEqualTo(confusion.balancedAccuracy());
        }
        assertThat(new ConfusionMatrix(List.of("a"), new int[0], new int[0]).balancedAccuracy())
                .isNaN();
    }

    @Test
    void npyFilesAreNumPysToTheLastByte() throws IOException {
        Features features =
                Features.of(
                        new float[] {.5f, -1.25f, 3e38f, Float.MIN_VALUE, .1f, -0f},
                        new int[] {1, -1},
                        List.of("a", "b"),
                        "small");
        features.saveNpy(folder.resolve("rows.npy"));
        features.saveLabelsNpy(folder.resolve("labels.npy"));
        assertThat(Files.readAllBytes(folder.resolve("rows.npy"))).isEqualTo(bytes("rows"));
        assertThat(Files.readAllBytes(folder.resolve("labels.npy"))).isEqualTo(bytes("labels"));
        float[] values = new float[300];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        Features.of(values, new int[100], List.of("a"), "wide").saveNpy(folder.resolve("wide.npy"));
        assertThat(Files.readAllBytes(folder.resolve("wide.npy"))).isEqualTo(bytes("wide"));
        assertThat(folder.toFile().list()).hasSize(3);
    }

    @Test
    void csvQuotesWhatPeopleCallTheirClasses() throws IOException {
        List<String> classes = List.of("cat, small", "so-called \"dog\"", "two\nlines", "ä");
        Features features =
                Features.of(
                        new float[] {1, 2, 3, 4, .1f, 1e-20f, -5, 6, 7, 8},
                        new int[] {0, 1, 2, 3, -1},
                        classes,
                        "named");
        Path file = folder.resolve("features.csv");
        features.saveCsv(file);
        assertThat(Files.readString(file))
                .startsWith(
                        "label,class,feature 0,feature 1\r\n0,\"cat, small\",1.0,2.0\r\n1,\"so-called \"\"dog\"\"\",3.0,4.0\r\n")
                .endsWith("-1,,7.0,8.0\r\n");
        Table table = Table.read().csv(file.toFile());
        assertThat(table.stringColumn("class").asList()).startsWith(classes.toArray(new String[0]));
        assertThat((float) table.doubleColumn("feature 1").getDouble(2)).isEqualTo(1e-20f);
        assertThat((float) table.doubleColumn("feature 0").getDouble(2)).isEqualTo(.1f);
    }

    private static byte[] bytes(String name) throws IOException {
        return Base64.getDecoder().decode(fixture().get(name).asText());
    }

    private static int[] ints(JsonNode node) {
        return new ObjectMapper().convertValue(node, int[].class);
    }

    private static JsonNode fixture() throws IOException {
        try (InputStream in = FormatsTest.class.getResourceAsStream("formats.json")) {
            return new ObjectMapper().readTree(in);
        }
    }
}
