package org.directpred.optimise;

/**
 * How the learning rate goes over a training: a factor of its base value at each step. A function
 * of the step alone, so that a resumed run goes on with the same rates.
 */
public interface Schedule {

    /**
     * The factor of a step.
     *
     * @param step from 0
     * @param length how long the training is
     */
    double factor(long step, TrainingLength length);

    /** Whether {@link #factor} looks at the length. */
    boolean needsLength();

    /** The schedule and its settings in a few words; equal schedules have equal words. */
    String describe();

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
        Checks.positive("the base learning rate", base);
        if (batchSize < 1) {
            throw new IllegalArgumentException("batchSize must be at least 1, not " + batchSize);
        }
        return base * batchSize / 256;
    }
}
