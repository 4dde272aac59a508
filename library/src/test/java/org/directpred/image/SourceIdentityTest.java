package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A source is known again by what it holds, whatever it is called and wherever it lies. */
class SourceIdentityTest {
    private static final ImageSource FASHION = FashionMnist.embeddedTest();

    @TempDir private Path folder;

    @Test
    void twoPartsOfOneSetAreTwoThoughTheyHaveOneName() {
        ImageSource first = FASHION.subset(IntStream.range(0, 640).toArray());
        ImageSource last = FASHION.subset(IntStream.range(1000, 1640).toArray());
        assertThat(first.name()).isEqualTo(last.name());
        assertThat(first.identity()).isNotEqualTo(last.identity());
        assertThat(difference(first, last))
                .contains("there are 640 as before")
                .contains("the first that differs is image 0, in name, size or content")
                .contains("'image 1000, 28 x 28, ");
        assertThat(first.identity()).isEqualTo(FASHION.first(640).identity());
        assertThat(SourceIdentity.difference(first.identity().text(), FASHION.first(640)))
                .isEmpty();
    }

    @Test
    void exchangedLostAndAddedImagesAreSaidByCountAndFirstPlace() {
        int[] order = IntStream.range(0, 100).toArray();
        ImageSource before = FASHION.subset(order);
        order[41] = 57;
        order[57] = 41;
        assertThat(difference(before, FASHION.subset(order)))
                .contains("as before; the first that differs is image 41, ")
                .contains("'image 57, 28 x 28, ");
        assertThat(difference(before, FASHION.subset(Arrays.copyOf(order, 0)))).contains("are 0");
        assertThat(difference(before, FASHION.first(99)))
                .contains("there were 100, and there are 99")
                .contains("all from image 99 on are gone");
        assertThat(difference(before, FASHION.first(101)))
                .contains("there were 100, and there are 101")
                .contains("image 100 is new");
    }

    @Test
    void anotherLabelOrClassNameIsSaid() throws IOException {
        Path root = pictures("root", "a/1.png", "a/2.png", "b/3.png");
        String before = ImageFolder.of(root).identity().text();
        Files.move(root.resolve("b"), root.resolve("c"));
        assertThat(SourceIdentity.difference(before, ImageFolder.of(root)).orElseThrow())
                .contains("image 2, in name, size or content")
                .contains("'c/3.png, ")
                .contains("label 1 (c)");
        ImageSource relabelled =
                new Wrapper(FASHION.first(10)) {
                    @Override
                    public int label(int index) {
                        return index == 6 ? 0 : super.label(index);
                    }
                };
        assertThat(FASHION.label(6)).isNotZero();
        assertThat(difference(new Wrapper(FASHION.first(10)), relabelled))
                .contains("image 6, in its label")
                .contains("label 0 (T-shirt/top)");
        ImageSource renamed =
                new Wrapper(FASHION.first(1)) {
                    @Override
                    public List<String> classes() {
                        return IntStream.range(0, 10).mapToObj(i -> "c" + i).toList();
                    }
                };
        assertThat(difference(new Wrapper(FASHION.first(1)), renamed)).contains("(c");
    }

    @Test
    void aFolderThatHasMovedIsTheSame() throws IOException {
        Path one = pictures("one", "a/1.png", "b/deep/2.png");
        Path other = pictures("somewhere/else", "b/deep/2.png", "a/1.png");
        ImageFolder first = ImageFolder.of(one);
        assertThat(first.name()).isNotEqualTo(ImageFolder.of(other).name());
        assertThat(first.identity()).isEqualTo(ImageFolder.of(other).identity());
        assertThat(first.identity())
                .isEqualTo(ImageFolder.of(one.resolve("../one/./a/..")).identity());
        CRC32 sum = new CRC32();
        sum.update(Fixtures.resource("files/colour.png"));
        assertThat(first.content(1))
                .startsWith("b/deep/2.png, ")
                .endsWith(" bytes, %08x".formatted(sum.getValue()));
        Files.write(other.resolve("a/1.png"), Fixtures.resource("files/baseline444.jpg"));
        assertThat(difference(first, ImageFolder.of(other)))
                .contains("image 0, in name, size or content");
    }

    /** Prints what a folder is to a process of another locale. */
    static final class InAnotherLocale {
        private InAnotherLocale() {}

        public static void main(String[] arguments) {
            ImageFolder source = ImageFolder.of(Path.of(arguments[0]));
            System.out.println(source.identity().digest() + " " + source.read(2).height());
        }
    }

    @Test
    @DisabledOnOs({OS.WINDOWS, OS.MAC})
    void namesAreTheSameInALocaleWithoutTheirLetters() throws Exception {
        Path root = pictures("root", "Zebra/1.png", "\u00c4ffchen/1 + 2%.png", "\u732b/\u4e00.png");
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        InAnotherLocale.class.getName(),
                        root.toString());
        builder.environment().put("LC_ALL", "C");
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).contains(ImageFolder.of(root).identity().digest());
    }

    @Test
    void aNameIsForPeople() {
        ImageSource named = FASHION.first(10).withName("ten pictures");
        assertThat(named.name()).isEqualTo("ten pictures");
        assertThat(named.identity()).isEqualTo(FASHION.first(10).identity());
        assertThat(named.subset(1, 2).name()).contains("ten pictures");
        assertThat(named.read(3).pixels()).isEqualTo(FASHION.read(3).pixels());
        assertThat(named.place(3)).isEqualTo(FASHION.place(3));
        assertThatThrownBy(() -> named.withName(" ")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSourceOfAUsersOwnIsKnownByItsPixels() {
        ImageSource own = new Wrapper(FASHION.first(50));
        ImageSource swapped =
                new Wrapper(FASHION.first(50)) {
                    @Override
                    public Image read(int index) {
                        return super.read(index == 30 ? 31 : index == 31 ? 30 : index);
                    }
                };
        assertThat(new Wrapper(FASHION.first(50)).identity()).isEqualTo(own.identity());
        assertThat(difference(own, swapped)).contains("image 30, in ");
        ImageSource corrupt =
                new Wrapper(FASHION.first(50)) {
                    @Override
                    public Image read(int index) {
                        throw new CorruptImageException("it", 0, "a picture", "a tear", null);
                    }
                };
        assertThat(corrupt.content(3)).isEqualTo("image 3, corrupt");
    }

    @Test
    void aSourceOfAUsersOwnOfSeveralSizesIsKnownByItsPixelsToo() {
        ImageSource before = new Sized(FASHION.first(10));
        assertThat(new Sized(FASHION.first(10)).identity()).isEqualTo(before.identity());
        ImageSource others = new Sized(FASHION.subset(10, 11, 12, 13, 14, 15, 16, 17, 18, 19));
        assertThat(before.content(3)).isNotEqualTo(others.content(3));
        assertThat(
                        SourceIdentity.difference(
                                before.identity().text(),
                                new Sized(FASHION.subset(0, 1, 2, 3, 4, 5, 6, 7, 9, 8))))
                .hasValueSatisfying(words -> assertThat(words).contains("image 8, "));
    }

    @Test
    void filesOfOneSizeWithExchangedBytesAreOthers() throws IOException {
        byte[] one = Fixtures.resource("files/colour.png");
        byte[] other = one.clone();
        other[other.length - 5] ^= 1;
        Path root = pictures("root", "a/1.png", "a/2.png", "a/3.png");
        Files.write(root.resolve("a/3.png"), other);
        String before = ImageFolder.of(root).identity().text();
        Files.write(root.resolve("a/2.png"), other);
        Files.write(root.resolve("a/3.png"), one);
        assertThat(SourceIdentity.difference(before, ImageFolder.of(root)).orElseThrow())
                .contains("image 1, in name, size or content");
        byte[][] tars = {
            new Tars().file("1.png", one).file("2.png", other).end(),
            new Tars().file("1.png", other).file("2.png", one).end()
        };
        TarImages first = TarImages.shards(List.of(Files.write(folder.resolve("1.tar"), tars[0])));
        TarImages second = TarImages.shards(List.of(Files.write(folder.resolve("2.tar"), tars[1])));
        assertThat(difference(first, second)).contains("image 0, in name, size or content");
        assertThat(first.checksum(0)).isEqualTo(second.checksum(1)).isNotEqualTo(first.checksum(1));
        assertThat(first.asGrey().subset(1).withName("x").checksum(0)).isEqualTo(first.checksum(1));
    }

    @Test
    void manyImagesAreComparedInGroups() {
        ImageSource many = new Numbers(100_000, -1);
        ImageSource other = new Numbers(100_000, 77_777);
        assertThat(many.identity().text().length()).isLessThan(50_000);
        assertThat(difference(many, other))
                .contains("is one of the images 77766 to 77778, of which the first is");
        assertThat(many.identity()).isEqualTo(new Numbers(100_000, -1).identity());
    }

    @Test
    void theDigestIsOfTheListAlone() throws Exception {
        // By hand: count, classes, then content and label of each, each ended by the character 0.
        Path root = pictures("root", "b/2.png", "a/1.png");
        CRC32 sum = new CRC32();
        sum.update(Files.readAllBytes(root.resolve("a/1.png")));
        String bytes =
                " %d bytes, %08x".formatted(Files.size(root.resolve("a/1.png")), sum.getValue());
        String list =
                String.join(
                        "\0",
                        "2",
                        "a",
                        "b",
                        "a/1.png," + bytes,
                        "0 (a)",
                        "b/2.png," + bytes,
                        "1 (b)",
                        "");
        assertThat(ImageFolder.of(root).identity().digest())
                .isEqualTo(
                        HexFormat.of()
                                .formatHex(
                                        MessageDigest.getInstance("SHA-256")
                                                .digest(list.getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void anIdentityThatCannotBeReadIsADifference() {
        ImageSource source = FASHION.first(3);
        String text = source.identity().text();
        for (String damaged :
                List.of(
                        "",
                        "images-1",
                        "images-9 3 x",
                        text.replace("images-1 3", "images-1 4"),
                        text.replace("images-1 3", "images-1 -3"),
                        text.replace("images-1 3", "images-1 2147483647"),
                        text.substring(0, text.length() - 3),
                        text + "!")) {
            assertThat(SourceIdentity.difference(damaged, source)).as(damaged).isPresent();
        }
    }

    private static String difference(ImageSource before, ImageSource now) {
        return SourceIdentity.difference(before.identity().text(), now).orElseThrow();
    }

    private Path pictures(String root, String... names) throws IOException {
        for (String name : names) {
            Path file = folder.resolve(root).resolve(name);
            Files.createDirectories(file.getParent());
            Files.write(file, Fixtures.resource("files/colour.png"));
        }
        return folder.resolve(root);
    }

    /** A source of a user's own, which says nothing of its contents. */
    private static class Wrapper implements ImageSource {
        private final ImageSource source;

        Wrapper(ImageSource source) {
            this.source = source;
        }

        @Override
        public String name() {
            return "mine";
        }

        @Override
        public int size() {
            return source.size();
        }

        @Override
        public int channels() {
            return source.channels();
        }

        @Override
        public int height() {
            return source.height();
        }

        @Override
        public int width() {
            return source.width();
        }

        @Override
        public List<String> classes() {
            return source.classes();
        }

        @Override
        public int label(int index) {
            return source.label(index);
        }

        @Override
        public Image read(int index) {
            return source.read(index);
        }
    }

    /** Images that need not be of one size. */
    private static final class Sized extends Wrapper {
        Sized(ImageSource source) {
            super(source);
        }

        @Override
        public int height() {
            return VARIABLE;
        }

        @Override
        public int width() {
            return VARIABLE;
        }
    }

    /** Many images that are never read. */
    private static final class Numbers extends Wrapper {
        private final int size;
        private final int other;

        Numbers(int size, int other) {
            super(FASHION);
            this.size = size;
            this.other = other;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public int label(int index) {
            return UNLABELLED;
        }

        @Override
        public String content(int index) {
            return "number " + (index == other ? -1 : index);
        }
    }
}
