package org.directpred.tensor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which version of the library this is: provenance of every result. */
public final class Library {
    private static final String PROPERTIES =
            "/META-INF/maven/org.directpred/directpred/pom.properties";

    private Library() {}

    /** The version in the library's jar, or "unreleased" where the classes lie in a folder. */
    public static String version() {
        try (InputStream in = Library.class.getResourceAsStream(PROPERTIES)) {
            if (in == null) {
                return "unreleased";
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version", "unreleased");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + PROPERTIES, e);
        }
    }
}
