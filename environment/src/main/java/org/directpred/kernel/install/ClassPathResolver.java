package org.directpred.kernel.install;

import eu.maveniverse.maven.mima.context.Context;
import eu.maveniverse.maven.mima.context.ContextOverrides;
import eu.maveniverse.maven.mima.context.Runtimes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.directpred.kernel.Versions;
import org.eclipse.aether.DefaultRepositorySystemSession;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.collection.DependencyCollectionContext;
import org.eclipse.aether.collection.DependencySelector;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.resolution.ArtifactResult;
import org.eclipse.aether.resolution.DependencyRequest;
import org.eclipse.aether.resolution.DependencyResolutionException;
import org.eclipse.aether.resolution.DependencyResult;
import org.eclipse.aether.transfer.AbstractTransferListener;
import org.eclipse.aether.transfer.TransferEvent;
import org.eclipse.aether.util.artifact.JavaScopes;
import org.eclipse.aether.util.filter.DependencyFilterUtils;
import org.eclipse.aether.util.graph.selector.AndDependencySelector;

/**
 * Resolves the kernel's class path in one resolution, so that versions are mediated over the
 * library and the engine together. What is in the local repository is not looked for elsewhere.
 */
final class ClassPathResolver {
    private final Path checkout;
    private final Versions versions;
    private final boolean offline;
    private final Reporter reporter;

    /** Where a person reads what is going on. */
    interface Reporter {
        void line(String text);
    }

    /**
     * What was resolved.
     *
     * @param own the checkout's jars
     * @param others the jars of the local repository, in class-path order
     * @param localRepository where those lie
     */
    record Resolved(List<Path> own, List<Path> others, Path localRepository) {}

    ClassPathResolver(Path checkout, Versions versions, boolean offline, Reporter reporter) {
        this.checkout = checkout;
        this.versions = versions;
        this.offline = offline;
        this.reporter = reporter;
    }

    /** Resolves the library, its dependencies and the flavour's artifacts. */
    Resolved resolve(Flavour flavour, Platform platform) throws InstallationException {
        List<Artifact> engine = flavour.artifacts(versions, platform);
        var overrides =
                ContextOverrides.create()
                        .withUserSettings(true)
                        .withBasedirOverride(checkout)
                        .transferListener(new Downloads(reporter))
                        .userProperties(localRepositoryProperty());
        if (offline) {
            overrides.offline(true);
        }
        try (Context context = Runtimes.INSTANCE.getRuntime().create(overrides.build())) {
            var session = new DefaultRepositorySystemSession(context.repositorySystemSession());
            session.setWorkspaceReader(new Checkout(checkout, versions.directpred()));
            // The kernel is the root here, whose optional dependencies would count: the installer's
            // own.
            session.setDependencySelector(
                    new AndDependencySelector(session.getDependencySelector(), new Required()));
            session.setReadOnly();

            var request = new CollectRequest();
            request.setRoot(
                    new Dependency(
                            new DefaultArtifact(
                                    "org.directpred",
                                    "directpred-kernel",
                                    "jar",
                                    versions.directpred()),
                            JavaScopes.RUNTIME));
            for (Artifact artifact : engine) {
                request.addDependency(new Dependency(artifact, JavaScopes.RUNTIME));
            }
            request.setRepositories(context.remoteRepositories());
            DependencyResult result =
                    context.repositorySystem()
                            .resolveDependencies(
                                    session,
                                    new DependencyRequest(
                                            request,
                                            DependencyFilterUtils.classpathFilter(
                                                    JavaScopes.RUNTIME)));
            return split(result.getArtifactResults(), localRepository(session));
        } catch (DependencyResolutionException e) {
            throw explain(e);
        }
    }

    /** Leaves out optional dependencies on every level. */
    private static final class Required implements DependencySelector {
        @Override
        public boolean selectDependency(Dependency dependency) {
            return !dependency.isOptional();
        }

        @Override
        public DependencySelector deriveChildSelector(DependencyCollectionContext context) {
            return this;
        }
    }

    private static Path localRepository(DefaultRepositorySystemSession session) {
        return session.getLocalRepository().getBasedir().toPath();
    }

    private static Map<String, String> localRepositoryProperty() {
        String folder = System.getProperty("maven.repo.local");
        return folder == null ? Map.of() : Map.of("maven.repo.local", folder);
    }

    private static Resolved split(List<ArtifactResult> results, Path localRepository)
            throws InstallationException {
        var own = new ArrayList<Path>();
        var others = new ArrayList<Path>();
        for (ArtifactResult result : results) {
            Path file = result.getArtifact().getFile().toPath().toAbsolutePath();
            if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                throw new InstallationException(
                        result.getArtifact()
                                + " was resolved to "
                                + file
                                + ", which cannot be read");
            }
            if (result.getArtifact().getGroupId().equals("org.directpred")) {
                own.add(file);
            } else {
                others.add(file);
            }
        }
        return new Resolved(List.copyOf(own), List.copyOf(others), localRepository);
    }

    private InstallationException explain(DependencyResolutionException e) {
        var missing = new TreeSet<String>();
        if (e.getResult() != null) {
            for (ArtifactResult result : e.getResult().getArtifactResults()) {
                if (!result.isResolved()) {
                    missing.add(result.getRequest().getArtifact().toString());
                }
            }
        }
        boolean ours = missing.stream().anyMatch(name -> name.startsWith("org.directpred:"));
        if (ours) {
            return new InstallationException(
                    "the checkout "
                            + checkout
                            + " is not built: "
                            + String.join(", ", missing)
                            + " is missing; run mvn package there",
                    e);
        }
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String what = missing.isEmpty() ? "the class path" : summary(missing);
        return new InstallationException(
                "cannot resolve "
                        + what
                        + ": "
                        + root.getMessage()
                        + (offline
                                ? "; the installer is offline and the local Maven repository lacks it"
                                : "; is there a network, and does ~/.m2/settings.xml name the right"
                                        + " mirror or proxy?"),
                e);
    }

    private static String summary(Set<String> missing) {
        int named = 3;
        String first = missing.stream().limit(named).collect(Collectors.joining(", "));
        return missing.size() <= named
                ? first
                : first + " and " + (missing.size() - named) + " more";
    }

    /** One line for each large file, so that a first installation is not silent. */
    private static final class Downloads extends AbstractTransferListener {
        private static final long WORTH_A_LINE = 2_000_000;
        private static final double BYTES_PER_MEGABYTE = 1e6;

        private final Reporter reporter;

        Downloads(Reporter reporter) {
            this.reporter = reporter;
        }

        @Override
        public void transferStarted(TransferEvent event) {
            long size = event.getResource().getContentLength();
            if (size >= WORTH_A_LINE) {
                String name = event.getResource().getResourceName();
                reporter.line(
                        "downloading %s, %.0f MB"
                                .formatted(
                                        name.substring(name.lastIndexOf('/') + 1),
                                        size / BYTES_PER_MEGABYTE));
            }
        }
    }
}
