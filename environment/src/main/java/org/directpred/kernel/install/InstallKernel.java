package org.directpred.kernel.install;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import org.directpred.kernel.Versions;

/**
 * Installs the kernel for this machine.
 *
 * <pre>
 * InstallKernel --checkout DIR --jjava JAR --to DIR [--flavour cpu|cu128] [--heap 768m]
 *               [--processors N] [--classpath PATHS] [--engine-cache DIR] [--torch-libraries DIR] [--offline true]
 * </pre>
 *
 * <p>The kernel runs on the JDK that runs this program. The local Maven repository is the one that
 * {@code -Dmaven.repo.local}, else {@code settings.xml}, names. Exit status 1 and one sentence when
 * something is wrong; an earlier installation then stays as it was.
 */
public final class InstallKernel {
    private static final Set<String> OPTIONS =
            new TreeSet<>(
                    Set.of(
                            "--checkout",
                            "--jjava",
                            "--to",
                            "--flavour",
                            "--heap",
                            "--processors",
                            "--classpath",
                            "--engine-cache",
                            "--torch-libraries",
                            "--offline"));
    private static final Pattern HEAP = Pattern.compile("[1-9][0-9]*[kKmMgG]");

    private static final Pattern PROCESSORS = Pattern.compile("[1-9][0-9]{0,3}");

    /** A field, for a logger that nobody holds is forgotten with its level. */
    private static final Logger RESOLVER_LOG = Logger.getLogger("");

    private InstallKernel() {}

    /**
     * The program.
     *
     * @param arguments as in the class's description
     */
    public static void main(String[] arguments) {
        // What the resolver has to say about a failure comes as an exception.
        RESOLVER_LOG.setLevel(Level.SEVERE);
        int status = 0;
        try {
            install(arguments, System.out);
        } catch (InstallationException e) {
            System.err.println("The kernel was not installed: " + e.getMessage() + ".");
            status = 1;
        } catch (IOException e) {
            System.err.println("The kernel was not installed: " + e + ".");
            status = 1;
        }
        // The resolver's transport may leave threads behind.
        System.exit(status);
    }

    static void install(String[] arguments, PrintStream out)
            throws InstallationException, IOException {
        Map<String, String> options = parse(arguments);
        Versions versions = Versions.ofThisBuild();
        Path checkout = Path.of(required(options, "--checkout")).toAbsolutePath().normalize();
        Path jjava = Path.of(required(options, "--jjava")).toAbsolutePath().normalize();
        if (!Files.isRegularFile(jjava)) {
            throw new InstallationException(
                    "there is no kernel jar " + jjava + "; pip's package jjava brings it");
        }
        Path target = Path.of(required(options, "--to"));
        Flavour flavour = Flavour.of(options.getOrDefault("--flavour", "cpu"));
        String heap = options.getOrDefault("--heap", "768m");
        if (!HEAP.matcher(heap).matches()) {
            throw new InstallationException(
                    "--heap must be a number with k, m or g, as in 768m, not '" + heap + "'");
        }
        Integer processors = processors(options.get("--processors"));
        Platform platform = Platform.ofThisMachine();

        var resolver =
                new ClassPathResolver(
                        checkout,
                        versions,
                        Boolean.parseBoolean(options.get("--offline")),
                        line -> out.println("  " + line));
        ClassPathResolver.Resolved resolved = resolver.resolve(flavour, platform);
        List<Path> classPath =
                new KernelSpec(target)
                        .write(
                                new KernelSpec.Content(
                                        flavour,
                                        versions,
                                        resolved.own(),
                                        jjava,
                                        resolved.others(),
                                        heap,
                                        processors,
                                        path(options, "--engine-cache"),
                                        path(options, "--torch-libraries"),
                                        extra(options.get("--classpath"))));
        out.printf(
                "  DirectPred %s, DJL %s, libtorch %s for %s on %s%n",
                versions.directpred(),
                versions.djl(),
                versions.libtorch(),
                flavour.device(),
                platform.classifier());
        out.printf(
                "  %d jars, %d of them in %s%n",
                classPath.size(), resolved.others().size(), resolved.localRepository());
        out.printf("  kernel '%s' in %s%n", KernelSpec.ID, target.toAbsolutePath().normalize());
    }

    private static Integer processors(String value) throws InstallationException {
        if (value == null) {
            return null;
        }
        if (!PROCESSORS.matcher(value).matches()) {
            throw new InstallationException(
                    "--processors must be a number from 1 to 9999, not '" + value + "'");
        }
        return Integer.valueOf(value);
    }

    private static List<Path> extra(String value) throws InstallationException {
        var paths = new ArrayList<Path>();
        for (String name : value == null ? new String[0] : value.split(File.pathSeparator)) {
            Path path = Path.of(name).toAbsolutePath().normalize();
            if (name.isBlank() || !Files.exists(path)) {
                throw new InstallationException(
                        "--classpath names '"
                                + name
                                + "', and there is no such jar or folder of classes");
            }
            paths.add(path);
        }
        return paths;
    }

    private static Path path(Map<String, String> options, String name) {
        String value = options.get(name);
        return value == null ? null : Path.of(value).toAbsolutePath().normalize();
    }

    private static Map<String, String> parse(String[] arguments) throws InstallationException {
        var options = new HashMap<String, String>();
        for (int i = 0; i < arguments.length; i += 2) {
            if (!OPTIONS.contains(arguments[i])) {
                throw new InstallationException(
                        "there is no option '"
                                + arguments[i]
                                + "'; there are "
                                + String.join(", ", OPTIONS));
            }
            if (i + 1 == arguments.length) {
                throw new InstallationException(arguments[i] + " needs a value");
            }
            options.put(arguments[i], arguments[i + 1]);
        }
        return options;
    }

    private static String required(Map<String, String> options, String name)
            throws InstallationException {
        String value = options.get(name);
        if (value == null) {
            throw new InstallationException(name + " is missing");
        }
        return value;
    }
}
