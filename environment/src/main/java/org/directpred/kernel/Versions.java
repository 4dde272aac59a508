package org.directpred.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * The versions that this build was made for, from the parent POM.
 *
 * @param directpred of this library and kernel
 * @param djl of the engine's Java side
 * @param libtorch of the engine's native side; it must fit exactly
 */
public record Versions(String directpred, String djl, String libtorch) {
    private static final String RESOURCE = "versions.properties";

    /** The versions that the build wrote into this jar. */
    public static Versions ofThisBuild() {
        var properties = new Properties();
        try (InputStream in = Versions.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(
                        RESOURCE + " is missing beside " + Versions.class.getName());
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Versions(
                properties.getProperty("directpred"),
                properties.getProperty("djl"),
                properties.getProperty("libtorch"));
    }
}
