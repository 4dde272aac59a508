package org.directpred.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.directpred.image.CorruptImageException;
import org.directpred.image.FashionMnist;
import org.directpred.image.Image;
import org.directpred.image.ImageSource;
import org.directpred.image.Views;
import org.directpred.network.Backbone;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class FeaturesTest {
    private static final Views PLAIN = Views.fashionMnist();

    /** Means of four quarters of the image, times a weight. */
    private record Quarters(float weight) implements Backbone {
        @Override
        public NDArray features(NDArray images) {
            assertThat(Thread.currentThread().getName()).contains("training");
            long n = images.getShape().get(0);
            return images.reshape(new Shape(n, 4, images.getShape().size() / n / 4))
                    .mean(new int[] {2})
                    .mul(weight);
        }

        @Override
        public int dimension() {
            return 4;
        }

        @Override
        public Device device() {
            return Device.cpu();
        }

        @Override
        public String description() {
            return "quarters";
        }
    }

    @Test
    void featuresAreThoseOfEachImageInOrder() {
        ImageSource images = FashionMnist.embeddedTest().first(600);
        Features features = Features.extract(new Quarters(2), images, PLAIN);
        assertThat(features.size()).isEqualTo(600);
        assertThat(features.dimension()).isEqualTo(4);
        assertThat(features.provenance()).contains("quarters", images.name());
        for (int i : new int[] {0, 255, 256, 599}) {
            byte[] pixels = images.read(i).pixels();
            float sum = 0;
            for (int j = 0; j < 196; j++) {
                sum += ((pixels[j] & 0xff) / 255f - 0.286f) / 0.353f;
            }
            assertThat(features.row(i)[0]).isCloseTo(2 * sum / 196, within(1e-4f));
            assertThat(features.label(i)).isEqualTo(images.label(i));
        }
    }

    @Test
    void pixelsAreScaledToOne() {
        ImageSource images = FashionMnist.embeddedTest().first(20);
        Features pixels = Features.ofPixels(images);
        assertThat(pixels.dimension()).isEqualTo(784);
        assertThat(pixels.row(3)[400]).isEqualTo(images.read(3).value(0, 14, 8) / 255f);
        assertThat(pixels.classes()).isEqualTo(FashionMnist.CLASSES);
    }

    @Test
    void aFileHoldsTheSameFeatures(@TempDir Path folder) {
        ImageSource images = FashionMnist.embeddedTest().first(300);
        Path file = folder.resolve("new").resolve("test.safetensors");
        Features written = Features.extract(new Quarters(1), images, PLAIN, file);
        Features again = Features.extract(new Quarters(1), images, PLAIN, file);
        Features direct = Features.extract(new Quarters(1), images, PLAIN);
        for (Features features : List.of(written, again, Features.load(file))) {
            assertThat(features.labels()).isEqualTo(direct.labels());
            assertThat(features.classes()).isEqualTo(direct.classes());
            assertThat(features.provenance()).isEqualTo(direct.provenance());
            for (int i = 0; i < 300; i++) {
                assertThat(features.row(i)).isEqualTo(direct.row(i));
            }
        }
        assertThat(folder.resolve("new")).isDirectoryContaining(file::equals);
    }

    @Test
    void aFileOfOtherFeaturesIsRefused(@TempDir Path folder) {
        ImageSource images = FashionMnist.embeddedTest().first(100);
        Path file = folder.resolve("test.safetensors");
        Features.extract(new Quarters(1), images, PLAIN, file);
        assertThatThrownBy(() -> Features.extract(new Quarters(1.5f), images, PLAIN, file))
                .hasMessageContaining(file.toString())
                .hasMessageContaining("other weights");
        assertThatThrownBy(() -> Features.extract(new Quarters(1), images.first(50), PLAIN, file))
                .hasMessageContaining("there were 100, and there are 50")
                .hasMessageContaining("Delete it or name another file");
    }

    @Test
    void exchangedRowsOfTheSourceAreSeenBehindTheFirstToo(@TempDir Path folder) {
        int[] order = IntStream.range(0, 200).toArray();
        ImageSource images = FashionMnist.embeddedTest().subset(order);
        Path file = folder.resolve("test.safetensors");
        Features.extract(new Quarters(1), images, PLAIN, file);
        order[150] = 170;
        order[170] = 150;
        ImageSource exchanged = FashionMnist.embeddedTest().subset(order);
        assertThat(exchanged.name()).isEqualTo(images.name());
        assertThatThrownBy(() -> Features.extract(new Quarters(1), exchanged, PLAIN, file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("the first that differs is image 150");
    }

    @Test
    void theSameImagesUnderAnotherNameAreTakenFromTheFile(@TempDir Path folder) {
        ImageSource images = FashionMnist.embeddedTest().first(70);
        Path file = folder.resolve("test.safetensors");
        Features before = Features.extract(new Quarters(1), images, PLAIN, file);
        Features now = Features.extract(new Quarters(1), images.withName("mine"), PLAIN, file);
        assertThat(now.provenance()).isEqualTo("quarters on mine");
        assertThat(now.row(69)).isEqualTo(before.row(69));
    }

    @Test
    void aFileThatDoesNotSayOfWhichImagesIsNoCache(@TempDir Path folder) {
        ImageSource images = FashionMnist.embeddedTest().first(70);
        Path file = folder.resolve("test.safetensors");
        Features.extract(new Quarters(1), images, PLAIN).save(file);
        assertThatThrownBy(() -> Features.extract(new Quarters(1), images, PLAIN, file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("does not say of which images")
                .hasMessageContaining("Delete it or name another file");
    }

    @Test
    void corruptImagesAreLeftOut(@TempDir Path folder) {
        ImageSource whole = FashionMnist.embeddedTest().first(40);
        ImageSource holed =
                new ImageSource() {
                    @Override
                    public String name() {
                        return "holed";
                    }

                    @Override
                    public int size() {
                        return 40;
                    }

                    @Override
                    public int channels() {
                        return 1;
                    }

                    @Override
                    public int height() {
                        return 28;
                    }

                    @Override
                    public int width() {
                        return 28;
                    }

                    @Override
                    public List<String> classes() {
                        return whole.classes();
                    }

                    @Override
                    public int label(int index) {
                        return whole.label(index);
                    }

                    @Override
                    public Image read(int index) {
                        if (index == 7) {
                            throw new CorruptImageException(
                                    "holed", 7, "a picture", "a tear", null);
                        }
                        return whole.read(index);
                    }
                };
        Features all = Features.extract(new Quarters(1), whole, PLAIN);
        for (Features features :
                List.of(
                        Features.extract(new Quarters(1), holed, PLAIN),
                        Features.extract(new Quarters(1), holed, PLAIN, folder.resolve("holed")))) {
            assertThat(features.size()).isEqualTo(39);
            assertThat(features.row(6)).isEqualTo(all.row(6));
            assertThat(features.row(7)).isEqualTo(all.row(8));
            assertThat(features.label(38)).isEqualTo(all.label(39));
        }
    }

    @Test
    void aBackboneThatBreaksItsWordIsNamed() {
        Backbone liar =
                new Backbone() {
                    @Override
                    public NDArray features(NDArray images) {
                        return images;
                    }

                    @Override
                    public int dimension() {
                        return 5;
                    }

                    @Override
                    public Device device() {
                        return Device.cpu();
                    }

                    @Override
                    public String description() {
                        return "a liar";
                    }
                };
        assertThatThrownBy(
                        () -> Features.extract(liar, FashionMnist.embeddedTest().first(3), PLAIN))
                .hasMessageContaining("a liar")
                .hasMessageContaining("(3, 5)")
                .hasMessageContaining("(3, 1, 28, 28)");
    }

    @Test
    void malformedFilesAreNamed(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("features.safetensors");
        Files.write(file, new byte[] {1, 2, 3});
        assertThatThrownBy(() -> Features.load(file))
                .hasMessageContaining(file.toString())
                .hasMessageContaining("3 bytes where 8 are needed");
        write(
                file,
                "{\"features\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}",
                24);
        assertThatThrownBy(() -> Features.load(file)).hasMessageContaining("no tensor 'labels'");
        String header =
                "{\"features\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                        + "\"labels\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[24,32]}}";
        write(file, header, 20);
        assertThatThrownBy(() -> Features.load(file)).hasMessageContaining("bytes where");
        write(file, header, 32);
        Features features = Features.load(file);
        assertThat(features.classes()).containsExactly("0");
        assertThat(features.row(1)).containsExactly(0, 0, 0);
        write(file, header.replace("[0,24]", "[0,28]"), 32);
        assertThatThrownBy(() -> Features.load(file)).hasMessageContaining("0 to 28");
        assertThatThrownBy(() -> Features.load(folder.resolve("none")))
                .hasMessageContaining("none");
    }

    private static void write(Path file, String header, int data) throws Exception {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + text.length + data).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(text.length).put(text);
        byte[] all = new byte[bytes.capacity()];
        bytes.get(0, all);
        Files.write(file, all);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void exportedFilesAreReadableByWhomNewFilesAre(@TempDir Path folder) throws Exception {
        Path ordinary = Files.createFile(folder.resolve("ordinary"));
        Features features =
                Features.of(new float[] {1, 2, 3, 4}, new int[] {0, 1}, List.of("a", "b"), "none");
        features.saveCsv(folder.resolve("a.csv"));
        features.saveNpy(folder.resolve("a.npy"));
        features.saveLabelsNpy(folder.resolve("l.npy"));
        features.save(folder.resolve("a.safetensors"));
        for (String name : List.of("a.csv", "a.npy", "l.npy", "a.safetensors")) {
            assertThat(Files.getPosixFilePermissions(folder.resolve(name)))
                    .as(name)
                    .isEqualTo(Files.getPosixFilePermissions(ordinary));
        }
    }

    @Test
    void fewLabelsAreBalancedAndNested() {
        Features features = Clouds.of(200, 3, 4, 1, 1);
        Features five = features.fewLabels(5, 9);
        Features ten = features.fewLabels(10, 9);
        assertThat(five.size()).isEqualTo(20);
        for (int c = 0; c < 4; c++) {
            int label = c;
            assertThat(Arrays.stream(five.labels()).filter(l -> l == label).count()).isEqualTo(5);
        }
        assertThat(rows(ten)).containsAll(rows(five)).hasSize(40);
        assertThat(rows(features.fewLabels(5, 10))).isNotEqualTo(rows(five));
        assertThatThrownBy(() -> features.fewLabels(51, 0))
                .hasMessageContaining("50 rows")
                .hasMessageContaining("51");
    }

    private static Set<String> rows(Features features) {
        Set<String> rows = new HashSet<>();
        for (int i = 0; i < features.size(); i++) {
            rows.add(Arrays.toString(features.row(i)));
        }
        return rows;
    }

    @Test
    void aPartOfAPartPointsAtTheSameRows() {
        Features features = Clouds.of(50, 3, 5, 1, 1);
        Features part = features.subset(40, 3, 7, 9).subset(2, 0);
        assertThat(part.row(0)).isEqualTo(features.row(7));
        assertThat(part.row(1)).isEqualTo(features.row(40));
        assertThat(part.label(0)).isEqualTo(features.label(7));
    }

    @Test
    void standardisedTrainingFeaturesHaveMeanZeroAndVarianceOne() {
        Features features = Clouds.of(500, 4, 2, 3, 1);
        Features scaled = features.standardised(Standardisation.of(features));
        for (int j = 0; j < 4; j++) {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < 500; i++) {
                sum += scaled.row(i)[j];
                squares += scaled.row(i)[j] * scaled.row(i)[j];
            }
            assertThat(sum / 500).isCloseTo(0, within(1e-5));
            assertThat(squares / 500).isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void aConstantFeatureIsShiftedOnly() {
        float[] values = new float[1000];
        Arrays.fill(values, 0.1f);
        Features constant = Features.of(values, new int[1000], List.of("one"), "a constant");
        Features scaled = constant.standardised(Standardisation.of(constant));
        assertThat(scaled.row(5)[0]).isZero();
        Features other = Features.of(new float[] {1.1f}, new int[1], List.of("one"), "other");
        assertThat(other.standardised(Standardisation.of(constant)).row(0)[0])
                .isCloseTo(1f, within(1e-6f));
    }

    @Test
    void lengthsThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> Features.of(new float[10], new int[3], List.of("a"), "ten"))
                .hasMessageContaining("10 numbers")
                .hasMessageContaining("3 labels");
        assertThatThrownBy(
                        () -> Features.of(new float[4], new int[] {0, 2}, List.of("a", "b"), "f"))
                .hasMessageContaining("label 2 of row 1");
    }
}
