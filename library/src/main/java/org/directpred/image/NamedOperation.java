package org.directpred.image;

import java.util.Objects;

/** A user's operation, known by its name. */
record NamedOperation(String name, Operation operation) implements Operation {
    NamedOperation {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(operation, "operation");
        if (name.isBlank()) {
            throw new IllegalArgumentException("an operation needs a name that is not blank");
        }
    }

    @Override
    public void apply(Canvas canvas, SplitMix64 random) {
        operation.apply(canvas, random);
    }

    @Override
    public Size size(Size input) {
        return operation.size(input);
    }

    /** By the name: a changed operation needs another. */
    @Override
    public boolean equals(Object other) {
        return other instanceof NamedOperation same && name.equals(same.name);
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
