package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FashionMnistTest {
    @Test
    void theSliceIsBalancedAndComplete() {
        ImageSource train = FashionMnist.embeddedTrain();
        ImageSource test = FashionMnist.embeddedTest();
        assertThat(train.size()).isEqualTo(10_000);
        assertThat(test.size()).isEqualTo(2000);
        assertThat(train.classes()).hasSize(10).startsWith("T-shirt/top").endsWith("Ankle boot");
        assertThat(counts(train)).containsOnly(1000);
        assertThat(counts(test)).containsOnly(200);
        assertThat(List.of(train.channels(), train.height(), train.width()))
                .containsExactly(1, 28, 28);
    }

    @Test
    void theFirstTrainingImageIsTheOriginalsAnkleBoot() {
        ImageSource train = FashionMnist.embeddedTrain();
        assertThat(train.label(0)).isEqualTo(9);
        // The sum of the first training image's values in the original file.
        byte[] pixels = train.read(0).pixels();
        assertThat(IntStream.range(0, 784).map(i -> pixels[i] & 0xff).sum()).isEqualTo(76247);
    }

    @Test
    void aFolderThatLacksAFileIsNamed(@TempDir Path folder) {
        assertThatThrownBy(() -> FashionMnist.in(folder, "train"))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("train-images-idx3-ubyte");
    }

    @Test
    void aSmallerSetIsNotTakenForTheFullOne(@TempDir Path folder) throws IOException {
        for (String kind : List.of("images-idx3", "labels-idx1")) {
            try (var in =
                    FashionMnist.class.getResourceAsStream(
                            "fashion-mnist/train-" + kind + "-ubyte.gz")) {
                Files.copy(in, folder.resolve("train-" + kind + "-ubyte.gz"));
            }
        }
        assertThatThrownBy(() -> FashionMnist.in(folder, "train"))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining("60000")
                .hasMessageContaining("10000");
    }

    @Test
    void dataIsSoughtInTheVariablesFolderOrUpToTheCheckout(@TempDir Path folder)
            throws IOException {
        Path checkout = folder.resolve("checkout");
        Path below = Files.createDirectories(checkout.resolve("notebooks/deep"));
        Files.createDirectories(checkout.resolve(".git"));
        assertThat(DataFolder.candidates("stl10_binary", null, below))
                .containsExactly(
                        below.resolve("data/stl10_binary"),
                        checkout.resolve("notebooks/data/stl10_binary"),
                        checkout.resolve("data/stl10_binary"));
        assertThat(DataFolder.candidates("stl10_binary", folder.toString(), below))
                .containsExactly(folder.resolve("stl10_binary"));
        assertThatThrownBy(() -> DataFolder.require("no-such-set", "Get it there."))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining("no-such-set")
                .hasMessageContaining("DIRECTPRED_DATA")
                .hasMessageContaining("Get it there.");
    }

    private static int[] counts(ImageSource source) {
        int[] counts = new int[source.classes().size()];
        for (int i = 0; i < source.size(); i++) {
            counts[source.label(i)]++;
        }
        return counts;
    }
}
