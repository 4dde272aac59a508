package org.directpred.evaluate;

import java.util.SplittableRandom;

/** Random orders that are the same on every machine. */
final class Shuffle {
    private Shuffle() {}

    /** Fisher and Yates' shuffle, in place. */
    static void shuffle(int[] values, SplittableRandom random) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int kept = values[i];
            values[i] = values[j];
            values[j] = kept;
        }
    }
}
