package org.directpred.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.directpred.progress.Progress;
import org.directpred.progress.Sink;
import org.directpred.progress.TestSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lies behind the last member of a tar: its end, the end of a part of it, or another tar. */
class TarEndTest {
    private static final byte[] CONTENT = new byte[2000];
    private static final int MEMBER = 512 + 2048;

    static {
        Arrays.fill(CONTENT, (byte) 7);
    }

    @TempDir private Path folder;

    private final List<String> said = new ArrayList<>();

    @Test
    void anEndThatFillsARecordIsWhole() {
        byte[] members = members(0, 6).endless();
        for (int record : new int[] {512, 1024, 2048, 5120, 10_240}) {
            int length = (members.length + 1024 + record - 1) / record * record;
            assertThat(shard("r" + record + ".tar", Arrays.copyOf(members, length)).size())
                    .isEqualTo(6);
        }
        assertThat(said).isEmpty();
    }

    @Test
    void spaceThatWasNotFilledIsSaidWithTheCounts() {
        byte[] members = members(0, 6).endless();
        byte[] half = Arrays.copyOf(Arrays.copyOf(members, 3 * MEMBER), 200_000);
        assertThat(shard("half.tar", half).size()).isEqualTo(3);
        String zeros = "half.tar (3 images): " + (200_000 - 3 * MEMBER) + " zero bytes at byte ";
        assertThat(said).singleElement().asString().contains(zeros + 3 * MEMBER, "3 images in all");
        // The index remembers it.
        said.clear();
        assertThat(shard("half.tar", null).size()).isEqualTo(3);
        assertThat(said).singleElement().asString().contains(zeros);
    }

    @Test
    void aHoleIsSaidWithWhatLiesBehindIt() {
        for (int zeros : new int[] {512, 1024, 1500}) {
            byte[] whole = members(0, 6).end();
            Arrays.fill(whole, 3 * MEMBER, 3 * MEMBER + zeros, (byte) 0);
            said.clear();
            assertThat(shard("hole" + zeros + ".tar", whole).size()).isEqualTo(3);
            int behind = whole.length - 3 * MEMBER - zeros / 512 * 512;
            assertThat(said)
                    .singleElement()
                    .asString()
                    .contains("(3 images): ", "at byte " + 3 * MEMBER, behind + " bytes behind");
        }
    }

    @Test
    void aSingleZeroBlockIsNoWholeEnd() {
        byte[] members = members(0, 2).endless();
        assertThat(shard("one.tar", Arrays.copyOf(members, members.length + 512)).size())
                .isEqualTo(2);
        assertThat(said).singleElement().asString().contains("a single block of zeros", "2 images");
    }

    @Test
    void tarsOneBehindTheOtherAreReadAndSaid() {
        byte[] both = concat(members(0, 3).end(), members(3, 6).end());
        assertThat(shard("both.tar", both).size()).isEqualTo(6);
        assertThat(said).singleElement().asString().contains("both.tar (6 images): 2 archives");
        said.clear();
        byte[] filled = Arrays.copyOf(members(0, 3).endless(), 10_240);
        byte[] three = concat(filled, filled, members(3, 6).end());
        TarImages flat = opened("three.tar", three, TarImages::imageNetValidation);
        assertThat(flat.size()).isEqualTo(6);
        assertThat(said).anyMatch(line -> line.contains("three.tar (6 images): 3 archives"));
        assertThat(said).noneMatch(line -> line.contains("whole"));
        // A hole that ends where a header begins.
        byte[] hole = members(0, 6).end();
        Arrays.fill(hole, MEMBER, 3 * MEMBER, (byte) 0);
        said.clear();
        assertThat(shard("aligned.tar", hole).size()).isEqualTo(4);
        assertThat(said).anyMatch(line -> line.contains("may not be whole"));
    }

    @Test
    void fewerThanAManifestOrAnEarlierIndexSaysAreRefused() throws IOException {
        byte[] whole = members(0, 6).end();
        byte[] half = Arrays.copyOf(Arrays.copyOf(whole, 3 * MEMBER), 200_000);
        byte[] hole = whole.clone();
        Arrays.fill(hole, 3 * MEMBER, 3 * MEMBER + 512, (byte) 0);
        byte[] joined = concat(members(0, 3).end(), members(3, 6).end());
        Files.writeString(folder.resolve("sizes.json"), "{\"m.tar\": 6}");
        for (byte[] damaged : List.of(half, hole)) {
            assertThatThrownBy(() -> shard("m.tar", damaged))
                    .isInstanceOf(ImageDataException.class)
                    .hasMessageContaining("6 samples and the end of the archive, by sizes.json")
                    .hasMessageContaining("3 images and")
                    .hasMessageContaining("zero bytes at byte " + 3 * MEMBER);
            assertThat(shard("i.tar", whole).size()).isEqualTo(6);
            assertThatThrownBy(() -> shard("i.tar", damaged))
                    .isInstanceOf(ImageDataException.class)
                    .hasMessageContaining("6 images and the end of the archive")
                    .hasMessageContaining("3 images and")
                    .hasMessageContaining("delete its index");
        }
        assertThat(shard("m.tar", joined).size()).isEqualTo(6);
    }

    @Test
    void aTarOfAClassThatIsNotWholeIsNamed() {
        byte[] inner = Arrays.copyOf(Arrays.copyOf(members(0, 4).end(), 2 * MEMBER), 100_000);
        byte[] train =
                new Tars()
                        .file("n00000001.tar", members(0, 1).end())
                        .file("n00000002.tar", inner)
                        .end();
        assertThat(opened("train.tar", train, TarImages::imageNetTrain).size()).isEqualTo(3);
        assertThat(said)
                .singleElement()
                .asString()
                .contains("train.tar, n00000002.tar: " + (100_000 - 2 * MEMBER) + " zero bytes");
    }

    @Test
    void aTarOfZerosIsCalledWhatItIs() {
        assertThatThrownBy(() -> shard("zeros.tar", new byte[100_000]))
                .isInstanceOf(ImageDataException.class)
                .hasMessageContaining("100000 zero bytes at byte 0");
    }

    @Test
    void shardsInAFormThatIsNotReadAreCounted() throws IOException {
        for (String name : List.of("1.tar.gz", "2.tgz", "3.TAR.zst", "4.tar.part", "5.zip")) {
            Files.writeString(folder.resolve(name), "x");
        }
        Files.writeString(folder.resolve("0.json"), "{}");
        assertThat(opened("0.tar", members(0, 2).end(), path -> TarImages.shards(folder)).size())
                .isEqualTo(2);
        assertThat(said)
                .singleElement()
                .asString()
                .contains(
                        "5 files are shards that are not read beside its 1 .tar: 1.tar.gz, 2.tgz,")
                .contains("3.TAR.zst, ...");
    }

    private static Tars members(int from, int to) {
        Tars tars = new Tars();
        for (int i = from; i < to; i++) {
            tars.file(i + ".png", CONTENT);
        }
        return tars;
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private TarImages shard(String name, byte[] bytes) {
        return opened(name, bytes, path -> TarImages.shards(List.of(path)));
    }

    private TarImages opened(String name, byte[] bytes, Function<Path, TarImages> open) {
        Path path = folder.resolve(name);
        if (bytes != null) {
            try {
                Files.write(path, bytes);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
        Sink before =
                Progress.use(
                        new TestSink() {
                            @Override
                            public void message(String text) {
                                said.add(text);
                            }
                        });
        try {
            return open.apply(path);
        } finally {
            Progress.use(before);
        }
    }
}
