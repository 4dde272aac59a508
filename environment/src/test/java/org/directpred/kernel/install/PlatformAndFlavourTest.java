package org.directpred.kernel.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.directpred.kernel.Versions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformAndFlavourTest {
    private static final Versions VERSIONS = new Versions("1.0", "0.35.1", "2.7.1");

    @ParameterizedTest
    @CsvSource({
        "Linux, amd64, linux-x86_64",
        "Linux, aarch64, linux-aarch64",
        "Mac OS X, aarch64, osx-aarch64",
        "Mac OS X, x86_64, osx-x86_64",
        "Windows 11, amd64, win-x86_64",
        "FreeBSD, amd64, freebsd-x86_64",
        "Linux, riscv64, linux-riscv64"
    })
    void platformsAreNamedAsTheArtifactsAre(String os, String processor, String classifier) {
        assertThat(Platform.of(os, processor).classifier()).isEqualTo(classifier);
    }

    @Test
    void theCpusLibrariesComeFromMaven() throws Exception {
        var artifacts = Flavour.CPU.artifacts(VERSIONS, new Platform("osx-aarch64"));
        assertThat(artifacts)
                .extracting(Object::toString)
                .containsExactly(
                        "ai.djl.pytorch:pytorch-jni:jar:2.7.1-0.35.1",
                        "ai.djl.pytorch:pytorch-native-cpu:jar:osx-aarch64:2.7.1");
        assertThat(Flavour.CPU.variables(VERSIONS, null)).isEmpty();
    }

    @Test
    void aPlatformWithoutNativesIsToldWhichThereAre() {
        assertThatThrownBy(() -> Flavour.CPU.artifacts(VERSIONS, new Platform("osx-x86_64")))
                .isInstanceOf(InstallationException.class)
                .hasMessage(
                        "the engine's CPU libraries are not published for osx-x86_64; they exist"
                                + " for linux-aarch64, linux-x86_64, osx-aarch64, win-x86_64");
        assertThatThrownBy(() -> Flavour.CU128.artifacts(VERSIONS, new Platform("osx-aarch64")))
                .isInstanceOf(InstallationException.class)
                .hasMessageContaining("CUDA")
                .hasMessageContaining("linux-x86_64, win-x86_64");
    }

    @Test
    void cudaTakesItsLibrariesFromPipsTorch(@TempDir Path folder) throws Exception {
        assertThatThrownBy(() -> Flavour.CU128.variables(VERSIONS, null))
                .isInstanceOf(InstallationException.class)
                .hasMessageContaining("install torch==2.7.1");
        Files.createFile(folder.resolve("libtorch_cpu.so"));
        assertThatThrownBy(() -> Flavour.CU128.variables(VERSIONS, folder))
                .isInstanceOf(InstallationException.class)
                .hasMessageContaining("holds no torch_cuda library");
        Files.createFile(folder.resolve("libtorch_cuda.so"));
        assertThat(Flavour.CU128.variables(VERSIONS, folder))
                .isEqualTo(
                        Map.of(
                                "PYTORCH_LIBRARY_PATH", folder.toString(),
                                "PYTORCH_VERSION", "2.7.1",
                                "PYTORCH_FLAVOR", "cu128"));
        assertThat(Flavour.CU128.artifacts(VERSIONS, new Platform("linux-x86_64")))
                .extracting(Object::toString)
                .containsExactly("ai.djl.pytorch:pytorch-jni:jar:2.7.1-0.35.1");
    }

    @Test
    void anUnknownFlavourIsToldWhichThereAre() {
        assertThatThrownBy(() -> Flavour.of("rocm"))
                .isInstanceOf(InstallationException.class)
                .hasMessage("there is no flavour 'rocm'; there are cpu, cu128");
    }
}
