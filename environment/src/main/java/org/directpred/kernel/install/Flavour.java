package org.directpred.kernel.install;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.directpred.kernel.Versions;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;

/**
 * Where the engine's native libraries come from and which device they compute on.
 *
 * <p>The JNI binding holds every flavour and comes from Maven in each case.
 */
enum Flavour {
    /** The CPU's libraries, from Maven. */
    CPU("cpu", "CPU") {
        @Override
        List<Artifact> artifacts(Versions versions, Platform platform)
                throws InstallationException {
            if (!Platform.WITH_CPU.contains(platform.classifier())) {
                throw noNatives(platform, Platform.WITH_CPU);
            }
            return List.of(
                    binding(versions),
                    new DefaultArtifact(
                            "ai.djl.pytorch",
                            "pytorch-native-cpu",
                            platform.classifier(),
                            "jar",
                            versions.libtorch()));
        }

        @Override
        Map<String, String> variables(Versions versions, Path torchLibraries) {
            return Map.of();
        }
    },

    /**
     * CUDA 12's libraries, from pip's {@code torch}: they are not on Maven Central for this
     * libtorch. This flavour has never run on a GPU: that the binding's symbols are all exported by
     * pip's libraries was checked, no more.
     */
    CU128("cu128", "CUDA") {
        @Override
        List<Artifact> artifacts(Versions versions, Platform platform)
                throws InstallationException {
            if (!Platform.WITH_CUDA.contains(platform.classifier())) {
                throw noNatives(platform, Platform.WITH_CUDA);
            }
            return List.of(binding(versions));
        }

        @Override
        Map<String, String> variables(Versions versions, Path torchLibraries)
                throws InstallationException {
            if (torchLibraries == null) {
                throw new InstallationException(
                        "flavour cu128 takes its libraries from pip: install torch=="
                                + versions.libtorch()
                                + " and name its folder with --torch-libraries");
            }
            try (Stream<Path> files = Files.list(torchLibraries)) {
                if (files.noneMatch(file -> file.getFileName().toString().contains("torch_cuda"))) {
                    throw new InstallationException(
                            torchLibraries
                                    + " holds no torch_cuda library: pip installed a torch without"
                                    + " CUDA there; install torch=="
                                    + versions.libtorch()
                                    + " with CUDA 12");
                }
            } catch (java.io.IOException e) {
                throw new InstallationException(
                        "cannot read the folder of torch's libraries, " + torchLibraries, e);
            }
            var variables = new LinkedHashMap<String, String>();
            variables.put("PYTORCH_LIBRARY_PATH", torchLibraries.toString());
            variables.put("PYTORCH_VERSION", versions.libtorch());
            variables.put("PYTORCH_FLAVOR", "cu128");
            return variables;
        }
    };

    private final String id;
    private final String device;

    Flavour(String id, String device) {
        this.id = id;
        this.device = device;
    }

    /** The flavour of that name. */
    static Flavour of(String id) throws InstallationException {
        for (Flavour flavour : values()) {
            if (flavour.id.equals(id)) {
                return flavour;
            }
        }
        throw new InstallationException(
                "there is no flavour '"
                        + id
                        + "'; there are "
                        + Arrays.stream(values())
                                .map(Flavour::id)
                                .collect(Collectors.joining(", ")));
    }

    /** The name on the command line. */
    String id() {
        return id;
    }

    /** The device's name for a person. */
    String device() {
        return device;
    }

    /** The engine's artifacts beside the library's own dependencies. */
    abstract List<Artifact> artifacts(Versions versions, Platform platform)
            throws InstallationException;

    /**
     * The environment variables that the engine needs.
     *
     * @param torchLibraries the folder of pip's torch libraries, or null
     */
    abstract Map<String, String> variables(Versions versions, Path torchLibraries)
            throws InstallationException;

    private static Artifact binding(Versions versions) {
        return new DefaultArtifact(
                "ai.djl.pytorch",
                "pytorch-jni",
                "",
                "jar",
                versions.libtorch() + "-" + versions.djl());
    }

    InstallationException noNatives(Platform platform, java.util.Set<String> published) {
        return new InstallationException(
                "the engine's "
                        + device
                        + " libraries are not published for "
                        + platform.classifier()
                        + "; they exist for "
                        + String.join(", ", published));
    }
}
