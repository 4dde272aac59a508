package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Both decoders against Pillow; src/test/python/image/make_file_fixtures.py wrote the files. Where
 * libturbojpeg is not installed the Java platform's decoder alone is tested, and that is listed.
 */
class ImageDecoderTest {
    static List<Boolean> decoders() {
        return TurboJpeg.isAvailable() ? List.of(true, false) : List.of(false);
    }

    @Test
    void libturbojpegIsTestedToo() {
        assumeTrue(TurboJpeg.isAvailable(), "apt install libturbojpeg0");
        assertThat(decoders()).containsExactly(true, false);
    }

    @TestFactory
    Stream<DynamicTest> readsWhatPillowReads() {
        List<String> files =
                new String(Fixtures.resource("files/sizes.txt"), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
        assertThat(files).hasSize(20);
        return decoders().stream()
                .flatMap(
                        turbo ->
                                files.stream()
                                        .map(
                                                line ->
                                                        dynamicTest(
                                                                line + (turbo ? ", turbo" : ""),
                                                                () -> check(line, turbo))));
    }

    private static void check(String line, boolean turbo) {
        String[] parts = line.split(" ", -1);
        Image image = ImageDecoder.decode(Fixtures.resource("files/" + parts[0]), parts[0], turbo);
        assertThat(image.channels()).isEqualTo(3);
        assertThat(image.height()).isEqualTo(Integer.parseInt(parts[1]));
        assertThat(image.width()).isEqualTo(Integer.parseInt(parts[2]));
        byte[] expected =
                Fixtures.resource("files/" + parts[0].substring(0, parts[0].length() - 4) + ".rgb");
        assertThat(image.raw()).isEqualTo(expected);
    }

    @Test
    void planesAndInterleavedPixelsAreTheSame() {
        Image image = ImageDecoder.decode(Fixtures.resource("files/exif6.jpg"), "exif6.jpg");
        byte[] planes = image.pixels();
        Image planar = new Image(3, image.height(), image.width(), planes);
        for (Kernels kernels : Fixtures.kernels()) {
            float[] a = resized(kernels, image);
            float[] b = resized(kernels, planar);
            assertThat(a).isEqualTo(b);
        }
        assertThat(image.value(2, 3, 7)).isEqualTo(planar.value(2, 3, 7));
    }

    private static float[] resized(Kernels kernels, Image image) {
        Canvas canvas = new Canvas(kernels).reset(image);
        canvas.crop(2, 3, 21, 19);
        canvas.resize(17, 24, Filter.BICUBIC);
        canvas.flip();
        return Arrays.copyOf(canvas.values(), 3 * 17 * 24);
    }

    @ParameterizedTest
    @MethodSource("decoders")
    void everyTruncationIsCorrupt(boolean turbo) {
        for (String name :
                List.of("baseline420.jpg", "progressive.jpg", "cmyk.jpg", "colour.png")) {
            byte[] whole = Fixtures.resource("files/" + name);
            // A PNG ends in two checksums and an empty chunk that no pixel needs.
            int end = name.endsWith("png") ? whole.length - 24 : whole.length;
            for (int length = 0; length < end; length += 7) {
                byte[] part = Arrays.copyOf(whole, length);
                assertThatThrownBy(() -> ImageDecoder.decode(part, name, turbo))
                        .isInstanceOf(CorruptImageException.class)
                        .hasMessageContaining(name);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("decoders")
    void aCorruptImageDoesNotSpoilTheNext(boolean turbo) {
        byte[] whole = Fixtures.resource("files/progressive.jpg");
        byte[] good = ImageDecoder.decode(whole, "whole", turbo).pixels();
        for (int at = 2; at < whole.length; at += 3) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) 0xff;
            try {
                ImageDecoder.decode(damaged, "damaged", turbo);
            } catch (CorruptImageException e) {
                assertThat(e).hasMessageContaining("damaged");
            }
            assertThat(ImageDecoder.decode(whole, "whole", turbo).pixels()).isEqualTo(good);
        }
    }

    @ParameterizedTest
    @MethodSource("decoders")
    void aHeaderThatClaimsHugeSizesIsRefusedBeforeMemoryIsTaken(boolean turbo) {
        byte[] jpeg = Fixtures.resource("files/baseline420.jpg");
        int frame = 0;
        while (!((jpeg[frame] & 0xff) == 0xff && (jpeg[frame + 1] & 0xff) == 0xc0)) {
            frame++;
        }
        for (int i = 5; i < 9; i++) {
            jpeg[frame + i] = (byte) 0xff;
        }
        assertThatThrownBy(() -> ImageDecoder.decode(jpeg, "huge.jpg", turbo))
                .isInstanceOf(CorruptImageException.class)
                .hasMessageContaining("huge.jpg")
                .hasMessageContaining("65535 x 65535");
        byte[] png = Fixtures.resource("files/colour.png");
        png[16] = 0x7f;
        assertThatThrownBy(() -> ImageDecoder.decode(png, "huge.png", turbo))
                .isInstanceOf(CorruptImageException.class)
                .hasMessageContaining("huge.png");
    }

    @Test
    void otherFormatsAreNamedByTheirBytes() {
        assertThatThrownBy(() -> ImageDecoder.decode(new byte[0], "empty.jpg"))
                .isInstanceOf(CorruptImageException.class)
                .hasMessageContaining("an empty file");
        assertThatThrownBy(
                        () ->
                                ImageDecoder.decode(
                                        "%!PS-Adobe".getBytes(StandardCharsets.US_ASCII), "a.jpg"))
                .isInstanceOf(CorruptImageException.class)
                .hasMessageContaining("25 21 50 53 2d 41 64 6f");
    }
}
