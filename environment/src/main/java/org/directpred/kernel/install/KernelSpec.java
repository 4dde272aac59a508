package org.directpred.kernel.install;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.directpred.kernel.Versions;

/**
 * The folder that Jupyter starts the kernel from: {@code kernel.json}, the startup imports, and
 * copies of the checkout's own jars and of the kernel's, so that rebuilding or cleaning the
 * checkout does not pull them away under a running notebook.
 *
 * <p>Every file is written beside its place and renamed; {@code kernel.json} comes last. Each path
 * in it is absolute, for the kernel ignores a path that does not exist without a word.
 */
final class KernelSpec {
    /** One id for every flavour, so that a notebook runs unchanged on another machine's device. */
    static final String ID = "directpred";

    static final String FILE = "kernel.json";

    /** The class archive, which is made by running the kernel once after it is installed. */
    static final String ARCHIVE = "classes.jsa";

    private static final String MAIN_CLASS = "org.directpred.kernel.start.StartKernel";
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final int FIRST_WITH_NATIVE_WARNING = 24;
    private static final int DIGEST_LETTERS = 12;
    private static final long SMALL_HEAP = 2L << 30;

    private final Path folder;

    /**
     * A kernel spec's folder.
     *
     * @param folder its place; created when missing
     */
    KernelSpec(Path folder) {
        this.folder = folder.toAbsolutePath();
    }

    /**
     * What the kernel is started with.
     *
     * @param flavour the engine's
     * @param versions of the library and the engine
     * @param own jars that are copied into the folder: the checkout's
     * @param kernelJar the kernel, copied too
     * @param others jars that stay where they are
     * @param heap the largest Java heap, as in {@code 768m}
     * @param processors how many the kernel may use, or null for all that there are; a container
     *     that is given one may see its host's
     * @param engineCache where the engine unpacks its libraries, or null for its default
     * @param torchLibraries the folder of pip's torch libraries, or null
     * @param extra jars and class folders of the user's, which stay where they are
     */
    record Content(
            Flavour flavour,
            Versions versions,
            List<Path> own,
            Path kernelJar,
            List<Path> others,
            String heap,
            Integer processors,
            Path engineCache,
            Path torchLibraries,
            List<Path> extra) {}

    /**
     * Writes the folder.
     *
     * @return the class path that the kernel will have
     */
    List<Path> write(Content content) throws IOException, InstallationException {
        Files.createDirectories(folder);
        var classPath = new ArrayList<Path>();
        for (Path jar : content.own()) {
            classPath.add(copy(jar));
        }
        classPath.addAll(content.others());
        // Last, for it holds libraries of its own, older than those that were resolved.
        classPath.add(copy(content.kernelJar()));

        Path imports = folder.resolve("imports.jsh");
        replace(imports, StartupImports.script(classPath));
        // Behind all others: the class archive fits a path that begins with the one it was made
        // with.
        classPath.addAll(content.extra());
        Path logging = folder.resolve("logging.properties");
        replace(logging, "handlers=java.util.logging.ConsoleHandler\n.level=WARNING\n");

        var spec = new LinkedHashMap<String, Object>();
        spec.put("argv", arguments(content, classPath, logging));
        spec.put("display_name", "Java (DirectPred, " + content.flavour().device() + ")");
        spec.put("language", "java");
        spec.put("interrupt_mode", "message");
        spec.put("env", variables(content, imports));
        spec.put(
                "metadata",
                Map.of(
                        "directpred_flavour",
                        content.flavour().id(),
                        "directpred_classpath",
                        content.extra().stream().map(Path::toString).toList()));
        String json =
                new ObjectMapper()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .writeValueAsString(spec);
        replace(folder.resolve(FILE), json + "\n");
        // It fits only the class path that it was made with.
        Files.deleteIfExists(folder.resolve(ARCHIVE));
        removeJarsExcept(new LinkedHashSet<>(classPath));
        return List.copyOf(classPath);
    }

    private List<String> arguments(Content content, List<Path> classPath, Path logging) {
        var arguments = new ArrayList<String>();
        boolean windows = File.separatorChar == '\\';
        arguments.add(
                Path.of(System.getProperty("java.home"), "bin", windows ? "java.exe" : "java")
                        .toString());
        arguments.add("-Xmx" + content.heap());
        if (bytes(content.heap()) <= SMALL_HEAP) {
            // One collector thread and the smallest footprint: the tensors live outside the heap.
            arguments.add("-XX:+UseSerialGC");
        }
        arguments.add("-XX:-UsePerfData");
        // Classes read and verified beforehand; where there is no such file, the JVM reads them
        // anew.
        arguments.add("-XX:SharedArchiveFile=" + folder.resolve(ARCHIVE));
        if (content.processors() != null) {
            arguments.add("-XX:ActiveProcessorCount=" + content.processors());
        }
        arguments.add("-Djava.awt.headless=true");
        // Else, before JDK 18, what files and streams hold depends on the locale.
        arguments.add("-Dfile.encoding=UTF-8");
        arguments.add("-Djava.util.logging.config.file=" + logging);
        arguments.add("-Ddirectpred.device=" + content.flavour().device());
        // No download at run time that nobody asked for.
        arguments.add("-Dai.djl.offline=true");
        // JJava reads the class name of a snippet, which JShell keeps to itself.
        arguments.add("--add-opens=jdk.jshell/jdk.jshell=ALL-UNNAMED");
        if (ModuleFinder.ofSystem().find(VECTOR_MODULE).isPresent()) {
            arguments.add("--add-modules=" + VECTOR_MODULE);
        }
        if (Runtime.version().feature() >= FIRST_WITH_NATIVE_WARNING) {
            arguments.add("--enable-native-access=ALL-UNNAMED");
            arguments.add("--sun-misc-unsafe-memory-access=allow");
            // These JDKs call it an error that an archive, which they map, has modules added to it.
            arguments.add("-Xlog:cds=off");
        }
        arguments.add("-cp");
        arguments.add(
                classPath.stream()
                        .map(Path::toString)
                        .collect(Collectors.joining(File.pathSeparator)));
        arguments.add(MAIN_CLASS);
        arguments.add("{connection_file}");
        return arguments;
    }

    /** A heap's size as the JVM reads it: a number with k, m or g. */
    private static long bytes(String heap) {
        long number = Long.parseLong(heap.substring(0, heap.length() - 1));
        int shift =
                switch (Character.toLowerCase(heap.charAt(heap.length() - 1))) {
                    case 'k' -> 10;
                    case 'm' -> 20;
                    default -> 30;
                };
        return number << shift;
    }

    private static Map<String, String> variables(Content content, Path imports)
            throws InstallationException {
        var variables = new LinkedHashMap<String, String>();
        // Without it libgomp's threads spin while they wait, and starve everything else.
        variables.put("OMP_WAIT_POLICY", "PASSIVE");
        if (content.processors() != null) {
            variables.put("OMP_NUM_THREADS", content.processors().toString());
        }
        variables.put("OPT_OUT_TRACKING", "true");
        // Names of files are read and written by the locale alone, and in the locale C none with an
        // umlaut can be named.
        variables.put("LC_ALL", "C.UTF-8");
        variables.put("JJAVA_STARTUP_SCRIPTS_PATH", imports.toString());
        if (content.engineCache() != null) {
            variables.put("DJL_CACHE_DIR", content.engineCache().toAbsolutePath().toString());
        }
        variables.putAll(content.flavour().variables(content.versions(), content.torchLibraries()));
        return variables;
    }

    private Path copy(Path jar) throws IOException {
        String name = jar.getFileName().toString();
        String stem = name.substring(0, name.length() - ".jar".length());
        Path target = folder.resolve(stem + "-" + digest(jar) + ".jar");
        if (!Files.exists(target)) {
            Path beside = Files.createTempFile(folder, stem, ".part");
            Files.copy(jar, beside, StandardCopyOption.REPLACE_EXISTING);
            move(beside, target);
        }
        return target;
    }

    private void replace(Path target, String text) throws IOException {
        Path beside = Files.createTempFile(folder, target.getFileName().toString(), ".part");
        Files.writeString(beside, text, StandardCharsets.UTF_8);
        move(beside, target);
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            // A temporary file is its owner's alone; another user may be meant to start the kernel.
            boolean readable = from.toFile().setReadable(true, false);
            if (!readable) {
                throw new IOException("cannot make " + from + " readable");
            }
            Files.move(
                    from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(from);
        }
    }

    private void removeJarsExcept(Set<Path> used) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (file.toString().endsWith(".jar") && !used.contains(file)) {
                    Files.delete(file);
                }
            }
        }
    }

    private static String digest(Path file) throws IOException {
        try {
            byte[] bytes = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return HexFormat.of().formatHex(bytes).substring(0, DIGEST_LETTERS);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
