package org.directpred.figure;

import java.util.List;
import java.util.Map;

/** Checks of the input of several figures. */
final class Checks {
    private Checks() {}

    /** The common length of lists that belong to steps. */
    static int equalLengths(String title, Map<Long, List<Double>> lists) {
        int length = -1;
        for (Map.Entry<Long, List<Double>> entry : lists.entrySet()) {
            if (length >= 0 && entry.getValue().size() != length) {
                throw new IllegalArgumentException(
                        "%s: %d values at step %d, %d at the steps before"
                                .formatted(title, entry.getValue().size(), entry.getKey(), length));
            }
            length = entry.getValue().size();
        }
        if (length < 1) {
            throw new IllegalArgumentException(title + ": nothing to draw");
        }
        return length;
    }
}
