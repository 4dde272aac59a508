package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * PNG, GIF, BMP, TIFF and WebP files of every depth, colour, orientation and compression give
 * Pillow's pixels; src/test/python/image/make_picture_fixtures.py wrote them.
 */
class PictureFormatsTest {
    /**
     * Levels of 255 by which WebP with loss may differ: TwelveMonkeys smooths the borders of blocks
     * as it goes, not after the frame. At quality 95 there is nothing to smooth.
     */
    private static final double LOSSY_MEAN = 5;

    private static final int LOSSY_WORST = 40;

    private static List<PictureFile> files() {
        return PictureFile.of("files/pictures.gz");
    }

    @TestFactory
    Stream<DynamicTest> pixelsArePillows() {
        return files().stream().map(file -> dynamicTest(file.name(), () -> check(file)));
    }

    private static void check(PictureFile file) {
        Image image = ImageDecoder.decode(file.content(), file.name());
        assertThat(image.height()).isEqualTo(file.height());
        assertThat(image.width()).isEqualTo(file.width());
        if (!file.name().startsWith("lossy") || file.name().endsWith("95")) {
            assertThat(image.raw()).isEqualTo(file.pixels());
            return;
        }
        double sum = 0;
        int worst = 0;
        for (int i = 0; i < file.pixels().length; i++) {
            int difference = Math.abs((image.raw()[i] & 0xff) - (file.pixels()[i] & 0xff));
            sum += difference;
            worst = Math.max(worst, difference);
        }
        assertThat(sum / file.pixels().length).isLessThan(LOSSY_MEAN);
        assertThat(worst).isLessThan(LOSSY_WORST);
    }

    @Test
    void everyFormatIsThere() {
        for (String format : List.of("PNG", "GIF", "BMP", "TIFF", "WebP", "lossy WebP")) {
            assertThat(files())
                    .filteredOn(file -> file.name().startsWith(format))
                    .hasSizeGreaterThan(9);
        }
    }
}
