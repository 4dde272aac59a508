package org.directpred.loss;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * The outputs of all views of a batch, as a {@link Loss.Joint} sees them: of each view one array
 * {@code [batch, d]} in each list, in the order of the views.
 *
 * @param z outputs of the online network, differentiable
 * @param q predictions, q = W<sub>p</sub> z with a linear predictor, differentiable
 * @param targets outputs of the target network, without gradients; without stop-gradient they are
 *     {@code z} itself. In the paper's loss the prediction of one view meets the target of the
 *     other: {@code q().get(0)} and {@code targets().get(1)}.
 */
public record ViewOutputs(List<NDArray> z, List<NDArray> q, List<NDArray> targets) {

    public ViewOutputs {
        z = List.copyOf(z);
        q = List.copyOf(q);
        targets = List.copyOf(targets);
        if (z.isEmpty() || q.size() != z.size() || targets.size() != z.size()) {
            throw new IllegalArgumentException(
                    "every view has one output, one prediction and one target, not %d, %d and %d of them"
                            .formatted(z.size(), q.size(), targets.size()));
        }
    }
}
