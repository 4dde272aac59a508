package org.directpred.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.directpred.image.ImageFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures that a heap of 768 MB has no room for are named, skipped and counted. */
class LargePicturesTest {
    @Test
    void aFolderWithOneOfEachTrainsToItsEnd(@TempDir Path folder) throws Exception {
        Path good = Files.createDirectories(folder.resolve("good"));
        byte[] small = resource("baseline420.jpg");
        for (int i = 0; i < 60; i++) {
            Files.write(good.resolve(i + ".jpg"), small);
        }
        Path large = Files.createDirectories(folder.resolve("large"));
        byte[] gif = {
            'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2,
            2, 0x4c, 1, 0, 0x3b
        };
        int bad = LargePictures.write(large, resource("progressive.jpg"), gif);
        Files.write(large.resolve("small.jpg"), small);

        List<String> lines = run(folder);

        assertThat(lines).last().isEqualTo("done after step 12");
        List<String> skipped =
                lines.stream().filter(line -> line.startsWith("Skipped a corrupt image")).toList();
        assertThat(skipped).hasSize(bad);
        for (int i = 0; i < ImageFolder.of(folder).size(); i++) {
            String place = ImageFolder.of(folder).place(i);
            boolean isLarge = place.contains("large") && !place.endsWith("small.jpg");
            assertThat(skipped.stream().anyMatch(line -> line.contains(place)))
                    .as(place)
                    .isEqualTo(isLarge);
        }
        assertThat(skipped).noneMatch(line -> line.contains("Error") || line.contains("Exception"));
    }

    private static byte[] resource(String name) {
        try (InputStream in =
                LargePicturesTest.class.getResourceAsStream(
                        "/org/directpred/image/files/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The tests' own class path, whichever launcher made it. */
    private static String classPath() throws Exception {
        if (!(LargePicturesTest.class.getClassLoader() instanceof URLClassLoader loader)) {
            return System.getProperty("java.class.path");
        }
        List<String> entries = new ArrayList<>();
        for (URL url : loader.getURLs()) {
            entries.add(Path.of(url.toURI()).toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    private static List<String> run(Path folder) throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx768m",
                                "-cp",
                                classPath(),
                                LargePictures.class.getName(),
                                folder.toString())
                        .redirectErrorStream(true)
                        .start();
        List<String> lines =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
        assertThat(process.waitFor()).as(String.join("\n", lines)).isZero();
        return lines;
    }
}
