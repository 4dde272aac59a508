package org.directpred.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Whatever a file holds, a parser gives an {@link ImageDataException} or a result: no other
 * exception, no hang, no crash, no more memory than the file's own size allows.
 *
 * <p>Every build runs the inputs kept in the resources; {@code JAZZER_FUZZ=1 mvn -pl library test
 * -Dtest=ParsersFuzzTest#jpeg} looks for new ones.
 */
class ParsersFuzzTest {
    private static final List<Parser> TARS =
            List.of(
                    path -> read(TarImages.shards(List.of(path))),
                    path -> read(TarImages.imageNetTrain(path)),
                    path -> read(TarImages.imageNetValidation(path)));

    private static final List<Parser> STL10 =
            List.of(
                    path -> read(Stl10.read("input", path, null)),
                    path -> {
                        // The first byte says how many images and how many labels there are.
                        byte[] input = Arrays.copyOf(Files.readAllBytes(path), 4);
                        int images = input[0] & 3;
                        int count = (input[0] >> 2) & 3;
                        Path pixels = path.resolveSibling("pixels");
                        Files.write(pixels, new byte[images * 3 * Stl10.SIDE * Stl10.SIDE]);
                        Path labels = path.resolveSibling("labels");
                        Files.write(labels, Arrays.copyOfRange(input, 1, 1 + count));
                        read(Stl10.read("input", pixels, labels));
                    });

    private static final List<Parser> CIFAR =
            List.of(
                    path -> read(cifar(path, 1)),
                    path -> read(cifar(path, 2)),
                    path -> read(cifar(records(path, 1), 1)),
                    path -> read(cifar(records(path, 2), 2)));

    private static Cifar cifar(Path path, int labelBytes) {
        return Cifar.read("input", List.of(path), labelBytes, Cifar.CLASSES_10);
    }

    /** A file of whole records whose labels are the input's first bytes. */
    private static Path records(Path path, int labelBytes) throws IOException {
        byte[] labels = Arrays.copyOf(Files.readAllBytes(path), 4 * labelBytes);
        int length = labelBytes + 3 * Cifar.SIDE * Cifar.SIDE;
        byte[] records = new byte[4 * length];
        for (int i = 0; i < 4; i++) {
            System.arraycopy(labels, i * labelBytes, records, i * length, labelBytes);
        }
        return Files.write(path.resolveSibling("records"), records);
    }

    @Test
    void everyParserTakesAnInputThatIsKept() throws IOException, URISyntaxException {
        Map<String, List<Parser>> targets = Map.of("tarFile", TARS, "stl10", STL10, "cifar", CIFAR);
        for (Map.Entry<String, List<Parser>> target : targets.entrySet()) {
            String kept = "ParsersFuzzTestInputs/" + target.getKey();
            Set<Integer> taken = new TreeSet<>();
            try (var inputs =
                    Files.list(Path.of(ParsersFuzzTest.class.getResource(kept).toURI()))) {
                for (Path input : inputs.toList()) {
                    taken.addAll(taken(Files.readAllBytes(input), target.getValue()));
                }
            }
            assertThat(taken).as(kept).hasSameSizeAs(target.getValue());
        }
    }

    @FuzzTest(maxDuration = "10m")
    void jpeg(byte[] input) {
        decode(withStart(input, 0xff, 0xd8, 0xff));
    }

    @FuzzTest(maxDuration = "10m")
    void png(byte[] input) {
        decode(withStart(input, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'));
    }

    @FuzzTest(maxDuration = "10m")
    void gif(byte[] input) {
        decode(withStart(input, 'G', 'I', 'F', '8'));
    }

    @FuzzTest(maxDuration = "10m")
    void bmp(byte[] input) {
        decode(withStart(input, 'B', 'M'));
    }

    @FuzzTest(maxDuration = "10m")
    void tiff(byte[] input) {
        decode(
                input.length > 0 && input[0] == 'M'
                        ? withStart(input, 'M', 'M', 0, 42)
                        : withStart(input, 'I', 'I', 42, 0));
    }

    @FuzzTest(maxDuration = "10m")
    void webp(byte[] input) {
        byte[] bytes = withStart(input, 'R', 'I', 'F', 'F');
        if (bytes.length >= 12) {
            System.arraycopy(new byte[] {'W', 'E', 'B', 'P'}, 0, bytes, 8, 4);
        }
        decode(bytes);
    }

    private static byte[] withStart(byte[] input, int... start) {
        byte[] bytes = input.clone();
        for (int i = 0; i < Math.min(start.length, bytes.length); i++) {
            bytes[i] = (byte) start[i];
        }
        return bytes;
    }

    private static void decode(byte[] bytes) {
        for (boolean turbo : ImageDecoderTest.decoders()) {
            try {
                ImageDecoder.decode(bytes, "input", turbo);
            } catch (CorruptImageException expected) {
                // The answer for damage.
            }
        }
    }

    @FuzzTest(maxDuration = "10m")
    void idx(byte[] input) throws IOException {
        for (int magic : new int[] {0x803, 0x801}) {
            try {
                IdxFile.parse("input", new ByteArrayInputStream(input), input.length, magic);
            } catch (ImageDataException expected) {
                // The answer for damage.
            }
        }
    }

    @FuzzTest(maxDuration = "10m")
    void tarIndex(byte[] input) throws IOException {
        try {
            TarIndex.read("input", new ByteArrayInputStream(input), input.length);
        } catch (ImageDataException expected) {
            // The answer for damage.
        }
    }

    @FuzzTest(maxDuration = "10m")
    void sourceIdentity(byte[] input) {
        ImageSource source = FashionMnist.embeddedTest().first(3);
        String text = new String(input, UTF_8);
        assertThat(SourceIdentity.difference(text, source).isEmpty())
                .isEqualTo(text.equals(source.identity().text()));
        // Behind the right beginning too.
        SourceIdentity.difference("images-1 3 " + text, source);
        SourceIdentity.difference("images-1 " + text + " 0 AAAAAAAA AAAAAAAA", source);
    }

    @FuzzTest(maxDuration = "10m")
    void tarStream(byte[] input) throws IOException {
        try {
            TarReader tar = TarReader.of("input", new ByteArrayInputStream(input));
            byte[] content = new byte[64];
            for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
                tar.content(content, (int) Math.min(content.length, entry.size()));
            }
        } catch (ImageDataException expected) {
            // The answer for damage.
        }
    }

    @FuzzTest(maxDuration = "10m")
    void tarFile(byte[] input) throws IOException {
        taken(input, TARS);
    }

    @FuzzTest(maxDuration = "10m")
    void archive(byte[] input) throws IOException {
        Parser unpack =
                path -> Archive.unpack(path, path.resolveSibling("unpacked"), null, 1 << 16);
        taken(input, List.of(unpack));
    }

    @FuzzTest(maxDuration = "10m")
    void stl10(byte[] input) throws IOException {
        taken(input, STL10);
    }

    @FuzzTest(maxDuration = "10m")
    void stl10Folds(byte[] input) {
        try {
            Stl10.parseFolds("input", new String(input, UTF_8));
        } catch (ImageDataException expected) {
            // The answer for damage.
        }
    }

    @FuzzTest(maxDuration = "10m")
    void cifar(byte[] input) throws IOException {
        taken(input, CIFAR);
    }

    private interface Parser {
        void parse(Path path) throws IOException;
    }

    /**
     * Runs each parser on a file with this content, whatever the others said of it, and removes
     * what they have left.
     *
     * @return the positions of those that gave a result
     */
    private static Set<Integer> taken(byte[] input, List<Parser> parsers) throws IOException {
        Set<Integer> taken = new TreeSet<>();
        Path folder = Files.createTempDirectory("fuzz");
        try {
            Path path = Files.write(folder.resolve("input.tar"), input);
            for (int i = 0; i < parsers.size(); i++) {
                try {
                    parsers.get(i).parse(path);
                    taken.add(i);
                } catch (ImageDataException expected) {
                    // The answer for damage.
                }
            }
            return taken;
        } finally {
            try (var left = Files.walk(folder)) {
                for (Path path : left.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private static void read(ImageSource source) {
        for (int i = 0; i < Math.min(3, source.size()); i++) {
            source.label(i);
            try {
                source.read(i);
            } catch (CorruptImageException expected) {
                // One image; the next may be readable.
            }
        }
    }
}
