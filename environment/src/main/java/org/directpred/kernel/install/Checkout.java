package org.directpred.kernel.install;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.repository.WorkspaceReader;
import org.eclipse.aether.repository.WorkspaceRepository;

/**
 * The checkout's own artifacts, straight from its build folders: nothing of it is installed into
 * the local repository, where two checkouts would overwrite each other's.
 */
final class Checkout implements WorkspaceReader {
    private static final String GROUP = "org.directpred";
    private static final Map<String, String> FOLDERS =
            Map.of(
                    "directpred-parent",
                    "",
                    "directpred",
                    "library",
                    "directpred-kernel",
                    "environment");

    private final Path root;
    private final String version;
    private final WorkspaceRepository repository = new WorkspaceRepository("directpred-checkout");

    /**
     * A checkout.
     *
     * @param root the folder of the parent POM
     * @param version the version that its modules have
     */
    Checkout(Path root, String version) {
        this.root = root;
        this.version = version;
    }

    @Override
    public WorkspaceRepository getRepository() {
        return repository;
    }

    @Override
    public File findArtifact(Artifact artifact) {
        String folder = FOLDERS.get(artifact.getArtifactId());
        if (!GROUP.equals(artifact.getGroupId()) || folder == null) {
            return null;
        }
        Path module = root.resolve(folder);
        Path file =
                artifact.getExtension().equals("pom")
                        ? module.resolve("pom.xml")
                        : module.resolve("target")
                                .resolve(artifact.getArtifactId() + "-" + version + ".jar");
        return Files.isRegularFile(file) ? file.toFile() : null;
    }

    @Override
    public List<String> findVersions(Artifact artifact) {
        boolean ours =
                GROUP.equals(artifact.getGroupId())
                        && FOLDERS.containsKey(artifact.getArtifactId());
        return ours ? List.of(version) : List.of();
    }
}
