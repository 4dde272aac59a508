package org.directpred.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.progress.TestSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Folders and archives as people have them: with traces of systems, cut off, of other programs. */
class UntidySourcesTest {
    private static final List<String> TRACES =
            List.of(
                    ".ipynb_checkpoints/1-checkpoint.png",
                    "__MACOSX/._1.png",
                    "._1.png",
                    ".DS_Store",
                    "Thumbs.db",
                    "desktop.ini",
                    "lost+found/1.png",
                    "@eaDir/1.png",
                    "$RECYCLE.BIN/1.png",
                    "RECYCLER/1.png",
                    "Recycled/1.png",
                    "FOUND.000/1.png",
                    "found.013/1.png",
                    "CVS/1.png",
                    "_gsdata_/1.png",
                    "_GSDATA_/deep/1.png",
                    "~$1.png",
                    "~$tmp/1.png",
                    "node_modules/1.png",
                    ".hidden/deep/1.png",
                    "__pycache__/1.png");

    @TempDir private Path folder;

    // --- folders

    @Test
    void whatIsHiddenOrMadeByASystemIsNoData() throws IOException {
        for (String trace : TRACES) {
            picture(trace);
            picture("a/" + trace);
            picture("b/deep/" + trace);
        }
        picture("a/1.png");
        picture("b/deep/2.png");
        List<String> said = new ArrayList<>();
        ImageFolder source = said(said, () -> ImageFolder.of(folder));
        assertThat(source.classes()).containsExactly("a", "b");
        assertThat(contents(source)).containsExactly("a/1.png", "b/deep/2.png");
        assertThat(said).isEmpty();
    }

    @Test
    void classesThatLookAlikeAreKept() throws IOException {
        List<String> classes = List.of("cvs", "found.0", "recycled", "recyclers", "~tilde");
        for (String each : classes) {
            picture(each + "/1.jpe");
            picture(each + "/2.JFIF");
        }
        ImageFolder source = ImageFolder.of(folder);
        assertThat(source.classes()).isEqualTo(classes);
        assertThat(source.size()).isEqualTo(10);
    }

    @Test
    void whatIsLeftOutIsCountedAloudOnce() throws IOException {
        picture("a/1.png");
        picture("a/2.heic");
        picture("a/3.HEIC");
        picture("b/1.webp");
        picture("b/2.bmp");
        picture("b/3.GIF");
        picture("b/4.tiff");
        picture("b/notes.txt");
        picture("b/README");
        picture("0.png");
        List<String> said = new ArrayList<>();
        ImageFolder source = said(said, () -> ImageFolder.of(folder));
        assertThat(source.size()).isEqualTo(5);
        assertThat(said)
                .containsExactly(
                        "Left out of "
                                + folder
                                + ": 2 .heic, 1 .txt, 1 beside the class folders, 1 without an"
                                + " extension.");
    }

    @Test
    void aFlatFolderIsASetWithoutLabels() throws IOException {
        picture("2.png");
        picture("1.png");
        picture(".ipynb_checkpoints/1.png");
        Files.createDirectories(folder.resolve("empty"));
        List<String> said = new ArrayList<>();
        ImageFolder source = said(said, () -> ImageFolder.of(folder));
        assertThat(source.classes()).isEmpty();
        assertThat(contents(source)).containsExactly("1.png", "2.png");
        assertThat(source.label(1)).isEqualTo(ImageSource.UNLABELLED);
        assertThat(said).singleElement().asString().contains("2 images have no labels");
    }

    @Test
    void classFoldersWithoutImagesAreRefused() throws IOException {
        picture("a/1.png");
        picture("b/notes.txt");
        refuses(() -> ImageFolder.of(folder), "b: expected", "none in this class", "1 .txt");
        Files.delete(folder.resolve("b/notes.txt"));
        picture("b/.ipynb_checkpoints/1.png");
        refuses(() -> ImageFolder.of(folder), "b: expected", "2 class folders", "none in");
        Path empty = Files.createDirectories(folder.resolve("c/empty/.hidden")).getParent();
        refuses(() -> ImageFolder.of(empty), "empty: expected", "neither");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void linksAreFollowedButNotInACircle() throws IOException {
        picture("elsewhere/x/1.png");
        picture("set/a/1.png");
        Path set = folder.resolve("set");
        Files.createSymbolicLink(set.resolve("b"), folder.resolve("elsewhere/x"));
        Files.createSymbolicLink(set.resolve("a/2.png"), folder.resolve("elsewhere/x/1.png"));
        Files.createSymbolicLink(set.resolve("a/3.png"), folder.resolve("gone.png"));
        List<String> said = new ArrayList<>();
        ImageFolder source = said(said, () -> ImageFolder.of(set));
        assertThat(contents(source)).containsExactly("a/1.png", "a/2.png", "b/1.png");
        assertThat(said).singleElement().asString().contains("1 links that lead nowhere");
        Files.createSymbolicLink(set.resolve("a/up"), set);
        refuses(() -> ImageFolder.of(set), "up: expected", "circle", "remove the link");
    }

    @Test
    void numbersAsClassesAreInTheOrderOfTextAndItIsSaid() throws IOException {
        picture("1/1.png");
        picture("2/1.png");
        picture("10/1.png");
        List<String> said = new ArrayList<>();
        ImageFolder source = said(said, () -> ImageFolder.of(folder));
        assertThat(source.classes()).containsExactly("1", "10", "2");
        assertThat(said).singleElement().asString().contains("label 1 is '10', label 2 is '2'");
    }

    @Test
    void namesAreComparedInOneForm() throws IOException {
        // The umlaut as one letter and as two: HFS+ keeps it as two.
        picture("one/\u00e4/1.png");
        picture("two/a\u0308/1.png");
        assertThat(ImageFolder.of(folder.resolve("one")).identity())
                .isEqualTo(ImageFolder.of(folder.resolve("two")).identity());
    }

    // --- shards

    @Test
    void tracesOfSystemsAreNoMembersOfShards() throws IOException {
        Tars tar = new Tars();
        for (String trace : TRACES) {
            tar.file(trace, png()).file("deep/" + trace, png());
        }
        byte[] bytes = tar.file("./1.png", png()).file("1.cls", "0").end();
        assertThat(shard("a.tar", bytes).size()).isEqualTo(1);
        Path val = write("val.tar", bytes);
        assertThat(TarImages.imageNetValidation(val).size()).isEqualTo(1);
        byte[] bird = new Tars().file("._n1_1.JPEG", png()).file("n1_1.JPEG", png()).end();
        Path train =
                write(
                        "train.tar",
                        new Tars()
                                .member("./", '5', 0, new byte[0])
                                .file("._n01530575.tar", bird)
                                .file("n01530575.tar", bird)
                                .end());
        assertThat(TarImages.imageNetTrain(train).size()).isEqualTo(1);
    }

    @Test
    void aSampleHasOneImageAndTheRestAreFields() throws IOException {
        byte[] bytes =
                new Tars()
                        .file("000.seg.png", png())
                        .file("000.jpg", png())
                        .file("000.cls", "1")
                        .file("001.jpg", png())
                        .file("001.jpeg", png())
                        .file("001.cls", "0")
                        .file("002.heic", png())
                        .file("002.cls", "0")
                        .end();
        for (int time = 0; time < 2; time++) {
            List<String> said = new ArrayList<>();
            TarImages source = said(said, () -> shard("s.tar", bytes));
            assertThat(IntStream.range(0, source.size()).map(source::label)).containsExactly(1, 0);
            assertThat(said)
                    .anyMatch(line -> line.contains("Left out of") && line.contains("1 .heic"))
                    .anyMatch(line -> line.contains("1 members are a second image"));
        }
    }

    @Test
    void labelsBelongToTheirKeyInAnyOrder() throws IOException {
        byte[] bytes =
                new Tars()
                        .file("0.jpg", png())
                        .file("1.jpg", png())
                        .file("0.cls", "3")
                        .file("1.cls", "4")
                        .file("2.cls", "5")
                        .file("3.cls", "6")
                        .file("2.jpg", png())
                        .file("3.jpg", png())
                        .end();
        TarImages source = shard("s.tar", bytes);
        assertThat(IntStream.range(0, 4).map(source::label)).containsExactly(3, 4, 5, 6);
    }

    @Test
    void aMemberThatRepeatsANameTakesItsPlace() throws IOException {
        byte[] other = Fixtures.resource("files/baseline444.jpg");
        Tars tar =
                new Tars()
                        .file("n1_1.JPEG", png())
                        .file("n1_2.JPEG", png())
                        .file("n1_1.JPEG", other);
        for (Supplier<TarImages> open :
                List.<Supplier<TarImages>>of(
                        () -> shard("s.tar", tar.end()),
                        () -> TarImages.imageNetValidation(write("v.tar", tar.end())))) {
            List<String> said = new ArrayList<>();
            TarImages source = said(said, open);
            assertThat(source.size()).isEqualTo(2);
            assertThat(source.read(0).pixels()).isEqualTo(ImageDecoder.decode(other, "").pixels());
            assertThat(said).anyMatch(line -> line.contains("1 members repeat an earlier name"));
        }
    }

    @Test
    void theSameMembersInATarOfAnotherPlaceAreTheSame() throws IOException {
        byte[] bytes = new Tars().file("0.png", png()).file("0.cls", "0").end();
        Files.createDirectories(folder.resolve("moved"));
        TarImages source = shard("s.tar", bytes);
        TarImages moved = shard("moved/t.tar", bytes);
        assertThat(source.name()).isNotEqualTo(moved.name());
        assertThat(source.identity()).isEqualTo(moved.identity());
        TarImages other = shard("u.tar", new Tars().file("1.png", png()).file("1.cls", "0").end());
        assertThat(other.identity()).isNotEqualTo(source.identity());
    }

    // --- tars that are cut off

    @Test
    void aTarCutBetweenTwoMembersIsSaidWithItsCounts() throws IOException {
        for (int kept = 1; kept <= 6; kept++) {
            Tars six = new Tars();
            for (int i = 0; i < kept; i++) {
                six.file(i + ".png", png());
            }
            byte[] whole = six.end();
            byte[] cut = Arrays.copyOf(whole, whole.length - 1024);
            int count = kept;
            List<String> said = new ArrayList<>();
            TarImages source = said(said, () -> shard("cut" + count + ".tar", cut));
            assertThat(source.size()).isEqualTo(kept);
            assertThat(said)
                    .filteredOn(line -> line.contains("no end mark"))
                    .singleElement()
                    .asString()
                    .contains("cut" + kept + ".tar (" + kept + " images)", kept + " images in all");
            // Also from the index, which knows it.
            List<String> again = new ArrayList<>();
            said(again, () -> TarImages.shards(List.of(folder.resolve("cut" + count + ".tar"))));
            assertThat(again).anyMatch(line -> line.contains("no end mark"));
            List<String> ofWhole = new ArrayList<>();
            said(ofWhole, () -> shard("whole" + count + ".tar", whole));
            assertThat(ofWhole).isEmpty();
        }
    }

    @Test
    void aTarThatHadMoreImagesWhenItWasIndexedIsRefused() throws IOException {
        int each = 512 + (png().length + 511) / 512 * 512;
        byte[] whole =
                new Tars().file("0.png", png()).file("1.png", png()).file("2.png", png()).end();
        for (String kind : List.of("shards", "val")) {
            String name = kind + ".tar";
            TarImages before = open(kind, write(name, whole));
            assertThat(before.size()).isEqualTo(3);
            write(name, Arrays.copyOf(whole, 2 * each));
            for (int time = 0; time < 2; time++) {
                refuses(
                        () -> open(kind, folder.resolve(name)),
                        name,
                        "3 images and the end of the archive",
                        "found 2 images and no end mark",
                        "delete its index");
            }
            // A whole archive with fewer images is another archive, which is said once.
            write(name, new Tars().file("0.png", png()).end());
            for (int time = 0; time < 2; time++) {
                List<String> said = new ArrayList<>();
                TarImages fewer = said(said, () -> open(kind, folder.resolve(name)));
                assertThat(fewer.size()).isEqualTo(1);
                assertThat(said).hasSize(1 - time);
                assertThat(said).allMatch(line -> line.contains("1 images, and 3 when it was"));
            }
        }
    }

    private static TarImages open(String kind, Path path) {
        return kind.equals("val")
                ? TarImages.imageNetValidation(path)
                : TarImages.shards(List.of(path));
    }

    @Test
    void aTarOfWhichAManifestPromisesMoreIsRefused() throws IOException {
        byte[] whole = new Tars().file("0.png", png()).file("1.png", png()).end();
        byte[] cut = Arrays.copyOf(whole, whole.length - 1024);
        Files.writeString(folder.resolve("sizes.json"), "{\"a.tar\": 3, \"b.tar\": 2}");
        refuses(
                () -> shard("a.tar", cut),
                "a.tar",
                "3 samples",
                "sizes.json",
                "2 images and no end");
        assertThat(shard("b.tar", cut).size()).isEqualTo(2);
        refuses(() -> shard("a.tar", whole), "3 samples", "sizes.json", "2 images and the end");
        Files.writeString(folder.resolve("c_stats.json"), "{\"count\": 9, \"successes\": 7}");
        refuses(() -> shard("c.tar", cut), "7 samples", "c_stats.json");
        for (String other : List.of("[]", "3", "{\"d.tar\": null}", "{\"d.tar\": \"x\"}", "null")) {
            Files.writeString(folder.resolve("sizes.json"), other);
            assertThat(shard("d.tar", cut).size()).isEqualTo(2);
        }
        for (String damaged : List.of("{", "\u0000", "x")) {
            Files.writeString(folder.resolve("sizes.json"), damaged);
            refuses(() -> shard("e.tar", cut), "sizes.json", "mend or remove it");
        }
    }

    @Test
    void aManifestIsComparedWithEveryShardAtEveryOpening() throws IOException {
        byte[] four =
                new Tars()
                        .file("0.png", png())
                        .file("1.png", png())
                        .file("2.png", png())
                        .file("3.png", png())
                        .end();
        assertThat(shard("00000.tar", four).size()).isEqualTo(4);
        // The index is there already.
        Files.writeString(folder.resolve("00000_stats.json"), "{\"successes\": 9}");
        for (int time = 0; time < 2; time++) {
            refuses(() -> shard("00000.tar", four), "9 samples", "00000_stats.json", "4 images");
        }
        Files.writeString(folder.resolve("00000_stats.json"), "{\"successes\": 4}");
        assertThat(TarImages.shards(folder).size()).isEqualTo(4);
        // A sample need not have an image.
        Files.writeString(folder.resolve("sizes.json"), "{\"s.tar\": 2}");
        byte[] text = new Tars().file("0.png", png()).file("1.txt", "x").end();
        for (int time = 0; time < 2; time++) {
            assertThat(shard("s.tar", text).size()).isEqualTo(1);
        }
    }

    @Test
    void aShardThatAManifestNamesIsRequired() throws IOException {
        byte[] one = new Tars().file("0.png", png()).end();
        write("t-000.tar", one);
        Files.writeString(
                folder.resolve("sizes.json"),
                "{\"t-000.tar\": 1, \"t-001.tar\": 6, \"t-002.tar\": 0, \"s3://x/t.tar\": 3}");
        refuses(
                () -> TarImages.shards(folder),
                "t-001.tar",
                "6 samples",
                "sizes.json",
                "bring it back");
        assertThat(TarImages.shards(List.of(folder.resolve("t-000.tar"))).size()).isEqualTo(1);
        write("t-001.tar", one);
        refuses(() -> TarImages.shards(folder), "t-001.tar", "6 samples", "1 images");
        Files.delete(folder.resolve("sizes.json"));
        Files.writeString(folder.resolve("00007_stats.json"), "{\"successes\": 5}");
        refuses(() -> TarImages.shards(folder), "00007.tar", "5 samples", "00007_stats.json");
        Files.writeString(folder.resolve("00007_stats.json"), "{\"successes\": 0}");
        assertThat(TarImages.shards(folder).size()).isEqualTo(2);
    }

    // --- links inside archives

    @Test
    void linksToMembersAreReadAsThese() throws IOException {
        byte[] other = Fixtures.resource("files/baseline444.jpg");
        byte[] bytes =
                new Tars()
                        .file("./d/0.png", png())
                        .file("0.cls", "3")
                        .link("d/1.png", '1', "./d/0.png")
                        .link("1.cls", '1', "0.cls")
                        .link("d/2.png", '2', "../e/9.jpg")
                        .link("d/3.png", '2', "2.png")
                        .link("d/4.png", '1', "d/3.png")
                        .file("e/9.jpg", other)
                        .link("5.png", '2', "/data/5.png")
                        .link("6.png", '1', "gone.png")
                        .link("7.png", '2', "7.png")
                        .link("8.png", '2', "../../../8.png")
                        .member("pipe.png", '6', 0, new byte[0])
                        .end();
        for (boolean flat : new boolean[] {false, true}) {
            List<String> said = new ArrayList<>();
            TarImages source =
                    said(
                            said,
                            () ->
                                    flat
                                            ? TarImages.imageNetValidation(write("v.tar", bytes))
                                            : shard("s.tar", bytes));
            assertThat(
                            IntStream.range(0, source.size())
                                    .mapToObj(i -> source.read(i).pixels().length)
                                    .toList())
                    .hasSize(6)
                    .startsWith(
                            ImageDecoder.decode(png(), "").pixels().length,
                            ImageDecoder.decode(png(), "").pixels().length)
                    .endsWith(ImageDecoder.decode(other, "").pixels().length);
            assertThat(said)
                    .anyMatch(
                            line ->
                                    line.contains("4 links that lead to no file in it")
                                            && line.contains("1 devices or pipes"));
        }
    }

    @Test
    void aLinkedLabelIsALabel() throws IOException {
        TarImages source =
                shard(
                        "s.tar",
                        new Tars()
                                .file("0.png", png())
                                .file("0.cls", "3")
                                .link("1.png", '1', "0.png")
                                .link("1.cls", '1', "0.cls")
                                .end());
        assertThat(IntStream.range(0, 2).map(source::label)).containsExactly(3, 3);
    }

    /** Names of links as GNU and pax lengthen them; and a class's tar that is a link. */
    @Test
    void longLinksAndLinkedTarsOfClassesAreRead() throws IOException {
        String name = "d".repeat(120) + "/0.png";
        byte[] gnu = (name + "\0").getBytes(US_ASCII);
        String record = " linkpath=" + name + "\n";
        byte[] pax = (record.length() + 3 + record).getBytes(US_ASCII);
        byte[] bytes =
                new Tars()
                        .member("././@LongLink", 'L', gnu.length, gnu)
                        .file("cut", png())
                        .member("././@LongLink", 'K', gnu.length, gnu)
                        .link("1.png", '1', "cut")
                        .member("PaxHeaders/2", 'x', pax.length, pax)
                        .link("2.png", '1', "cut")
                        .end();
        assertThat(shard("s.tar", bytes).size()).isEqualTo(3);
        byte[] one = new Tars().file("n1_1.JPEG", png()).link("n1_2.JPEG", '1', "n1_1.JPEG").end();
        Path train =
                write(
                        "train.tar",
                        new Tars()
                                .file("n01530575.tar", one)
                                .link("n01530576.tar", '1', "n01530575.tar")
                                .end());
        TarImages source = TarImages.imageNetTrain(train);
        assertThat(IntStream.range(0, 4).map(source::label)).containsExactly(0, 0, 1, 1);
        Path bad =
                write(
                        "bad.tar",
                        new Tars()
                                .file("n01530575.tar", one)
                                .link("n01530576.tar", '1', "n01530577.tar")
                                .end());
        refuses(() -> TarImages.imageNetTrain(bad), "n01530576.tar");
    }

    /** Two names of one file, as the system's own tar packs them. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aTarOfHardLinksByTheSystemsTarIsReadWhole() throws Exception {
        picture("set/0.png");
        Files.createLink(folder.resolve("set/1.png"), folder.resolve("set/0.png"));
        Files.createSymbolicLink(folder.resolve("set/2.png"), Path.of("1.png"));
        Path tar = folder.resolve("s.tar");
        Process process =
                new ProcessBuilder(
                                "tar",
                                "-cf",
                                tar.toString(),
                                "-C",
                                folder.resolve("set").toString(),
                                ".")
                        .inheritIO()
                        .start();
        assertThat(process.waitFor()).isZero();
        TarImages source = TarImages.shards(List.of(tar));
        assertThat(source.size()).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            assertThat(source.read(i).pixels()).isEqualTo(ImageDecoder.decode(png(), "").pixels());
        }
    }

    @Test
    void labelsAreFoundInAnyLettersAndCountedWithoutAnImage() throws IOException {
        byte[] bytes =
                new Tars()
                        .file("000.JPG", png())
                        .file("000.CLS", "4")
                        .file("001.cls", "2")
                        .file("002.Cls", "3")
                        .end();
        List<String> said = new ArrayList<>();
        write("A.TAR", bytes);
        TarImages source = said(said, () -> TarImages.shards(folder));
        assertThat(source.size()).isEqualTo(1);
        assertThat(source.label(0)).isEqualTo(4);
        assertThat(said).anyMatch(line -> line.contains("2 labels without an image"));
    }

    @Test
    void aShardThatWasIndexedBeforeAndIsGoneIsSaid() throws IOException {
        byte[] one = new Tars().file("0.png", png()).end();
        for (int number = 0; number < 3; number++) {
            write("t-%d.tar".formatted(number), one);
        }
        List<String> said = new ArrayList<>();
        said(said, () -> TarImages.shards(folder));
        said(said, () -> TarImages.shards(List.of(folder.resolve("t-1.tar"))));
        said(said, () -> TarImages.shards(folder));
        assertThat(said).isEmpty();
        Files.delete(folder.resolve("t-2.tar"));
        TarImages source = said(said, () -> TarImages.shards(folder));
        assertThat(source.size()).isEqualTo(2);
        assertThat(said)
                .singleElement()
                .asString()
                .contains("1 shards that were there before are gone: t-2.tar", ".t-0.tar.3.shards");
    }

    @Test
    void aMissingNumberAmongShardsIsSaid() throws IOException {
        byte[] one = new Tars().file("0.png", png()).end();
        for (int number : new int[] {0, 1, 3, 6}) {
            write("train-%04d.tar".formatted(number), one);
        }
        List<String> said = new ArrayList<>();
        TarImages source = said(said, () -> TarImages.shards(folder));
        assertThat(source.size()).isEqualTo(4);
        assertThat(said)
                .singleElement()
                .asString()
                .contains("train-0002.tar", "train-0004.tar", "train-0005.tar", "4 shards");
        write("._train-0000.tar", new byte[10]);
        write(".train-0000.tar", new byte[10]);
        assertThat(TarImages.shards(folder).size()).isEqualTo(4);
    }

    // --- archives of other programs

    @Test
    void anotherFormatIsCalledByItsName() throws IOException {
        byte[] tar = new Tars().file("0.png", png()).end();
        Map<String, byte[]> files = new TreeMap<>();
        files.put("gzip: unpack it first (gunzip)", gzip(tar));
        files.put("bzip2", "BZh91AY&SY".getBytes(US_ASCII));
        files.put("xz", new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0, 0, 4});
        files.put("zstd", new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 4});
        files.put("zip archive", new byte[] {'P', 'K', 3, 4, 20, 0});
        files.put("7z archive", new byte[] {'7', 'z', (byte) 0xbc, (byte) 0xaf, 0x27, 0x1c});
        files.put("page of a web server", "<!DOCTYPE html><html>".getBytes(US_ASCII));
        files.put("Git LFS", "version https://git-lfs.github.com/spec/v1".getBytes(US_ASCII));
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            byte[] padded = Arrays.copyOf(file.getValue(), 2048);
            refuses(() -> shard("s.tar", padded), "expected a tar archive", file.getKey());
            refuses(() -> TarImages.imageNetTrain(write("s.tar", padded)), file.getKey());
        }
        byte[] text = new byte[1024];
        Arrays.fill(text, (byte) 'x');
        refuses(() -> shard("s.tar", text), "at byte 148", "found no checksum");
        // Sets in records of one length.
        Path packed = write("train.bin", gzip(new byte[5000]));
        refuses(() -> Cifar.read("c", List.of(packed), 1, Cifar.CLASSES_10), "gzip");
        refuses(() -> Stl10.read("s", packed, null), "gzip");
        Path pickle = write("data_batch_1", new byte[] {(byte) 0x80, 2, '}', 'q', 1});
        refuses(() -> Cifar.read("c", List.of(pickle), 1, Cifar.CLASSES_10), "pickle of Python");
        refuses(
                () ->
                        IdxFile.read(
                                "i", write("i.idx", new byte[] {'P', 'K', 3, 4}), null, List.of()),
                "zip archive");
        refuses(
                () ->
                        IdxFile.read(
                                "i",
                                write("j.idx", "<html><body>404 </body></html>".getBytes(UTF_8)),
                                null,
                                List.of()),
                "page of a web server");
    }

    @Test
    void theSetsOfOtherProgramsAreCalledByTheirNames() throws IOException {
        write("data_batch_1", new byte[] {(byte) 0x80, 2});
        write("batches.meta", new byte[] {(byte) 0x80, 2});
        for (ThrowingCallable open :
                List.<ThrowingCallable>of(
                        () -> Cifar.train10(folder), () -> Cifar.test10(folder))) {
            refuses(open, "_batch", "Python version", "Cifar.download10");
        }
        Path hundred = Files.createDirectories(folder.resolve("cifar-100-python"));
        Files.write(hundred.resolve("meta"), new byte[] {(byte) 0x80, 2});
        refuses(() -> Cifar.train100(hundred), "Python version", "Cifar.download100");
        refuses(() -> Cifar.test100(hundred), "Python version");
        Path matlab = Files.createDirectories(folder.resolve("matlab"));
        Files.write(matlab.resolve("data_batch_1.mat"), new byte[4]);
        refuses(() -> Cifar.train10(matlab), "MATLAB version", "Cifar.download10");
        Path stl = Files.createDirectories(folder.resolve("stl10_matlab"));
        Files.write(stl.resolve("train.mat"), new byte[4]);
        refuses(() -> Stl10.train(stl), "MATLAB version", "Stl10.download");
        refuses(() -> Stl10.unlabeled(stl), "MATLAB version", "Stl10.download");
    }

    @Test
    void gnusIncrementalArchivesAreRead() throws IOException {
        byte[] list = "Y0.png\0Y1.png\0\0".getBytes(US_ASCII);
        byte[] bytes =
                new Tars()
                        .member("backup", 'V', 0, new byte[0])
                        .member("./", 'D', list.length, list)
                        .file("./0.png", png())
                        .file("./1.png", png())
                        .end();
        assertThat(shard("s.tar", bytes).size()).isEqualTo(2);
        assertThat(TarImages.imageNetValidation(write("v.tar", bytes)).size()).isEqualTo(2);
    }

    @Test
    void anImageStoredWithHolesIsRefusedAndOtherMembersArePassedOver() throws IOException {
        // GNU's old form: a header with a first block of its map, of which more follow.
        byte[] header = Tars.header("0.png", 'S', 512);
        header[482] = 1;
        byte[] more = new byte[1024];
        more[504] = 1;
        byte[] old = concat(Tars.summed(header), more, new byte[512]);
        refuses(() -> shard("a.tar", concat(old, new byte[1024])), "0.png", "--sparse");
        byte[] text = Tars.header("0.txt", 'S', 512);
        text[482] = 1;
        byte[] passed = concat(Tars.summed(text), more, new byte[512]);
        byte[] rest = new Tars().file("1.png", png()).end();
        assertThat(shard("b.tar", concat(passed, rest)).size()).isEqualTo(1);
        // pax 1.0: the name in a record, the map at the content's beginning.
        byte[] pax =
                new Tars()
                        .member(
                                "PaxHeaders/0",
                                'x',
                                22 + 25 + 26,
                                """
                                22 GNU.sparse.major=1
                                25 GNU.sparse.name=0.png
                                26 path=GNUSparseFile.1/0
                                """
                                        .getBytes(US_ASCII))
                        .file("GNUSparseFile.1/0.png", "1\n0\n512\n")
                        .end();
        refuses(() -> shard("c.tar", pax), "0.png", "--sparse");
    }

    @Test
    void volumesAreRefused() throws IOException {
        byte[] later =
                concat(
                        Tars.header("0.png", 'M', 512),
                        new byte[512],
                        new Tars().file("1.png", png()).end());
        refuses(() -> shard("a.tar", later), "volume", "tar -M");
        byte[] pax =
                new Tars()
                        .member(
                                "GlobalHead",
                                'g',
                                26,
                                "26 GNU.volume.offset=1024\n".getBytes(US_ASCII))
                        .file("0.png", png())
                        .end();
        refuses(() -> shard("b.tar", pax), "volume", "tar -M");
        byte[] first = concat(Tars.header("0.png", '0', 4096), new byte[512]);
        refuses(() -> shard("c.tar", first), "4096", "first of several volumes");
    }

    @Test
    void headersForAllMembersAreReadWithinBounds() throws IOException {
        byte[] comment = "17 comment=hello\n".getBytes(US_ASCII);
        byte[] good =
                new Tars().member("g", 'g', comment.length, comment).file("0.png", png()).end();
        assertThat(shard("a.tar", good).size()).isEqualTo(1);
        for (String record : List.of("10 size=1\n", "10 path=a\n")) {
            byte[] all = record.getBytes(US_ASCII);
            byte[] bad = new Tars().member("g", 'g', all.length, all).file("0.png", png()).end();
            refuses(() -> shard("b.tar", bad), "header for all members");
        }
        for (char type : "gxLK".toCharArray()) {
            byte[] huge = new Tars().member("g", type, 2 << 20, new byte[2 << 20]).end();
            refuses(() -> shard("c.tar", huge), "at most 1048576 bytes");
        }
        Tars many = new Tars();
        byte[] long1 = ("900000 comment=" + "x".repeat(900_000 - 16) + "\n").getBytes(US_ASCII);
        for (int i = 0; i < 3; i++) {
            many.member("x", 'x', long1.length, long1);
        }
        refuses(
                () -> shard("d.tar", many.file("0.png", png()).end()),
                "extended headers of at most");
    }

    // --- files larger than the memory

    @Test
    void aFileTooLargeForTheMemoryIsACorruptImage() throws IOException {
        Path sparse = picture("set/a/1.jpg");
        try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
            file.setLength(900L << 20);
        }
        ImageFolder source = ImageFolder.of(folder.resolve("set"));
        assertThatThrownBy(() -> source.read(0))
                .isInstanceOf(CorruptImageException.class)
                .hasMessageContaining("1.jpg")
                .hasMessageContaining("943718400 bytes");
        for (long size : new long[] {1500L << 20, 5L << 30}) {
            Path tar = write("big.tar", Tars.header("0.jpg", '0', size));
            try (RandomAccessFile file = new RandomAccessFile(tar.toFile(), "rw")) {
                file.setLength(512 + size);
                file.seek(512 + size);
                file.write(new Tars().file("1.png", png()).end());
            }
            TarImages images = TarImages.shards(List.of(tar));
            assertThat(images.size()).isEqualTo(2);
            assertThatThrownBy(() -> images.read(0))
                    .isInstanceOf(CorruptImageException.class)
                    .hasMessageContaining("big.tar")
                    .hasMessageContaining(size + " bytes");
            assertThat(images.read(1).pixels())
                    .isEqualTo(ImageDecoder.decode(png(), "it").pixels());
        }
        TarImages empty =
                shard("e.tar", new Tars().file("0.jpg", new byte[0]).file("1.png", png()).end());
        assertThatThrownBy(() -> empty.read(0))
                .isInstanceOf(CorruptImageException.class)
                .hasMessageContaining("an empty file");
        assertThat(empty.size()).isEqualTo(2);
    }

    // --- ImageNet's labels

    @Test
    void numbersAreNoLabelsOfImageNet() throws IOException {
        Path tar = write("val.tar", new Tars().file("ILSVRC2012_val_00000001.JPEG", png()).end());
        for (String text : List.of("65\n", "ILSVRC2012_val_00000001.JPEG 65\n", "0\n")) {
            Path labels = write("labels.txt", text.getBytes(US_ASCII));
            refuses(
                    () -> TarImages.imageNetValidation(tar, labels),
                    "labels.txt",
                    "nNNNNNNNN",
                    "'" + text.strip() + "'",
                    "devkit");
        }
    }

    // --- helps

    private static <T> T said(List<String> said, Supplier<T> open) {
        Sink before =
                Progress.use(
                        new TestSink() {
                            @Override
                            public void message(String text) {
                                // Said once in a process, by whichever image is decoded first.
                                if (!text.startsWith("JPEG images:")) {
                                    said.add(text);
                                }
                            }
                        });
        try {
            return open.get();
        } finally {
            Progress.use(before);
        }
    }

    private static List<String> contents(ImageSource source) {
        return IntStream.range(0, source.size())
                .mapToObj(i -> source.content(i).replaceFirst(", \\d+ bytes, \\p{XDigit}{8}$", ""))
                .toList();
    }

    private static void refuses(ThrowingCallable call, String... words) {
        assertThatThrownBy(call)
                .isInstanceOf(ImageDataException.class)
                .satisfies(
                        thrown -> {
                            for (String word : words) {
                                assertThat(thrown).hasMessageContaining(word);
                            }
                        });
    }

    private TarImages shard(String name, byte[] bytes) {
        return TarImages.shards(List.of(write(name, bytes)));
    }

    private static byte[] png() {
        return Fixtures.resource("files/colour.png");
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private Path picture(String name) throws IOException {
        Path path = folder.resolve(name);
        Files.createDirectories(path.getParent());
        return Files.write(path, png());
    }

    private Path write(String name, byte[] bytes) {
        try {
            return Files.write(folder.resolve(name), bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }
}
