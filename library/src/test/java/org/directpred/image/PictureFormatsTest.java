package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

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
    void aMaskWithoutBitsIsCorrupt() {
        for (PictureFile file : files()) {
            if (file.name().equals("BMP 565 6")) {
                byte[] damaged = file.content().clone();
                // The header's 54 bytes, then the masks of red, green and blue.
                Arrays.fill(damaged, 58, 62, (byte) 0);
                assertThatThrownBy(() -> ImageDecoder.decode(damaged, "masks.bmp"))
                        .isInstanceOf(CorruptImageException.class)
                        .hasMessageContaining("masks.bmp");
                return;
            }
        }
        throw new AssertionError("no such fixture");
    }

    @Test
    void inksThatAdobesMarkerCallsTransformedAreRefusedInTiff() {
        for (PictureFile file : files()) {
            if (file.name().equals("TIFF CMYK jpeg")) {
                // Behind the directory, where no decoder looks: the marker is searched in all.
                byte[] marker = {-1, -18, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 2};
                byte[] marked = Arrays.copyOf(file.content(), file.content().length + 17);
                System.arraycopy(marker, 0, marked, file.content().length, marker.length);
                assertThatThrownBy(() -> ImageDecoder.decode(marked, "ycck.tif"))
                        .isInstanceOf(CorruptImageException.class)
                        .hasMessageContaining("ycck.tif")
                        .hasMessageContaining("YCCK");
                marked[marked.length - 2] = 0;
                assertThat(ImageDecoder.decode(marked, "cmyk.tif").raw()).isEqualTo(file.pixels());
                return;
            }
        }
        throw new AssertionError("no such fixture");
    }

    @Test
    void greyIsPillowsL() {
        for (PictureFile file : files()) {
            Image image = ImageDecoder.decode(file.content(), file.name());
            Image planar = new Image(3, image.height(), image.width(), image.pixels());
            byte[] expected = new byte[image.height() * image.width()];
            for (int i = 0; i < expected.length; i++) {
                int y = i / image.width();
                int x = i % image.width();
                double sum =
                        19595.0 * image.value(0, y, x)
                                + 38470.0 * image.value(1, y, x)
                                + 7471.0 * image.value(2, y, x);
                expected[i] = (byte) Math.floor(sum / 65536 + .5);
            }
            assertThat(image.toGrey().pixels()).isEqualTo(expected);
            assertThat(planar.toGrey().pixels()).isEqualTo(expected);
            assertThat(image.toGrey().channels()).isEqualTo(1);
        }
    }

    @Test
    void aFolderIsReadAsGrey(@TempDir Path folder) throws IOException {
        Path one = Files.createDirectories(folder.resolve("one"));
        Files.write(one.resolve("a.jpg"), Fixtures.resource("files/baseline420.jpg"));
        ImageSource colour = ImageFolder.of(folder);
        ImageSource grey = colour.asGrey();
        assertThat(grey.channels()).isEqualTo(1);
        assertThat(grey.read(0).pixels()).isEqualTo(colour.read(0).toGrey().pixels());
        assertThat(grey.classes()).containsExactly("one");
        assertThat(grey.asGrey()).isSameAs(grey);
        assertThat(grey.content(0)).isNotEqualTo(colour.content(0));
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
