package org.directpred.theory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

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

    /** The names as the class file has them: a fuzz test's agent drops them from what it loads. */
    private static List<String> names(Executable executable) {
        String own =
                executable instanceof Method method
                        ? method.getName() + Type.getMethodDescriptor(method)
                        : "<init>" + Type.getConstructorDescriptor((Constructor<?>) executable);
        List<String> names = new ArrayList<>();
        Class<?> type = executable.getDeclaringClass();
        try (InputStream file = type.getResourceAsStream(binaryName(type) + ".class")) {
            new ClassReader(file)
                    .accept(
                            new ClassVisitor(Opcodes.ASM9) {
                                @Override
                                public MethodVisitor visitMethod(
                                        int access,
                                        String name,
                                        String descriptor,
                                        String signature,
                                        String[] exceptions) {
                                    return (name + descriptor).equals(own)
                                            ? collecting(names)
                                            : null;
                                }
                            },
                            ClassReader.SKIP_CODE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(names)
                .as("compiled with -parameters: " + executable)
                .hasSize(executable.getParameterCount());
        return names;
    }

    private static MethodVisitor collecting(List<String> names) {
        return new MethodVisitor(Opcodes.ASM9) {
            @Override
            public void visitParameter(String name, int access) {
                names.add(name);
            }
        };
    }

    private static String binaryName(Class<?> type) {
        return type.getName().substring(type.getPackageName().length() + 1);
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
