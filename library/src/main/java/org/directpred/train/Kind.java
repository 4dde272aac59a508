package org.directpred.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * An open set of values in a recipe's JSON, for instance all schedules: the library's by the names
 * of their records, and a user's by the names that they have.
 *
 * @param <T> the interface of the values
 */
final class Kind<T> {
    /** A value that is written as another record than itself. */
    interface Reader<T> {
        T value(Record form, OwnValues own, String path);
    }

    private final Class<T> type;
    private final Function<T, String> name;
    private final String how;
    private final Map<String, Class<? extends Record>> records = new TreeMap<>();
    private final Map<String, T> constants = new TreeMap<>();
    private Function<T, Optional<Record>> writer = this::itself;
    private Reader<T> reader = (form, own, path) -> type().cast(form);

    private Kind(Class<T> type, Function<T, String> name, String how) {
        this.type = type;
        this.name = name;
        this.how = how;
    }

    /**
     * Without any value of the library.
     *
     * @param name what a user's value is called
     * @param how a user makes one, with %s for its name
     */
    static <T> Kind<T> of(Class<T> type, Function<T, String> name, String how) {
        return new Kind<>(type, name, how);
    }

    /** Adds records of the library. */
    @SafeVarargs
    final Kind<T> with(Class<? extends Record>... classes) {
        for (Class<? extends Record> record : classes) {
            records.put(record.getSimpleName(), record);
        }
        return this;
    }

    /** Adds a record under another name than its class's. */
    Kind<T> with(String typeName, Class<? extends Record> record) {
        records.put(typeName, record);
        return this;
    }

    /** Adds a value that has no settings. */
    Kind<T> withConstant(String typeName, T value) {
        constants.put(typeName, value);
        return this;
    }

    /**
     * With values that are written as other records.
     *
     * @param write the record; empty for a user's value
     * @param read the value of a record
     */
    Kind<T> by(Function<T, Optional<Record>> write, Reader<T> read) {
        writer = write;
        reader = read;
        return this;
    }

    /** The value as it is, where it is one of the library's records. */
    Optional<Record> itself(T value) {
        return value instanceof Record record && records.containsValue(record.getClass())
                ? Optional.of(record)
                : Optional.empty();
    }

    Class<T> type() {
        return type;
    }

    /** The library's records by their names in JSON. */
    Map<String, Class<? extends Record>> records() {
        return records;
    }

    /** The library's values without settings by their names in JSON. */
    Map<String, T> constants() {
        return constants;
    }

    /** The names of the library's values. */
    List<String> typeNames() {
        List<String> names = new ArrayList<>(records.keySet());
        names.addAll(constants.keySet());
        return names;
    }

    /** The name of a value without settings. */
    Optional<String> constant(T value) {
        return constants.entrySet().stream()
                .filter(entry -> entry.getValue().equals(value))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** The record as which a value is written; empty for a user's value. */
    Optional<Record> form(T value) {
        return writer.apply(value);
    }

    /** The name of a record of the library. */
    String typeName(Record form) {
        return records.entrySet().stream()
                .filter(entry -> entry.getValue() == form.getClass())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    /** The value of a record. */
    T value(Record form, OwnValues own, String path) {
        return reader.value(form, own, path);
    }

    /** What a user's value is called. */
    String nameOf(T value) {
        return name.apply(value);
    }

    /** How a user's value of that name is made. */
    String how(String called) {
        return how.formatted(called);
    }
}
