package org.directpred.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Some 550 JPEG files of every colour space, sampling, marker, profile, orientation and kind of
 * scan: both decoders give Pillow's pixels, and refuse the same files in the same words.
 * src/test/python/image/make_jpeg_matrix.py wrote them.
 */
class JpegMatrixTest {
    private record File(String name, int height, int width, byte[] content, byte[] pixels) {}

    private static List<File> files() {
        List<File> files = new ArrayList<>();
        try (DataInputStream in =
                new DataInputStream(
                        new GZIPInputStream(
                                new ByteArrayInputStream(
                                        Fixtures.resource("files/jpeg-matrix.gz"))))) {
            for (int length = in.read(); length >= 0; length = in.read()) {
                String name = new String(in.readNBytes(length << 8 | in.read()), UTF_8);
                int height = in.readInt();
                int width = in.readInt();
                byte[] content = in.readNBytes(in.readInt());
                byte[] pixels = in.readNBytes(3 * height * width);
                files.add(new File(name, height, width, content, pixels));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return files;
    }

    @TestFactory
    Stream<DynamicTest> pixelsArePillowsWhicheverDecoderIsInstalled() {
        return files().stream()
                .filter(file -> !file.name.startsWith("refused"))
                .flatMap(
                        file ->
                                ImageDecoderTest.decoders().stream()
                                        .map(
                                                turbo ->
                                                        dynamicTest(
                                                                file.name
                                                                        + (turbo ? ", turbo" : ""),
                                                                () -> check(file, turbo))));
    }

    private static void check(File file, boolean turbo) {
        Image image = ImageDecoder.decode(file.content, file.name, turbo);
        assertThat(image.height()).isEqualTo(file.height);
        assertThat(image.width()).isEqualTo(file.width);
        assertThat(image.raw()).isEqualTo(file.pixels);
    }

    @TestFactory
    Stream<DynamicTest> whatOneDecoderCannotReadIsRefusedByBothInTheSameWords() {
        return files().stream()
                .filter(file -> file.name.startsWith("refused"))
                .map(file -> dynamicTest(file.name, () -> refused(file)));
    }

    private static void refused(File file) {
        List<String> messages = new ArrayList<>();
        for (boolean turbo : ImageDecoderTest.decoders()) {
            assertThatThrownBy(() -> ImageDecoder.decode(file.content, file.name, turbo))
                    .isInstanceOfSatisfying(
                            CorruptImageException.class, e -> messages.add(e.getMessage()));
        }
        assertThat(messages).containsOnly(messages.get(0));
    }

    @Test
    void theMatrixIsWhole() {
        List<File> files = files();
        assertThat(files).hasSizeGreaterThan(500);
        assertThat(files).filteredOn(file -> file.name.startsWith("refused")).hasSize(11);
        assertThat(files)
                .filteredOn(file -> !file.name.startsWith("refused"))
                .allMatch(file -> file.height > 0);
    }
}
