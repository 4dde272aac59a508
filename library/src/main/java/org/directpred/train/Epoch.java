package org.directpred.train;

import org.directpred.evaluate.Diagnostics;

/**
 * One pass over the images, or what of it the recipe's number of steps left.
 *
 * @param number from 0
 * @param steps steps taken so far in all
 * @param meanLoss the mean loss over the epoch's steps
 * @param diagnostics the last look at F, W_p and the outputs
 * @param imagesPerSecond how many images were trained on a second
 * @param onlineAccuracy the mean of {@link Step#onlineAccuracy} over the epoch's steps that have
 *     one, 0 to 1; NaN if none has
 */
public record Epoch(
        int number,
        long steps,
        double meanLoss,
        Diagnostics diagnostics,
        double imagesPerSecond,
        double onlineAccuracy) {}
