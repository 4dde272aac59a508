package org.directpred.kernel;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** What installs the kernel and what runs inside it know nothing of each other. */
class ArchitectureTest {
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("org.directpred");

    @Test
    void theDisplayNeedsNeitherTheInstallerNorTheResolver() {
        noClasses()
                .that()
                .resideInAPackage("org.directpred.kernel.display..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.directpred.kernel.install..",
                        "eu.maveniverse..",
                        "org.eclipse.aether..")
                .check(CLASSES);
    }

    @Test
    void theInstallerNeedsNeitherTheDisplayNorTheLibrary() {
        noClasses()
                .that()
                .resideInAPackage("org.directpred.kernel.install..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.directpred.kernel.display..",
                        "org.directpred.figure..",
                        "org.directpred.progress..",
                        "org.dflib..",
                        "tech.tablesaw..")
                .check(CLASSES);
    }

    @Test
    void theMainProgramNeedsNeitherTheInstallerNorTheLibrary() {
        noClasses()
                .that()
                .resideInAPackage("org.directpred.kernel.start..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "org.directpred.kernel.install..",
                        "org.directpred.kernel.display..",
                        "org.directpred.figure..",
                        "org.directpred.progress..")
                .check(CLASSES);
    }

    @Test
    void theLibraryKnowsNoKernel() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.directpred.kernel..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.directpred.kernel..", "org.dflib..")
                .check(CLASSES);
    }
}
