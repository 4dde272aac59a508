package org.directpred.kernel.install;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;

/**
 * The imports that every notebook starts with.
 *
 * <p>They are made from what is on the class path, so that they always compile: each package of the
 * library, and from elsewhere only single types, which no package of the library can make
 * ambiguous. They belong to the kernel because a later import may reset a notebook's variables.
 */
final class StartupImports {
    private static final String LIBRARY = "org/directpred/";
    private static final String KERNEL = "org/directpred/kernel/";

    /** Its words are written without their class, as every notebook of this project has them. */
    private static final String WORDS = "org/directpred/notebook/Notebook";

    private static final List<String> PACKAGES_OF_JAVA =
            List.of("java.nio.file", "java.util.function", "java.util.stream");

    private static final List<String> TYPES =
            List.of(
                    "java.awt.image.BufferedImage",
                    "tech.tablesaw.api.DoubleColumn",
                    "tech.tablesaw.api.IntColumn",
                    "tech.tablesaw.api.StringColumn",
                    "tech.tablesaw.api.Table",
                    "tech.tablesaw.plotly.components.Axis",
                    "tech.tablesaw.plotly.components.Figure",
                    "tech.tablesaw.plotly.components.Layout",
                    "tech.tablesaw.plotly.traces.BarTrace",
                    "tech.tablesaw.plotly.traces.HeatmapTrace",
                    "tech.tablesaw.plotly.traces.HistogramTrace",
                    "tech.tablesaw.plotly.traces.ScatterTrace",
                    "tech.tablesaw.plotly.traces.Trace");

    private StartupImports() {}

    /**
     * The script, one import a line.
     *
     * @param classPath every jar of the kernel
     */
    static String script(List<Path> classPath) throws IOException {
        var packages = new TreeSet<String>();
        var wanted = TYPES.stream().filter(type -> !type.startsWith("java.")).toList();
        var found = new TreeSet<String>();
        boolean words = false;
        for (Path file : classPath) {
            try (var jar = new JarFile(file.toFile())) {
                jar.stream().map(JarEntry::getName).forEach(name -> addPackage(name, packages));
                words |= jar.getJarEntry(WORDS + ".class") != null;
                for (String type : wanted) {
                    if (jar.getJarEntry(type.replace('.', '/') + ".class") != null) {
                        found.add(type);
                    }
                }
            }
        }
        var lines = new ArrayList<String>();
        PACKAGES_OF_JAVA.forEach(name -> lines.add("import " + name + ".*;"));
        TYPES.stream()
                .filter(type -> type.startsWith("java.") || found.contains(type))
                .forEach(type -> lines.add("import " + type + ";"));
        packages.forEach(name -> lines.add("import " + name + ".*;"));
        if (words) {
            lines.add("import static " + WORDS.replace('/', '.') + ".*;");
        }
        return lines.stream().collect(Collectors.joining("\n", "", "\n"));
    }

    private static void addPackage(String entry, Set<String> packages) {
        boolean ours = entry.startsWith(LIBRARY) && !entry.startsWith(KERNEL);
        if (ours && entry.endsWith(".class") && !entry.endsWith("-info.class")) {
            String folder = entry.substring(0, entry.lastIndexOf('/'));
            if (folder.length() > LIBRARY.length()) {
                packages.add(folder.replace('/', '.'));
            }
        }
    }
}
