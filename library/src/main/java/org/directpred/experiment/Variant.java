package org.directpred.experiment;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * One row of an ablation's table.
 *
 * @param name its name in the table
 * @param settings everything that its measurements depend on but the seed, by name: a results
 *     folder is refused where they differ from those that it was made with
 * @param task runs it
 */
public record Variant(String name, Map<String, String> settings, Task task) {
    /** Checks the name and copies the settings. */
    public Variant {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a variant needs a name");
        }
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        Objects.requireNonNull(task, "task");
    }
}
