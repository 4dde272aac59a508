package org.directpred.optimise;

import java.util.Objects;
import java.util.Optional;
import java.util.function.LongToDoubleFunction;
import java.util.function.ToDoubleBiFunction;
import org.directpred.require.Require;

/**
 * How a number goes over a training (the learning rate, a predictor's epsilon or rho): a factor of
 * its base value at each step. A function of the step and the length alone, so that a resumed run
 * goes on with the same values; whatever else it remembers is lost.
 *
 * <pre>Schedule.named("halved", step -&gt; step &lt; 400 ? 1 : .5)</pre>
 */
public interface Schedule {

    /**
     * The factor of a step.
     *
     * @param step from 0
     * @param length how long the training is; null where {@link #needsLength} is false
     * @return finite, at least 0
     */
    double factor(long step, TrainingLength length);

    /** Whether {@link #factor} looks at the length. */
    boolean needsLength();

    /** The schedule and its settings in a few words; equal schedules have equal words. */
    String describe();

    /**
     * {@link #factor} of a step, checked.
     *
     * @param length how long the training is; looked at only where {@link #needsLength} says so
     * @throws IllegalArgumentException naming the schedule and the step, if the length is needed
     *     and not known, or the factor is negative or not finite
     */
    @SuppressWarnings("NullAway") // a schedule that needs no length is given none
    default double factorAt(long step, Optional<TrainingLength> length) {
        if (needsLength() && length.isEmpty()) {
            throw new IllegalArgumentException(
                    "the schedule \"%s\" needs to know how long the training is"
                            .formatted(describe()));
        }
        double factor = factor(step, needsLength() ? length.get() : null);
        if (!(factor >= 0 && Double.isFinite(factor))) {
            throw new IllegalArgumentException(
                    "the schedule \"%s\" gives the factor %s at step %d; it must be at least 0 and finite"
                            .formatted(describe(), factor, step));
        }
        return factor;
    }

    /**
     * A schedule of your own, a function of the step.
     *
     * @param name by which tables and checkpoints know it; a changed function needs another
     * @param factor from the step, from 0, to the factor; it must not remember anything
     */
    static Schedule named(String name, LongToDoubleFunction factor) {
        Objects.requireNonNull(factor, "factor");
        return new NamedSchedule(name, (step, length) -> factor.applyAsDouble(step), false);
    }

    /** A schedule of your own, a function of the step and of how long the training is. */
    static Schedule named(String name, ToDoubleBiFunction<Long, TrainingLength> factor) {
        return new NamedSchedule(name, factor, true);
    }

    /** Always the base value: what the paper does on STL-10 and CIFAR-10. */
    static Schedule constant() {
        return new ConstantRate();
    }

    /** From the base value to 0 along half a cosine, without a warm-up. */
    static WarmUpCosine cosine() {
        return new WarmUpCosine(0, WarmUpCosine.Unit.STEPS, 0);
    }

    /**
     * The linear rule of scaling: {@code base x batch / 256}, as BYOL and SimSiam state their
     * rates.
     *
     * @param base learning rate for 256 images, above 0
     * @param batchSize images in a step, at least 1
     */
    static double scaledRate(double base, int batchSize) {
        Require.positive("the base learning rate", base);
        Require.atLeast("batchSize", batchSize, 1);
        return base * batchSize / 256;
    }
}
