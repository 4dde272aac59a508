package org.directpred.experiment;

import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Objects;

/**
 * A maker of an ablation in a process that knows only a class name and some words. An
 * implementation is public, has a public constructor without arguments, and lies with the tasks
 * that it uses on the class path: in a jar, for a class of a notebook's cell is known to its kernel
 * alone. The kernel of the notebooks takes jars by {@code environment/kernel --classpath JAR}.
 */
public interface AblationSource {

    /**
     * The ablation.
     *
     * @param words what it depends on, as given in the {@link Reference}
     */
    Ablation ablation(List<String> words);

    /**
     * The address of an ablation for another process.
     *
     * @param className a class that implements {@link AblationSource}, on the class path
     * @param words handed to it
     */
    record Reference(String className, List<String> words) {
        /** Copies the list. */
        public Reference {
            Objects.requireNonNull(className, "className");
            words = List.copyOf(words);
        }

        /** A reference to that class. */
        public static Reference to(Class<? extends AblationSource> type, String... words) {
            return new Reference(type.getName(), List.of(words));
        }

        /**
         * The ablation.
         *
         * @throws IllegalArgumentException if the class is not there or is no source
         */
        public Ablation ablation() {
            try {
                Object source = Class.forName(className).getConstructor().newInstance();
                if (source instanceof AblationSource made) {
                    return made.ablation(words);
                }
            } catch (InvocationTargetException e) {
                throw new IllegalArgumentException(
                        className + " could not be made: " + e.getCause(), e);
            } catch (ReflectiveOperationException e) {
                throw new IllegalArgumentException(
                        className
                                + " is no public class with a public constructor without arguments"
                                + " on the class path: a child process finds classes of jars, none"
                                + " of a notebook's cells. Put it into a jar, and the jar on the"
                                + " class path (in notebooks: environment/kernel --classpath JAR).",
                        e);
            }
            throw new IllegalArgumentException(
                    className + " does not implement " + AblationSource.class.getName());
        }
    }
}
