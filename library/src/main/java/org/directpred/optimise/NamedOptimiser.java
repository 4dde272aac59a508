package org.directpred.optimise;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.directpred.tensor.ParameterGroups;

/** A user's algorithm, known by its name. */
record NamedOptimiser(String name, OptimiserChoice.Factory factory) implements OptimiserChoice {
    private static final Set<String> TAKEN = Set.of("SGD", "LARS", "ADAMW");

    NamedOptimiser {
        Objects.requireNonNull(name, "the optimiser's name");
        Objects.requireNonNull(factory, "factory");
        if (name.isBlank()) {
            throw new IllegalArgumentException("an optimiser needs a name that is not blank");
        }
        if (TAKEN.contains(name.toUpperCase(Locale.ROOT))) {
            throw new IllegalArgumentException(
                    "\"%s\" is the library's own optimiser: give yours another name, for a checkpoint knows an optimiser by its name"
                            .formatted(name));
        }
    }

    @Override
    public Optimiser create(NDArray parameters, ParameterGroups groups, NDManager manager) {
        Optimiser made = factory.create(parameters, groups, manager);
        if (made == null) {
            throw new IllegalArgumentException("the optimiser \"%s\" makes null".formatted(name));
        }
        return made;
    }

    /** By the name: a changed algorithm needs another. */
    @Override
    public boolean equals(Object other) {
        return other instanceof NamedOptimiser optimiser && name.equals(optimiser.name);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }
}
