package org.directpred.loss;

import ai.djl.ndarray.NDArray;

/** |q - t|<sup>2</sup>, the mean over the batch. */
record EuclideanLoss() implements Loss.PerView {

    @Override
    public NDArray of(NDArray q, NDArray t) {
        if (!q.getShape().equals(t.getShape())) {
            // PyTorch would repeat the smaller one.
            throw new IllegalArgumentException(
                    "must be of the same shape: " + q.getShape() + " vs " + t.getShape());
        }
        return q.sub(t).square().sum(new int[] {1}).mean();
    }

    @Override
    public String describe() {
        return "EUCLIDEAN";
    }

    @Override
    public String toString() {
        return describe();
    }
}
