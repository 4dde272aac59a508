package org.directpred.train;

import ai.djl.ndarray.types.Shape;
import java.util.Iterator;
import org.directpred.image.ImageSource;
import org.directpred.tensor.TrainingThread;

/**
 * A run's pairs of views, each checked before anything has changed: whatever a user's own iterator
 * gives, it fits the network or is refused by name.
 *
 * @param probeClasses how many classes the online probe knows; 0 without one
 */
record RunBatches(ViewPairs pairs, Recipe recipe, int probeClasses) {

    /** The number of classes, if an online probe has something to learn. */
    static int classes(ViewPairs pairs) {
        int classes = pairs.classes();
        if (classes < 2) {
            throw new IllegalArgumentException(
                    "%s has no labels of two classes or more, which an online probe needs: leave out withOnlineProbe(), or train on labelled images"
                            .formatted(pairs.name()));
        }
        return classes;
    }

    /** The batches of an epoch from one on; a wait for them that is interrupted is a stop. */
    Iterator<ViewPair> of(int epoch, int from, String where) {
        Iterator<ViewPair> batches = TrainingThread.waiting(where, () -> pairs.epoch(epoch, from));
        if (batches == null) {
            throw new IllegalStateException(
                    "%s gives null instead of the batches of epoch %d"
                            .formatted(pairs.name(), epoch));
        }
        return batches;
    }

    /** The next pair; a wait for it that is interrupted is a stop. */
    ViewPair next(Iterator<ViewPair> batches, int epoch, String where) {
        ViewPair pair = TrainingThread.waiting(where, batches::next);
        if (pair == null) {
            throw new IllegalStateException(
                    "%s gives null instead of a batch of epoch %d".formatted(pairs.name(), epoch));
        }
        return pair;
    }

    /** Refuses a batch that the network, the recipe or the online probe has no place for. */
    void check(ViewPair pair) {
        check(pair.shape());
        checkLabels(pair);
    }

    /** Refuses labels that the online probe has no class for, before anything has changed. */
    private void checkLabels(ViewPair pair) {
        int[] labels = pair.labels();
        for (int i = 0; probeClasses > 0 && i < labels.length; i++) {
            if (labels[i] < ImageSource.UNLABELLED || labels[i] >= probeClasses) {
                throw new IllegalArgumentException(
                        "%s has an image of label %d (number %d of its batch), but says that it has %d classes"
                                .formatted(pairs.name(), labels[i], i, probeClasses));
            }
        }
    }

    /** Refuses a batch that the network or the recipe has no place for. */
    private void check(Shape views) {
        if (views.get(1) != recipe.encoder().inputs()) {
            throw new IllegalArgumentException(
                    "%s has views of %d channels, but the encoder %s takes %d"
                            .formatted(
                                    pairs.name(),
                                    views.get(1),
                                    recipe.encoder().name(),
                                    recipe.encoder().inputs()));
        }
        if (views.get(0) > recipe.batchSize()) {
            throw new IllegalArgumentException(
                    "%s has a batch of %d images, but the recipe's batchSize is %d"
                            .formatted(pairs.name(), views.get(0), recipe.batchSize()));
        }
    }
}
