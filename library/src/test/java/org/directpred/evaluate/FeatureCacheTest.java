package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.directpred.image.Augmentation;
import org.directpred.image.CentreCrop;
import org.directpred.image.FashionMnist;
import org.directpred.image.Image;
import org.directpred.image.ImageFolder;
import org.directpred.image.ImageSource;
import org.directpred.image.TarImages;
import org.directpred.image.Views;
import org.directpred.network.Backbone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of features is refused for any image that is another one, wherever it stands. */
class FeatureCacheTest {
    private static final Views AS_THEY_ARE = Views.of("as they are", Augmentation.of());
    private static final Views LARGE = crop(28);
    private static final Views SMALL = crop(4);

    @TempDir private Path folder;

    private static Views crop(int side) {
        Augmentation crop = Augmentation.of(new CentreCrop(side, side));
        return Views.of("crop", crop).withPlain(crop);
    }

    /** The mean of each image. */
    private static final class Means implements Backbone {
        @Override
        public NDArray features(NDArray images) {
            long n = images.getShape().get(0);
            return images.reshape(new Shape(n, images.getShape().size() / n))
                    .mean(new int[] {1}, true);
        }

        @Override
        public int dimension() {
            return 1;
        }

        @Override
        public Device device() {
            return Device.cpu();
        }

        @Override
        public String description() {
            return "means";
        }
    }

    /** A source of a user's own in which two images may be exchanged. */
    private record Own(int size, int side, int one, int other) implements ImageSource {
        private static final ImageSource FASHION = FashionMnist.embeddedTest();

        @Override
        public String name() {
            return "mine";
        }

        @Override
        public int channels() {
            return 1;
        }

        @Override
        public int height() {
            return side;
        }

        @Override
        public int width() {
            return side;
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
            int which = index == one ? other : index == other ? one : index;
            return FASHION.read(which % FASHION.size());
        }
    }

    private Features extract(ImageSource images, String file) {
        return Features.extract(new Means(), images, AS_THEY_ARE, folder.resolve(file));
    }

    private void refuses(ImageSource images, String file, String... words) {
        assertThatThrownBy(() -> extract(images, file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(file)
                .hasMessageContainingAll(words)
                .hasMessageContaining("Delete it or name another file");
    }

    @Test
    void exchangedRowsOfALargeSourceOfAUsersOwnAreSeen() {
        Features before = extract(new Own(5000, 28, 0, 0), "f");
        assertThat(extract(new Own(5000, 28, 0, 0), "f").row(4001)).isEqualTo(before.row(4001));
        refuses(new Own(5000, 28, 4001, 4003), "f", "image 4001 of 'mine'");
    }

    @Test
    void exchangedRowsOfASourceOfSeveralSizesAreSeen() {
        ImageSource variable = new Own(300, ImageSource.VARIABLE, 0, 0);
        Features.extract(new Means(), variable, LARGE, folder.resolve("g"));
        assertThatThrownBy(
                        () ->
                                Features.extract(
                                        new Means(),
                                        new Own(300, ImageSource.VARIABLE, 200, 202),
                                        LARGE,
                                        folder.resolve("g")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("image 200");
    }

    @Test
    void exchangedMembersOfATarAndFilesOfAFolderAreSeen() throws IOException {
        Path root = Files.createDirectories(folder.resolve("set/a")).getParent();
        for (int i = 0; i < 100; i++) {
            Files.write(root.resolve("a/%03d.bmp".formatted(i)), bmp(i));
        }
        Path tar = folder.resolve("s.tar");
        Files.write(tar, tar(root));
        Features.extract(new Means(), ImageFolder.of(root), SMALL, folder.resolve("of folder"));
        Features.extract(
                new Means(), TarImages.shards(List.of(tar)), SMALL, folder.resolve("of tar"));
        Files.write(root.resolve("a/098.bmp"), bmp(99));
        Files.write(root.resolve("a/099.bmp"), bmp(98));
        Files.write(tar, tar(root));
        for (Map.Entry<String, ImageSource> each :
                Map.of(
                                "of folder",
                                (ImageSource) ImageFolder.of(root),
                                "of tar",
                                TarImages.shards(List.of(tar)))
                        .entrySet()) {
            Path file = folder.resolve(each.getKey());
            assertThatThrownBy(() -> Features.extract(new Means(), each.getValue(), SMALL, file))
                    .as(each.getKey())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("image 98");
        }
    }

    /** More files than an identity reads. */
    @Test
    void exchangedFilesOfALargeFolderAreSeen() throws IOException {
        Path root = Files.createDirectories(folder.resolve("set/a")).getParent();
        for (int i = 0; i < 4100; i++) {
            Files.write(root.resolve("a/%04d.bmp".formatted(i)), bmp(i % 250));
        }
        Path file = folder.resolve("f");
        Features.extract(new Means(), ImageFolder.of(root), SMALL, file);
        Files.write(root.resolve("a/4001.bmp"), bmp(4003 % 250));
        Files.write(root.resolve("a/4003.bmp"), bmp(4001 % 250));
        assertThatThrownBy(() -> Features.extract(new Means(), ImageFolder.of(root), SMALL, file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("image 4001");
    }

    private static byte[] bmp(int grey) throws IOException {
        BufferedImage picture = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 16; i++) {
            picture.setRGB(i % 4, i / 4, grey * 0x010101);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(picture, "bmp", out);
        return out.toByteArray();
    }

    /** A ustar archive of the files of a class. */
    private static byte[] tar(Path root) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < 100; i++) {
            String name = "%03d.bmp".formatted(i);
            byte[] content = Files.readAllBytes(root.resolve("a/" + name));
            byte[] header = new byte[512];
            put(header, 0, name);
            put(header, 124, "%011o".formatted(content.length));
            header[156] = '0';
            put(header, 148, "        ");
            int sum = 0;
            for (byte b : header) {
                sum += b & 0xff;
            }
            put(header, 148, "%06o\0 ".formatted(sum));
            out.writeBytes(header);
            out.writeBytes(content);
            out.writeBytes(new byte[(512 - content.length % 512) % 512]);
        }
        out.writeBytes(new byte[1024]);
        return out.toByteArray();
    }

    private static void put(byte[] block, int at, String text) {
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, block, at, bytes.length);
    }
}
