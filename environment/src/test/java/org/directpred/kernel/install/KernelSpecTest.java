package org.directpred.kernel.install;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.directpred.kernel.Versions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelSpecTest {
    @TempDir private Path temporary;

    @Test
    void theSpecNamesAbsolutePathsInTheirOrder() throws Exception {
        Path own = jar("directpred-1.jar", "org/directpred/theory/Identity.class");
        Path other = jar("tablesaw.jar", "tech/tablesaw/api/Table.class");
        Path kernel = jar("jjava.jar", "org/dflib/jjava/distro/JJava.class");
        Path folder = temporary.resolve("kernels/directpred");
        List<Path> classPath =
                new KernelSpec(folder).write(content(own, other, kernel, "768m", null));

        JsonNode spec = new ObjectMapper().readTree(folder.resolve("kernel.json").toFile());
        assertThat(spec.path("display_name").textValue()).isEqualTo("Java (DirectPred, CPU)");
        assertThat(spec.path("language").textValue()).isEqualTo("java");
        assertThat(spec.path("interrupt_mode").textValue()).isEqualTo("message");
        assertThat(spec.at("/metadata/directpred_flavour").textValue()).isEqualTo("cpu");
        var arguments = new ArrayList<String>();
        spec.path("argv").forEach(word -> arguments.add(word.textValue()));
        assertThat(Path.of(arguments.get(0))).isAbsolute().isExecutable();
        assertThat(arguments)
                .contains("-Xmx768m", "-Ddirectpred.device=CPU")
                .endsWith("org.directpred.kernel.start.StartKernel", "{connection_file}");
        assertThat(arguments.get(arguments.indexOf("-cp") + 1).split(File.pathSeparator))
                .containsExactly(classPath.stream().map(Path::toString).toArray(String[]::new));
        assertThat(classPath).allMatch(Files::isRegularFile).allMatch(Path::isAbsolute);
        assertThat(classPath.get(0).getParent()).isEqualTo(folder.toAbsolutePath());
        assertThat(classPath.get(1)).isEqualTo(other);
        assertThat(classPath.get(2).getFileName().toString()).startsWith("jjava-");
        assertThat(spec.at("/env/OMP_WAIT_POLICY").textValue()).isEqualTo("PASSIVE");
        Path imports = Path.of(spec.at("/env/JJAVA_STARTUP_SCRIPTS_PATH").textValue());
        assertThat(Files.readString(imports))
                .contains("import org.directpred.theory.*;")
                .contains("import tech.tablesaw.api.Table;")
                .doesNotContain("Figure")
                .doesNotContain("static");
    }

    @Test
    void theWordsOfANotebookAreImportedWithoutTheirClass() throws Exception {
        Path own = jar("directpred-1.jar", "org/directpred/notebook/Notebook.class");
        Path folder = temporary.resolve("k");
        new KernelSpec(folder).write(content(own, own, jar("jjava.jar", "a/B.class"), "1g", null));
        assertThat(Files.readString(folder.resolve("imports.jsh")))
                .contains(
                        "import org.directpred.notebook.*;\n",
                        "import static org.directpred.notebook.Notebook.*;\n");
    }

    @Test
    void aProcessorCountBindsBothTheJvmAndTheEngine() throws Exception {
        Path own = jar("directpred-1.jar", "org/directpred/theory/Identity.class");
        Path kernel = jar("jjava.jar", "a/B.class");
        Path folder = temporary.resolve("k");
        new KernelSpec(folder).write(content(own, own, kernel, "640m", 1));
        JsonNode spec = new ObjectMapper().readTree(folder.resolve("kernel.json").toFile());
        assertThat(spec.path("argv").toString()).contains("-XX:ActiveProcessorCount=1");
        assertThat(spec.at("/env/OMP_NUM_THREADS").textValue()).isEqualTo("1");
    }

    @Test
    void theLocaleAndTheCharacterSetAreUtf8() throws Exception {
        Path own = jar("directpred-1.jar", "org/directpred/theory/Identity.class");
        Path folder = temporary.resolve("k");
        new KernelSpec(folder).write(content(own, own, jar("jjava.jar", "a/B.class"), "1g", null));
        JsonNode spec = new ObjectMapper().readTree(folder.resolve("kernel.json").toFile());
        assertThat(spec.path("argv").toString()).contains("\"-Dfile.encoding=UTF-8\"");
        assertThat(spec.at("/env/LC_ALL").textValue()).isEqualTo("C.UTF-8");
    }

    @Test
    void theUsersOwnJarsComeLastAndStayWhereTheyAre() throws Exception {
        Path own = jar("directpred-1.jar", "org/directpred/theory/Identity.class");
        Path kernel = jar("jjava.jar", "a/B.class");
        Path mine = jar("mine.jar", "org/directpred/mine/Task.class");
        Path folder = temporary.resolve("k");
        List<Path> classPath =
                new KernelSpec(folder)
                        .write(content(own, own, kernel, "1g", null, List.of(mine, temporary)));
        assertThat(classPath.subList(3, 5)).containsExactly(mine, temporary);
        JsonNode spec = new ObjectMapper().readTree(folder.resolve("kernel.json").toFile());
        assertThat(spec.at("/metadata/directpred_classpath")).hasSize(2);
        assertThat(Files.readString(folder.resolve("imports.jsh"))).doesNotContain("mine");
    }

    @Test
    void aLargeHeapHasTheJvmsOwnCollector() throws Exception {
        Path own = jar("directpred-1.jar", "org/directpred/theory/Identity.class");
        Path kernel = jar("jjava.jar", "a/B.class");
        Path folder = temporary.resolve("k");
        new KernelSpec(folder).write(content(own, own, kernel, "2g", null));
        assertThat(Files.readString(folder.resolve("kernel.json"))).contains("UseSerialGC");
        new KernelSpec(folder).write(content(own, own, kernel, "16g", null));
        assertThat(Files.readString(folder.resolve("kernel.json")))
                .contains("-Xmx16g")
                .doesNotContain("UseSerialGC");
    }

    @Test
    void aSecondInstallationReplacesTheFirstAndLeavesNothingBehind() throws Exception {
        Path own = jar("directpred-1.jar", "org/directpred/theory/Identity.class");
        Path kernel = jar("jjava.jar", "a/B.class");
        Path folder = temporary.resolve("k");
        var spec = new KernelSpec(folder);
        List<Path> first = spec.write(content(own, own, kernel, "1g", null));
        Files.delete(own);
        Files.createFile(folder.resolve("classes.jsa"));
        jar("directpred-1.jar", "org/directpred/train/Epoch.class");
        List<Path> second = spec.write(content(own, own, kernel, "1g", null));
        assertThat(second.get(0)).isNotEqualTo(first.get(0));
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "kernel.json",
                            "imports.jsh",
                            "logging.properties",
                            second.get(0).getFileName().toString(),
                            second.get(2).getFileName().toString());
        }
        assertThat(Files.readString(folder.resolve("imports.jsh"))).contains("train.*");
    }

    @Test
    void thisBuildKnowsItsVersions() {
        Versions versions = Versions.ofThisBuild();
        assertThat(versions.libtorch()).isEqualTo("2.7.1");
        assertThat(versions.djl()).isEqualTo("0.35.1");
        assertThat(versions.directpred()).matches("\\d+\\.\\d+\\.\\d+.*");
    }

    private static KernelSpec.Content content(
            Path own, Path other, Path kernel, String heap, Integer processors) {
        return content(own, other, kernel, heap, processors, List.of());
    }

    private static KernelSpec.Content content(
            Path own, Path other, Path kernel, String heap, Integer processors, List<Path> extra) {
        return new KernelSpec.Content(
                Flavour.CPU,
                new Versions("1", "0.35.1", "2.7.1"),
                List.of(own),
                kernel,
                List.of(other),
                heap,
                processors,
                null,
                null,
                extra);
    }

    private Path jar(String name, String entry) throws IOException {
        Path file = temporary.resolve(name);
        try (var out = new JarOutputStream(Files.newOutputStream(file))) {
            out.putNextEntry(new JarEntry(entry));
            out.closeEntry();
        }
        return file;
    }
}
