package org.directpred.kernel.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.directpred.kernel.Versions;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InstallKernelTest {
    @TempDir private Path temporary;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--colour red | there is no option '--colour'",
                "--to | --to needs a value",
                "--to there | --checkout is missing",
                "--checkout . --to there | --jjava is missing",
                "--checkout . --to there --jjava nowhere.jar | there is no kernel jar",
                "--checkout . --to there --jjava pom.xml --flavour rocm | no flavour 'rocm'",
                "--checkout . --to there --jjava pom.xml --heap much | as in 768m, not 'much'",
                "--checkout . --to there --jjava pom.xml --processors 0 | from 1 to 9999, not '0'"
            })
    void aWrongCallIsOneSentence(String call, String sentence) {
        assertThatThrownBy(() -> install(call.split(" ", -1)))
                .isInstanceOf(InstallationException.class)
                .hasMessageContaining(sentence);
        assertThat(Path.of("there")).doesNotExist();
    }

    @Test
    void aCheckoutThatIsNotBuiltIsNamedAndNothingIsWritten() throws Exception {
        // The POMs are there, the jars are not.
        Path root = Path.of("").toAbsolutePath().getParent();
        for (String module : new String[] {"", "library", "environment"}) {
            Files.createDirectories(temporary.resolve(module));
            Files.copy(
                    root.resolve(module).resolve("pom.xml"),
                    temporary.resolve(module).resolve("pom.xml"));
        }
        Path target = temporary.resolve("kernel");
        assertThatThrownBy(
                        () ->
                                install(
                                        "--checkout",
                                        temporary.toString(),
                                        "--jjava",
                                        "pom.xml",
                                        "--to",
                                        target.toString(),
                                        "--offline",
                                        "true"))
                .isInstanceOf(InstallationException.class)
                .hasMessageContaining("is not built")
                .hasMessageContaining("directpred-kernel");
        assertThat(target).doesNotExist();
    }

    @Test
    void theCheckoutsArtifactsComeFromItsBuildFolders() throws Exception {
        Path jar = temporary.resolve("library/target/directpred-7.jar");
        Files.createDirectories(jar.getParent());
        Files.createFile(jar);
        Files.createFile(temporary.resolve("pom.xml"));
        var checkout = new Checkout(temporary, "7");
        assertThat(checkout.findArtifact(new DefaultArtifact("org.directpred:directpred:7")))
                .isEqualTo(jar.toFile());
        assertThat(
                        checkout.findArtifact(
                                new DefaultArtifact("org.directpred:directpred-parent:pom:7")))
                .isEqualTo(temporary.resolve("pom.xml").toFile());
        File notBuilt =
                checkout.findArtifact(new DefaultArtifact("org.directpred:directpred-kernel:7"));
        assertThat(notBuilt).isNull();
        var strange = new DefaultArtifact("ai.djl:api:0.35.1");
        assertThat(checkout.findArtifact(strange)).isNull();
        assertThat(checkout.findVersions(strange)).isEmpty();
        assertThat(checkout.findVersions(new DefaultArtifact("org.directpred:directpred:jar:[1,)")))
                .containsExactly("7");
    }

    @Test
    void theVersionsOfTheBuildAreTheParents() throws Exception {
        String parent = Files.readString(Path.of("..", "pom.xml"));
        assertThat(parent).contains("<libtorch.version>" + Versions.ofThisBuild().libtorch() + "<");
    }

    private static String install(String... arguments) throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            InstallKernel.install(arguments, out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
