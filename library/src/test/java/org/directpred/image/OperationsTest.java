package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

/**
 * Parameters follow their distributions. Seeds are fixed; the limits are five standard errors, so
 * that another seed would pass too.
 */
class OperationsTest {
    private static final int DRAWS = 20_000;

    @Test
    void cropsHaveTheirShareOfTheAreaAndTheirRatio() {
        RandomResizedCrop crop = RandomResizedCrop.to(96);
        double area = 0;
        double logRatio = 0;
        int narrow = 0;
        int atTop = 0;
        for (int i = 0; i < DRAWS; i++) {
            // An image so large that rounding and rejection hardly matter.
            RandomResizedCrop.Box box = crop.sample(4000, 4000, SplitMix64.of(1, i));
            double share = (double) box.height() * box.width() / (4000.0 * 4000);
            double ratio = (double) box.width() / box.height();
            assertThat(share).isBetween(0.0799, 1.0);
            assertThat(ratio).isBetween(0.749, 1.335);
            assertThat(box.top()).isBetween(0, 4000 - box.height());
            assertThat(box.left()).isBetween(0, 4000 - box.width());
            area += share < 0.5 ? 1 : 0;
            logRatio += share < 0.5 ? Math.log(ratio) : 0;
            narrow += share < 0.5 && ratio < 1 ? 1 : 0;
            atTop += box.top() < (4000 - box.height()) / 2.0 ? 1 : 0;
        }
        // Below half the area no ratio is ever rejected: there the two are independent. Above, the
        // ratio must suit the area, so fewer large crops remain than the uniform law has.
        double expected = expectedShareBelowHalf(crop);
        assertThat(area / DRAWS).isCloseTo(expected, within(5 * 0.5 / Math.sqrt(DRAWS)));
        assertThat(narrow / area).isCloseTo(0.5, within(5 * 0.5 / Math.sqrt(area)));
        assertThat(logRatio / area).isCloseTo(0, within(5 * 0.166 / Math.sqrt(area)));
        assertThat((double) atTop / DRAWS).isCloseTo(0.5, within(5 * 0.5 / Math.sqrt(DRAWS)));
    }

    /** By a fine grid over share and log-ratio, rejection included. */
    private static double expectedShareBelowHalf(RandomResizedCrop crop) {
        int steps = 2000;
        double below = 0;
        double accepted = 0;
        double low = Math.log(crop.narrowest());
        double high = Math.log(crop.widest());
        for (int i = 0; i < steps; i++) {
            double share = crop.smallest() + (crop.largest() - crop.smallest()) * (i + 0.5) / steps;
            for (int j = 0; j < steps; j++) {
                double ratio = Math.exp(low + (high - low) * (j + 0.5) / steps);
                if (share * ratio <= 1 && share / ratio <= 1) {
                    accepted++;
                    below += share < 0.5 ? 1 : 0;
                }
            }
        }
        return below / accepted;
    }

    @Test
    void aCropThatNeverFitsIsTheLargestAllowedInTheMiddle() {
        RandomResizedCrop crop = RandomResizedCrop.to(32).withScale(1, 1);
        assertThat(crop.sample(100, 1000, SplitMix64.of(0)))
                .isEqualTo(new RandomResizedCrop.Box(0, 433, 100, 133));
        assertThat(crop.sample(1000, 100, SplitMix64.of(0)))
                .isEqualTo(new RandomResizedCrop.Box(433, 0, 133, 100));
        assertThat(crop.withRatio(1, 1).sample(50, 50, SplitMix64.of(0)))
                .isEqualTo(new RandomResizedCrop.Box(0, 0, 50, 50));
    }

    @Test
    void allOrdersOfTheColourJitterAreEquallyFrequent() {
        Image image = new Image(3, 1, 1, new byte[] {120, 100, 80});
        List<String> order = new ArrayList<>();
        Canvas canvas = new Canvas(new Recording(order));
        Map<List<String>, Integer> orders = new HashMap<>();
        for (int i = 0; i < DRAWS; i++) {
            canvas.reset(image);
            order.clear();
            new ColourJitter(0.4, 0.4, 0.2, 0.1).apply(canvas, SplitMix64.of(2, i));
            orders.merge(List.copyOf(order), 1, Integer::sum);
        }
        assertThat(orders.keySet())
                .allSatisfy(
                        each ->
                                assertThat(each)
                                        .containsExactlyInAnyOrder(
                                                "brightness", "contrast", "saturation", "hue"));
        assertThat(orders).hasSize(24);
        double expected = DRAWS / 24.0;
        double chiSquare =
                orders.values().stream()
                        .mapToDouble(n -> (n - expected) * (n - expected) / expected)
                        .sum();
        // 23 degrees of freedom: the mean is 23, the deviation 6.8.
        assertThat(chiSquare).isLessThan(23 + 5 * 6.8);
    }

    @Test
    void thingsHappenWithTheirProbability() {
        Image image = new Image(1, 1, 2, new byte[] {10, (byte) 200});
        Canvas canvas = new Canvas();
        int flipped = 0;
        int brighter = 0;
        int solarised = 0;
        for (int i = 0; i < DRAWS; i++) {
            canvas.reset(image);
            new HorizontalFlip(0.5).apply(canvas, SplitMix64.of(3, i));
            flipped += canvas.values()[0] == 200 ? 1 : 0;
            canvas.reset(image);
            new ColourJitter(0.4, 0, 0, 0).withProbability(0.8).apply(canvas, SplitMix64.of(4, i));
            brighter += canvas.values()[0] != 10 ? 1 : 0;
            canvas.reset(image);
            new Solarise(128, 0.2).apply(canvas, SplitMix64.of(5, i));
            solarised += canvas.values()[1] == 55 ? 1 : 0;
        }
        assertThat((double) flipped / DRAWS).isCloseTo(0.5, within(5 * 0.5 / Math.sqrt(DRAWS)));
        assertThat((double) brighter / DRAWS).isCloseTo(0.8, within(5 * 0.4 / Math.sqrt(DRAWS)));
        assertThat((double) solarised / DRAWS).isCloseTo(0.2, within(5 * 0.4 / Math.sqrt(DRAWS)));
    }

    /** Writes down the colour operations that it is asked for. */
    private static final class Recording extends Kernels {
        private final List<String> asked;

        Recording(List<String> asked) {
            this.asked = asked;
        }

        @Override
        void affineClamped(float[] v, int from, int to, float scale, float shift) {
            // Contrast adds a part of the mean, brightness nothing.
            asked.add(shift == 0 ? "brightness" : "contrast");
            super.affineClamped(v, from, to, scale, shift);
        }

        @Override
        void saturation(float[] v, int plane, int from, int to, float factor) {
            asked.add("saturation");
            super.saturation(v, plane, from, to, factor);
        }

        @Override
        void hue(float[] v, int plane, int from, int to, float shift) {
            asked.add("hue");
            super.hue(v, plane, from, to, shift);
        }
    }

    @Test
    void jitterFactorsAreUniform() {
        // Alone, each shows its factor in the pixels: brightness in the value, contrast in the
        // difference of two pixels, saturation in that of two planes.
        Image one = new Image(1, 1, 1, new byte[] {100});
        Image two = new Image(1, 1, 2, new byte[] {110, (byte) 130});
        Image colour = new Image(3, 1, 1, new byte[] {110, 120, (byte) 130});
        for (double strength : new double[] {0.2, 0.8, 1.5}) {
            double low = Math.max(0, 1 - strength);
            uniform(new ColourJitter(strength, 0, 0, 0), one, v -> v[0] / 100, low, 1 + strength);
            uniform(
                    new ColourJitter(0, strength, 0, 0),
                    two,
                    v -> (v[1] - v[0]) / 20,
                    low,
                    1 + strength);
            uniform(
                    new ColourJitter(0, 0, strength, 0),
                    colour,
                    v -> (v[2] - v[0]) / 20,
                    low,
                    1 + strength);
        }
    }

    @Test
    void theHueTurnsUniformlyEitherWay() {
        // From pure red by a sixth of the circle, green or blue rises in proportion.
        Image red = new Image(3, 1, 1, new byte[] {(byte) 200, 100, 100});
        for (double hue : new double[] {0.1, 0.15}) {
            uniform(new ColourJitter(0, 0, 0, hue), red, v -> (v[1] - v[2]) / 600, -hue, hue);
        }
    }

    @Test
    void theBlursDeviationIsUniform() {
        // A point's neighbour has exp(-1 / (2 sigma^2)) of what the point keeps.
        byte[] point = new byte[121];
        point[5 * 11 + 5] = (byte) 255;
        uniform(
                new GaussianBlur(9, 0.5, 2),
                new Image(1, 11, 11, point),
                v -> Math.sqrt(-0.5 / Math.log(v[5 * 11 + 6] / v[5 * 11 + 5])),
                0.5,
                2);
    }

    @Test
    void greyIsAsFrequentAsItsProbability() {
        Image image = new Image(3, 1, 1, new byte[] {10, (byte) 200, 30});
        Canvas canvas = new Canvas();
        int grey = 0;
        for (int i = 0; i < DRAWS; i++) {
            canvas.reset(image);
            new RandomGreyscale(0.2).apply(canvas, SplitMix64.of(9, i));
            float[] values = canvas.values();
            boolean equal = values[0] == values[1] && values[1] == values[2];
            assertThat(equal || (values[0] == 10 && values[1] == 200 && values[2] == 30)).isTrue();
            grey += equal ? 1 : 0;
        }
        assertThat((double) grey / DRAWS).isCloseTo(0.2, within(5 * 0.4 / Math.sqrt(DRAWS)));
    }

    /** What an operation drew, seen in the pixels, is uniform on a range. */
    private static void uniform(
            Operation operation,
            Image image,
            ToDoubleFunction<float[]> drawn,
            double low,
            double high) {
        Canvas canvas = new Canvas();
        double middle = (low + high) / 2;
        double sum = 0;
        double squares = 0;
        double least = Double.MAX_VALUE;
        double most = -Double.MAX_VALUE;
        for (int i = 0; i < DRAWS; i++) {
            canvas.reset(image);
            operation.apply(canvas, SplitMix64.of(6, i));
            double value = drawn.applyAsDouble(canvas.values());
            least = Math.min(least, value);
            most = Math.max(most, value);
            sum += value - middle;
            squares += (value - middle) * (value - middle);
        }
        double width = high - low;
        double deviation = width / Math.sqrt(12);
        String name = operation.toString();
        // Both ends are reached within 20 of the mean gaps between draws.
        assertThat(least).as(name).isBetween(low - 1e-4, low + 20 * width / DRAWS + 1e-4);
        assertThat(most).as(name).isBetween(high - 20 * width / DRAWS - 1e-4, high + 1e-4);
        assertThat(sum / DRAWS).as(name).isCloseTo(0, within(5 * deviation / Math.sqrt(DRAWS)));
        // The square of a uniform variable around its middle deviates by width^2 / sqrt(180).
        assertThat(squares / DRAWS)
                .as(name)
                .isCloseTo(
                        deviation * deviation,
                        within(5 * width * width / Math.sqrt(180.0 * DRAWS)));
    }

    @Test
    void generatorsOfNeighbouringKeysAreUnrelated() {
        double sum = 0;
        double product = 0;
        for (int i = 0; i < DRAWS; i++) {
            double a = Views.generator(7, 0, i, 0).nextDouble() - 0.5;
            double b = Views.generator(7, 0, i, 1).nextDouble() - 0.5;
            double c = Views.generator(7, 1, i, 0).nextDouble() - 0.5;
            sum += a;
            product += a * b + a * c;
        }
        assertThat(sum / DRAWS).isCloseTo(0, within(5 * 0.289 / Math.sqrt(DRAWS)));
        assertThat(product / DRAWS).isCloseTo(0, within(5 * 0.118 / Math.sqrt(DRAWS)));
        assertThat(SplitMix64.of(1, 2).nextLong()).isNotEqualTo(SplitMix64.of(2, 1).nextLong());
        assertThat(SplitMix64.of(1, 2).nextLong()).isEqualTo(SplitMix64.of(1, 2).nextLong());
    }

    @Test
    void aCellsOwnOperationTakesPartAndEveryStepCanBeSeen() {
        Operation darker =
                (canvas, random) -> {
                    float[] values = canvas.values();
                    for (int i = 0; i < canvas.channels() * canvas.height() * canvas.width(); i++) {
                        values[i] /= 2;
                    }
                };
        Augmentation augmentation =
                Augmentation.of(RandomResizedCrop.to(24), new GaussianBlur(5, 1, 1)).then(darker);
        Image image = Fixtures.pattern(3, 40, 50, 1);
        List<Augmentation.Step> steps = augmentation.steps(image, SplitMix64.of(8));
        assertThat(steps).hasSize(4);
        assertThat(steps.get(1).name()).startsWith("RandomResizedCrop[height=24, width=24");
        assertThat(steps.get(3).image().value(1, 5, 5))
                .isCloseTo(steps.get(2).image().value(1, 5, 5) / 2, within(1));
        assertThat(augmentation.view(image, SplitMix64.of(8)).pixels())
                .isEqualTo(steps.get(3).image().pixels());
        assertThat(ImageGrid.ofSteps(image, augmentation, SplitMix64.of(8), 2).getWidth())
                .isEqualTo(4 * (100 + 2) + 2);
    }

    @Test
    void everyRecipeMakesViewsOfItsSize() {
        Image photograph = Fixtures.pattern(3, 300, 260, 2);
        List<Views> recipes =
                List.of(
                        Views.stl10(),
                        Views.cifar(),
                        Views.byolImageNet(),
                        Views.simSiamImageNet());
        int[] sides = {96, 32, 224, 224};
        for (int i = 0; i < sides.length; i++) {
            for (int view = 0; view < 2; view++) {
                Image made = recipes.get(i).view(photograph, 1, 2, 3, view);
                assertThat(List.of(made.channels(), made.height(), made.width()))
                        .containsExactly(3, sides[i], sides[i]);
            }
            Image first = recipes.get(i).view(photograph, 1, 2, 3, 0);
            assertThat(first.pixels())
                    .isNotEqualTo(recipes.get(i).view(photograph, 1, 2, 3, 1).pixels());
        }
        Image plain = Views.byolImageNet().plain().view(photograph, SplitMix64.of(0));
        assertThat(plain.height()).isEqualTo(224);
        assertThat(plain.width()).isEqualTo(224);
        assertThat(Views.byolImageNet().plain().view(photograph, SplitMix64.of(1)).pixels())
                .isEqualTo(plain.pixels());
    }

    @Test
    void theRecipesAreTheirSources() {
        assertThat(Views.stl10().first().operations())
                .containsExactly(
                        new RandomResizedCrop(96, 96, .08, 1, .75, 4 / 3.0, Filter.BILINEAR),
                        new HorizontalFlip(.5),
                        new RandomApply(new ColourJitter(.8, .8, .8, .2), .8),
                        new RandomGreyscale(.2),
                        new GaussianBlur(9, .1, 2));
        assertThat(Views.stl10().second()).isEqualTo(Views.stl10().first());
        assertThat(Views.stl10().first().normalisation()).isEqualTo(Normalisation.NONE);
        List<Operation> second = new ArrayList<>(Views.byolImageNet().second().operations());
        assertThat(second)
                .contains(
                        new RandomApply(new GaussianBlur(23, .1, 2), .1),
                        new Solarise(128, .2),
                        new RandomApply(new ColourJitter(.4, .4, .2, .1), .8));
        assertThat(Views.byolImageNet().first().operations())
                .contains(new RandomApply(new GaussianBlur(23, .1, 2), 1), new Solarise(128, 0));
        assertThat(Views.cifar().first().operations()).noneMatch(GaussianBlur.class::isInstance);
        assertThat(Views.fashionMnist().first().operations().get(0))
                .isEqualTo(RandomResizedCrop.to(28).withScale(.2, 1));
    }

    @Test
    void impossibleParametersAreNamed() {
        refuses(() -> RandomResizedCrop.to(0), "height", "0");
        refuses(() -> RandomResizedCrop.to(8).withScale(.5, 1.5), "largest share", "1.5");
        refuses(() -> RandomResizedCrop.to(8).withScale(.5, .2), "share");
        refuses(() -> RandomResizedCrop.to(8).withRatio(2, 1), "ratio");
        refuses(() -> new HorizontalFlip(1.1), "probability", "1.1");
        refuses(() -> new HorizontalFlip(Double.NaN), "probability", "NaN");
        refuses(() -> new ColourJitter(-1, 0, 0, 0), "brightness", "-1");
        refuses(() -> new ColourJitter(0, 0, 0, .6), "hue", "0.6");
        refuses(() -> new GaussianBlur(4, .1, 2), "odd", "4");
        refuses(() -> new GaussianBlur(5, 0, 2), "sigma");
        refuses(() -> new Normalisation(List.of(0.), List.of(0.)), "deviation", "0.0");
        refuses(() -> new Normalisation(List.of(0., 1.), List.of(1.)), "2 and 1");
        Canvas canvas = Canvas.of(Fixtures.pattern(3, 8, 9, 0));
        refuses(() -> canvas.crop(0, 0, 9, 9), "9 x 9", "8 x 9");
        refuses(() -> canvas.blur(17, 1), "17 taps", "8 x 9");
        refuses(() -> canvas.hue(.7), "0.7");
        refuses(
                () ->
                        new Views("v", Augmentation.of(), Augmentation.of(), Augmentation.of())
                                .first()
                                .size(new Differing()),
                "differ in size");
    }

    private static void refuses(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... words) {
        assertThatThrownBy(call)
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(
                        thrown -> {
                            for (String word : words) {
                                assertThat(thrown).hasMessageContaining(word);
                            }
                        });
    }

    /** Images of many sizes. */
    private static final class Differing implements ImageSource {
        @Override
        public String name() {
            return "differing";
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public int channels() {
            return 3;
        }

        @Override
        public int height() {
            return VARIABLE;
        }

        @Override
        public int width() {
            return VARIABLE;
        }

        @Override
        public List<String> classes() {
            return List.of();
        }

        @Override
        public int label(int index) {
            return UNLABELLED;
        }

        @Override
        public Image read(int index) {
            return new Image(3, 1, 1, new byte[3]);
        }
    }

    @Test
    void checkpointsKnowViewsByTheTextThatTheyAlwaysHad() {
        // Folders of earlier versions go on only if this text stays, whatever classes are called.
        assertThat(Views.cifar().first().toString())
                .isEqualTo(
                        "Augmentation[operations=[RandomResizedCrop[height=32, width=32, smallest=0.08, largest=1.0, narrowest=0.75, widest=1.3333333333333333, filter=BILINEAR], HorizontalFlip[probability=0.5], Sometimes[operation=ColourJitter[brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1], probability=0.8], RandomGrey[probability=0.2]], normalisation=Normalisation[mean=[0.4914, 0.4822, 0.4465], deviation=[0.2023, 0.1994, 0.201]]]");
    }

    @Test
    void anOperationWithAMemoryIsNamed() {
        ImageSource images = ColourPatches.test();
        Views steady =
                Views.of(
                        "mine",
                        Augmentation.of(Operation.named("invert", (c, r) -> c.solarise(0))));
        steady.requireRepeatable("the folder f", images);
        int[] count = {0};
        Operation counting =
                Operation.named("sometimes", (c, r) -> c.solarise(count[0]++ % 3 == 0 ? 0 : 300));
        Views forgetful =
                new Views("mine", steady.first(), Augmentation.of(counting), steady.plain());
        assertThatThrownBy(() -> forgetful.requireRepeatable("the folder f", images))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the folder f cannot draw the views 'mine' again")
                .hasMessageContaining("the operation \"sometimes\"");
        Views elsewhere =
                Views.of(
                        "mine",
                        Augmentation.of(
                                (c, r) -> c.solarise(ThreadLocalRandom.current().nextDouble(256))));
        assertThatThrownBy(() -> elsewhere.requireRepeatable("the folder f", images))
                .hasMessageContaining("gave two results for one image and one generator");
    }
}
