package org.directpred;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The rooms of the house and the doors between them. */
class ArchitectureTest {
    private static final String ROOT = "org.directpred.";
    private static final Path ARCHITECTURE_MD = Path.of("..", "ARCHITECTURE.md");

    /** The rooms of the ground floor, which every room may use. */
    private static final Set<String> GROUND = Set.of("progress", "require");

    /** For each room, the rooms that it may use beside itself and the ground floor. */
    private static final Map<String, Set<String>> ARROWS =
            Map.ofEntries(
                    Map.entry("require", Set.of()),
                    Map.entry("progress", Set.of()),
                    Map.entry("theory", Set.of()),
                    Map.entry("notebook", Set.of()),
                    Map.entry("tensor", Set.of()),
                    Map.entry("image", Set.of()),
                    Map.entry("doctor", Set.of("tensor", "image")),
                    Map.entry("predictor", Set.of("tensor", "optimise")),
                    Map.entry("optimise", Set.of("tensor")),
                    Map.entry("loss", Set.of("tensor")),
                    Map.entry("network", Set.of("tensor", "predictor", "optimise")),
                    Map.entry(
                            "evaluate",
                            Set.of("tensor", "network", "predictor", "optimise", "image")),
                    Map.entry(
                            "train",
                            Set.of(
                                    "tensor",
                                    "evaluate",
                                    "network",
                                    "loss",
                                    "predictor",
                                    "optimise",
                                    "image")),
                    Map.entry(
                            // Of evaluate the class Measure alone: see the test below.
                            "experiment", Set.of("tensor", "evaluate")),
                    Map.entry(
                            "paper",
                            Set.of(
                                    "experiment",
                                    "tensor",
                                    "train",
                                    "evaluate",
                                    "network",
                                    "loss",
                                    "predictor",
                                    "optimise",
                                    "image")),
                    Map.entry(
                            "figure",
                            Set.of(
                                    "theory",
                                    "tensor",
                                    "train",
                                    "evaluate",
                                    "network",
                                    "loss",
                                    "predictor",
                                    "optimise",
                                    "image",
                                    "experiment")));

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("org.directpred");

    @Test
    void everyRoomUsesOnlyTheRoomsItMay() {
        Set<String> violations = new TreeSet<>();
        for (JavaClass from : CLASSES) {
            String room = room(from);
            if (room == null) {
                violations.add(from.getName() + " lies in no known room");
                continue;
            }
            for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                JavaClass to = dependency.getTargetClass();
                if (to.getPackageName().startsWith("org.directpred")) {
                    String target = room(to);
                    if (!room.equals(target)
                            && !GROUND.contains(target)
                            && !ARROWS.get(room).contains(target)) {
                        violations.add(room + " -> " + target + ": " + dependency.getDescription());
                    }
                }
            }
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void theSweepEngineKnowsNoImagesNoTrainingAndNoPaper() {
        Set<String> violations = new TreeSet<>();
        for (JavaClass from : CLASSES) {
            if ("experiment".equals(room(from))) {
                for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                    JavaClass to = dependency.getTargetClass().getBaseComponentType();
                    if ("evaluate".equals(room(to)) && !to.getSimpleName().equals("Measure")) {
                        violations.add(dependency.getDescription());
                    }
                }
            }
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void theoryAndNotebookKnowNoTensors() {
        Set<String> violations = new TreeSet<>();
        for (JavaClass from : CLASSES) {
            if (Set.of("theory", "notebook").contains(String.valueOf(room(from)))) {
                for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                    String target = dependency.getTargetClass().getPackageName();
                    if (target.startsWith("ai.djl")) {
                        violations.add(dependency.getDescription());
                    }
                }
            }
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void arraysAreReadThroughOnHostAlone() {
        // DJL's own leave a copy with the array's manager wherever the array lies on a GPU.
        Set<String> violations = new TreeSet<>();
        for (JavaClass from : CLASSES) {
            if (from.getSimpleName().equals("OnHost")) {
                continue;
            }
            for (JavaMethodCall call : from.getMethodCallsFromSelf()) {
                if (call.getTargetOwner().isAssignableTo("ai.djl.ndarray.NDArray")
                        && call.getName()
                                .matches(
                                        "to\\w*Array|toByteBuffer|get(Double|Float|Long|Int|Byte|Boolean|Short)")) {
                    violations.add(call.getDescription());
                }
            }
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void textIsNotOfTheMachinesLocale() {
        // A Turkish machine has another lower case, an Arabic one other digits.
        Set<String> violations = new TreeSet<>();
        for (JavaClass from : CLASSES) {
            for (JavaMethodCall call : from.getMethodCallsFromSelf()) {
                boolean withLocale =
                        call.getTarget().getRawParameterTypes().stream()
                                .anyMatch(t -> t.getName().equals("java.util.Locale"));
                if (!withLocale
                        && call.getTargetOwner().getName().startsWith("java.")
                        && call.getName().matches("format|printf|to(Lower|Upper)Case")
                        && !call.getTargetOwner().getName().startsWith("java.time.")) {
                    violations.add(call.getDescription());
                }
            }
        }
        assertThat(violations).isEmpty();
    }

    @Test
    void noTwoRoomsShareAPublicName() {
        // A notebook imports every room: an equal name in two of them would be ambiguous there.
        Map<String, String> rooms = new HashMap<>();
        Set<String> shared = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            if (type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC)) {
                String other = rooms.put(type.getSimpleName(), type.getName());
                if (other != null) {
                    shared.add(other + " and " + type.getName());
                }
            }
        }
        assertThat(shared).isEmpty();
    }

    @Test
    void architectureMdNamesEveryRoomAndItsArrows() throws IOException {
        Map<String, Set<String>> written = new TreeMap<>();
        Matcher row =
                Pattern.compile("(?m)^\\| `([a-z]+)` \\| [^|]+ \\| ([^|]*)\\|$")
                        .matcher(Files.readString(ARCHITECTURE_MD));
        while (row.find()) {
            Set<String> uses = new TreeSet<>(Arrays.asList(row.group(2).strip().split(", ")));
            uses.remove("");
            written.put(row.group(1), uses);
        }
        Set<String> rooms = new TreeSet<>();
        CLASSES.forEach(type -> rooms.add(type.getPackageName().substring(ROOT.length())));
        assertThat(written.keySet())
                .as("the rooms in ARCHITECTURE.md's table and the packages")
                .isEqualTo(rooms);
        assertThat(written)
                .as("what ARCHITECTURE.md says that a room may use, and ARROWS")
                .isEqualTo(new TreeMap<>(ARROWS));
    }

    @Test
    void architectureMdNamesOnlyClassesThatExist() throws IOException {
        Set<String> names = new TreeSet<>();
        CLASSES.forEach(
                type -> names.add(type.getName().substring(ROOT.length()).replace('.', '/')));
        Set<String> missing = new TreeSet<>();
        Matcher named =
                Pattern.compile("`([a-z]+/[A-Z]\\w+)`").matcher(Files.readString(ARCHITECTURE_MD));
        int found = 0;
        while (named.find()) {
            found++;
            if (!names.contains(named.group(1))) {
                missing.add(named.group(1));
            }
        }
        assertThat(missing).as("classes that ARCHITECTURE.md sends its reader to").isEmpty();
        assertThat(found).isGreaterThan(20);
    }

    private static String room(JavaClass type) {
        String name = type.getPackageName() + ".";
        if (!name.startsWith(ROOT) || name.length() == ROOT.length()) {
            return null;
        }
        String first = name.substring(ROOT.length(), name.indexOf('.', ROOT.length()));
        return ARROWS.containsKey(first) ? first : null;
    }
}
