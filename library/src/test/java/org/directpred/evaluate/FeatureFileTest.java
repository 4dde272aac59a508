package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Damaged files of features are refused by the file's name and what is wrong, and cost nothing. */
class FeatureFileTest {
    private static final String FEATURES =
            "'features': {'dtype': 'F32', 'shape': [2, 1], 'data_offsets': [0, 8]}";
    private static final String LABELS =
            "'labels': {'dtype': 'I32', 'shape': [2], 'data_offsets': [8, 16]}";

    @TempDir Path folder;

    @Test
    void aSmallFileIsRead() throws IOException {
        Features features = Features.load(file("{%s, %s}".formatted(FEATURES, LABELS), 1));
        assertThat(features.labels()).containsExactly(0, 1);
        assertThat(features.classes()).containsExactly("0", "1");
    }

    @Test
    void theLargestLabelOfAllIsRefusedByItsNumber() throws IOException {
        Path file = file("{%s, %s}".formatted(FEATURES, LABELS), Integer.MAX_VALUE);
        assertThat(Files.size(file)).isLessThan(250);
        assertThatThrownBy(() -> Features.load(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("label 2147483647")
                .hasMessageContaining("\"classes\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "null | without a name",
                "['a', null] | without a name",
                "{'a': 1} | no list of names",
                "[['a']] | no list of names",
                "[ | no list of names",
                "['a'] | label 1 in row 1, which is none of its 1 classes"
            })
    void classesThatAreNoneAreRefused(String classes, String message) throws IOException {
        String header =
                "{'__metadata__': {'classes': '%s'}, %s, %s}"
                        .formatted(classes.replace("'", "\\'"), FEATURES, LABELS);
        refused(header, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[9223372036854775799, 9223372036854775807] | begins at offset 9223372036854775799",
                "[18446744073709551608, 18446744073709551616] | has the offsets",
                "[-8, 0] | has the offsets",
                "[8, 0] | from offset 8 to 0, but takes 8 bytes",
                "['8', '16'] | has the offsets",
                "[8.5, 16.5] | has the offsets",
                "[8] | has the offsets",
                "null | has the offsets",
                "[0, 8] | begins at offset 0, but 8 was expected"
            })
    void offsetsThatLieNowhereAreRefused(String offsets, String message) throws IOException {
        refused("{%s, %s}".formatted(FEATURES, LABELS.replace("[8, 16]", offsets)), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[4294967296, 4294967296] | too large",
                "[9223372036854775807, 2] | too large",
                "[4294967298, 1] | takes 17179869192 bytes",
                "[2] | no tensor 'features'",
                "[2, -1] | has the shape",
                "[2, '1'] | has the shape",
                "[1, 2] | features of shape"
            })
    void shapesThatOverflowAreRefused(String shape, String message) throws IOException {
        refused("{%s, %s}".formatted(FEATURES.replace("[2, 1]", shape), LABELS), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]    | no JSON object",
                "{'a: | no JSON",
                "{}{}  | no JSON",
                "{'labels': 1, 'labels': 2} | no JSON",
                "{'__metadata__': 5} | no object",
                "{'__metadata__': {'classes': ['a']}} | is no text",
                "{'features': null} | of type"
            })
    void headersThatAreNoneAreRefused(String header, String message) throws IOException {
        refused(header, message);
    }

    @Test
    void otherFilesAreNamed() throws IOException {
        assertThatThrownBy(() -> Features.load(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is a folder");
        Path zip = Files.write(folder.resolve("a.pth"), new byte[] {'P', 'K', 3, 4, 20, 0, 0, 99});
        assertThatThrownBy(() -> Features.load(zip))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a.pth")
                .hasMessageContaining("torch.save");
    }

    private void refused(String header, String message) throws IOException {
        Path file = file(header, 1);
        assertThatThrownBy(() -> Features.load(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    /** A file of two rows with the labels 0 and another one, whatever its header says. */
    private Path file(String header, int label) throws IOException {
        String quoted =
                header.replace("\\'", "\u0000").replace('\'', '"').replace("\u0000", "\\\"");
        byte[] text = quoted.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + text.length + 16).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(text.length).put(text).putFloat(.5f).putFloat(2).putInt(0).putInt(label);
        return Files.write(folder.resolve("features.safetensors"), bytes.array());
    }
}
