package org.directpred.kernel.start;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import jdk.jshell.JShell;
import org.dflib.jjava.jupyter.kernel.BaseKernel;

/**
 * JJava's kernel with the magics and the settings that its own main program gives it.
 *
 * <p>Of JJava only the part that all languages share is published as a Maven artifact. Its Java
 * part comes with pip's jar, so that it is reached by name here, and nowhere else.
 */
final class JJavaKernel {
    private static final String JJAVA = "org.dflib.jjava.";
    private static final String VERSION = "/META-INF/maven/org.dflib.jjava/jjava-distro/";

    private static final Map<String, String> LINE_MAGICS = new LinkedHashMap<>();

    static {
        LINE_MAGICS.put("load", "kernel.magics.LoadMagic");
        LINE_MAGICS.put("classpath", "kernel.magics.ClasspathMagic");
        LINE_MAGICS.put("jars", "kernel.magics.JarsMagic");
        LINE_MAGICS.put("maven", "maven.magics.MavenMagic");
        LINE_MAGICS.put("mavenRepo", "maven.magics.MavenRepoMagic");
        LINE_MAGICS.put("loadFromPOM", "maven.magics.LoadFromPomLineMagic");
        LINE_MAGICS.put("addMavenDependency", "maven.magics.AddMavenDependencyMagic");
    }

    private final BaseKernel kernel;

    /** The statements under way. */
    private final Map<?, Future<?>> statements;

    private JJavaKernel(BaseKernel kernel) throws ReflectiveOperationException {
        this.kernel = kernel;
        this.statements = statements(kernel);
    }

    @SuppressWarnings("unchecked") // JJava's own type of it
    private static Map<?, Future<?>> statements(BaseKernel kernel)
            throws ReflectiveOperationException {
        return (Map<?, Future<?>>)
                field(field(field(kernel, "evaluator"), "execControl"), "running");
    }

    /**
     * JJava's kernel, not started yet.
     *
     * @throws ReflectiveOperationException if the jar on the class path is of another version
     */
    static JJavaKernel build() throws ReflectiveOperationException, IOException {
        // One line for each entry, in Jupyter's own format.
        System.setProperty(
                "java.util.logging.SimpleFormatter.format",
                "[%4$.1s %1$tF %1$tT.%1$tL %3$s] %5$s%n");
        Object builder = ofClass("kernel.JavaKernel", "builder");
        call(builder, "name", "JJava");
        call(builder, "version", version());
        call(builder, "extensionsEnabled", environment("extensionsEnabled"));
        call(builder, "compilerOpts", environment("compilerOpts"));
        Object timeout = ofClass("distro.JJava$Timeout", "parseOrDefault", environment("timeout"));
        call(builder, "timeout", field(timeout, "time"), field(timeout, "timeUnit"));
        Object resolver = type("maven.MavenDependencyResolver").getConstructor().newInstance();
        for (Map.Entry<String, String> magic : LINE_MAGICS.entrySet()) {
            call(builder, "lineMagic", magic.getKey(), magic(magic.getValue(), resolver));
        }
        Object time = magic("kernel.magics.TimeMagic", resolver);
        call(builder, "lineMagic", "time", time);
        call(builder, "cellMagic", "time", time);
        call(
                builder,
                "cellMagic",
                "loadFromPOM",
                magic("maven.magics.LoadFromPomCellMagic", resolver));
        return new JJavaKernel((BaseKernel) call(builder, "build"));
    }

    BaseKernel kernel() {
        return kernel;
    }

    JShell shell() throws ReflectiveOperationException {
        return (JShell) call(kernel, "getJShell");
    }

    /** Stops the statement under way; whether there was one. */
    boolean stopStatement() {
        boolean stopped = false;
        for (Future<?> statement : statements.values()) {
            stopped |= statement.cancel(true);
        }
        return stopped;
    }

    /** Adds what {@code JJAVA_CLASSPATH} names to the cells' class path. */
    void addExtraClassPath() throws ReflectiveOperationException {
        call(kernel, "addToClasspath", environment("extraClasspath"));
    }

    /** Runs what {@code JJAVA_STARTUP_SCRIPTS_PATH} and {@code JJAVA_STARTUP_SCRIPT} name. */
    void runStartupSnippets() throws ReflectiveOperationException {
        for (Object snippet : (List<?>) environment("startupSnippets")) {
            kernel.evalRaw((String) snippet);
        }
    }

    private static Object environment(String name) throws ReflectiveOperationException {
        return ofClass("distro.Env", name);
    }

    private static String version() throws IOException {
        var properties = new Properties();
        try (InputStream in = JJavaKernel.class.getResourceAsStream(VERSION + "pom.properties")) {
            if (in != null) {
                properties.load(in);
            }
        }
        return properties.getProperty("version", "");
    }

    private static Object magic(String name, Object resolver) throws ReflectiveOperationException {
        var constructor = type(name).getConstructors()[0];
        return constructor.getParameterCount() == 0
                ? constructor.newInstance()
                : constructor.newInstance(resolver);
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(JJAVA + name);
    }

    private static Object field(Object target, String name) throws ReflectiveOperationException {
        Field field = target.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(target);
    }

    private static Object ofClass(String type, String name, Object... arguments)
            throws ReflectiveOperationException {
        return invoke(method(type(type), name, arguments.length), null, arguments);
    }

    private static Object call(Object target, String name, Object... arguments)
            throws ReflectiveOperationException {
        return invoke(method(target.getClass(), name, arguments.length), target, arguments);
    }

    private static Method method(Class<?> type, String name, int parameters)
            throws NoSuchMethodException {
        for (Class<?> t = type; t != null; t = t.getSuperclass()) {
            for (Method method : t.getDeclaredMethods()) {
                if (method.getName().equals(name) && method.getParameterCount() == parameters) {
                    method.setAccessible(true);
                    return method;
                }
            }
        }
        throw new NoSuchMethodException(type.getName() + "." + name);
    }

    private static Object invoke(Method method, Object target, Object... arguments)
            throws ReflectiveOperationException {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            // What JJava itself says is of use; that it was called by name is not.
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
