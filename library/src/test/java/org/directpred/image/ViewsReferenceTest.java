package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The operations against Pillow (crop, resize, flip: to the bit) and torchvision's functional
 * operations on float tensors; src/test/python/image/make_view_fixtures.py wrote the references.
 */
class ViewsReferenceTest {
    private static final double ONE_OPERATION = 0.05;
    private static final double CHAIN = 0.15;

    @TestFactory
    Stream<DynamicTest> likePillowAndTorchvision() {
        List<String> cases =
                new String(Fixtures.resource("views/cases.txt"), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
        assertThat(cases).hasSize(65);
        return Fixtures.kernels().stream()
                .flatMap(
                        kernels ->
                                cases.stream()
                                        .map(
                                                line ->
                                                        dynamicTest(
                                                                kernels.name() + ": " + line,
                                                                () -> check(line, kernels))));
    }

    /** What decoders may differ by; those of 2026 did not, with libturbojpeg and without. */
    private static final double DECODED = 1;

    /** JPEG to 224 x 224: make_decoded_fixtures.py wrote the references. */
    @TestFactory
    Stream<DynamicTest> decodedAndResizedLikeTorchvision() {
        List<String> cases =
                new String(Fixtures.resource("decoded/cases.txt"), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
        assertThat(cases).hasSize(4);
        return ImageDecoderTest.decoders().stream()
                .flatMap(
                        turbo ->
                                Fixtures.kernels().stream()
                                        .flatMap(
                                                kernels ->
                                                        cases.stream()
                                                                .map(
                                                                        line ->
                                                                                decoded(
                                                                                        line,
                                                                                        kernels,
                                                                                        turbo))));
    }

    private static DynamicTest decoded(String line, Kernels kernels, boolean turbo) {
        return dynamicTest(
                kernels.name() + (turbo ? ", turbo: " : ": ") + line,
                () -> {
                    String[] parts = line.split(" \\| ", -1);
                    Image source =
                            ImageDecoder.decode(
                                    Fixtures.resource("decoded/" + parts[1]), parts[1], turbo);
                    Canvas canvas = new Canvas(kernels).reset(source);
                    for (String step : parts[2].split("; ", -1)) {
                        apply(canvas, step.split(" ", -1));
                    }
                    byte[] found = canvas.toImage().pixels();
                    byte[] expected =
                            ImageDecoder.decode(Fixtures.resource("decoded/" + parts[0]), parts[0])
                                    .pixels();
                    assertThat(found).hasSameSizeAs(expected).hasSize(3 * 224 * 224);
                    int worst = 0;
                    for (int i = 0; i < found.length; i++) {
                        worst = Math.max(worst, Math.abs((found[i] & 0xff) - (expected[i] & 0xff)));
                    }
                    assertThat((double) worst).isLessThanOrEqualTo(DECODED);
                });
    }

    private static void check(String line, Kernels kernels) {
        String[] parts = line.split(" \\| ", -1);
        String[] result = parts[1].split(" ", -1);
        int[] source = Stream.of(parts[2].split(" ", -1)).mapToInt(Integer::parseInt).toArray();
        Image image = Fixtures.pattern(source[0], source[1], source[2], source[3]);
        Canvas canvas = new Canvas(kernels).reset(image);
        String[] steps = parts[3].split("; ", -1);
        for (String step : steps) {
            apply(canvas, step.split(" ", -1));
        }
        assertThat(List.of(canvas.channels(), canvas.height(), canvas.width()))
                .containsExactly(
                        Integer.valueOf(result[1]),
                        Integer.valueOf(result[2]),
                        Integer.valueOf(result[3]));
        ByteBuffer expected =
                ByteBuffer.wrap(Fixtures.resource("views/" + parts[0]))
                        .order(ByteOrder.LITTLE_ENDIAN);
        float[] values = canvas.values();
        int count = canvas.channels() * canvas.height() * canvas.width();
        double worst = 0;
        for (int i = 0; i < count; i++) {
            double want = result[0].equals("bytes") ? expected.get() & 0xff : expected.getFloat();
            worst = Math.max(worst, Math.abs(values[i] - want));
        }
        assertThat(expected.hasRemaining()).isFalse();
        double limit = result[0].equals("bytes") ? 0 : steps.length == 1 ? ONE_OPERATION : CHAIN;
        assertThat(worst).isLessThanOrEqualTo(limit);
    }

    private static void apply(Canvas canvas, String[] step) {
        SplitMix64 random = SplitMix64.of(0);
        switch (step[0]) {
            case "crop" ->
                    canvas.crop(number(step[1]), number(step[2]), number(step[3]), number(step[4]));
            case "resize" -> canvas.resize(number(step[1]), number(step[2]), filter(step[3]));
            case "shorter" -> new Resize(number(step[1]), filter(step[2])).apply(canvas, random);
            case "centre" -> new CentreCrop(number(step[1]), number(step[2])).apply(canvas, random);
            case "flip" -> canvas.flip();
            case "brightness" -> canvas.brightness(Double.parseDouble(step[1]));
            case "contrast" -> canvas.contrast(Double.parseDouble(step[1]));
            case "saturation" -> canvas.saturation(Double.parseDouble(step[1]));
            case "hue" -> canvas.hue(Double.parseDouble(step[1]));
            case "grey" -> canvas.grey();
            case "solarise" -> canvas.solarise(Double.parseDouble(step[1]));
            case "blur" -> canvas.blur(number(step[1]), Double.parseDouble(step[2]));
            default -> throw new AssertionError(step[0]);
        }
    }

    private static int number(String text) {
        return Integer.parseInt(text);
    }

    private static Filter filter(String text) {
        return Filter.valueOf(text.replace("'", "").toUpperCase(Locale.ROOT));
    }
}
