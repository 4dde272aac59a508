package org.directpred.optimise;

/** The base learning rate at every step. */
public record ConstantRate() implements Schedule {

    @Override
    public double factor(long step, TrainingLength length) {
        return 1;
    }

    @Override
    public boolean needsLength() {
        return false;
    }

    @Override
    public String describe() {
        return "constant";
    }
}
