package org.directpred.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every source on files that are written here from its format's specification. */
class SourcesTest {
    private static final int STL_IMAGE = 27648;

    @TempDir private Path folder;

    // --- STL-10

    @Test
    void stl10IsReadColumnByColumn() throws IOException {
        byte[] bytes = new byte[2 * STL_IMAGE];
        bytes[STL_IMAGE + 9216 * 2 + 96 * 30 + 7] = (byte) 200;
        Path images = write("train_X.bin", bytes);
        Path labels = write("train_y.bin", new byte[] {10, 1});
        Stl10 source = Stl10.read("two", images, labels);
        assertThat(source.size()).isEqualTo(2);
        assertThat(source.read(1).value(2, 7, 30)).isEqualTo(200);
        assertThat(IntStream.range(0, STL_IMAGE).filter(i -> source.read(1).pixels()[i] != 0))
                .hasSize(1);
        assertThat(source.label(0)).isEqualTo(9);
        assertThat(source.classes().get(source.label(1))).isEqualTo("airplane");
    }

    @Test
    void stl10sUnlabeledFileIsReadWholeThoughItExceedsTwoGiB() throws IOException {
        // The full layout, 2,764,800,000 bytes, sparse: only what is written takes space.
        Files.createDirectories(folder);
        long[] places = {0, 38_836, 77_671, 77_672, 99_999};
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("unlabeled_X.bin").toFile(), "rw")) {
            file.setLength(2_764_800_000L);
            for (long place : places) {
                file.seek(place * STL_IMAGE);
                file.write((int) (place % 251) + 1);
                file.seek(place * STL_IMAGE + STL_IMAGE - 1);
                file.write((int) (place % 241) + 2);
            }
        }
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("train_X.bin").toFile(), "rw")) {
            file.setLength(138_240_000L);
        }
        write("train_y.bin", filled(5000, 3));
        Stl10 unlabeled = Stl10.unlabeled(folder);
        Stl10 both = Stl10.trainAndUnlabeled(folder);
        assertThat(unlabeled.size()).isEqualTo(100_000);
        assertThat(both.size()).isEqualTo(105_000);
        for (long place : places) {
            for (Image image :
                    List.of(unlabeled.read((int) place), both.read(5000 + (int) place))) {
                assertThat(image.value(0, 0, 0)).isEqualTo((int) (place % 251) + 1);
                assertThat(image.value(2, 95, 95)).isEqualTo((int) (place % 241) + 2);
                assertThat(image.value(1, 5, 5)).isZero();
            }
        }
        assertThat(both.label(4999)).isEqualTo(2);
        assertThat(both.label(5000)).isEqualTo(ImageSource.UNLABELLED);
        assertThat(both.place(5000 + 77_672)).contains("unlabeled_X.bin").contains("image 77672");
        // Image 38,836 and image 77,672 straddle the borders of the mapped parts.
        assertThat(38_836L * STL_IMAGE).isLessThan(1L << 30);
        assertThat(38_837L * STL_IMAGE).isGreaterThan(1L << 30);
    }

    @Test
    void stl10sMistakesAreNamed() throws IOException {
        Path images = write("x.bin", new byte[STL_IMAGE]);
        refuses(() -> Stl10.read("a", folder.resolve("none.bin"), null), "none.bin", "a file");
        refuses(() -> Stl10.read("a", folder, null), "regular file");
        refuses(
                () -> Stl10.read("a", write("short.bin", new byte[STL_IMAGE - 1]), null),
                "short.bin",
                "multiple of 27648",
                "27647");
        refuses(() -> Stl10.read("a", write("empty.bin", new byte[0]), null), "empty.bin");
        refuses(
                () -> Stl10.read("a", images, write("y.bin", new byte[] {11})),
                "y.bin, at byte 0",
                "1 to 10",
                "11");
        refuses(() -> Stl10.read("a", images, write("z.bin", new byte[] {0})), "z.bin", "found 0");
        refuses(
                () -> Stl10.read("a", images, write("w.bin", new byte[] {1, 2})),
                "w.bin",
                "1 labels",
                "2 bytes");
        write("unlabeled_X.bin", new byte[STL_IMAGE]);
        refuses(() -> Stl10.unlabeled(folder), "100000 images", "2764800000 bytes", "1 images");
    }

    @Test
    void stl10sFoldsAreTenLinesOfIndices() throws IOException {
        String lines = "0 17 4999\n".repeat(10);
        Files.writeString(folder.resolve("fold_indices.txt"), lines);
        assertThat(Stl10.folds(folder))
                .hasSize(10)
                .allSatisfy(fold -> assertThat(fold).containsExactly(0, 17, 4999));
        refuses(() -> Stl10.parseFolds("f", "1 2\n"), "10 lines", "1 lines");
        refuses(() -> Stl10.parseFolds("f", "1 5000\n"), "0 to 4999 in line 1", "5000");
        refuses(() -> Stl10.parseFolds("f", "1\nx\n"), "line 2", "'x'");
    }

    // --- CIFAR

    @Test
    void cifarIsReadRowByRowWithItsLabel() throws IOException {
        byte[] ten = new byte[2 * 3073];
        ten[3073] = 7;
        ten[3073 + 1 + 1024 + 32 * 5 + 9] = (byte) 130;
        Cifar source =
                Cifar.read(
                        "ten",
                        List.of(write("a.bin", ten), write("b.bin", ten)),
                        1,
                        Cifar.CLASSES_10);
        assertThat(source.size()).isEqualTo(4);
        assertThat(source.label(3)).isEqualTo(7);
        assertThat(source.read(3).value(1, 5, 9)).isEqualTo(130);
        assertThat(source.place(3)).contains("b.bin, image 1");
        byte[] hundred = new byte[3074];
        hundred[0] = 19;
        hundred[1] = 99;
        hundred[2] = 5;
        List<String> names = IntStream.range(0, 100).mapToObj(i -> "class " + i).toList();
        Cifar fine = Cifar.read("hundred", List.of(write("c.bin", hundred)), 2, names);
        assertThat(fine.label(0)).isEqualTo(99);
        assertThat(fine.read(0).value(0, 0, 0)).isEqualTo(5);
    }

    @Test
    void cifarsPublishedLayoutIsChecked() throws IOException {
        for (int i = 1; i <= 5; i++) {
            write("data_batch_" + i + ".bin", new byte[30_730_000]);
        }
        assertThat(Cifar.train10(folder).size()).isEqualTo(50_000);
        write("data_batch_3.bin", new byte[30_729_999]);
        refuses(() -> Cifar.train10(folder), "data_batch_3.bin", "30730000 bytes", "30729999");
        refuses(() -> Cifar.test10(folder), "test_batch.bin", "a file");
        refuses(() -> Cifar.train100(folder), "fine_label_names.txt");
        byte[] wrong = new byte[2 * 3073];
        wrong[3073] = 10;
        refuses(
                () -> Cifar.read("a", List.of(write("l.bin", wrong)), 1, Cifar.CLASSES_10),
                "l.bin, at byte 3073",
                "0 to 9",
                "10");
    }

    // --- IDX

    @Test
    void idxIsReadPlainAndCompressed() throws IOException {
        byte[] images = idx(0x803, new int[] {2, 3, 4}, IntStream.range(0, 24).toArray());
        byte[] labels = idx(0x801, new int[] {2}, new int[] {1, 0});
        IdxFile plain =
                IdxFile.read("p", write("i", images), write("l", labels), List.of("a", "b"));
        IdxFile packed =
                IdxFile.read(
                        "z",
                        write("i.gz", gzip(images)),
                        write("l.gz", gzip(labels)),
                        List.of("a", "b"));
        for (IdxFile source : List.of(plain, packed)) {
            assertThat(List.of(source.size(), source.height(), source.width()))
                    .containsExactly(2, 3, 4);
            assertThat(source.read(1).value(0, 2, 3)).isEqualTo(23);
            assertThat(source.label(0)).isEqualTo(1);
        }
    }

    @Test
    void idxsMistakesAreNamed() throws IOException {
        int[] some = new int[24];
        Path good = write("good", idx(0x803, new int[] {2, 3, 4}, some));
        List<String> classes = List.of("a", "b");
        refuses(
                () -> read(write("m", idx(0x804, new int[] {2, 3, 4}, some))),
                "m, at byte 0",
                "0x00000803",
                "0x00000804");
        refuses(
                () -> read(write("t", idx(0x803, new int[] {2, 3, 4}, new int[23]))),
                "at most 39 bytes");
        refuses(
                () -> read(write("t.gz", gzip(idx(0x803, new int[] {2, 3, 4}, new int[23])))),
                "at byte 39",
                "24 bytes");
        refuses(
                () -> read(write("o", idx(0x803, new int[] {2, 3, 4}, new int[25]))),
                "at byte 40",
                "more bytes");
        refuses(() -> read(write("n", idx(0x803, new int[] {-1, 3, 4}, some))), "-1 items");
        refuses(
                () ->
                        read(
                                write(
                                        "h",
                                        idx(
                                                0x803,
                                                new int[] {
                                                    Integer.MAX_VALUE,
                                                    Integer.MAX_VALUE,
                                                    Integer.MAX_VALUE
                                                },
                                                some))),
                "sizes that fit a file of at most 40 bytes");
        refuses(() -> read(write("e", new byte[3])), "header of 16 bytes");
        byte[] cut = gzip(idx(0x803, new int[] {2, 3, 4}, some));
        refuses(() -> read(write("g", Arrays.copyOf(cut, cut.length - 12))), "gzip");
        refuses(
                () ->
                        IdxFile.read(
                                "a",
                                good,
                                write("c", idx(0x801, new int[] {3}, new int[3])),
                                classes),
                "2 labels",
                "found 3");
        refuses(
                () ->
                        IdxFile.read(
                                "a",
                                good,
                                write("d", idx(0x801, new int[] {2}, new int[] {0, 2})),
                                classes),
                "at byte 9",
                "0 to 1");
    }

    private static IdxFile read(Path images) {
        return IdxFile.read("a", images, null, List.of());
    }

    // --- ImageFolder

    @Test
    void foldersAreClassesInSortedOrder() throws IOException {
        jpeg("b/2.JPEG");
        jpeg("b/deep/1.jpg");
        jpeg("a/x.jpeg");
        Files.write(folder.resolve("b/notes.txt"), new byte[3]);
        ImageFolder source = ImageFolder.of(folder);
        assertThat(source.classes()).containsExactly("a", "b");
        assertThat(source.size()).isEqualTo(3);
        assertThat(IntStream.range(0, 3).map(source::label)).containsExactly(0, 1, 1);
        assertThat(source.place(1)).endsWith("2.JPEG");
        assertThat(source.read(1).toString()).isEqualTo("Image[3, 30, 44]");
        Files.delete(folder.resolve("a/x.jpeg"));
        refuses(() -> source.read(0), "x.jpeg", "a file that can be read");
        refuses(() -> ImageFolder.of(folder), "none in this class");
        refuses(() -> ImageFolder.of(folder.resolve("nowhere")), "nowhere");
        refuses(() -> ImageFolder.of(folder.resolve("b/2.JPEG")), "2.JPEG", "found a file");
    }

    // --- tars

    @Test
    void shardsPairImagesWithTheirLabels() throws IOException {
        byte[] jpeg = Fixtures.resource("files/baseline444.jpg");
        Tars first =
                new Tars()
                        .file("a/0001.jpg", jpeg)
                        .file("a/0001.cls", "2\n")
                        .file("a/0002.cls", "0")
                        .file("a/0002.json", "{}")
                        .file("a/0002.jpg", jpeg);
        String longName = "deep/".repeat(40) + "0003.jpg";
        Tars second =
                new Tars()
                        .member(
                                "././@LongLink",
                                'L',
                                longName.length() + 1L,
                                (longName + "\0").getBytes(US_ASCII))
                        .file("cut short", jpeg)
                        .file("0004.png", Fixtures.resource("files/colour.png"))
                        .file("0004.cls", "1");
        write("shard-0.tar", first.end());
        write("shard-1.tar", second.endless());
        for (int time = 0; time < 2; time++) {
            TarImages source = TarImages.shards(folder);
            assertThat(source.size()).isEqualTo(4);
            assertThat(source.classes()).containsExactly("0", "1", "2");
            assertThat(IntStream.range(0, 4).map(source::label)).containsExactly(2, 0, -1, 1);
            assertThat(source.read(0).width()).isEqualTo(44);
            assertThat(source.read(3).pixels())
                    .isEqualTo(
                            ImageDecoder.decode(Fixtures.resource("files/colour.png"), "p")
                                    .pixels());
            assertThat(source.place(2)).contains("shard-1.tar, member at byte");
        }
    }

    @Test
    void shardsLargerThanTheHeapAreRead() throws IOException {
        // Images of 64 MiB: a small JPEG and zeros behind its end, sparse on the disk.
        int each = 1 << 26;
        byte[] jpeg = Fixtures.resource("files/baseline444.jpg");
        int count = (int) (Runtime.getRuntime().maxMemory() / each) + 2;
        List<Path> shards = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Path shard = write("%05d.tar".formatted(i), Tars.header("1.jpg", '0', each));
            Files.write(shard, jpeg, StandardOpenOption.APPEND);
            try (RandomAccessFile file = new RandomAccessFile(shard.toFile(), "rw")) {
                file.setLength(512L + each + 1024);
            }
            shards.add(shard);
        }
        TarImages source = TarImages.shards(shards);
        assertThat((long) source.size() * each).isGreaterThan(Runtime.getRuntime().maxMemory());
        Image expected = ImageDecoder.decode(jpeg, "expected");
        for (int i = 0; i < source.size(); i++) {
            assertThat(source.read(i).pixels()).isEqualTo(expected.pixels());
        }
    }

    @Test
    void theIndexIsKeptUntilATarChanges() throws IOException {
        byte[] jpeg = Fixtures.resource("files/baseline444.jpg");
        write("s.tar", new Tars().file("1.jpg", jpeg).end());
        Path index = folder.resolve(".s.tar.1.shards.index");
        TarImages.shards(folder);
        assertThat(index).exists();
        byte[] kept = Files.readAllBytes(index);
        TarImages.shards(folder);
        assertThat(Files.readAllBytes(index)).isEqualTo(kept);
        // A damaged index is said and built anew.
        byte[] damaged = kept.clone();
        damaged[damaged.length - 9] ^= 1;
        Files.write(index, damaged);
        assertThat(TarImages.shards(folder).size()).isEqualTo(1);
        assertThat(Files.readAllBytes(index)).isEqualTo(kept);
        // A changed tar is indexed anew.
        TarImages before = TarImages.shards(folder);
        write("s.tar", new Tars().file("1.jpg", jpeg).file("2.jpg", jpeg).end());
        assertThat(TarImages.shards(folder).size()).isEqualTo(2);
        refuses(() -> before.read(0), "s.tar", "when it was indexed");
    }

    @Test
    void imageNetsTarOfTarsIsReadInPlace() throws IOException {
        byte[] jpeg = Fixtures.resource("files/baseline444.jpg");
        byte[] grey = Fixtures.resource("files/grey.jpg");
        byte[] fish =
                new Tars().file("n01440764_1.JPEG", jpeg).file("n01440764_2.JPEG", grey).end();
        byte[] bird = new Tars().file("n01530575_7.JPEG", jpeg).end();
        Path tar =
                write(
                        "ILSVRC2012_img_train.tar",
                        new Tars().file("n01530575.tar", bird).file("n01440764.tar", fish).end());
        TarImages source = TarImages.imageNetTrain(tar);
        assertThat(source.classes()).containsExactly("n01440764", "n01530575");
        assertThat(IntStream.range(0, 3).map(source::label)).containsExactly(1, 0, 0);
        Image image = source.read(2);
        assertThat(image.value(0, 4, 4)).isEqualTo(image.value(2, 4, 4));
        Path other = write("other.tar", new Tars().file("readme.txt", "x").end());
        refuses(() -> TarImages.imageNetTrain(other), "other.tar", "readme.txt");
        Path twice =
                write(
                        "twice.tar",
                        new Tars().file("n01530575.tar", bird).file("n01530575.tar", bird).end());
        refuses(() -> TarImages.imageNetTrain(twice), "a second n01530575.tar");
    }

    @Test
    void imageNetsValidationImagesAreInTheOrderOfTheirNames() throws IOException {
        byte[] jpeg = Fixtures.resource("files/baseline444.jpg");
        byte[] grey = Fixtures.resource("files/grey.jpg");
        Path tar =
                write(
                        "ILSVRC2012_img_val.tar",
                        new Tars()
                                .file("ILSVRC2012_val_00000002.JPEG", jpeg)
                                .file("ILSVRC2012_val_00000001.JPEG", grey)
                                .end());
        assertThat(TarImages.imageNetValidation(tar).label(0)).isEqualTo(-1);
        Path kaggle =
                text(
                        "LOC_val_solution.csv",
                        """
                        ImageId,PredictionString
                        ILSVRC2012_val_00000002,n01440764 1 2 3 4
                        ILSVRC2012_val_00000001,n01530575 5 6 7 8
                        """);
        Path plain = text("val.txt", "n01530575\nn01440764\n");
        for (Path labels : List.of(kaggle, plain)) {
            TarImages source = TarImages.imageNetValidation(tar, labels);
            assertThat(source.classes()).containsExactly("n01440764", "n01530575");
            assertThat(IntStream.range(0, 2).map(source::label)).containsExactly(1, 0);
            assertThat(source.read(0).value(0, 4, 4)).isEqualTo(source.read(0).value(1, 4, 4));
        }
        Path few = text("few.txt", "n01530575\n");
        refuses(() -> TarImages.imageNetValidation(tar, few), "few.txt", "none for image 2");
    }

    @Test
    void theDevkitLabelsImageNetsValidationImages() throws IOException {
        byte[] jpeg = Fixtures.resource("files/baseline444.jpg");
        Tars six = new Tars();
        for (int i = 1; i <= 6; i++) {
            six.file("ILSVRC2012_val_%08d.JPEG".formatted(i), jpeg);
        }
        Path tar = write("ILSVRC2012_img_val.tar", six.end());
        byte[] devkit = Fixtures.resource("devkit.tar.gz");
        List<String> wordnet = ImageNetDevkit.read("devkit", new ByteArrayInputStream(devkit));
        assertThat(wordnet)
                .containsExactly(
                        "n01440764",
                        "n02119789",
                        "n03796401",
                        "n02119789",
                        "n02100735",
                        "n01440764");
        TarImages source = TarImages.imageNetValidation(tar).labelled(wordnet, tar);
        assertThat(source.classes())
                .containsExactly("n01440764", "n02100735", "n02119789", "n03796401");
        assertThat(IntStream.range(0, 6).map(source::label)).containsExactly(0, 2, 3, 2, 1, 0);
        // The public way takes the published archive alone.
        Path other = write("ILSVRC2012_devkit_t12.tar.gz", devkit);
        refuses(() -> TarImages.imageNetValidation(tar, other), "devkit_t12", ImageNetDevkit.MD5);
        refuses(
                () -> source.labelled(wordnet.subList(0, 5), other),
                "devkit_t12",
                "6 images",
                "5 classes");
    }

    @Test
    void theDevkitsMistakesAreNamed() throws IOException {
        byte[] archive =
                new GZIPInputStream(new ByteArrayInputStream(Fixtures.resource("devkit.tar.gz")))
                        .readAllBytes();
        byte[] meta = member(archive, "data/meta.mat");
        String truth = "data/ILSVRC2012_validation_ground_truth.txt";
        refuses(() -> devkit(new Tars().file("data/meta.mat", meta)), "devkit", "no " + truth);
        refuses(() -> devkit(new Tars().file(truth, "1\n")), "devkit", "no data/meta.mat");
        for (String line : List.of("5", "7", "-1", "x", "")) {
            refuses(
                    () ->
                            devkit(
                                    new Tars()
                                            .file("data/meta.mat", meta)
                                            .file(truth, "4\n" + line + "\n")),
                    "a class's number in line 2",
                    "'" + line + "'");
        }
        for (byte[] damaged : List.of(new byte[0], Arrays.copyOf(meta, 200), new byte[500])) {
            refuses(
                    () -> devkit(new Tars().file("data/meta.mat", damaged).file(truth, "1\n")),
                    "meta.mat with synsets");
        }
        refuses(
                () -> devkit(new Tars().member("data/meta.mat", '0', 1 << 25, meta)),
                "at most 16777216 bytes",
                "33554432 bytes");
    }

    private static List<String> devkit(Tars tar) throws IOException {
        return ImageNetDevkit.read("devkit", new ByteArrayInputStream(gzip(tar.end())));
    }

    private static byte[] member(byte[] archive, String name) throws IOException {
        TarReader tar = TarReader.of("archive", new ByteArrayInputStream(archive));
        TarReader.Entry entry = tar.next();
        while (!entry.name().endsWith(name)) {
            entry = tar.next();
        }
        byte[] content = new byte[(int) entry.size()];
        tar.content(content, content.length);
        return content;
    }

    @Test
    void tarsMistakesAreNamed() throws IOException {
        byte[] jpeg = Fixtures.resource("files/baseline444.jpg");
        refuses(() -> shard("none.tar", null), "none.tar");
        refuses(() -> shard("a.tar", new Tars().file("a.txt", "x").end()), "JPEG or PNG");
        refuses(
                () -> shard("b.tar", new Tars().file("1.cls", "-3").file("1.jpg", jpeg).end()),
                "b.tar",
                "1.cls",
                "'-3'");
        byte[] lie = new Tars().member("1.jpg", '0', 1L << 40 >> 8, jpeg).end();
        refuses(() -> shard("c.tar", lie), "c.tar, at byte 124", "4294967296");
        byte[] sum = new Tars().file("1.jpg", jpeg).end();
        sum[5] ^= 1;
        refuses(() -> shard("d.tar", sum), "d.tar, at byte 148", "checksum");
        byte[] cut = Arrays.copyOf(new Tars().file("1.jpg", jpeg).endless(), 700);
        refuses(() -> shard("e.tar", cut), "e.tar, at byte 124");
        byte[] octal = Tars.header("1.jpg", '0', 5);
        octal[130] = '9';
        refuses(() -> shard("f.tar", Tars.summed(octal)), "octal", "0x39");
        byte[] huge = Tars.header("1.jpg", '0', 5);
        Arrays.fill(huge, 124, 136, (byte) 0xff);
        refuses(() -> shard("g.tar", Tars.summed(huge)), "g.tar, at byte 124", "2^63");
        byte[] pax =
                new Tars()
                        .member("pax", 'x', 12, "99 path=abc\n".getBytes(US_ASCII))
                        .file("1.jpg", jpeg)
                        .end();
        refuses(() -> shard("h.tar", pax), "pax record");
        refuses(() -> shard("i.tar", Arrays.copyOf(sum, 100)), "512 bytes of a tar header");
        refuses(() -> TarImages.shards(folder.resolve("nowhere")), "nowhere");
    }

    private TarImages shard(String name, byte[] bytes) throws IOException {
        return TarImages.shards(List.of(bytes == null ? folder.resolve(name) : write(name, bytes)));
    }

    @Test
    void aFileThatShrinksWhileItIsReadIsNamed() throws IOException {
        Path path = write("x.bin", new byte[64 * STL_IMAGE]);
        Stl10 source = Stl10.read("shrinking", path, null);
        assertThat(source.read(63).value(0, 0, 0)).isZero();
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(STL_IMAGE);
        }
        refuses(() -> source.read(63), "x.bin", "changed while it was read");
        refuses(() -> source.read(0), "x.bin", "changed while it was read");
    }

    @Test
    void aFileReplacedByOneOfTheSameLengthIsNamed() throws IOException {
        Path path = write("x.bin", new byte[2 * STL_IMAGE]);
        FileTime opened = FileTime.fromMillis(1_700_000_000_000L);
        Files.setLastModifiedTime(path, opened);
        Stl10 source = Stl10.read("replaced", path, null);
        assertThat(source.read(1).value(0, 0, 0)).isZero();
        write("x.bin", filled(2 * STL_IMAGE, 1));
        Files.setLastModifiedTime(path, FileTime.fromMillis(opened.toMillis() + 1));
        refuses(() -> source.read(1), "x.bin, at byte 27648", "changed while it was read");
    }

    @Test
    void aTarReplacedByOneOfTheSameLengthIsNamed() throws IOException {
        byte[] jpeg = Fixtures.resource("files/baseline444.jpg");
        Path path = write("s.tar", new Tars().file("1.jpg", jpeg).file("2.txt", "x").end());
        FileTime indexed = FileTime.fromMillis(1_700_000_000_000L);
        Files.setLastModifiedTime(path, indexed);
        TarImages source = TarImages.shards(folder);
        // The image now lies where another member did.
        write("s.tar", new Tars().file("2.txt", "x").file("1.jpg", jpeg).end());
        Files.setLastModifiedTime(path, FileTime.fromMillis(indexed.toMillis() + 1));
        refuses(() -> source.read(0), "s.tar", "when it was indexed", "2023-11-14T22:13:20.001Z");
        TarImages anew = TarImages.shards(folder);
        assertThat(anew.read(0).pixels()).isEqualTo(ImageDecoder.decode(jpeg, "it").pixels());
    }

    // --- files that cannot be read

    @Test
    void aFileOrFolderThatCannotBeReadIsNamed() throws IOException {
        Path none = folder.resolve("none.bin");
        for (Path path : List.of(none, folder)) {
            String name = path.toString();
            refuses(() -> read(path), name, "expected a file that can be read");
            refuses(
                    () ->
                            IdxFile.read(
                                    "a",
                                    write("one", idx(0x803, new int[] {1, 1, 1}, new int[1])),
                                    path,
                                    List.of("a")),
                    name,
                    "expected a file that can be read");
            refuses(
                    () -> Archive.checkMd5(path, "0".repeat(32)),
                    name,
                    "expected a file that can be read");
            refuses(() -> Archive.unpack(path, folder.resolve("out"), null, 1), name, "a file");
            refuses(() -> Stl10.read("a", path, null), name, "file");
            refuses(() -> Stl10.folds(path), "fold_indices.txt", "a file");
            refuses(() -> Cifar.read("a", List.of(path), 1, Cifar.CLASSES_10), name, "file");
            refuses(() -> TarImages.shards(List.of(path)), name, "a tar file");
            refuses(() -> TarImages.imageNetTrain(path), name, "a tar file");
            refuses(() -> TarImages.imageNetValidation(path), name, "a tar file");
        }
        refuses(() -> TarImages.shards(none), "none.bin", "a folder with tars");
        refuses(() -> ImageFolder.of(none), "none.bin", "a folder");
    }

    @Test
    void aFileThatFailsWhileItIsReadIsNamed() throws IOException {
        // Permissions do not hinder a superuser; no page is mapped where a process' memory begins.
        Path broken = Path.of("/proc/self/mem");
        assumeTrue(Files.isRegularFile(broken), "Linux has a file that nobody can read");
        String words = "expected a file that can be read";
        refuses(() -> read(broken), broken.toString(), words);
        refuses(() -> Archive.checkMd5(broken, "0".repeat(32)), broken.toString(), words);
        Path out = folder.resolve("out");
        refuses(() -> Archive.unpack(broken, out, null, 1), broken.toString(), words);
        assertThat(out).isEmptyDirectory();
        Files.createSymbolicLink(folder.resolve("fold_indices.txt"), broken);
        refuses(() -> Stl10.folds(folder), "fold_indices.txt", words);
        Files.createSymbolicLink(folder.resolve("fine_label_names.txt"), broken);
        refuses(() -> Cifar.test100(folder), "fine_label_names.txt", words);
    }

    @Test
    void aFileThatCannotBeMappedIsNamed() {
        Path broken = Path.of("/sys/kernel/uevent_seqnum");
        assumeTrue(Files.isReadable(broken), "Linux has a file that cannot be mapped");
        String[] words = {broken.toString(), "expected a file that can be read"};
        refuses(() -> Stl10.read("a", broken, null), words);
        refuses(() -> Cifar.read("a", List.of(broken), 1, Cifar.CLASSES_10), words);
        refuses(() -> TarImages.shards(List.of(broken)), words);
    }

    @Test
    void anIndexThatCannotBeReadIsBuiltAnew() throws IOException {
        write("s.tar", new Tars().file("1.jpg", Fixtures.resource("files/grey.jpg")).end());
        Path index = folder.resolve(".s.tar.1.shards.index");
        Files.createDirectories(index);
        assertThat(TarImages.shards(folder).size()).isEqualTo(1);
        Files.delete(index);
        Path broken = Path.of("/proc/self/mem");
        assumeTrue(Files.isRegularFile(broken), "Linux has a file that nobody can read");
        Files.createSymbolicLink(index, broken);
        assertThat(TarImages.shards(folder).size()).isEqualTo(1);
        assertThat(index).isRegularFile().isNotEmptyFile();
    }

    // --- helps

    private void refuses(ThrowingCallable call, String... words) {
        assertThatThrownBy(call)
                .isInstanceOf(ImageDataException.class)
                .satisfies(
                        thrown -> {
                            for (String word : words) {
                                assertThat(thrown).hasMessageContaining(word);
                            }
                        });
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private Path text(String name, String content) throws IOException {
        return write(name, content.getBytes(US_ASCII));
    }

    private void jpeg(String name) throws IOException {
        Path path = folder.resolve(name);
        Files.createDirectories(path.getParent());
        Files.write(path, Fixtures.resource("files/baseline444.jpg"));
    }

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private static byte[] idx(int magic, int[] sizes, int[] values) {
        ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * sizes.length + values.length);
        buffer.putInt(magic);
        for (int size : sizes) {
            buffer.putInt(size);
        }
        for (int value : values) {
            buffer.put((byte) value);
        }
        return buffer.array();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }
}
