package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The paper's symbols stand in one order wherever they are given. */
class SymbolsTest {
    private static final List<String> ORDER =
            List.of("alphaP", "eta", "etaPredictor", "etaOnline", "beta", "sigmaSquared", "tau");

    @Test
    void everySignatureHasOneOrder() throws Exception {
        int several = 0;
        for (Executable executable : executables()) {
            List<Integer> places =
                    names(executable).stream().filter(ORDER::contains).map(ORDER::indexOf).toList();
            assertThat(places).as(executable.toString()).isSorted();
            several += places.size() > 1 ? 1 : 0;
        }
        assertThat(several).isGreaterThan(8);
    }

    /** Names that mean one of the symbols are those of the list, so that nothing escapes it. */
    @Test
    void everySymbolHasOneName() throws Exception {
        for (Executable executable : executables()) {
            assertThat(names(executable))
                    .as(executable.toString())
                    .noneMatch(
                            name ->
                                    !ORDER.contains(name)
                                            && name.matches(
                                                    "(?i).*(decay|alpha_?p|^eta|sigma2|beta|tau).*"));
        }
    }

    /**
     * Two ways to make something from equally many numbers, all of them symbols, take the same
     * symbols: else a slip gives a plausible wrong answer.
     */
    @Test
    void factoriesOfEquallyManyNumbersTakeTheSameSymbols() throws Exception {
        Map<Integer, List<String>> taken = new TreeMap<>();
        for (Executable executable : executables()) {
            List<String> names = names(executable);
            boolean makes =
                    executable instanceof Constructor<?>
                            || Modifier.isStatic(executable.getModifiers());
            boolean numbers =
                    Arrays.stream(executable.getParameterTypes()).allMatch(t -> t == double.class);
            if (makes && numbers && names.size() > 2 && ORDER.containsAll(names)) {
                assertThat(taken.computeIfAbsent(names.size(), n -> names))
                        .as(executable.toString())
                        .isEqualTo(names);
            }
        }
        assertThat(taken).isNotEmpty();
    }

    private static List<String> names(Executable executable) {
        assertThat(Arrays.stream(executable.getParameters()).allMatch(Parameter::isNamePresent))
                .as("compiled with -parameters: " + executable)
                .isTrue();
        return Arrays.stream(executable.getParameters()).map(Parameter::getName).toList();
    }

    private static List<Executable> executables()
            throws URISyntaxException, IOException, ClassNotFoundException {
        Path root =
                Path.of(
                        PhasePlane.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        String room = PhasePlane.class.getPackageName();
        List<Executable> all = new ArrayList<>();
        try (var files = Files.list(root.resolve(room.replace('.', '/')))) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (!name.endsWith(".class") || name.startsWith("package-info")) {
                    continue;
                }
                Class<?> type = Class.forName(room + "." + name.replace(".class", ""));
                if (isPublic(type)) {
                    all.addAll(List.of(type.getConstructors()));
                    all.addAll(
                            Arrays.stream(type.getDeclaredMethods())
                                    .filter(m -> Modifier.isPublic(m.getModifiers()))
                                    .filter(m -> !m.isSynthetic())
                                    .toList());
                }
            }
        }
        assertThat(all).hasSizeGreaterThan(100);
        return all;
    }

    private static boolean isPublic(Class<?> type) {
        return Modifier.isPublic(type.getModifiers())
                && (type.getEnclosingClass() == null || isPublic(type.getEnclosingClass()));
    }
}
