package org.directpred.loss;

import ai.djl.ndarray.NDArray;
import java.util.Objects;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/** A user's function as a loss, known by its name. */
final class NamedLoss {
    private static final String UNNAMED = "loss of the user";
    private static final Set<String> TAKEN =
            Set.of(Loss.COSINE.describe(), Loss.EUCLIDEAN.describe());

    private NamedLoss() {}

    /** Of one prediction and its target. */
    record PerView(String name, BinaryOperator<NDArray> function) implements Loss.PerView {
        PerView {
            requireFree(name);
            Objects.requireNonNull(function, "loss");
        }

        PerView(BinaryOperator<NDArray> function) {
            this(UNNAMED, function);
        }

        @Override
        public NDArray of(NDArray q, NDArray t) {
            return function.apply(q, t);
        }

        @Override
        public String describe() {
            return name;
        }

        @Override
        public void requireName(String keeper) {
            requireNamed(keeper, name);
        }

        /** By the name: a changed function needs another. */
        @Override
        public boolean equals(Object other) {
            return other instanceof NamedLoss.PerView loss
                    && name.equals(loss.name)
                    && (!name.equals(UNNAMED) || function.equals(loss.function));
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

    /** Of all views. */
    record Joint(String name, Function<ViewOutputs, NDArray> function) implements Loss.Joint {
        Joint {
            requireFree(name);
            Objects.requireNonNull(function, "loss");
        }

        Joint(Function<ViewOutputs, NDArray> function) {
            this(UNNAMED, function);
        }

        @Override
        public NDArray of(ViewOutputs views) {
            return function.apply(views);
        }

        @Override
        public String describe() {
            return name;
        }

        @Override
        public void requireName(String keeper) {
            requireNamed(keeper, name);
        }

        /** By the name: a changed function needs another. */
        @Override
        public boolean equals(Object other) {
            return other instanceof NamedLoss.Joint loss
                    && name.equals(loss.name)
                    && (!name.equals(UNNAMED) || function.equals(loss.function));
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

    private static void requireFree(String name) {
        Objects.requireNonNull(name, "the loss's name");
        if (name.isBlank()) {
            throw new IllegalArgumentException("a loss needs a name that is not blank");
        }
        if (TAKEN.contains(name)) {
            throw new IllegalArgumentException(
                    "\"%s\" is the library's own loss, Loss.%s: give yours another name, for a checkpoint knows a loss by its name"
                            .formatted(name, name));
        }
    }

    private static void requireNamed(String keeper, String name) {
        if (name.equals(UNNAMED)) {
            throw new IllegalArgumentException(
                    keeper
                            + " cannot tell one loss without a name from another: make it with Loss.by(\"a name\", loss) or Loss.ofViews(\"a name\", loss), and give a changed loss another name");
        }
    }
}
