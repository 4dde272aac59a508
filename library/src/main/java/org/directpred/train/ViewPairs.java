package org.directpred.train;

import java.util.Iterator;
import java.util.Objects;
import java.util.function.IntFunction;
import org.directpred.require.Require;

/**
 * Batches of view pairs from anywhere: any iterator can be trained on.
 *
 * <p>A run that goes on after a stop or from a checkpoint asks for the epoch under way from the
 * batch that comes next. It goes on bit for bit exactly if the same epoch gives the same pairs each
 * time.
 */
public interface ViewPairs {

    /** What tables and checkpoints call them. */
    String name();

    /**
     * What the pairs are, by which a run that goes on knows them again: a checkpoint of pairs of
     * another identity is refused. The default is the name and the number of batches in an epoch,
     * beside which the first batch of epoch 0 is compared; whoever can say what the pairs hold (a
     * file's digest, the indices) says more, and is believed.
     */
    default String identity() {
        return IdentifiedPairs.nameAndNumber(this);
    }

    /**
     * The same pairs with an identity of your own: what they are made of, in words that change when
     * that does. The pairs are then compared by it alone.
     *
     * @throws IllegalArgumentException if it is blank
     */
    default ViewPairs withIdentity(String identity) {
        return new IdentifiedPairs(this, identity);
    }

    /** Batches in an epoch, at least 1. An epoch that has fewer is an error; more are left. */
    long batchesPerEpoch();

    /**
     * The batches of an epoch.
     *
     * @param epoch from 0
     * @param from the first batch that is wanted, 0 to {@code batchesPerEpoch() - 1}
     */
    Iterator<ViewPair> epoch(int epoch, int from);

    /**
     * How many classes the labels of its pairs are of ({@link ViewPair#withLabels}); 0, the
     * default, where they have none. Only an online probe asks.
     */
    default int classes() {
        return 0;
    }

    /**
     * Pairs from a function that opens an iterator for each epoch. Batches that come before the one
     * that is wanted are drawn and dropped.
     *
     * @param epochs from the epoch's number, from 0, to its batches
     */
    static ViewPairs of(String name, long batchesPerEpoch, IntFunction<Iterator<ViewPair>> epochs) {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(epochs, "epochs");
        if (name.isBlank()) {
            throw new IllegalArgumentException("pairs need a name that is not blank");
        }
        Require.atLeast("batchesPerEpoch", batchesPerEpoch, 1);
        return new ViewPairs() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public long batchesPerEpoch() {
                return batchesPerEpoch;
            }

            @Override
            public Iterator<ViewPair> epoch(int epoch, int from) {
                Iterator<ViewPair> all = epochs.apply(epoch);
                if (all == null) {
                    throw new IllegalStateException(
                            "%s gives null instead of the batches of epoch %d"
                                    .formatted(name, epoch));
                }
                for (int i = 0; i < from && all.hasNext(); i++) {
                    all.next().close();
                }
                return all;
            }
        };
    }
}
