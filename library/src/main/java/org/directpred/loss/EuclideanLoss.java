package org.directpred.loss;

import ai.djl.ndarray.NDArray;

/** |q - t|<sup>2</sup>, the mean over the batch. */
record EuclideanLoss() implements Loss.PerView {

    @Override
    public NDArray of(NDArray q, NDArray t) {
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
