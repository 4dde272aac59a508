package org.directpred.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * Records as JSON and back, without loss: an object has a field for each component. A value of an
 * open set, a {@link Kind}, says beside its components which of the set it is, {@code {"type":
 * "DirectPred", "rho": 0.3, ...}}; a user's value, which may be a function, goes by its name alone,
 * {@code {"type": "own", "name": "mine"}}.
 */
final class RecordJson {
    static final String TYPE = "type";
    static final String OWN = "own";
    static final String NAME = "name";
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final List<Kind<?>> kinds;

    RecordJson(List<Kind<?>> kinds) {
        this.kinds = List.copyOf(kinds);
    }

    /** The kind that a type belongs to. */
    Optional<Kind<?>> kind(Class<?> type) {
        return kinds.stream().filter(kind -> kind.type().isAssignableFrom(type)).findFirst();
    }

    // Writing.

    /** A value as the component of such a type. */
    JsonNode write(Object value, Class<?> type) {
        return kind(type).map(kind -> writeOfKind(kind, value)).orElseGet(() -> plain(value));
    }

    private <T> JsonNode writeOfKind(Kind<T> kind, Object value) {
        T typed = kind.type().cast(value);
        ObjectNode object = JSON.objectNode();
        Optional<String> constant = kind.constant(typed);
        if (constant.isPresent()) {
            return object.put(TYPE, constant.get());
        }
        Optional<Record> form = kind.form(typed);
        if (form.isEmpty()) {
            return object.put(TYPE, OWN).put(NAME, kind.nameOf(typed));
        }
        object.put(TYPE, kind.typeName(form.get()));
        return components(object, form.get());
    }

    private JsonNode plain(Object value) {
        if (value instanceof Optional<?> optional) {
            return optional.map(v -> write(v, v.getClass())).orElse(JSON.nullNode());
        }
        if (value instanceof OptionalDouble optional) {
            return optional.isPresent() ? plain(optional.getAsDouble()) : JSON.nullNode();
        }
        if (value instanceof OptionalInt optional) {
            return optional.isPresent() ? plain(optional.getAsInt()) : JSON.nullNode();
        }
        if (value instanceof List<?> list) {
            ArrayNode array = JSON.arrayNode();
            list.forEach(item -> array.add(write(item, item.getClass())));
            return array;
        }
        if (value instanceof Record record) {
            return components(JSON.objectNode(), record);
        }
        if (value instanceof Enum<?> constant) {
            return JSON.textNode(constant.name());
        }
        if (value instanceof Integer number) {
            return JSON.numberNode(number);
        }
        if (value instanceof Long number) {
            return JSON.numberNode(number);
        }
        if (value instanceof Double number) {
            return JSON.numberNode(number);
        }
        if (value instanceof Boolean flag) {
            return JSON.booleanNode(flag);
        }
        if (value instanceof String text) {
            return JSON.textNode(text);
        }
        throw new IllegalStateException("no JSON for a " + value.getClass().getName());
    }

    private ObjectNode components(ObjectNode object, Record record) {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            object.set(component.getName(), write(get(record, component), component.getType()));
        }
        return object;
    }

    private static Object get(Record record, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    // Reading.

    /**
     * A component of such a type.
     *
     * @param path where the JSON stands, for messages: {@code optimisation.learningRate}
     * @throws IllegalArgumentException naming the path, and what is expected there
     */
    Object read(JsonNode json, Type type, String path, OwnValues own) {
        if (type instanceof ParameterizedType generic) {
            return readGeneric(json, generic, path, own);
        }
        Class<?> plain = (Class<?>) type;
        if (plain == OptionalDouble.class) {
            return json.isNull() ? OptionalDouble.empty() : OptionalDouble.of(number(json, path));
        }
        if (plain == OptionalInt.class) {
            return json.isNull() ? OptionalInt.empty() : OptionalInt.of(whole(json, path));
        }
        Optional<Kind<?>> kind = kind(plain);
        if (kind.isPresent()) {
            Object value = readOfKind(kind.get(), json, path, own);
            if (!plain.isInstance(value)) {
                throw wrong(path, "a " + plain.getSimpleName(), json);
            }
            return value;
        }
        if (plain.isRecord()) {
            return record(object(json, path, "an object"), plain, path, Set.of(), own);
        }
        if (plain.isEnum()) {
            return constant(json, plain, path);
        }
        return scalar(json, plain, path);
    }

    private Object readGeneric(JsonNode json, ParameterizedType type, String path, OwnValues own) {
        Type inner = type.getActualTypeArguments()[0];
        if (type.getRawType() == Optional.class) {
            return json.isNull() ? Optional.empty() : Optional.of(read(json, inner, path, own));
        }
        if (!json.isArray()) {
            throw wrong(path, "a list, [...]", json);
        }
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < json.size(); i++) {
            list.add(read(json.get(i), inner, path + "." + i, own));
        }
        return list;
    }

    private <T> T readOfKind(Kind<T> kind, JsonNode json, String path, OwnValues own) {
        ObjectNode object =
                object(json, path, "an object with a type, as {\"type\": ...}, which it says");
        JsonNode name = object.get(TYPE);
        String typePath = path + "." + TYPE;
        if (name == null) {
            Set<String> lacking = new TreeSet<>(Set.of(TYPE));
            requireKnown(object, lacking, Set.of(), path, false);
            throw refused(typePath + " is missing: one of " + kind.typeNames());
        }
        if (!name.isTextual()) {
            throw wrong(typePath, "one of " + kind.typeNames(), name);
        }
        if (name.textValue().equals(OWN)) {
            requireKnown(object, Set.of(NAME), Set.of(TYPE), path, true);
            return own.find(kind, (String) scalar(object.get(NAME), String.class, path), path);
        }
        T constant = kind.constants().get(name.textValue());
        if (constant != null) {
            requireKnown(object, Set.of(), Set.of(TYPE), path, true);
            return constant;
        }
        Class<? extends Record> form = kind.records().get(name.textValue());
        if (form == null) {
            throw refused(
                    "%s %s is none of %s%s"
                            .formatted(
                                    typePath,
                                    UnreadableLine.brief(name.textValue()),
                                    kind.typeNames(),
                                    Nearest.hint(name.textValue(), kind.typeNames())));
        }
        Record record = (Record) record(object, form, path, Set.of(TYPE), own);
        return checked(path, () -> kind.value(record, own, path));
    }

    private Object record(
            ObjectNode object, Class<?> type, String path, Set<String> more, OwnValues own) {
        RecordComponent[] components = type.getRecordComponents();
        Set<String> names = new TreeSet<>();
        Arrays.stream(components).forEach(component -> names.add(component.getName()));
        requireKnown(object, names, more, path, true);
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            String name = components[i].getName();
            types[i] = components[i].getType();
            values[i] =
                    read(
                            object.get(name),
                            components[i].getGenericType(),
                            path.isEmpty() ? name : path + "." + name,
                            own);
        }
        return checked(path, () -> make(type, types, values));
    }

    private static Object make(Class<?> type, Class<?>[] types, Object[] values) {
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Says where a value stands that its own class refuses. */
    private static <T> T checked(String path, java.util.function.Supplier<T> make) {
        try {
            return make.get();
        } catch (Refused e) {
            throw e;
        } catch (IllegalArgumentException | NullPointerException e) {
            throw new Refused(path.isEmpty() ? e.getMessage() : path + ": " + e.getMessage(), e);
        }
    }

    /** Refuses fields that are unknown, with the nearest that is known, and then missing ones. */
    private static void requireKnown(
            ObjectNode object, Set<String> names, Set<String> more, String path, boolean all) {
        String prefix = path.isEmpty() ? "" : path + ".";
        for (String field : (Iterable<String>) object::fieldNames) {
            if (!names.contains(field) && !more.contains(field)) {
                Set<String> missing = new TreeSet<>(names);
                object.fieldNames().forEachRemaining(missing::remove);
                String hint = Nearest.hint(field, missing.isEmpty() ? names : missing);
                if (all || !hint.isEmpty()) {
                    throw refused(
                            "%s%s is no field of a recipe%s"
                                    .formatted(
                                            prefix,
                                            UnreadableLine.brief(field),
                                            hint.isEmpty()
                                                    ? "; the fields there are "
                                                            + String.join(", ", names)
                                                    : hint));
                }
            }
        }
        for (String name : names) {
            if (all && !object.has(name)) {
                throw refused(prefix + name + " is missing");
            }
        }
    }

    private static ObjectNode object(JsonNode json, String path, String expected) {
        if (json instanceof ObjectNode object) {
            return object;
        }
        throw wrong(path, expected, json);
    }

    private static Object constant(JsonNode json, Class<?> type, String path) {
        Set<String> names = new TreeSet<>();
        for (Object constant : type.getEnumConstants()) {
            String name = ((Enum<?>) constant).name();
            if (json.isTextual() && name.equals(json.textValue())) {
                return constant;
            }
            names.add(name);
        }
        throw refused(
                "%s must be one of %s, not %s%s"
                        .formatted(
                                path,
                                String.join(", ", names),
                                shown(json),
                                json.isTextual() ? Nearest.hint(json.textValue(), names) : ""));
    }

    private static Object scalar(JsonNode json, Class<?> type, String path) {
        if (type == double.class || type == Double.class) {
            return number(json, path);
        }
        if (type == int.class || type == Integer.class) {
            return whole(json, path);
        }
        if (type == long.class || type == Long.class) {
            if (!json.isIntegralNumber() || !json.canConvertToLong()) {
                throw wrong(path, "a whole number of 64 bits", json);
            }
            return json.longValue();
        }
        if (type == boolean.class || type == Boolean.class) {
            if (!json.isBoolean()) {
                throw wrong(path, "true or false", json);
            }
            return json.booleanValue();
        }
        if (type == String.class) {
            if (!json.isTextual()) {
                throw wrong(path, "a text", json);
            }
            return json.textValue();
        }
        throw new IllegalStateException("no JSON for a " + type.getName());
    }

    private static double number(JsonNode json, String path) {
        if (!json.isNumber() || !Double.isFinite(json.doubleValue())) {
            throw wrong(path, "a finite number", json);
        }
        return json.doubleValue();
    }

    private static int whole(JsonNode json, String path) {
        if (!json.isIntegralNumber() || !json.canConvertToInt()) {
            throw wrong(path, "a whole number of 32 bits", json);
        }
        return json.intValue();
    }

    private static Refused wrong(String path, String expected, JsonNode json) {
        return refused(
                "%s must be %s, not %s"
                        .formatted(path.isEmpty() ? "a recipe" : path, expected, shown(json)));
    }

    private static String shown(JsonNode json) {
        return UnreadableLine.brief(json.isContainerNode() ? json.toString() : json.asText());
    }

    static Refused refused(String why) {
        return new Refused(why, null);
    }

    /** A refusal that says where already. */
    static final class Refused extends IllegalArgumentException {
        Refused(String why, Exception cause) {
            super(why, cause);
        }
    }
}
