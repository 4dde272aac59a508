package org.directpred.kernel.install;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * An operating system and processor, in the words of the engine's artifacts.
 *
 * @param classifier as in {@code linux-x86_64}
 */
record Platform(String classifier) {

    /** The platforms that libtorch's CPU libraries are published for. */
    static final Set<String> WITH_CPU =
            new TreeSet<>(List.of("linux-x86_64", "linux-aarch64", "osx-aarch64", "win-x86_64"));

    /** The platforms that the engine's CUDA binding is published for. */
    static final Set<String> WITH_CUDA = new TreeSet<>(List.of("linux-x86_64", "win-x86_64"));

    /** This machine. */
    static Platform ofThisMachine() {
        return of(System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    /**
     * The platform that Java describes.
     *
     * @param osName the system property {@code os.name}
     * @param osArch the system property {@code os.arch}
     */
    static Platform of(String osName, String osArch) {
        String os = osName.toLowerCase(Locale.ROOT);
        String system;
        if (os.startsWith("windows")) {
            system = "win";
        } else if (os.startsWith("mac")) {
            system = "osx";
        } else {
            system = os.replace(' ', '-');
        }
        String processor = osArch.toLowerCase(Locale.ROOT);
        if (processor.equals("amd64") || processor.equals("x86_64")) {
            processor = "x86_64";
        } else if (processor.equals("arm64")) {
            processor = "aarch64";
        }
        return new Platform(system + "-" + processor);
    }
}
