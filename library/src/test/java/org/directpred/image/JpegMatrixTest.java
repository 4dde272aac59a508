package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Some 550 JPEG files of every colour space, sampling, marker, profile, orientation and kind of
 * scan: both decoders give Pillow's pixels, and refuse the same files in the same words.
 * src/test/python/image/make_jpeg_matrix.py wrote them.
 */
class JpegMatrixTest {
    private static List<PictureFile> files() {
        return PictureFile.of("files/jpeg-matrix.gz");
    }

    @TestFactory
    Stream<DynamicTest> pixelsArePillowsWhicheverDecoderIsInstalled() {
        return files().stream()
                .filter(file -> !file.name().startsWith("refused"))
                .flatMap(
                        file ->
                                ImageDecoderTest.decoders().stream()
                                        .map(
                                                turbo ->
                                                        dynamicTest(
                                                                file.name()
                                                                        + (turbo ? ", turbo" : ""),
                                                                () -> check(file, turbo))));
    }

    private static void check(PictureFile file, boolean turbo) {
        Image image = ImageDecoder.decode(file.content(), file.name(), turbo);
        assertThat(image.height()).isEqualTo(file.height());
        assertThat(image.width()).isEqualTo(file.width());
        assertThat(image.raw()).isEqualTo(file.pixels());
    }

    @TestFactory
    Stream<DynamicTest> whatOneDecoderCannotReadIsRefusedByBothInTheSameWords() {
        return files().stream()
                .filter(file -> file.name().startsWith("refused"))
                .map(file -> dynamicTest(file.name(), () -> refused(file)));
    }

    private static void refused(PictureFile file) {
        List<String> messages = new ArrayList<>();
        for (boolean turbo : ImageDecoderTest.decoders()) {
            assertThatThrownBy(() -> ImageDecoder.decode(file.content(), file.name(), turbo))
                    .isInstanceOfSatisfying(
                            CorruptImageException.class, e -> messages.add(e.getMessage()));
        }
        assertThat(messages).containsOnly(messages.get(0));
    }

    @Test
    void theMatrixIsWhole() {
        List<PictureFile> files = files();
        assertThat(files).hasSizeGreaterThan(500);
        assertThat(files).filteredOn(file -> file.name().startsWith("refused")).hasSize(11);
        assertThat(files)
                .filteredOn(file -> !file.name().startsWith("refused"))
                .allMatch(file -> file.height() > 0);
    }
}
