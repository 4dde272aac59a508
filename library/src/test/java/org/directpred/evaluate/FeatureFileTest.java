package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
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

    /** The bits are NumPy's and PyTorch's of these numbers: all kinds that binary16 has. */
    @Test
    void featuresAndLabelsOfPythonsOtherTypesAreRead() throws IOException {
        short[] halves = {
            0x3555, (short) 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0400, (short) 0x8000, 0
        };
        float[] ofHalves = {0.33325195f, -2, 65504, 5.9604645e-8f, 6.097555e-5f, 6.1035156e-5f};
        Features half = written("F16", 2, bytes -> put(bytes, halves), 0, 1);
        assertThat(Arrays.copyOf(half.row(0), 4)).containsExactly(Arrays.copyOf(ofHalves, 4));
        assertThat(Arrays.copyOf(half.row(1), 2)).containsExactly(ofHalves[4], ofHalves[5]);
        assertThat(Float.floatToIntBits(half.row(1)[2])).isEqualTo(0x80000000);
        short[] brains = {0x3f80, (short) 0xc0a0, 0x4049, 0, 0x3e20, 0x7f7f, 1, 0x4248};
        Features brain = written("BF16", 2, bytes -> put(bytes, brains), 1, 0);
        assertThat(brain.row(0)).containsExactly(1, -5, 3.140625f, 0);
        assertThat(brain.row(1))
                .containsExactly(0.15625f, 3.3895314e38f, Float.intBitsToFloat(0x10000), 50);
        assertThat(brain.labels()).containsExactly(1, 0);
        double[] doubles = {0.1, -1e30, 1e-50, 3, 4, 5, 6, 7};
        Features wide =
                written("F64", 8, bytes -> Arrays.stream(doubles).forEach(bytes::putDouble), 2, -1);
        assertThat(wide.row(0)).containsExactly(0.1f, -1e30f, 0, 3);
        assertThat(wide.labels()).containsExactly(2, Features.UNLABELLED);
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        double[] doubles = {0, 1, 2, 3, 4, 1e39, 6, 7};
        assertThatThrownBy(
                        () ->
                                written(
                                        "F64",
                                        8,
                                        bytes -> Arrays.stream(doubles).forEach(bytes::putDouble),
                                        0,
                                        0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the number 1.0E39 in row 1, feature 1");
        assertThatThrownBy(() -> written("F16", 2, bytes -> put(bytes, new short[8]), 0, 1L << 32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the label 4294967296 in row 1");
    }

    private static void put(ByteBuffer bytes, short[] values) {
        for (short value : values) {
            bytes.putShort(value);
        }
    }

    /** Two rows of four features, with labels of 64 bits. */
    private Features written(String type, int each, Consumer<ByteBuffer> features, long... labels)
            throws IOException {
        String header =
                ("{\"features\": {\"dtype\": \"%s\", \"shape\": [2, 4], \"data_offsets\": [0, %d]},"
                                + " \"labels\": {\"dtype\": \"I64\", \"shape\": [2], \"data_offsets\": [%d, %d]}}")
                        .formatted(type, 8 * each, 8 * each, 8 * each + 16);
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + header.length() + 8 * each + 16)
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length()).put(header.getBytes(StandardCharsets.UTF_8));
        features.accept(bytes);
        Arrays.stream(labels).forEach(bytes::putLong);
        return Features.load(Files.write(folder.resolve("python.safetensors"), bytes.array()));
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
