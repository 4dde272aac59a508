package org.directpred.paper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.directpred.evaluate.AdamProbe;
import org.directpred.experiment.Ablation;
import org.directpred.experiment.Results;
import org.directpred.experiment.Row;
import org.directpred.image.Cifar;
import org.directpred.image.DataFolder;
import org.directpred.image.ImageSource;
import org.directpred.image.Stl10;
import org.directpred.train.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The paper's settings on small data in the sets' own formats. */
class SettingTest {
    private static final int STL_IMAGE = 3 * 96 * 96;
    private static final int CIFAR_RECORD = 1 + 3 * 32 * 32;

    @TempDir private Path folder;

    @Test
    void thePapersStl10IsMeantToTheLastParameter() throws IOException {
        Setting setting = Setting.stl10(fullSizedStl10());
        assertThat(setting.recipe().fields())
                .containsEntry("encoder", "resnet18")
                .containsEntry("projector", "head512-512-128")
                .containsEntry("ema", "0.996")
                .containsEntry("emaSchedule", "CONSTANT")
                .containsEntry("targetCopied", "false")
                .containsEntry("loss", "COSINE")
                .containsEntry("symmetricLoss", "true")
                .containsEntry("learningRate", "0.03")
                .containsEntry("algorithm", "SGD")
                .containsEntry("momentum", "0.9")
                .containsEntry("nesterov", "false")
                .containsEntry("excludeVectors", "false")
                .containsEntry("weightDecay", "4.0E-4")
                .containsEntry("predictorWeightDecay", "4.0E-4")
                .containsEntry("batchSize", "128")
                .containsEntry("lastBatch", "KEPT")
                .containsEntry("firstTarget", "PAPER")
                .containsEntry("length", "100 epochs");
        assertThat(setting.probe()).isEqualTo(new AdamProbe(3e-4, 1e-3, 128, 50, 0));
        assertSizes(setting, 105_000, 5000, 8000);
    }

    @Test
    void thePapersCifar10IsMeantToTheLastParameter() throws IOException {
        Setting setting = Setting.cifar10(fullSizedCifar10());
        assertThat(setting.recipe().fields())
                .containsEntry("encoder", "resnet18-cifar")
                .containsEntry("learningRate", "0.03")
                .containsEntry("weightDecay", "4.0E-4")
                .containsEntry("ema", "0.996")
                .containsEntry("batchSize", "128")
                .containsEntry("lastBatch", "KEPT")
                .containsEntry("firstTarget", "PAPER")
                .containsEntry("length", "100 epochs");
        assertThat(setting.probe()).isEqualTo(new AdamProbe(3e-4, 1e-3, 128, 50, 0));
        assertSizes(setting, 50_000, 50_000, 10_000);
    }

    @Test
    void whatTheAuthorsProgramDoesInSilenceIsASettingOfItsOwn() throws IOException {
        Setting stl10 = Setting.stl10AsCoded(fullSizedStl10());
        assertThat(stl10.name()).isEqualTo("STL-10, as coded");
        assertThat(stl10.recipe()).isEqualTo(Recipe.stl10AsCoded());
        assertSizes(stl10, 105_000, 5000, 8000);
        Setting cifar10 = Setting.cifar10AsCoded(fullSizedCifar10());
        assertThat(cifar10.name()).isEqualTo("CIFAR-10, as coded");
        assertThat(cifar10.recipe()).isEqualTo(Recipe.cifar10AsCoded());
        assertThat(PaperTables.table3(cifar10).variants())
                .allMatch(variant -> variant.settings().get("firstTarget").equals("CODE"))
                .allMatch(variant -> variant.settings().get("lastBatch").equals("KEPT"));
    }

    private static void assertSizes(Setting setting, int images, int labelled, int test) {
        try (ImageSource a = setting.images().get();
                ImageSource b = setting.labelled().get();
                ImageSource c = setting.test().get()) {
            assertThat(List.of(a.size(), b.size(), c.size()))
                    .containsExactly(images, labelled, test);
        }
    }

    @Test
    void aTableOfThePaperRunsOnStl10sFiles() throws IOException {
        Path stl10 = smallStl10();
        Setting setting =
                Setting.stl10(fullSizedStl10())
                        .withImages(
                                "STL-10, 20 images",
                                () -> stl10(stl10, "unlabeled"),
                                () -> stl10(stl10, "train"),
                                () -> stl10(stl10, "test"));
        assertRuns(setting, "symmetric, EMA", PaperTables::table3);
    }

    @Test
    void aTableOfThePaperRunsOnCifar10sFiles() throws IOException {
        Path file = write("small.bin", 20, CIFAR_RECORD, i -> cifarRecord(i % 10, i));
        Setting setting =
                Setting.cifar10(fullSizedCifar10())
                        .withImages(
                                "CIFAR-10, 20 images",
                                () -> cifar(file),
                                () -> cifar(file),
                                () -> cifar(file));
        assertRuns(setting, "DirectPred", PaperTables::table8OnCifar10);
    }

    private void assertRuns(Setting setting, String variant, Function<Setting, Ablation> table) {
        Setting cut =
                setting.withRecipe(r -> r.withSteps(2).withBatchSize(4))
                        .withProbe(new AdamProbe(3e-4, 1e-3, 128, 2, 0));
        Ablation ablation = table.apply(cut).withVariantsOnly(variant).withSeeds(1);
        Results results = ablation.run(folder.resolve("results"));
        assertThat(results.missing()).isEmpty();
        Row row = results.rows().get(0);
        assertThat(row.failure()).isEmpty();
        assertThat(row.measurements().values().get("best accuracy")).isBetween(0.0, 100.0);
        assertThat(row.measurements().values().get("loss")).isBetween(-4.0, 4.0);
        assertThat(results.table().columnNames()).contains("best accuracy, published");
    }

    /** What somebody sees who has no data: asked for in a process that looks elsewhere. */
    static final class WithoutData {
        public static void main(String[] arguments) {
            for (Runnable use : List.<Runnable>of(Setting::stl10, Stl10::folds)) {
                try {
                    use.run();
                } catch (RuntimeException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }

    @Test
    void missingDataIsNamedWithThePlacesAndTheWayToGetIt() throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        WithoutData.class.getName());
        builder.environment().put(DataFolder.VARIABLE, folder.toString());
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said)
                .contains(folder.resolve("stl10_binary").toString())
                .contains("DIRECTPRED_DATA")
                .contains("Stl10.download(folder) fetches");
    }

    @Test
    void aSetOfAnotherSizeIsNamed() throws IOException {
        Path small = smallStl10();
        assertThatThrownBy(() -> Setting.stl10(small))
                .hasMessageContaining("test_X.bin")
                .hasMessageContaining("8000 images");
    }

    private static ImageSource stl10(Path folder, String part) {
        return Stl10.read(
                part,
                folder.resolve(part + "_X.bin"),
                part.equals("unlabeled") ? null : folder.resolve(part + "_y.bin"));
    }

    private static ImageSource cifar(Path file) {
        return Cifar.read("small", List.of(file), 1, Cifar.CLASSES_10);
    }

    /** The set's files at their full length, with holes for pixels. */
    private Path fullSizedStl10() throws IOException {
        Path set = Files.createDirectories(folder.resolve("full/stl10_binary"));
        hole(set.resolve("train_X.bin"), 5000L * STL_IMAGE);
        hole(set.resolve("test_X.bin"), 8000L * STL_IMAGE);
        hole(set.resolve("unlabeled_X.bin"), 100_000L * STL_IMAGE);
        Files.write(set.resolve("train_y.bin"), stlLabels(5000));
        Files.write(set.resolve("test_y.bin"), stlLabels(8000));
        return set;
    }

    private Path fullSizedCifar10() throws IOException {
        Path set = Files.createDirectories(folder.resolve("full/cifar-10-batches-bin"));
        for (int i = 1; i <= 5; i++) {
            hole(set.resolve("data_batch_" + i + ".bin"), 10_000L * CIFAR_RECORD);
        }
        hole(set.resolve("test_batch.bin"), 10_000L * CIFAR_RECORD);
        return set;
    }

    private static void hole(Path file, long length) throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(length);
        }
    }

    private static byte[] stlLabels(int count) {
        byte[] labels = new byte[count];
        for (int i = 0; i < count; i++) {
            labels[i] = (byte) (1 + i % 10);
        }
        return labels;
    }

    /** Twenty images in each part, two of each class. */
    private Path smallStl10() throws IOException {
        for (String part : List.of("train", "test", "unlabeled")) {
            write(part + "_X.bin", 20, STL_IMAGE, i -> pixels(STL_IMAGE, i));
            Files.write(folder.resolve(part + "_y.bin"), stlLabels(20));
        }
        return folder;
    }

    private Path write(String name, int images, int bytes, IntFunction<byte[]> content)
            throws IOException {
        byte[] all = new byte[images * bytes];
        for (int i = 0; i < images; i++) {
            System.arraycopy(content.apply(i), 0, all, i * bytes, bytes);
        }
        return Files.write(folder.resolve(name), all);
    }

    private static byte[] cifarRecord(int label, long seed) {
        byte[] record = new byte[CIFAR_RECORD];
        byte[] pixels = pixels(CIFAR_RECORD - 1, seed);
        record[0] = (byte) label;
        System.arraycopy(pixels, 0, record, 1, pixels.length);
        return record;
    }

    private static byte[] pixels(int count, long seed) {
        byte[] pixels = new byte[count];
        new Random(seed).nextBytes(pixels);
        return pixels;
    }
}
