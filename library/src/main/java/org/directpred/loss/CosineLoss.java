package org.directpred.loss;

import ai.djl.ndarray.NDArray;
import org.directpred.tensor.Operators;

/** -2 cos(q, t), the mean over the batch. */
record CosineLoss() implements Loss.PerView {

    @Override
    public NDArray of(NDArray q, NDArray t) {
        NDArray cosine = Operators.cosine(q, t).mean();
        return cosine.add(cosine).neg();
    }

    @Override
    public String describe() {
        return "COSINE";
    }

    @Override
    public String toString() {
        return describe();
    }
}
