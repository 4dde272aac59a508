package org.directpred.train;

/**
 * What becomes of an epoch's last batch where it is smaller than the others. "An epoch" means two
 * things in the field: the authors' program keeps that batch (391 steps of 128 of CIFAR-10's 50,000
 * images, 821 of STL-10's 105,000), SimSiam's and others drop it (390, 820), and the shuffle of
 * each epoch decides which images are left out.
 */
public enum LastBatch {
    /**
     * It is a step like the others, of fewer images: every image is seen once in an epoch. What is
     * a mean over a batch (loss, gradient, F) is then one over fewer images.
     */
    KEPT {
        @Override
        long batches(long images, long batchSize) {
            return (images + batchSize - 1) / batchSize;
        }
    },
    /** It is left out: every step has as many images. */
    DROPPED {
        @Override
        long batches(long images, long batchSize) {
            return images / batchSize;
        }
    };

    /** Steps in an epoch. */
    abstract long batches(long images, long batchSize);
}
