package org.directpred.train;

import java.util.Objects;
import org.directpred.image.Views;
import org.directpred.require.Require;

/**
 * The batches of a recipe.
 *
 * @param views the random views of an image, and the plain one
 * @param batchSize images in a batch, at least 2: BatchNorm needs a variance
 * @param lastBatch what becomes of a smaller last batch of an epoch
 */
public record Data(Views views, int batchSize, LastBatch lastBatch) {

    public Data {
        Objects.requireNonNull(views, "views");
        Require.atLeast("batchSize", batchSize, 2);
        Objects.requireNonNull(lastBatch, "lastBatch");
    }
}
