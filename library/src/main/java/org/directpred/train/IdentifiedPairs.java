package org.directpred.train;

import java.util.Iterator;
import java.util.Locale;
import java.util.Objects;

/** See {@link ViewPairs#withIdentity}. */
record IdentifiedPairs(ViewPairs pairs, String identity) implements ViewPairs {
    IdentifiedPairs {
        Objects.requireNonNull(identity, "identity");
        if (identity.isBlank()) {
            throw new IllegalArgumentException("pairs need an identity that is not blank");
        }
    }

    /** What pairs are known by that say no more of themselves. */
    static String nameAndNumber(ViewPairs pairs) {
        return String.format(
                Locale.ROOT, "%s, %d batches an epoch", pairs.name(), pairs.batchesPerEpoch());
    }

    @Override
    public String name() {
        return pairs.name();
    }

    @Override
    public long batchesPerEpoch() {
        return pairs.batchesPerEpoch();
    }

    @Override
    public Iterator<ViewPair> epoch(int epoch, int from) {
        return pairs.epoch(epoch, from);
    }

    @Override
    public int classes() {
        return pairs.classes();
    }
}
