package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The operations of others' programs: DeepMind's, SimSiam's and the authors'.
 * src/test/python/image/make_coded_view_fixtures.py wrote the references, with NumPy, Pillow and
 * torchvision.
 */
class CodedViewsTest {
    private static final double ONE_OPERATION = 0.05;

    @TestFactory
    Stream<DynamicTest> likeTheProgramsOfOthers() throws IOException {
        JsonNode records = new ObjectMapper().readTree(Fixtures.resource("coded/views.json"));
        assertThat(records).hasSize(54);
        return Fixtures.kernels().stream()
                .flatMap(
                        kernels ->
                                StreamSupport.stream(records.spliterator(), false)
                                        .map(
                                                r ->
                                                        dynamicTest(
                                                                kernels.name() + ": " + name(r),
                                                                () -> check(r, kernels))));
    }

    private static String name(JsonNode r) {
        return r.get("operation").asText() + r.get("parameters") + " of " + r.get("image");
    }

    private static void check(JsonNode record, Kernels kernels) {
        JsonNode size = record.get("image");
        Image image =
                Fixtures.pattern(
                        size.get(0).asInt(),
                        size.get(1).asInt(),
                        size.get(2).asInt(),
                        size.get(3).asInt());
        Canvas canvas = new Canvas(kernels).reset(image);
        JsonNode p = record.get("parameters");
        String operation = record.get("operation").asText();
        switch (operation) {
            case "brighten" -> canvas.brighten(p.get(0).asDouble());
            case "contrastOfChannels" -> canvas.contrastOfChannels(p.get(0).asDouble());
            case "saturationOfHsv" -> canvas.saturationOfHsv(p.get(0).asDouble());
            case "blurOnBlack" -> canvas.blurOnBlack(p.get(0).asInt(), p.get(1).asDouble());
            case "boxBlur" -> canvas.boxBlur(p.get(0).asDouble());
            case "blur and truncate" -> {
                canvas.blur(p.get(0).asInt(), p.get(1).asDouble());
                canvas.truncate();
            }
            default -> throw new AssertionError(operation);
        }
        float[] found = canvas.values();
        JsonNode expected = record.get("values");
        int parted = 0;
        for (int i = 0; i < expected.size(); i++) {
            double difference = found[i] - expected.get(i).asDouble();
            switch (operation) {
                case "boxBlur" -> assertThat(difference).as("value %d", i).isZero();
                case "blur and truncate" -> {
                    // A sum that is whole but for its last digit falls to either side.
                    assertThat(Math.abs(difference)).isIn(0.0, 1.0);
                    parted += difference == 0 ? 0 : 1;
                }
                default -> assertThat(difference).isCloseTo(0, within(ONE_OPERATION));
            }
        }
        assertThat(parted).isLessThanOrEqualTo(expected.size() / 100);
    }

    @Test
    void truncationIsHalfALevelDarkerInTheMean() {
        Image image = Fixtures.pattern(3, 96, 96, 5);
        Canvas plain = Canvas.of(image);
        plain.blur(9, 1.3);
        double before = mean(plain, 3 * 96 * 96);
        plain.truncate();
        assertThat(mean(plain, 3 * 96 * 96) - before).isCloseTo(-.5, within(.02));
    }

    private static double mean(Canvas canvas, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += canvas.values()[i];
        }
        return sum / count;
    }

    @Test
    void aBlackBorderDarkensTheEdgeAndNotTheMiddle() {
        byte[] white = new byte[3 * 40 * 40];
        Arrays.fill(white, (byte) 255);
        Canvas canvas = Canvas.of(new Image(3, 40, 40, white));
        canvas.blurOnBlack(23, 2);
        assertThat(canvas.values()[0]).isLessThan(100);
        assertThat(canvas.values()[20 * 40 + 20]).isCloseTo(255f, within(.01f));
    }

    @Test
    void presetsAreNamedAndDrawEachParameterInItsRange() {
        assertThat(Views.stl10AsCoded().first().operations())
                .startsWith(Views.stl10().first().operations().toArray(new Operation[0]))
                .endsWith(new Truncate());
        assertThat(Views.byolImageNetAsCoded().first().operations())
                .contains(
                        new ByolJitter(.4, .4, .2, .1).withProbability(.8),
                        new BlackBorderBlur(23, .1, 2).withProbability(1),
                        new Solarise(127.5, 0));
        assertThat(Views.byolImageNetAsCoded().second().operations())
                .contains(
                        new BlackBorderBlur(23, .1, 2).withProbability(.1),
                        new Solarise(127.5, .2));
        assertThat(Views.simSiamImageNetAsCoded().first().operations())
                .contains(new PillowBlur(.1, 2).withProbability(.5));
        assertThat(Views.simSiamImageNet().first().operations())
                .contains(new GaussianBlur(23, .1, 2).withProbability(.5));
        Image image = Fixtures.pattern(3, 96, 96, 1);
        for (Views views :
                List.of(
                        Views.stl10AsCoded(),
                        Views.byolImageNetAsCoded(),
                        Views.simSiamImageNetAsCoded())) {
            for (int view = 0; view < 2; view++) {
                assertThat(views.view(image, 1, 0, 0, view).pixels())
                        .isEqualTo(views.view(image, 1, 0, 0, view).pixels());
            }
        }
    }

    @Test
    void byolsBrightnessIsAddedUniformlyOnItsRange() {
        byte[] grey = new byte[4];
        Arrays.fill(grey, (byte) 128);
        double least = 255;
        double most = 0;
        double sum = 0;
        for (int i = 0; i < 4000; i++) {
            Canvas canvas = new Canvas(new Kernels()).reset(new Image(1, 2, 2, grey));
            new ByolJitter(.4, 0, 0, 0).apply(canvas, SplitMix64.of(3, i));
            double value = canvas.values()[0];
            least = Math.min(least, value);
            most = Math.max(most, value);
            sum += value;
        }
        assertThat(least).isBetween(26.0, 27.0);
        assertThat(most).isBetween(229.0, 230.0);
        assertThat(sum / 4000).isCloseTo(128, within(5 * 58.9 / Math.sqrt(4000)));
    }

    @Test
    void badParametersAreNamed() {
        assertThatThrownBy(() -> new ByolJitter(1.2, 0, 0, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("brightness");
        assertThatThrownBy(() -> new ByolJitter(0, 0, 0, .6))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("hue");
        assertThatThrownBy(() -> new BlackBorderBlur(4, .1, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("odd");
        assertThatThrownBy(() -> new PillowBlur(.1, 1000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sigma");
        assertThatThrownBy(() -> Canvas.of(Fixtures.pattern(3, 8, 8, 0)).boxBlur(Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN");
    }
}
