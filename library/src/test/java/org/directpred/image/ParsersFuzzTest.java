package org.directpred.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Whatever a file holds, a parser gives an {@link ImageDataException} or a result: no other
 * exception, no hang, no crash, no more memory than the file's own size allows.
 *
 * <p>Every build runs the inputs kept in the resources; {@code JAZZER_FUZZ=1 mvn -pl library test
 * -Dtest=ParsersFuzzTest#jpeg} looks for new ones.
 */
class ParsersFuzzTest {
    @FuzzTest(maxDuration = "1m")
    void jpeg(byte[] input) {
        decode(withStart(input, 0xff, 0xd8, 0xff));
    }

    @FuzzTest(maxDuration = "1m")
    void png(byte[] input) {
        decode(withStart(input, 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'));
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

    @FuzzTest(maxDuration = "1m")
    void idx(byte[] input) throws IOException {
        for (int magic : new int[] {0x803, 0x801}) {
            try {
                IdxFile.parse("input", new ByteArrayInputStream(input), input.length, magic);
            } catch (ImageDataException expected) {
                // The answer for damage.
            }
        }
    }

    @FuzzTest(maxDuration = "1m")
    void tarIndex(byte[] input) throws IOException {
        try {
            TarIndex.read("input", new ByteArrayInputStream(input), input.length);
        } catch (ImageDataException expected) {
            // The answer for damage.
        }
    }

    @FuzzTest(maxDuration = "1m")
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

    @FuzzTest(maxDuration = "1m")
    void tarFile(byte[] input) throws IOException {
        withFile(
                input,
                path -> {
                    read(TarImages.shards(List.of(path)));
                    read(TarImages.imageNetTrain(path));
                    read(TarImages.imageNetValidation(path));
                });
    }

    @FuzzTest(maxDuration = "1m")
    void archive(byte[] input) throws IOException {
        withFile(
                input,
                path -> Archive.unpack(path, path.resolveSibling("unpacked"), null, 1 << 16));
    }

    @FuzzTest(maxDuration = "1m")
    void stl10(byte[] input) throws IOException {
        withFile(
                input,
                path -> {
                    read(Stl10.read("input", path, null));
                    read(Stl10.read("input", path, path));
                });
    }

    @FuzzTest(maxDuration = "1m")
    void stl10Folds(byte[] input) {
        try {
            Stl10.parseFolds("input", new String(input, UTF_8));
        } catch (ImageDataException expected) {
            // The answer for damage.
        }
    }

    @FuzzTest(maxDuration = "1m")
    void cifar(byte[] input) throws IOException {
        withFile(
                input,
                path -> {
                    read(Cifar.read("input", List.of(path), 1, Cifar.CLASSES_10));
                    read(Cifar.read("input", List.of(path), 2, Cifar.CLASSES_10));
                });
    }

    private interface Parser {
        void parse(Path path) throws IOException;
    }

    /** Runs a parser on a file with this content, and removes what it has left. */
    private static void withFile(byte[] input, Parser parser) throws IOException {
        Path folder = Files.createTempDirectory("fuzz");
        try {
            Path path = Files.write(folder.resolve("input.tar"), input);
            parser.parse(path);
        } catch (ImageDataException expected) {
            // The answer for damage.
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
