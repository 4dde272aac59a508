package org.directpred.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.util.NativeResource;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/**
 * A loss: the number that a step of training makes smaller, as a value with a name.
 *
 * <pre>
 * Loss.COSINE
 * Loss.by("mean absolute error", (q, t) -&gt; q.sub(t).abs().mean())
 * Loss.ofViews("cosine, z decorrelated", views -&gt; ...)     // sees z, q and targets of all views
 * </pre>
 *
 * <p>A loss is a function of its arrays alone: what else it remembers is lost when a run stops.
 * Settings of your own belong in its name, or in a record that implements {@link PerView} or {@link
 * Joint} and says them in {@link #describe}.
 *
 * <p><b>No Java numbers in the graph.</b> DJL passes the number of {@code array.mul(0.5)} (and of
 * {@code add}, {@code sub}, {@code div}, {@code pow}, {@code maximum} ...) as memory that it
 * releases at once, while PyTorch still needs it for the backward pass: a garbage collection in
 * between multiplies the gradient by whatever lies there then. Make such a number an array, {@code
 * array.mul(array.getManager().create(0.5f))}; sums, means, norms and powers of arrays need none.
 */
// Nobody but the constants here makes a CosineLoss or EuclideanLoss: no two threads can wait for
// each
// other's class.
@SuppressWarnings("ClassInitializationDeadlock")
public sealed interface Loss {

    /**
     * -2 cos(q, t), the mean over the batch: what the paper's experiments use; between -2 and 2 for
     * one view.
     */
    PerView COSINE = new CosineLoss();

    /** |q - t|<sup>2</sup>, the mean over the batch: what its theory uses, but for a factor. */
    PerView EUCLIDEAN = new EuclideanLoss();

    /**
     * The name of the loss and its settings in a line, by which tables and checkpoints know it;
     * equal losses have equal lines.
     */
    String describe();

    /**
     * Refuses a loss that {@link #describe} cannot tell from another: one without a name.
     *
     * @param keeper what keeps it, the beginning of the message
     * @throws IllegalArgumentException if it is such a loss
     */
    default void requireName(String keeper) {}

    /**
     * A loss of one prediction and its target: q<sub>1</sub> with t<sub>2</sub>, and, where the
     * recipe's loss is symmetric, q<sub>2</sub> with t<sub>1</sub>, whose values add up. With a
     * target network the two have graphs of their own, one after the other, which halves the memory
     * for activations.
     */
    non-sealed interface PerView extends Loss {
        /**
         * Computes the loss.
         *
         * @param q predictions, {@code [batch, d]}, differentiable
         * @param t targets, {@code [batch, d]}
         * @return a scalar, differentiable with respect to q. Not checked: {@link #checked}
         */
        NDArray of(NDArray q, NDArray t);

        /**
         * {@link #of}, refused if it is not a number of the kind that a step of training needs.
         *
         * @throws IllegalArgumentException naming the loss, if it is null, closed, no scalar or no
         *     floating-point number
         */
        default NDArray checked(NDArray q, NDArray t) {
            return Loss.requireScalar(this, of(q, t));
        }
    }

    /**
     * A loss of all views together. The outputs of all of them are in memory at once, and whether
     * the recipe's loss is symmetric is not looked at.
     */
    non-sealed interface Joint extends Loss {
        /**
         * Computes the loss.
         *
         * @param views outputs, predictions and targets
         * @return a scalar, differentiable with respect to z or q. Not checked: {@link #checked}
         */
        NDArray of(ViewOutputs views);

        /**
         * {@link #of}, refused if it is not a number of the kind that a step of training needs.
         *
         * @throws IllegalArgumentException naming the loss, if it is null, closed, no scalar or no
         *     floating-point number
         */
        default NDArray checked(ViewOutputs views) {
            return Loss.requireScalar(this, of(views));
        }
    }

    /**
     * A loss of your own, of a prediction q and its target t, both {@code [batch, d]}.
     *
     * @param name by which tables and checkpoints know it; a changed function needs another
     * @param loss from q and t to a scalar; without Java numbers, see {@link Loss}
     */
    static PerView by(String name, BinaryOperator<NDArray> loss) {
        return new NamedLoss.PerView(name, loss);
    }

    /** The same without a name, for runs that keep no checkpoints. */
    static PerView by(BinaryOperator<NDArray> loss) {
        return new NamedLoss.PerView(loss);
    }

    /**
     * A loss of your own that sees the outputs, predictions and targets of all views.
     *
     * @param name by which tables and checkpoints know it; a changed function needs another
     * @param loss from them to a scalar; without Java numbers, see {@link Loss}
     */
    static Joint ofViews(String name, Function<ViewOutputs, NDArray> loss) {
        return new NamedLoss.Joint(name, loss);
    }

    /** The same without a name, for runs that keep no checkpoints. */
    static Joint ofViews(Function<ViewOutputs, NDArray> loss) {
        return new NamedLoss.Joint(loss);
    }

    private static NDArray requireScalar(Loss loss, NDArray value) {
        String is = "the loss \"" + loss.describe() + "\"";
        if (value == null) {
            throw new IllegalArgumentException(
                    is + " gives null: it must return a scalar array, as q.sub(t).abs().mean()");
        }
        if (value instanceof NativeResource<?> resource && resource.isReleased()) {
            throw new IllegalArgumentException(
                    is
                            + " gives an array that is closed already: leave it open, the learner closes it");
        }
        if (value.getShape().dimension() != 0) {
            throw new IllegalArgumentException(
                    "%s gives an array of shape %s: it must return a scalar, as .mean() and .sum() do"
                            .formatted(is, value.getShape()));
        }
        if (!value.getDataType().isFloating()) {
            throw new IllegalArgumentException(
                    "%s gives a number of type %s: it must return a floating-point scalar"
                            .formatted(is, value.getDataType()));
        }
        return value;
    }
}
