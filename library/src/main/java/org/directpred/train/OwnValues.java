package org.directpred.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A user's values, which a recipe's JSON has by their names alone. */
final class OwnValues {
    private record Entry(Kind<?> kind, String name, Object value) {}

    private final List<Entry> entries = new ArrayList<>();

    /**
     * Takes a user's values.
     *
     * @throws IllegalArgumentException if one cannot be part of a recipe, or two have one name
     */
    OwnValues(RecordJson json, Object... own) {
        for (Object value : own) {
            Objects.requireNonNull(value, "a value of your own");
            Kind<?> kind =
                    json.kind(value.getClass())
                            .orElseThrow(
                                    () ->
                                            new IllegalArgumentException(
                                                    "a %s is no part of a recipe: give rules, losses, schedules, optimisers, operations and encoders of your own"
                                                            .formatted(
                                                                    value.getClass()
                                                                            .getSimpleName())));
            add(kind, value);
        }
    }

    private <T> void add(Kind<T> kind, Object value) {
        Entry entry = new Entry(kind, kind.nameOf(kind.type().cast(value)), value);
        for (Entry other : entries) {
            if (other.kind() == kind
                    && other.name().equals(entry.name())
                    && !other.value().equals(value)) {
                throw new IllegalArgumentException(
                        "two values of your own are called \"%s\": give each a name of its own"
                                .formatted(entry.name()));
            }
        }
        entries.add(entry);
    }

    /**
     * The value of a kind by its name.
     *
     * @throws IllegalArgumentException naming what to give
     */
    <T> T find(Kind<T> kind, String name, String path) {
        return entries.stream()
                .filter(entry -> entry.kind() == kind && entry.name().equals(name))
                .map(entry -> kind.type().cast(entry.value()))
                .findFirst()
                .orElseThrow(
                        () ->
                                RecordJson.refused(
                                        "%s is \"%s\", which is not the library's own: give it too, for instance %s"
                                                .formatted(path, name, kind.how(name))));
    }
}
