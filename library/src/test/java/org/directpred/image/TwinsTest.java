package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The plain loops and those on the Vector API give the same pixels. */
class TwinsTest {
    /** Where the module is absent the plain loops are compared with themselves, repeated. */
    private static final Kernels OTHER =
            Fixtures.vectorModule() ? Fixtures.vectors() : new Kernels();

    private final Canvas plain = new Canvas(new Kernels());
    private final Canvas vector = new Canvas(OTHER);

    @Test
    void theVectorsAreChosenWhereTheModuleIs() {
        assertThat(Kernels.best().getClass()).isEqualTo(OTHER.getClass());
    }

    @Property(tries = 300)
    void geometryIsEqual(
            @ForAll @IntRange(min = 1, max = 70) int height,
            @ForAll @IntRange(min = 1, max = 70) int width,
            @ForAll @IntRange(min = 1, max = 70) int newHeight,
            @ForAll @IntRange(min = 1, max = 70) int newWidth,
            @ForAll Filter filter,
            @ForAll boolean flip,
            @ForAll boolean grey) {
        Image image = Fixtures.pattern(grey ? 1 : 3, height, width, height + width);
        for (Canvas canvas : new Canvas[] {plain, vector}) {
            canvas.reset(image);
            canvas.resize(newHeight, newWidth, filter);
            if (flip) {
                canvas.flip();
            }
        }
        assertEqual(0);
    }

    @Property(tries = 300)
    void colourIsEqual(
            @ForAll @IntRange(min = 1, max = 40) int height,
            @ForAll @IntRange(min = 1, max = 40) int width,
            @ForAll long seed,
            @ForAll boolean grey) {
        Image image = Fixtures.pattern(grey ? 1 : 3, height, width, height);
        for (Canvas canvas : new Canvas[] {plain, vector}) {
            SplitMix64 random = SplitMix64.of(seed);
            canvas.reset(image);
            new ColourJitter(0.8, 0.8, 0.8, 0.5).apply(canvas, random);
            new RandomGreyscale(0.2).apply(canvas, random);
            new Solarise(128, 0.2).apply(canvas, random);
        }
        assertEqual(0);
    }

    @Property(tries = 200)
    void blurIsNearlyEqual(
            @ForAll @IntRange(min = 12, max = 50) int height,
            @ForAll @IntRange(min = 12, max = 50) int width,
            @ForAll long seed) {
        Image image = Fixtures.pattern(3, height, width, width);
        for (Canvas canvas : new Canvas[] {plain, vector}) {
            canvas.reset(image);
            SplitMix64 random = SplitMix64.of(seed);
            new GaussianBlur(1 + 2 * random.nextInt(12), 0.1, 3).apply(canvas, random);
        }
        assertEqual(1e-4f);
    }

    private void assertEqual(float tolerance) {
        int count = plain.channels() * plain.height() * plain.width();
        assertThat(vector.channels() * vector.height() * vector.width()).isEqualTo(count);
        float[] expected = Arrays.copyOf(plain.values(), count);
        float[] found = Arrays.copyOf(vector.values(), count);
        for (int i = 0; i < count; i++) {
            if (Math.abs(found[i] - expected[i]) > tolerance) {
                assertThat(found).as("first difference at %d", i).isEqualTo(expected);
            }
        }
        // Rounding half to even: a blur may differ where it lies within the tolerance of a half.
        if (tolerance == 0) {
            assertThat(vector.toImage().pixels()).isEqualTo(plain.toImage().pixels());
        }
    }
}
