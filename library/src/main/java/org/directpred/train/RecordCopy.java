package org.directpred.train;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;

/** Copies of records of records in which one component is another. */
final class RecordCopy {
    private RecordCopy() {}

    /**
     * The same record with another value at a path of components.
     *
     * @param path for instance {@code optimisation.learningRate}
     */
    static <R extends Record> R with(R record, String path, Object value) {
        int dot = path.indexOf('.');
        String name = dot < 0 ? path : path.substring(0, dot);
        RecordComponent[] components = record.getClass().getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        boolean found = false;
        try {
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                values[i] = components[i].getAccessor().invoke(record);
                if (components[i].getName().equals(name)) {
                    values[i] =
                            dot < 0
                                    ? value
                                    : with((Record) values[i], path.substring(dot + 1), value);
                    found = true;
                }
            }
            if (!found) {
                throw new IllegalStateException("no component " + path + " in " + record);
            }
            @SuppressWarnings("unchecked")
            R copy = (R) record.getClass().getDeclaredConstructor(types).newInstance(values);
            return copy;
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
