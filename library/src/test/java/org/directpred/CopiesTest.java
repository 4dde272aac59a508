package org.directpred;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Copies are made in one dialect: a method that returns a changed copy is called {@code withX}, and
 * no static factory can be taken for one. In {@code DirectPred.defaults().epsilon(.5).rho(.9)}, a
 * static {@code rho} would compile and lose epsilon without a word.
 */
class CopiesTest {

    /**
     * Names of methods that return their own type and yet no changed copy of settings. None may be
     * a component of its record.
     */
    private static final Set<String> OTHER_THAN_COPIES =
            Set.of(
                    // data chosen from data, or turned into other data
                    "asGrey",
                    "draw",
                    "fewLabels",
                    "first",
                    "standardised",
                    "subset",
                    "symmetrised",
                    "toGrey",
                    // arithmetic on a spectrum
                    "atLeast",
                    "map",
                    "plus",
                    "power",
                    "relative",
                    "times",
                    // a measure at one place of a run, another number under another name
                    "atStart",
                    "atStep",
                    // composition, as java.util.function.Function has it
                    "then",
                    // the end of a statement that value, ratio or difference begins
                    "atMost",
                    "inEverySeed",
                    "inTheMean",
                    "onlyReported",
                    // where a run is to be, before it is one
                    "in",
                    "onDevice",
                    "resumingAs",
                    // these change what they are called on, and return it
                    "add",
                    "between",
                    "level",
                    "logarithmic",
                    "reset",
                    "updateBatchNorm",
                    "train");

    private static final String COPY = "with(out)?[A-Z].*";

    private static final List<Class<?>> TYPES =
            new ClassFileImporter()
                            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                            .importPackages("org.directpred")
                            .stream()
                            .map(JavaClass::reflect)
                            .filter(CopiesTest::isPublic)
                            .collect(Collectors.toList());

    @Test
    void noFactoryIsNamedLikeAComponentOrAMethodOfTheValue() {
        Set<String> wrong = new TreeSet<>();
        for (Class<?> type : TYPES) {
            Set<String> taken =
                    Stream.concat(
                                    methods(type)
                                            .filter(m -> !Modifier.isStatic(m.getModifiers()))
                                            .filter(m -> returnsOwn(type, m))
                                            .map(Method::getName),
                                    components(type))
                            .collect(Collectors.toSet());
            methods(type)
                    .filter(m -> Modifier.isStatic(m.getModifiers()))
                    .filter(m -> returnsOwn(type, m))
                    .filter(m -> taken.contains(m.getName()) || m.getName().matches(COPY))
                    .forEach(m -> wrong.add(name(type, m)));
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyChangedCopyIsMadeByWith() {
        Set<String> wrong = new TreeSet<>();
        for (Class<?> type : TYPES) {
            methods(type)
                    .filter(m -> !Modifier.isStatic(m.getModifiers()))
                    .filter(m -> returnsOwn(type, m))
                    .filter(m -> !m.getName().matches(COPY))
                    .filter(
                            m ->
                                    components(type).anyMatch(m.getName()::equals)
                                            // A component of its own type is read, not changed.
                                            ? m.getParameterCount() > 0
                                            : !OTHER_THAN_COPIES.contains(m.getName()))
                    .forEach(m -> wrong.add(name(type, m)));
        }
        assertThat(wrong).isEmpty();
    }

    private static Stream<Method> methods(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(m -> Modifier.isPublic(m.getModifiers()) && !m.isSynthetic());
    }

    private static Stream<String> components(Class<?> type) {
        return type.isRecord()
                ? Arrays.stream(type.getRecordComponents()).map(c -> c.getName())
                : Stream.empty();
    }

    private static boolean returnsOwn(Class<?> type, Method method) {
        return method.getReturnType() == type && !type.isEnum();
    }

    private static boolean isPublic(Class<?> type) {
        for (Class<?> t = type; t != null; t = t.getDeclaringClass()) {
            if (!Modifier.isPublic(t.getModifiers())) {
                return false;
            }
        }
        return true;
    }

    private static String name(Class<?> type, Method method) {
        return type.getName().substring("org.directpred.".length()).replace('$', '.')
                + "."
                + method.getName();
    }
}
